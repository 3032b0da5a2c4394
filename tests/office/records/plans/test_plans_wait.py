"""Until a plan is through: its students are being judged, nobody of them is numbered; ended, the rest goes back."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from graduand.models import (
    Candidate,
    DegreeCertificate,
    Grant,
    ImportPlan,
    Intake,
    Job,
    Judgement,
    PlannedStudent,
    Refusal,
    Result,
    Stale,
    Student,
    Unit,
    User,
)
from graduand.office.acts import ActRequest, do
from graduand.office.audit import auditing
from graduand.office.installation import checkup
from graduand.office.records.importing import import_sheet
from graduand.office.records.plans import import_plans, plan_reasons
from graduand.office.records.plans.import_plans import PlanWriter
from graduand.office.records.plans.plan_reasons import ENDED
from graduand.office.refusal import Refused
from graduand.office.registry import chsi_export
from graduand.office.season import batches, listing
from graduand.queries import clock, judging, refusals, side_tracks, verdicts
from graduand.queries.basis import basis_of
from graduand.queries.filing import candidates
from graduand.queries.queue import open_plans as looking
from graduand.queries.queue import standstill
from graduand.rulebook.calendar import Term
from graduand.rulebook.journey import step_of
from graduand.rulebook.terms import Role, SheetKind, Stage, Verb
from tests import acting, factories, people
from tests.office.degrees import WITH_WINDOW, graduate
from tests.office.records.files import ROWS, batch, bring, table
from tests.office.records.plans.killing import Killed, killing
from tests.office.records.plans.plans import (
    PEOPLE,
    counts,
    files,
    left,
    marks,
    number,
    small_pieces,
    step,
    stored,
    through,
)

pytestmark = pytest.mark.django_db


def being_judged() -> list[str]:
    rows = Candidate.objects.filter(judging.being_judged(clock.today())).order_by("student__number")
    return list(rows.values_list("student__number", flat=True))


@pytest.fixture
def judged(six):
    """The six are listed in an open batch, and judged."""
    made = batch()
    listing.list_newcomers()
    auditing.run(made)
    return made


def test_its_students_are_being_judged_from_the_confirmation_on(judged, tmp_path):
    assert being_judged() == []
    plan = left(tmp_path, SheetKind.RESULTS, *marks(people=3))
    assert (being_judged(), Stale.objects.count()) == ([number(n) for n in (1, 2, 3)], 0)
    settled = Candidate.objects.filter(judging.settled(clock.today()))
    assert settled.count() == 3
    waiting = judging.waiting(Candidate.objects.all(), clock.today())
    assert (waiting.count, waiting.cause) == (3, "正在导入成绩")
    mark = judging.mark_of(Candidate.objects.get(student__number=number(1)).pk, clock.today())
    assert (mark.cause, mark.since) == ("正在导入成绩", plan.confirmed_at)
    plan = through(plan)
    assert being_judged() == [number(n) for n in (1, 2, 3)]  # now by the mark that the rows left
    assert Stale.objects.count() == 3
    auditing.run(judged)
    assert being_judged() == []


def test_who_is_to_wait_for_an_import_that_nobody_writes_reads_whom_to_call(judged, tmp_path):
    left(tmp_path, SheetKind.RESULTS, *marks(people=3))
    said = []
    for seconds in (30, 90):
        Job.objects.update(beat_at=clock.real_now() - timedelta(seconds=seconds))
        said.append(looking.in_the_way().split("；")[-1].partition("，也")[0])
    assert said == ["后台会接着写", standstill.words()]


def test_what_says_nothing_new_marks_nobody(judged, tmp_path):
    bring(tmp_path, SheetKind.RESULTS, *marks())
    auditing.run(judged)
    tally = bring(tmp_path, SheetKind.RESULTS, *marks(), carrier=PlanWriter.WORKER)
    assert (tally.plan, tally.unchanged, being_judged()) == (None, 12, [])


def test_what_was_not_confirmed_means_nothing(judged, tmp_path):
    """Prepared and then killed: whose rows they are counts only with the one row that confirms them."""

    confirming = 'UPDATE "graduand_importplan" SET "intake_id"'
    with killing(lambda _place, sql: sql.startswith(confirming)), pytest.raises(Killed):
        bring(tmp_path, SheetKind.RESULTS, *marks())
    assert (PlannedStudent.objects.count(), ImportPlan.objects.get().confirmed_at) == (PEOPLE, None)
    assert (
        being_judged(),
        looking.in_the_way(),
        Intake.objects.filter(kind="results").count(),
    ) == ([], "", 0)
    ImportPlan.objects.update(made_at=clock.real_now().replace(year=2020))
    import_plans.sweep()
    assert (ImportPlan.objects.count(), PlannedStudent.objects.count(), files()) == (0, 0, [])


def test_IMPORT_RUNNING_nobody_is_numbered_before_his_rows_are_written(tmp_path, monkeypatch):
    season = factories.make_season()
    ids = acting.walk(season, factories.enrol(season, 4), Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    small_pieces(monkeypatch)
    numbers = list(Student.objects.order_by("number").values_list("number", flat=True))
    rows = [ROWS[SheetKind.RESULTS] | {"学号": one, "课程代码": "X9"} for one in numbers[:3]]
    path = table(tmp_path / "results.csv", rows)
    plan = import_plans.fresh(
        import_sheet(SheetKind.RESULTS, path, by=None, carrier=PlanWriter.WORKER).plan
    )
    actor = people.actor(season.staff.hq)
    held = do(season.batch, ids, actor, ActRequest(Verb.CERTIFY))
    assert (held.done, held.refused, held.by_code) == (1, 3, {"IMPORT-RUNNING": 3})
    through(plan)
    done = do(season.batch, ids, actor, ActRequest(Verb.CERTIFY))
    assert (done.done, done.unchanged) == (3, 1)


def voided(numbers) -> list[dict[str, str]]:
    """The college takes the mark of A1 back."""
    term = str(Term.from_ordinal(4046))
    row = {
        "课程代码": "A1",
        "成绩": "80",
        "取得方式": "考试",
        "学期": term,
        "发布日期": "2023-07-01",
        "作废": "是",
    }
    return [{"学号": number, **row} for number in numbers]


@pytest.mark.parametrize(
    ("stage", "verb"), [(Stage.CERTIFIED, Verb.SHIP), (Stage.RECEIVED, Verb.COLLECT)]
)
def test_IMPORT_RUNNING_no_certificate_goes_on_before_the_rows_of_its_person_are_written(
    tmp_path, monkeypatch, stage, verb
):
    """Else who fails by them is handed a certificate, and nobody is told afterwards."""
    season = factories.make_season()
    ids = acting.walk(season, factories.enrol(season, 2), stage)
    acting.register(ids)
    small_pieces(monkeypatch)
    rows = voided(Student.objects.filter(candidates=ids[0]).values_list("number", flat=True))
    path = table(tmp_path / "r.csv", rows)
    plan = import_plans.fresh(
        import_sheet(SheetKind.RESULTS, path, by=None, carrier=PlanWriter.WORKER).plan
    )
    held = acting.act(season, verb, ids)
    assert (held.done, acting.refusals(held)) == (1, {ids[0]: ["IMPORT-RUNNING"]})
    [refusal] = Refusal.objects.filter(act=held)
    [found] = [one for one in candidates.stored(refusal.findings) if one.blocks]
    assert found.sentence == f"该生还有资料没有写完：{looking.words(plan)}"
    shown = side_tracks.all_facts(
        Candidate.objects.select_related("student", "batch").get(pk=ids[0]), basis_of(season.batch)
    )
    said = refusals.refusals_of(
        {ids[0]: shown}, basis_of(season.batch), {"it": (step_of(verb), verdicts.asked_of(held))}
    )
    assert said[ids[0]]["it"] == found.sentence  # the page of the file says the same
    through(plan)
    parcel = {"tracking": "SF2"} if verb is Verb.SHIP else {}
    assert acting.refusals(acting.act(season, verb, ids[:1], **parcel)) == {ids[0]: ["ISSUED-LOST"]}


def test_IMPORT_RUNNING_nothing_is_let_stand_while_more_may_be_lost(tmp_path, monkeypatch):
    season = factories.make_season()
    ids = acting.walk(season, factories.enrol(season), Stage.CERTIFIED)
    Result.objects.filter(course="E1").update(pass_key="")
    small_pieces(monkeypatch)
    path = table(tmp_path / "r.csv", voided(Student.objects.values_list("number", flat=True)))
    plan = import_plans.fresh(
        import_sheet(SheetKind.RESULTS, path, by=None, carrier=PlanWriter.WORKER).plan
    )
    both = {"second": season.staff.second, "note": "教务会议纪要"}
    assert acting.refusals(acting.act(season, Verb.CONFIRM_ISSUE, ids, **both)) == {
        ids[0]: ["IMPORT-RUNNING"]
    }
    through(plan)
    assert acting.act(season, Verb.CONFIRM_ISSUE, ids, **both).done == 1


@pytest.mark.parametrize("verb", [Verb.DEGREE_GRANT, Verb.DEGREE_REPLACE])
def test_IMPORT_RUNNING_no_degree_is_granted_or_made_anew_while_the_graduation_may_be_lost(
    tmp_path, monkeypatch, verb
):
    season = factories.make_season(degree=WITH_WINDOW)
    file = graduate(season, Stage.CERTIFIED)
    assert acting.act(season, Verb.DEGREE_APPLY, [file.pk]).done == 1
    if verb is Verb.DEGREE_REPLACE:
        assert acting.act(season, Verb.DEGREE_GRANT, [file.pk], season.staff.hq_third).done == 1
        assert acting.act(season, Verb.DEGREE_CERTIFY, [file.pk]).done == 1
        DegreeCertificate.objects.update(old_paper_since=clock.now())
    small_pieces(monkeypatch)
    path = table(tmp_path / "r.csv", voided([file.student.number]))
    plan = import_plans.fresh(
        import_sheet(SheetKind.RESULTS, path, by=None, carrier=PlanWriter.WORKER).plan
    )
    asked = (season, verb, [file.pk], season.staff.hq_third)
    assert acting.refusals(acting.act(*asked, note="重制")) == {file.pk: ["IMPORT-RUNNING"]}
    through(plan)
    assert "ISSUED-LOST" in acting.refusals(acting.act(*asked, note="重制"))[file.pk]


def test_what_is_about_everybody_waits_and_says_for_what(judged, tmp_path):
    plan = left(tmp_path, SheetKind.RESULTS, *marks())
    words = looking.words(plan)
    with pytest.raises(Refused, match="审核结果不能导出") as csv:
        auditing.run(judged, tmp_path / "out.csv")
    with pytest.raises(Refused, match="花名册不能冻结") as roster:
        batches.freeze_roster(judged, 0)
    hq = people.actor(_clerk("hq", Role.HQ_REVIEWER, "Z"))
    with pytest.raises(Refused, match="学历注册文件不能导出") as export:
        chsi_export.export(judged, tmp_path, hq)
    assert [words in str(error.value) for error in (csv, roster, export)] == [True] * 3
    [line] = [line for line in checkup.check() if words in line.state]
    assert line.wrong
    through(plan)
    assert auditing.run(judged, tmp_path / "out.csv").judged == PEOPLE
    assert Judgement.objects.count() == PEOPLE


def _clerk(name, role, unit):
    user = User.objects.create_user(name, f"{name}老师")
    Grant.objects.create(user=user, role=role.value, unit=Unit.objects.get(code=unit))
    return user


def test_an_ended_plan_keeps_what_is_written_and_gives_the_rest_back(judged, tmp_path):
    college = _clerk("college", Role.COLLEGE_REVIEWER, "X01")
    plan = step(left(tmp_path, SheetKind.RESULTS, *marks(), by=college))
    wrote = sorted(stored())
    assert 0 < len(wrote) < PEOPLE
    younger = left(tmp_path, SheetKind.RESULTS, *marks("99", people=1), by=college)
    assert import_plans.end(plan.pk, people.actor(college))
    assert not import_plans.end(plan.pk, people.actor(college))
    assert looking.ahead_of(younger) is None
    awaited = {number(1), *wrote}
    assert set(being_judged()) == awaited
    plan = through(import_plans.fresh(plan.pk))
    assert sorted(stored()) == wrote
    assert counts(plan) == (2 * len(wrote), 0, 0, 12 - 2 * len(wrote))
    rest = plan_reasons.plan_sentences(plan)["problems"]
    done = 2 * len(wrote)
    assert rest[0].startswith(
        f"导入已由 college老师 终止，已写入的 {done} 行保留，其余 {12 - done} 行没有导入"
    )
    assert (PlannedStudent.objects.filter(plan=plan).count(), files()) == (0, [younger.file])


def test_the_rows_of_an_ended_plan_stand_in_the_workbook(six, tmp_path):
    plan = step(left(tmp_path, SheetKind.RESULTS, *marks()))
    import_plans.stop(plan.pk, None)
    plan = import_plans.fresh(plan.pk)
    reasons = plan_reasons.reasons_of(plan)
    assert set(reasons.failures.problems) == {
        row for row, given in _rows_of(marks()).items() if given not in stored()
    }
    assert {
        problem.message for found in reasons.failures.problems.values() for problem in found
    } == {ENDED}


def _rows_of(rows):
    return {place: row["学号"] for place, row in enumerate(rows, start=2)}


def test_whoever_may_import_the_sheet_may_end_it_and_nobody_else(six, tmp_path):
    plan = left(tmp_path, SheetKind.RESULTS, *marks())
    college, centre = (
        _clerk("college", Role.COLLEGE_REVIEWER, "X01"),
        _clerk("clerk", Role.CENTRE_CLERK, "C01"),
    )
    for user in (
        centre,
        college,
    ):  # the centre imports no results; what a command brought is no record of the college's
        with pytest.raises(Refused):
            import_plans.end(plan.pk, people.actor(user))
    assert import_plans.end(plan.pk, people.actor(_clerk("hq", Role.HQ_REVIEWER, "Z")))


def test_A04_whoever_loses_the_right_writes_nothing_more(six, tmp_path):
    college = _clerk("college", Role.COLLEGE_REVIEWER, "X01")
    plan = step(left(tmp_path, SheetKind.RESULTS, *marks(), by=college))
    wrote = stored()
    Grant.objects.filter(user=college).delete()
    plan = through(plan)
    assert (stored(), plan.ended_by, plan.ended_why) == (wrote, None, import_plans.NO_LONGER)
    assert counts(plan)[3] == 12 - 2 * len(wrote)


def test_rows_that_are_lost_end_the_plan(six, tmp_path):
    plan = step(left(tmp_path, SheetKind.RESULTS, *marks()))
    (Path(settings.GRADUAND_HOME) / "plans" / plan.file).unlink()
    plan = through(plan)
    assert (plan.ended_why, counts(plan)[3]) == (import_plans.LOST, 12 - 2 * len(stored()))
