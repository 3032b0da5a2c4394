"""What stops a move, code by code, and nothing of the file changes."""

from collections import Counter

import pytest

from graduand.models import (
    Candidate,
    Certificate,
    ChsiReport,
    IncomingNumber,
    ParcelItem,
    PhotoRow,
    Result,
    Student,
)
from graduand.office import acts
from graduand.office.acts import ActRequest
from graduand.office.season import batches
from graduand.rulebook.terms import ChsiVerdict, Level, Stage, Standing, Verb
from tests import people
from tests.acting import act, candidate_at, refusals, register, spread, stages
from tests.factories import EARLY, chsi_of, enrol, make_season, other_batch, set_clock
from tests.invariants import violations

pytestmark = pytest.mark.django_db


def student_of(file: Candidate):
    return Student.objects.filter(pk=file.student_id)


def results(file: Candidate):
    return Result.objects.filter(student=file.student_id)


def photo(file: Candidate):
    return PhotoRow.objects.filter(student=file.student_id)


def chsi(file: Candidate):
    return ChsiReport.objects.filter(student=file.student_id)


def fewer(file: Candidate, *courses: str) -> None:
    results(file).filter(course__in=courses).update(pass_key="")


# code -> what is done to the data of a listed file so that applying meets it (and nothing else
# blocks earlier)
PERSON = {
    "ELIG-TERM": lambda file: student_of(file).update(entry=4043),
    "ELIG-EXPIRED": lambda file: student_of(file).update(entry=4028),
    "ELIG-STATUS": lambda file: student_of(file).update(standing=Standing.SUSPENDED),
    "CRED-TOTAL": lambda file: fewer(file, "E1"),
    "CRED-HQ": lambda file: fewer(file, "A1"),
    "CRED-MODULE": lambda file: fewer(file, "E1"),
    "COURSE-MISSING": lambda file: fewer(file, "A1"),
    "PRACTICE": lambda file: fewer(file, "P1"),
    "CRED-EXEMPT": lambda file: results(file).filter(course="A1").update(pass_key="eA1"),
    "PHOTO-PLATFORM": lambda file: photo(file).update(current=False),
    "PHOTO-SPEC": lambda file: photo(file).update(problems="尺寸不对"),
    "PHOTO-SAME": lambda file: photo(file).update(same=False),
    "CHSI-ADMISSION": lambda file: chsi(file).update(admission_photo=False),
    "CHSI-CREDENTIAL": lambda file: chsi(file).update(credential_photo=False),
    "CHSI-DOUBT": lambda file: chsi(file).update(verdict=ChsiVerdict.UNSURE),
    "INFO-ID": lambda file: student_of(file).update(id_problems=2),
    "INFO-MATCH": lambda file: chsi(file).update(mismatches="姓名"),
    "INFO-LEVEL": lambda file: student_of(file).update(level=Level.TOP_UP.value),
}


REVIEWS = {Verb.APPLY: Stage.LISTED, Verb.ENDORSE: Stage.APPLIED, Verb.APPROVE: Stage.ENDORSED}


@pytest.mark.parametrize("verb", REVIEWS, ids=str)
def test_the_person_is_judged_afresh_at_every_review(season, verb):
    """W06: whatever changed since the last desk looked is seen; the file stays where it is."""
    # A doubt stops the reviews, not the filing: test_cases_hold.py.
    every = [code for code in PERSON if (verb, code) != (Verb.APPLY, "CHSI-DOUBT")]
    files = dict(zip(every, spread(season, [REVIEWS[verb]] * len(every)), strict=True))
    events = {code: file.events.count() for code, file in files.items()}
    for code, file in files.items():
        PERSON[code](file)
    done = act(season, verb, [file.pk for file in files.values()])
    assert (done.done, done.refused) == (0, len(every))
    found = refusals(done)
    assert [code for code, file in files.items() if code not in found.get(file.pk, [])] == []
    assert stages([file.pk for file in files.values()]) == [REVIEWS[verb]] * len(every)
    assert {code: file.events.count() for code, file in files.items()} == events


def test_every_finding_is_said_not_the_first_one_only(season):
    file = candidate_at(season, Stage.LISTED)
    for spoil in (
        PERSON["ELIG-STATUS"],
        PERSON["PHOTO-PLATFORM"],
        PERSON["CHSI-ADMISSION"],
        PERSON["INFO-ID"],
    ):
        spoil(file)
    done = act(season, Verb.APPLY, [file.pk])
    assert refusals(done)[file.pk] == ["ELIG-STATUS", "PHOTO-PLATFORM", "CHSI-ADMISSION", "INFO-ID"]
    assert done.by_code == dict.fromkeys(
        refusals(done)[file.pk], 1
    )  # each code of the person is counted


# code -> (verb, origin, what is said, when)
PROCESS = {
    "REASON": (Verb.SEND_BACK, Stage.APPLIED, {"reason": None}),
    "STATEMENT": (Verb.DEFER, Stage.LISTED, {"statement": False}),
    "SECOND": (Verb.REOPEN, Stage.REJECTED, {}),
    "TRACKING": (Verb.SHIP, Stage.CERTIFIED, {"tracking": " "}),
    "CONFIRM": (Verb.COLLECT, Stage.RECEIVED, {"confirmed": False}),
    "HANDOVER": (Verb.COLLECT, Stage.RECEIVED, {"handover": None}),
    "HANDOVER-MORE": (Verb.COLLECT, Stage.RECEIVED, {"note": "李四"}),
    "REASON-FIT": (Verb.SEND_BACK, Stage.APPLIED, {"reason": "lost"}),
    "PROXY": (Verb.COLLECT, Stage.RECEIVED, {"handover": "proxy"}),
    "STAGE": (Verb.ENDORSE, Stage.RETURNED, {}),
    "STALE": (Verb.ENDORSE, Stage.APPLIED, {"seen": -1}),
    "EXPLAIN": (Verb.LAPSE, Stage.APPLIED, {}),
    "BATCH-OPEN": (Verb.LAPSE, Stage.LISTED, {"closing": False}),
    "ROSTER": (Verb.CERTIFY, Stage.APPROVED, {}),
    "REG-QUERY": (Verb.COLLECT, Stage.RECEIVED, {}),
}


@pytest.mark.parametrize("code", PROCESS)
def test_what_the_act_lacks_is_said(season, code):
    verb, origin, said = PROCESS[code]
    file = candidate_at(season, origin)
    if verb is Verb.COLLECT and code != "REG-QUERY":
        register([file.pk])
    done = act(season, verb, [file.pk], **said)
    assert (done.by_code, refusals(done)) == ({code: 1}, {file.pk: [code]})
    assert stages([file.pk]) == [origin]


def test_other_reasons_need_words(season):
    file = candidate_at(season, Stage.APPLIED)
    assert act(season, Verb.SEND_BACK, [file.pk], reason="other", note=" ").by_code == {"REASON": 1}
    assert act(season, Verb.SEND_BACK, [file.pk], reason="other", note="补交材料").done == 1
    assert file.events.latest("id").note == "补交材料"


def test_ROUND_NONE_between_the_rounds(season):
    ids = enrol(season, 1)
    set_clock("2023-08-01 09:00")
    done = act(season, Verb.APPLY, ids)
    assert done.by_code == {"ROUND-NONE": 1}
    row = done.refusals.get()
    assert "下一轮「第二批」2023-09-04 开始" in row.findings


def test_ROUND_NONE_for_a_name_that_no_round_has(season):
    file = candidate_at(season, Stage.RETURNED)
    assert act(season, Verb.APPLY, [file.pk], round_name="第三批").by_code == {"ROUND-NONE": 1}


def test_a_returned_early_file_does_not_slip_into_its_old_round(season):
    """Between the normal rounds the early one is open: it must be named."""
    ids = enrol(season, 1, goes_on=True)
    act(season, Verb.APPLY, ids, round_name=EARLY)
    act(season, Verb.SEND_BACK, ids)
    set_clock("2023-08-01 09:00")
    assert act(season, Verb.APPLY, ids).by_code == {"ROUND-NONE": 1}
    assert act(season, Verb.APPLY, ids, round_name=EARLY).done == 1
    assert violations(season.batch) == []


def test_ROUND_CLOSED_for_a_round_that_is_not_open(season):
    ids = enrol(season, 1)
    done = act(season, Verb.APPLY, ids, round_name="第二批")
    assert done.by_code == {"ROUND-CLOSED": 1}
    applied = candidate_at(season, Stage.APPLIED)
    set_clock("2023-07-17 00:00")
    assert act(season, Verb.WITHDRAW, [applied.pk]).by_code == {"ROUND-CLOSED": 1}


@pytest.mark.parametrize(
    ("level", "goes_on", "passes"),
    [
        (Level.JUNIOR, True, True),
        (Level.JUNIOR, False, False),
        (Level.TOP_UP, True, False),
    ],
)
def test_ROUND_EARLY_takes_only_junior_students_who_go_on(season, level, goes_on, passes):
    ids = enrol(season, 1, level=level, goes_on=goes_on)
    done = act(season, Verb.APPLY, ids, round_name=EARLY)
    assert (done.done, done.by_code) == ((1, {}) if passes else (0, {"ROUND-EARLY": 1}))


@pytest.mark.parametrize(
    ("verb", "origin"),
    [
        (Verb.APPLY, Stage.LISTED),
        (Verb.ENDORSE, Stage.APPLIED),
        (Verb.APPROVE, Stage.ENDORSED),
        (Verb.DEFER, Stage.LISTED),
        (Verb.RESUME, Stage.DEFERRED),
        (Verb.WITHDRAW, Stage.APPLIED),
    ],
    ids=str,
)
def test_BATCH_CLOSED_the_day_after_the_last(season, verb, origin):
    file = candidate_at(season, origin)
    set_clock("2023-10-13 00:00")
    done = act(season, verb, [file.pk])
    assert refusals(done)[file.pk][0] == "BATCH-CLOSED"
    set_clock("2023-10-12 23:59")
    assert "BATCH-CLOSED" not in refusals(act(season, verb, [file.pk])).get(file.pk, [])


@pytest.mark.parametrize(
    ("day", "code"), [("2023-07-09 09:00", "REVIEW-EARLY"), ("2023-07-17 09:00", "REVIEW-LATE")]
)
def test_三_1_a_review_outside_its_days_only_warns(season, day, code):
    set_clock("2023-07-08 09:00")
    file = candidate_at(season, Stage.APPLIED)
    set_clock(day)
    done = act(season, Verb.ENDORSE, [file.pk])
    assert (done.done, done.warned) == (1, 1)
    assert code in file.events.latest("id").findings


def test_PHOTO_LATE_for_the_round_whose_deadline_passed(season):
    late, intime = enrol(season, 1), enrol(season, 1)
    PhotoRow.objects.filter(student__candidates__in=late).update(since="2023-08-31")
    PhotoRow.objects.filter(student__candidates__in=intime).update(since="2023-08-30")
    set_clock("2023-09-06 09:00")
    done = act(season, Verb.APPLY, late + intime)
    assert (done.done, done.by_code, refusals(done)) == (
        1,
        {"PHOTO-LATE": 1},
        {late[0]: ["PHOTO-LATE"]},
    )


_ELSEWHERE = {
    Stage.APPLIED: "FILE-LIVE",
    Stage.RETURNED: "FILE-LIVE",
    Stage.APPROVED: "FILE-LIVE",
    Stage.CERTIFIED: "GRADUATED",
    Stage.COLLECTED: "GRADUATED",
}


@pytest.mark.parametrize("verb", [Verb.APPLY, Verb.DEFER], ids=str)
def test_FILE_LIVE_or_GRADUATED_in_another_batch(season, verb):
    later = other_batch(season)
    files = dict(zip(_ELSEWHERE, spread(season, _ELSEWHERE), strict=True))
    twins = {stage: later.candidates.get(student=file.student).pk for stage, file in files.items()}
    season.batch = later
    done = act(season, verb, list(twins.values()))
    assert done.by_code == dict(Counter(_ELSEWHERE.values()))
    found = refusals(done)
    assert {stage: found[pk] for stage, pk in twins.items()} == {
        stage: [code] for stage, code in _ELSEWHERE.items()
    }


def test_FILE_LIVE_keeps_a_rejected_file_closed_while_another_lives(season):
    later = other_batch(season)
    file = candidate_at(season, Stage.REJECTED)
    twin = later.candidates.get(student=file.student)
    assert (
        acts.do(later, [twin.pk], people.actor(season.staff.clerks[0]), ActRequest(Verb.APPLY)).done
        == 1
    )
    done = act(season, Verb.REOPEN, [file.pk], second=season.staff.second)
    assert done.by_code == {"FILE-LIVE": 1}


def test_junior_and_top_up_of_one_person_are_two_files(season):
    """X13: two 学号 of one person are both legal."""
    ids = enrol(season, 1, id_hash="same") + enrol(season, 1, level=Level.TOP_UP, id_hash="same")
    assert act(season, Verb.APPLY, ids).done == 2


def test_PHOTO_CHANGED_after_approval_stops_the_numbering(season):
    file = candidate_at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    photo(file).update(sha256="f" * 64)
    assert act(season, Verb.CERTIFY, [file.pk]).by_code == {"PHOTO-CHANGED": 1}
    photo(file).update(current=False)
    assert act(season, Verb.CERTIFY, [file.pk]).by_code == {"PHOTO-CHANGED": 1}


def test_NUMBER_IMPORT_until_headquarters_sends_it():
    season = make_season(numbering="imported")
    file = candidate_at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    assert act(season, Verb.CERTIFY, [file.pk]).by_code == {"NUMBER-IMPORT": 1}
    IncomingNumber.objects.create(
        batch=season.batch, student=file.student, number="511618202306000077"
    )
    assert act(season, Verb.CERTIFY, [file.pk]).done == 1
    assert Certificate.objects.get().number == "511618202306000077"
    # a voided number is spent, also when headquarters gave it
    act(season, Verb.VOID, [file.pk], second=season.staff.second)
    assert act(season, Verb.CERTIFY, [file.pk]).by_code == {"NUMBER-IMPORT": 1}
    IncomingNumber.objects.filter(student=file.student).update(number="511618202306000078")
    assert act(season, Verb.CERTIFY, [file.pk]).done == 1


def test_PAPER_HELD_elsewhere(season):
    file = candidate_at(season, Stage.CERTIFIED)
    Certificate.objects.update(held_by=season.hq)
    assert act(season, Verb.SHIP, [file.pk]).by_code == {"PAPER-HELD": 1}
    Certificate.objects.update(held_by=season.college)
    assert act(season, Verb.SHIP, [file.pk]).done == 1


def test_PARCEL_and_PARCEL_SHORT(season):
    file = candidate_at(season, Stage.SHIPPED)
    ParcelItem.objects.update(counted=False)
    assert act(season, Verb.RECEIVE, [file.pk]).by_code == {"PARCEL-SHORT": 1}
    ParcelItem.objects.update(counted=None, open=False)
    assert act(season, Verb.RECEIVE, [file.pk]).by_code == {"PARCEL": 1}


def test_VOID_GROUND_while_the_registry_still_has_it(season):
    file = candidate_at(season, Stage.COLLECTED)
    assert act(season, Verb.VOID, [file.pk], second=season.staff.second).by_code == {
        "VOID-GROUND": 1
    }
    Certificate.objects.update(cancelled_on="2023-08-01", queryable=False)
    assert act(season, Verb.VOID, [file.pk], second=season.staff.second).done == 1


def test_CLOCK_set_back(season):
    file = candidate_at(season, Stage.APPLIED)
    set_clock("2023-07-11 09:00")
    assert act(season, Verb.ENDORSE, [file.pk]).by_code == {"CLOCK": 1}


# -- holds: facts that change under a file in motion ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "origin"),
    [
        (Verb.ENDORSE, Stage.APPLIED),
        (Verb.APPROVE, Stage.ENDORSED),
        (Verb.CERTIFY, Stage.APPROVED),
        (Verb.SHIP, Stage.CERTIFIED),
        (Verb.COLLECT, Stage.RECEIVED),
    ],
    ids=str,
)
def test_W07_a_doubt_holds_the_file_at_every_later_step(season, verb, origin):
    file = candidate_at(season, origin)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    if verb is Verb.COLLECT:
        register([file.pk])
    chsi_of(
        file.student, chsi(file).get().day.replace(day=10), verdict=ChsiVerdict.FAILED.value
    ).save()
    done = act(season, verb, [file.pk])
    assert (done.by_code, stages([file.pk])) == ({"CHSI-DOUBT": 1}, [origin])
