"""一、工作目标；二、毕业关键信息；三、时间安排。 Each test is named by its clause."""

from datetime import date, timedelta

import pytest

from graduand.models import Batch, Candidate, Result
from graduand.office.audit import auditing
from graduand.queries.basis import policy_of
from graduand.queries.records.story import story
from graduand.rulebook.calendar import Term, monday_before
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import Level, RoundKind, Stage, Verb
from tests.acting import act, candidate_at, refusals, stages
from tests.factories import EARLY, FIRST, SECOND, enrol, policy_data, set_clock

pytestmark = pytest.mark.django_db


def test_一_the_certificate_is_promised_within_two_months(season):
    policy = policy_of(season.batch)
    assert (policy.promise.months, policy.promise_due) == (2, date(2023, 9, 20))
    assert story(candidate_at(season, Stage.APPLIED).student.number).files[0].promise_due == date(
        2023, 9, 20
    )


def test_一_the_whole_way_can_be_looked_up(season):
    file = candidate_at(season, Stage.COLLECTED)
    told = story(file.student.number).files[0]
    assert (told.batch, told.stage, told.certificate) == (
        "202307",
        "学生已签领",
        "511618202306000001",
    )
    assert [chapter.what.partition("：")[0] for chapter in told.chapters if chapter.at] == [
        "申请毕业",
        "学院审核通过",
        "准予毕业",
        "列入花名册",
        "编号制证",
        "寄出",
        "签收",
        "签领",
    ]


def test_一_several_rounds_in_one_batch(season):
    assert list(season.batch.rounds.order_by("position").values_list("name", flat=True)) == [
        FIRST,
        EARLY,
        SECOND,
    ]


def test_二_1_the_batch_has_a_code(season):
    assert list(Batch.objects.values_list("code", flat=True)) == ["202307"]
    assert policy_of(season.batch).code == "202307"


@pytest.mark.parametrize(
    ("term", "fits"), [("2021春", True), ("2020秋", True), ("2021秋", False), ("2022春", False)]
)
def test_二_2_who_entered_until_the_spring_of_2021(season, term, fits):
    ids = enrol(season, 1, entry=Term.parse(term).ordinal)
    done = act(season, Verb.APPLY, ids)
    assert (done.done, done.by_code) == ((1, {}) if fits else (0, {"ELIG-TERM": 1}))


def test_二_2_everybody_else_is_judged_and_stays_listed(season):
    ids = enrol(season, 1) + enrol(season, 1, entry=Term.parse("2021秋").ordinal)
    tally = auditing.run(season.batch)
    assert (tally.judged, tally.fit, tally.by_code, stages(ids)) == (
        2,
        1,
        {"ELIG-TERM": 1},
        [Stage.LISTED] * 2,
    )


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("2023-07-05 23:59", "ROUND-NONE"),
        ("2023-07-06 00:00", ""),
        ("2023-07-16 23:59", ""),
        ("2023-07-17 00:00", "ROUND-NONE"),
    ],
)
def test_三_1_the_first_round(season, moment, code):
    ids = enrol(season, 1)
    set_clock(moment)
    assert act(season, Verb.APPLY, ids).by_code == ({code: 1} if code else {})


def test_三_1_practice_needs_the_college_s_review(season):
    ids = enrol(season, 1, fit=False)
    assert refusals(act(season, Verb.APPLY, ids)) == {
        ids[0]: ["PRACTICE", "CRED-TOTAL", "CRED-MODULE"]
    }


def test_三_1_a_review_after_its_time_warns_and_goes_on(season):
    file = candidate_at(season, Stage.APPLIED)
    set_clock("2023-07-17 09:00")
    done = act(season, Verb.ENDORSE, [file.pk])
    assert (done.done, done.warned) == (1, 1)


@pytest.mark.parametrize(
    ("moment", "codes"),
    [
        ("2023-09-03 23:59", ["ROUND-NONE"]),
        ("2023-09-04 00:00", []),
        ("2023-10-12 23:59", []),
        ("2023-10-13 00:00", ["BATCH-CLOSED", "ROUND-NONE"]),
    ],
)
def test_三_2_the_second_round(season, moment, codes):
    ids = enrol(season, 1)
    set_clock(moment)
    assert act(season, Verb.APPLY, ids).by_code == dict.fromkeys(codes, 1)


def test_三_2_a_result_counts_from_its_release(season):
    ids = enrol(season, 1)
    Result.objects.filter(student__candidates__in=ids, course="A1").update(
        released=date(2023, 9, 8)
    )
    set_clock("2023-09-07 09:00")
    assert refusals(act(season, Verb.APPLY, ids))[ids[0]] == [
        "COURSE-MISSING",
        "CRED-TOTAL",
        "CRED-HQ",
        "CRED-MODULE",
    ]
    set_clock("2023-09-08 00:00")
    assert act(season, Verb.APPLY, ids).done == 1


def test_三_2_who_missed_the_first_round_is_taken_by_the_second(season):
    ids = enrol(season, 1)
    set_clock("2023-09-06 09:00")
    assert act(season, Verb.APPLY, ids).done == 1
    assert Candidate.objects.get(pk=ids[0]).round.name == SECOND


def test_三_3_the_early_report_closes_on_the_monday_of_the_week_before(season):
    early = policy_of(season.batch).round(EARLY)
    assert (early.kind, early.closes, early.closes.weekday()) == (
        RoundKind.EARLY,
        date(2023, 8, 28),
        0,
    )


@pytest.mark.parametrize("offset", range(14))
def test_三_3_the_monday_for_every_weekday(offset):
    close = date(2023, 9, 4) + timedelta(days=offset)
    policy = BatchPolicy.from_dict(policy_data(progression={"admissions_close": close}))
    monday = policy.round(EARLY).closes
    assert (monday.weekday(), monday) == (0, monday_before(close))
    assert timedelta(days=7) <= close - monday <= timedelta(days=13)


def test_三_3_students_who_go_on_are_reported_on_their_own(season):
    going = enrol(season, 2, goes_on=True)
    other = enrol(season, 1) + enrol(season, 1, level=Level.TOP_UP, goes_on=True)
    set_clock("2023-08-01 09:00")
    done = act(season, Verb.APPLY, going + other, round_name=EARLY)
    assert (done.done, done.by_code) == (2, {"ROUND-EARLY": 2})
    assert list(done.lots.values_list("round__name", flat=True)) == [EARLY]
    walk_on = (Verb.ENDORSE, Verb.APPROVE)
    assert [act(season, verb, going).done for verb in walk_on] == [2, 2]
    set_clock("2023-08-29 00:00")
    assert act(season, Verb.APPLY, enrol(season, 1, goes_on=True), round_name=EARLY).by_code == {
        "ROUND-CLOSED": 1
    }


def test_三_4_the_centre_applies_for_each_student_in_time(season):
    ids = enrol(season, 2)
    done = act(season, Verb.APPLY, ids[:1])
    file = Candidate.objects.get(pk=ids[0])
    assert (file.applied_by, file.lot.centre, file.round.name) == (
        season.staff.clerks[0],
        season.centres[0],
        FIRST,
    )
    assert (done.desk, stages(ids)) == ("centre", [Stage.APPLIED, Stage.LISTED])


def test_三_4_a_missing_deadline_is_said_when_the_policy_is_loaded(season):
    said = [w for w in policy_of(season.batch).warnings if "通知三.4" in w]
    assert said == [
        "rounds「首批」 没有写明申请截止日期（通知三.4），暂以审核截止 2023-07-16 为准",
        "rounds「第二批」 没有写明申请截止日期（通知三.4），暂以审核截止 2023-10-12 为准",
    ]


def test_三_4_closing_a_round_moves_nobody(season):
    applied, listed = candidate_at(season, Stage.APPLIED).pk, enrol(season, 1)[0]
    set_clock("2023-07-20 09:00")
    assert stages([applied, listed]) == [Stage.APPLIED, Stage.LISTED]
