"""四、毕业审核工作要求。"""

from dataclasses import replace
from datetime import date

import pytest

from graduand.models import Candidate, ChsiReport, IdentityCase, ListEntry, PhotoRow, Student
from graduand.office.audit import auditing
from graduand.office.records.importing import import_sheet
from graduand.office.refusal import Refused
from graduand.office.season import batches, losses
from graduand.queries import clock
from graduand.rulebook.clauses import CLAUSES
from graduand.rulebook.photos.file_rules import file_findings
from graduand.rulebook.photos.measures import FileFacts
from graduand.rulebook.photos.spec import PhotoMeasure
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import CaseState, ChsiVerdict, Desk, SheetKind, Stage, Verb
from tests import people
from tests.acting import act, candidate_at, case_to, doubt, refusals, stages
from tests.factories import SECOND, chsi_of, enrol, policy_data, set_clock

pytestmark = pytest.mark.django_db
DOUBTS = [verdict for verdict in ChsiVerdict if verdict is not ChsiVerdict.NORMAL]


@pytest.mark.parametrize("verdict", DOUBTS, ids=str)
@pytest.mark.parametrize(
    ("verb", "origin"), [(Verb.ENDORSE, Stage.APPLIED), (Verb.APPROVE, Stage.ENDORSED)], ids=str
)
def test_四_1_who_is_in_doubt_passes_neither_the_college_nor_headquarters(
    season, verb, origin, verdict
):
    file = candidate_at(season, origin)
    ChsiReport.objects.filter(student=file.student).update(verdict=verdict)
    assert refusals(act(season, verb, [file.pk])) == {file.pk: ["CHSI-DOUBT"]}
    assert stages([file.pk]) == [origin]


def test_四_1_a_filing_clears_the_doubt_and_the_same_verdict_again_stays_cleared(season):
    file = candidate_at(season, Stage.APPLIED)
    ChsiReport.objects.filter(student=file.student).update(verdict=ChsiVerdict.UNSURE)
    now = clock.now()
    IdentityCase.objects.create(
        student=file.student,
        verdict="unsure",
        state="cleared",
        opened_at=now,
        filed_at=now,
        filed_by=season.staff.hq,
    )
    chsi_of(file.student, date(2023, 7, 5), verdict="unsure").save()
    assert act(season, Verb.ENDORSE, [file.pk]).done == 1
    chsi_of(file.student, date(2023, 7, 10), verdict="failed").save()
    assert refusals(act(season, Verb.APPROVE, [file.pk])) == {file.pk: ["CHSI-DOUBT"]}


def fed_back(season, tmp_path, verdict: str, day: str) -> None:
    """A file of the registry about everybody of the season."""
    path = tmp_path / f"chsi-{day}.csv"
    rows = ["学号,姓名,录取照片,学历照片,核验结果,数据日期"]
    rows += [
        f"{s.number},{s.name},有,有,{verdict},{day}" for s in Student.objects.order_by("number")
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert import_sheet(SheetKind.CHSI, path, by=season.staff.hq_third).ok


def test_四_1_filed_the_same_word_again_stays_cleared_and_a_worse_one_is_a_new_case(
    season, tmp_path
):
    file = candidate_at(season, Stage.APPLIED)
    fed_back(season, tmp_path, "身份核验不确定", "2023-07-05")
    assert refusals(act(season, Verb.ENDORSE, [file.pk])) == {file.pk: ["CHSI-DOUBT"]}
    case_to(season, [file.pk], CaseState.REPORTED)
    done = act(season, Verb.CASE_CLEAR, [file.pk], note="省厅同意备案 2023-07-06")
    assert (done.done, IdentityCase.objects.get().filed_by) == (1, season.staff.hq)
    fed_back(season, tmp_path, "身份核验不确定", "2023-07-10")
    assert IdentityCase.objects.count() == 1
    assert act(season, Verb.ENDORSE, [file.pk]).done == 1
    fed_back(season, tmp_path, "身份核验未通过", "2023-07-11")
    assert list(IdentityCase.objects.order_by("id").values_list("verdict", "state")) == [
        ("unsure", "cleared"),
        ("failed", "open"),
    ]
    assert refusals(act(season, Verb.APPROVE, [file.pk])) == {file.pk: ["CHSI-DOUBT"]}
    case_to(season, [file.pk], CaseState.CLEARED)
    assert act(season, Verb.APPROVE, [file.pk]).done == 1


@pytest.mark.parametrize("verb", [Verb.CASE_CLEAR, Verb.CASE_UPHOLD], ids=str)
def test_四_1_only_headquarters_decides_a_case(season, verb):
    file = candidate_at(season, Stage.APPLIED)
    for user in (season.staff.clerks[0], season.staff.college):
        with pytest.raises(Refused):
            act(season, verb, [file.pk], user)


def test_四_1_an_upheld_doubt_holds(season):
    file = candidate_at(season, Stage.APPLIED)
    ChsiReport.objects.filter(student=file.student).update(verdict=ChsiVerdict.ABNORMAL)
    IdentityCase.objects.create(
        student=file.student, verdict="abnormal", state="upheld", opened_at=clock.now()
    )
    assert act(season, Verb.ENDORSE, [file.pk]).by_code == {"CHSI-DOUBT": 1}


@pytest.mark.parametrize("state", [state for state in CaseState if state.holds], ids=str)
def test_四_1_a_case_holds_whatever_newer_rows_say(season, state):
    file = candidate_at(season, Stage.APPLIED)
    IdentityCase.objects.create(
        student=file.student, verdict="abnormal", state=state, opened_at=clock.now()
    )
    chsi_of(file.student, date(2023, 7, 10)).save()
    assert refusals(act(season, Verb.ENDORSE, [file.pk])) == {file.pk: ["CHSI-DOUBT"]}


def test_四_1_a_newer_normal_lets_the_last_level_file_in_one_step(season, tmp_path):
    file = candidate_at(season, Stage.APPLIED)
    fed_back(season, tmp_path, "身份核验不确定", "2023-07-05")
    assert refusals(act(season, Verb.CASE_CLEAR, [file.pk])) == {file.pk: ["REASON", "SECOND"]}
    fed_back(season, tmp_path, "正常", "2023-07-10")
    assert act(season, Verb.CASE_CLEAR, [file.pk]).done == 1
    assert act(season, Verb.ENDORSE, [file.pk]).done == 1


def test_四_1_a_row_of_the_future_says_nothing_yet(season):
    file = candidate_at(season, Stage.APPLIED)
    chsi_of(file.student, date(2023, 7, 13), verdict="failed").save()
    assert act(season, Verb.ENDORSE, [file.pk]).done == 1


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"byte_length": 51_200}, ["W_LARGE_FILE"]),
        ({"byte_length": 51_201}, ["TOO_LARGE"]),
        ({"width": 481}, ["WRONG_SIZE"]),
        ({"width": 640, "height": 480}, ["WRONG_SIZE"]),
        ({"is_jpeg": False}, ["NOT_JPEG"]),
        ({"components": 1}, ["NOT_24BIT"]),
    ],
)
def test_四_2_1_the_photo_s_standard(changes, codes):
    spec = BatchPolicy.from_dict(policy_data()).photo
    measure = replace(PhotoMeasure(30_000, True, 480, 640, 3, FileFacts()), **changes)
    assert [finding.code.value for finding in file_findings(measure, spec)] == codes


def test_四_2_1_a_photo_below_the_standard_stops_the_application(season):
    ids = enrol(season, 1)
    PhotoRow.objects.update(problems="照片尺寸 481×640，应为 480×640")
    assert refusals(act(season, Verb.APPLY, ids)) == {ids[0]: ["PHOTO-SPEC"]}


def on_the_list(season) -> list[int]:
    rows = ListEntry.objects.filter(round__name=SECOND, round__batch=season.batch)
    return list(rows.order_by("candidate_id").values_list("candidate_id", flat=True))


def test_四_2_2_no_photo_in_time_keeps_off_the_list(season):
    intime, late, without = enrol(season, 1), enrol(season, 1), enrol(season, 1, photo=False)
    PhotoRow.objects.filter(student__candidates__in=intime).update(since=date(2023, 8, 30))
    PhotoRow.objects.filter(student__candidates__in=late).update(since=date(2023, 8, 31))
    set_clock("2023-08-30 12:00")
    auditing.run(season.batch)
    batches.refresh_list(season.batch)
    assert on_the_list(season) == intime
    set_clock("2023-09-06 09:00")
    auditing.run(season.batch)
    batches.refresh_list(season.batch)
    assert on_the_list(season) == intime
    assert refusals(act(season, Verb.APPLY, intime + late + without)) == {
        late[0]: ["PHOTO-LATE"],
        without[0]: ["PHOTO-PLATFORM"],
    }


def test_四_2_2_the_deadline_of_the_second_round_does_not_touch_the_first(season):
    ids = enrol(season, 1)
    PhotoRow.objects.update(since=date(2023, 7, 12))
    assert act(season, Verb.APPLY, ids).done == 1


def test_四_2_2_after_the_deadline_nobody_leaves_the_list(season):
    ids = enrol(season, 1)
    set_clock("2023-08-30 12:00")
    auditing.run(season.batch)
    batches.refresh_list(season.batch)
    set_clock("2023-08-31 00:00")
    PhotoRow.objects.update(current=False)
    batches.refresh_list(season.batch)
    assert (on_the_list(season), Candidate.objects.get(pk=ids[0]).stage) == (ids, Stage.LISTED)


@pytest.mark.parametrize(
    ("admission", "credential", "codes"),
    [
        (True, True, []),
        (False, True, ["CHSI-ADMISSION"]),
        (True, False, ["CHSI-CREDENTIAL"]),
        (False, False, ["CHSI-ADMISSION", "CHSI-CREDENTIAL"]),
        (None, None, ["CHSI-ADMISSION", "CHSI-CREDENTIAL"]),
    ],
)
@pytest.mark.parametrize(
    ("verb", "origin"),
    [
        (Verb.APPLY, Stage.LISTED),
        (Verb.ENDORSE, Stage.APPLIED),
        (Verb.APPROVE, Stage.ENDORSED),
    ],
    ids=str,
)
def test_四_2_3_both_photos_at_the_registry(season, verb, origin, admission, credential, codes):
    file = candidate_at(season, origin)
    ChsiReport.objects.update(admission_photo=admission, credential_photo=credential)
    assert refusals(act(season, verb, [file.pk])) == ({file.pk: codes} if codes else {})


def test_四_2_3_no_word_of_the_registry_is_both_missing_and_no_doubt(season):
    ids = enrol(season, 1, chsi=False)
    assert refusals(act(season, Verb.APPLY, ids)) == {ids[0]: ["CHSI-ADMISSION", "CHSI-CREDENTIAL"]}


def test_四_2_3_two_different_photos_stop_and_unknown_ones_need_the_word_of_the_centre(season):
    same, other, unknown = enrol(season, 1), enrol(season, 1), enrol(season, 1)
    PhotoRow.objects.filter(student__candidates__in=other).update(same=False)
    PhotoRow.objects.filter(student__candidates__in=unknown).update(same=None)
    done = act(season, Verb.APPLY, same + other + unknown)
    assert (done.done, refusals(done)) == (
        1,
        {other[0]: ["PHOTO-SAME"], unknown[0]: ["PHOTO-SAME"]},
    )
    said = act(season, Verb.APPLY, other + unknown, same_checked=True)
    assert (said.done, said.warned, refusals(said)) == (1, 0, {other[0]: ["PHOTO-SAME"]})


def test_四_2_3_whoever_loses_the_certificate_by_it_stands_on_the_report_of_the_centre(season):
    (doubtful,), missing = enrol(season, 1), enrol(season, 1, centre=1)
    doubt(Candidate.objects.get(pk=doubtful), "abnormal")
    ChsiReport.objects.filter(student__candidates__in=missing).update(credential_photo=False)
    set_clock("2023-10-13 09:00")
    auditing.run(season.batch)
    rows = losses.report(season.batch, people.actor(season.staff.hq))
    assert [
        (row.centre_code, row.code, row.desk, row.unit, row.until, row.lost) for row in rows
    ] == [
        ("C1", "CHSI-DOUBT", "学习中心", "第1学习中心", date(2023, 10, 12), True),
        ("C2", "CHSI-CREDENTIAL", "学习中心", "第2学习中心", date(2023, 10, 12), True),
    ]
    assert [
        row.code for row in losses.report(season.batch, people.actor(season.staff.clerks[1]))
    ] == ["CHSI-CREDENTIAL"]


def test_四_2_3_the_centre_answers_for_what_is_missing():
    codes = (
        "CHSI-DOUBT",
        "CHSI-ADMISSION",
        "CHSI-CREDENTIAL",
        "PHOTO-PLATFORM",
        "PHOTO-LATE",
        "PHOTO-SPEC",
        "PHOTO-SAME",
    )
    assert {CLAUSES[code].desk for code in codes} == {Desk.CENTRE}
