"""The loss report (四, last line): who, for which code, at whose desk, until when."""

from datetime import date

import openpyxl
import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from graduand.models import Candidate, ChsiReport, Module, PhotoRow, PlanRow, Result
from graduand.office import acts
from graduand.office.audit import auditing
from graduand.office.season import losses
from graduand.queries.filing.candidates import stored
from graduand.rulebook.terms import Stage, Verb
from tests import factories, people
from tests.acting import act, candidate_at, shut, walk
from tests.factories import IN_SECOND, SECOND, enrol, other_batch, policy_data, set_clock
from tests.management.calling import graduand

pytestmark = pytest.mark.django_db
LAST_ROUND, CLOSES, PHOTOS = date(2023, 10, 12), date(2023, 10, 12), date(2023, 8, 30)


def told(season, actor=None):
    """(学号's last digit, code, desk, unit, until, lost) of every line."""
    auditing.run(season.batch)
    rows = losses.report(season.batch, people.actor(actor) if actor else None)
    return [
        (int(row.student_no[-3:]), row.code, row.desk, row.unit, row.until, row.lost)
        for row in rows
    ]


def test_四_2_3_each_reason_names_the_desk_and_the_day(season):
    doubt, photo, chsi, poor, _ = enrol(season, 5)
    of = {pk: Candidate.objects.get(pk=pk).student for pk in (doubt, photo, chsi, poor)}
    ChsiReport.objects.filter(student=of[doubt]).update(verdict="unsure")
    PhotoRow.objects.filter(student=of[photo]).update(current=False)
    ChsiReport.objects.filter(student=of[chsi]).update(
        admission_photo=False, credential_photo=False
    )
    Result.objects.filter(student=of[poor]).update(
        pass_key=""
    )  # lacks credits, too: nobody's neglect
    centre = ("学习中心", "第1学习中心")
    assert told(season) == [
        (1, "CHSI-DOUBT", "总部", "总部", LAST_ROUND, False),
        (2, "PHOTO-PLATFORM", *centre, PHOTOS, False),
        (3, "CHSI-ADMISSION", *centre, LAST_ROUND, False),
        (3, "CHSI-CREDENTIAL", *centre, LAST_ROUND, False),
        (5, "apply", *centre, LAST_ROUND, False),
    ]
    set_clock("2023-08-31 00:00")
    assert [(who, lost) for who, code, *_, lost in told(season) if code == "PHOTO-PLATFORM"] == [
        (2, True)
    ]


def test_whoever_lacks_credits_too_is_not_on_the_report(season):
    """Credits are the student's own, but for those of a 综合实践 that was passed and that the college has not reviewed."""
    unreviewed, short = enrol(season, 1, fit=False) + enrol(season, 1)
    Result.objects.filter(student__candidates=short).update(pass_key="")
    auditing.run(season.batch)
    assert [Candidate.objects.get(pk=pk).judgement.fit for pk in (unreviewed, short)] == [
        False,
        False,
    ]
    assert [line[:3] for line in told(season)] == [
        (1, code, "学院") for code in ("PRACTICE", "CRED-TOTAL", "CRED-MODULE")
    ]


def test_a_practice_that_failed_is_nobodys_neglect(season):
    (failed,) = enrol(season)
    PlanRow.objects.update(min_total=100, version=F("version") + 1)
    Module.objects.filter(name="综合实践").update(min_credits=0)
    Result.objects.filter(student__candidates=failed, course="P1").update(pass_key="")
    assert told(season) == []
    assert [f.code for f in stored(Candidate.objects.get().judgement.unmet)] == ["PRACTICE"]


def test_files_that_wait_are_at_the_desk_that_holds_them(season):
    for stage in (
        Stage.APPLIED,
        Stage.ENDORSED,
        Stage.APPROVED,
        Stage.CERTIFIED,
        Stage.COLLECTED,
        Stage.DEFERRED,
    ):
        candidate_at(season, stage)
    assert told(season) == [
        (1, "endorse", "学院", "生命健康学院", CLOSES, False),
        (2, "approve", "总部", "总部", CLOSES, False),
        (3, "certify", "总部", "总部", CLOSES, False),
    ]


def test_四_2_2_a_late_photo_is_the_reason_though_the_judgement_is_fine(season):
    ids = enrol(season, 1)
    PhotoRow.objects.update(since=date(2023, 9, 1))
    set_clock(IN_SECOND)
    assert act(season, Verb.APPLY, ids, round_name=SECOND).by_code == {"PHOTO-LATE": 1}
    assert told(season) == [(1, "PHOTO-LATE", "学习中心", "第1学习中心", PHOTOS, True)]


def test_四_2_2_a_photo_too_late_for_every_round_is_the_reason_before_anybody_tries(season):
    enrol(season, 1)
    set_clock("2023-08-20 09:00")
    PhotoRow.objects.update(since=date(2023, 8, 20))
    assert told(season) == [(1, "apply", "学习中心", "第1学习中心", LAST_ROUND, False)]
    PhotoRow.objects.update(since=date(2023, 9, 1))
    set_clock(IN_SECOND)
    assert told(season) == [(1, "PHOTO-LATE", "学习中心", "第1学习中心", PHOTOS, True)]
    set_clock("2023-10-13 09:00")
    assert [line[:2] for line in told(season)] == [(1, "PHOTO-LATE")]
    Candidate.objects.update(explanation="照片迟到")
    shut(season.batch, people.actor(season.staff.hq))
    assert [line[:2] for line in told(season)] == [(1, "PHOTO-LATE")]


def test_四_2_2_the_last_round_is_the_last_by_its_days_not_in_the_file():
    turned = factories.make_season(rounds=policy_data()["rounds"][::-1])
    enrol(turned, 1)
    set_clock("2023-10-13 09:00")
    PhotoRow.objects.update(since=date(2023, 10, 13))
    assert [line[:2] for line in told(turned)] == [(1, "PHOTO-LATE")]


def test_a_closed_round_is_nobodys_reason_while_another_comes(season):
    ids = enrol(season, 1)
    set_clock("2023-08-01 09:00")
    assert act(season, Verb.APPLY, ids).by_code == {"ROUND-NONE": 1}
    assert told(season) == [(1, "apply", "学习中心", "第1学习中心", LAST_ROUND, False)]


def test_七_3_what_was_rejected_or_lapsed_is_lost_at_the_desk_where_it_stood(season):
    rejected = candidate_at(season, Stage.REJECTED)
    moving, listed = walk(season, enrol(season), Stage.ENDORSED), enrol(season)
    Candidate.objects.filter(pk__in=moving).update(explanation="总部来不及")
    Candidate.objects.filter(pk__in=listed).update(explanation="中心联系不上")
    auditing.run(season.batch)  # whoever lapses keeps the verdict of the closing
    shut(season.batch, people.actor(season.staff.hq))
    assert (rejected.stage, listed) == ("rejected", listed)
    assert told(season) == [
        (1, "reject", "学院", "生命健康学院", LAST_ROUND, True),
        (2, "approve", "总部", "总部", CLOSES, True),
        (3, "apply", "学习中心", "第1学习中心", LAST_ROUND, True),
    ]
    rows = losses.report(season.batch, None)
    assert [row.reason for row in rows] == [
        "审核不通过：成绩有误",
        "条件已满足，尚未「准予毕业」（总部来不及）",
        "条件已满足，尚未「申请毕业」（中心联系不上）",
    ]


def test_who_has_a_file_in_another_batch_has_lost_nothing_here(season):
    enrol(season, 1)
    later = other_batch(season)
    assert [line[1] for line in told(season)] == ["apply"]
    [twin] = later.candidates.all()
    acts.do(later, [twin.pk], people.actor(season.staff.clerks[0]), acts.ActRequest(Verb.APPLY))
    assert told(season) == []


def test_a_desk_sees_its_own_people(season):
    enrol(season, 1)
    enrol(season, 2, centre=1)
    staff = season.staff
    assert [
        len(told(season, user))
        for user in (staff.clerks[0], staff.clerks[1], staff.college, staff.hq)
    ] == [1, 2, 3, 3]


def test_one_person_or_five_take_the_same_queries(season, engine):
    counted = []
    for count in (1, 4):
        enrol(season, count)
        walk(season, enrol(season, count), Stage.REJECTED)
        auditing.run(season.batch)
        with CaptureQueriesContext(connection) as asked:
            losses.report(season.batch, None)
        counted.append(len(asked))
    assert (
        counted == [{"sqlite": 9, "postgres": 11}[engine]] * 2
    )  # PostgreSQL is asked what time it is


CENTRES = [
    {
        "code": "C2",
        "name": "第2学习中心",
        "lost": 0,
        "open": 2,
        "by_code": {"CHSI-ADMISSION": 2, "CHSI-CREDENTIAL": 2},
    },
    {"code": "C1", "name": "第1学习中心", "lost": 0, "open": 1, "by_code": {"apply": 1}},
]
NOT_FILED = (
    "C1",
    "第1学习中心",
    "2021000000001",
    "学生000001",
    "未申请",
    "apply",
    "条件已满足，尚未「申请毕业」",
    "七.3",
    "学习中心",
    "第1学习中心",
    "2023-10-12",
    "尚可补救",
    "学习中心查缺补漏，及时办理",
)


def test_the_command_counts_by_centre_and_writes_a_workbook(season, tmp_path):
    enrol(season, 1)
    ids = enrol(season, 2, centre=1)
    ChsiReport.objects.filter(student__candidates__in=ids).update(
        admission_photo=False, credential_photo=False
    )
    answer = graduand("losses", "202307", "--out", tmp_path / "out.xlsx", "--json")
    file = str(tmp_path / "out.xlsx")
    assert (answer.code, answer.json) == (
        0,
        {"batch": "202307", "lost": 0, "open": 3, "centres": CENTRES, "file": file},
    )
    rows = list(openpyxl.load_workbook(file).active.iter_rows(values_only=True))
    assert rows[0] == losses.HEADERS
    assert [row[5] for row in rows[1:]] == ["apply", *["CHSI-ADMISSION", "CHSI-CREDENTIAL"] * 2]
    assert rows[1] == NOT_FILED
    set_clock("2023-10-13 09:00")
    text = graduand("losses", "202307", "--centre", "C2")
    assert text.out == (
        "C2 第2学习中心　失去 2　可补救 0　学信网缺录取照片 2，学信网缺学历照片 2\n"
        "批次 202307：已失去本批机会 2 人，尚可补救 0 人\n"
    )
