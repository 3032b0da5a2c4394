"""The audit: everybody judged, only what is due judged again, trials store nothing, the CSV of the contract."""

import csv
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import (
    Batch,
    Candidate,
    ChsiReport,
    CourseRow,
    Job,
    Judgement,
    PhotoRow,
    PlanRow,
    Result,
    Stale,
    Student,
)
from graduand.office import acts
from graduand.office.acts import ActRequest
from graduand.office.audit import auditing
from graduand.office.season import batches
from graduand.queries.basis import basis_of
from graduand.queries.verdicts import preview
from graduand.rulebook.clauses import MASK_BITS
from graduand.rulebook.terms import Level, Stage, Standing, Verb
from tests import jobs, people
from tests.acting import candidate_at, opened_again
from tests.factories import enrol, policy_data, set_clock

pytestmark = pytest.mark.django_db


def snapshot():
    return list(Judgement.objects.order_by("candidate_id").values())


def test_everybody_is_judged_whatever_the_standing(season):
    ids = (
        enrol(season, 2)
        + enrol(season, 1, standing=Standing.WITHDRAWN)
        + enrol(season, 1, level=Level.TOP_UP, fit=False)
    )
    tally = auditing.run(season.batch)
    assert (tally.judged, tally.fit, tally.unfit, tally.refreshed) == (4, 2, 2, 4)
    assert tally.by_code == {"CRED-MODULE": 1, "CRED-TOTAL": 1, "ELIG-STATUS": 1, "PRACTICE": 1}
    fit = dict(Judgement.objects.values_list("candidate_id", "fit"))
    assert [fit[pk] for pk in ids] == [True, True, False, False]


def test_the_stored_judgement(season):
    [pk] = enrol(season, 1, photo=False)
    auditing.run(season.batch)
    row = Judgement.objects.get(candidate=pk)
    assert (row.fit, row.clear, row.total, row.hq, row.codes) == (
        True,
        False,
        1000,
        400,
        1 << MASK_BITS["PHOTO-PLATFORM"],
    )
    assert row.unmet == '[["PHOTO-PLATFORM", "", "", "", "block"]]'
    assert (row.judged_on, row.changes_on, row.plan_version) == (date(2023, 7, 12), None, 1)
    assert row.policy_digest == season.batch.policy.digest


def test_a_second_run_judges_nobody_and_writes_nothing(season):
    enrol(season, 3)
    auditing.run(season.batch)
    before = snapshot()
    again = auditing.run(season.batch)
    assert (again.judged, again.refreshed, snapshot()) == (3, 0, before)


def test_judging_again_what_did_not_change_writes_nothing(season):
    ids = enrol(season, 2)
    auditing.run(season.batch)
    before = snapshot()
    auditing.mark_stale([Candidate.objects.get(pk=ids[0]).student_id])
    assert auditing.run(season.batch).refreshed == 1
    assert (snapshot(), Stale.objects.count()) == (before, 0)


def change_plan(season, ids):
    CourseRow.objects.filter(plan=season.plans[Level.JUNIOR], code="E1").update(must_pass=True)
    PlanRow.objects.filter(pk=season.plans[Level.JUNIOR].pk).update(version=2)


def change_policy(season, ids):
    batches.load(policy_data(self_appraisal_min_chars=300), None)
    season.batch.refresh_from_db()


def change_data(season, ids):
    PhotoRow.objects.all().update(problems="太暗")
    auditing.mark_stale(list(Student.objects.values_list("id", flat=True)))


def new_arrival(season, ids):
    enrol(season, 1)


@pytest.mark.parametrize(
    ("change", "due"), [(change_plan, 2), (change_policy, 3), (change_data, 3), (new_arrival, 1)]
)
def test_only_whose_data_plan_or_policy_changed(season, change, due):
    ids = enrol(season, 2) + enrol(season, 1, level=Level.TOP_UP)
    auditing.run(season.batch)
    change(season, ids)
    assert len(auditing.due(season.batch, basis_of(season.batch))) == due
    assert auditing.run(season.batch).refreshed == due
    assert auditing.run(season.batch).refreshed == 0


def test_a_result_to_come_is_judged_on_its_day(season):
    [pk] = enrol(season, 1)
    Result.objects.filter(course="A1").update(released=date(2023, 7, 20))
    auditing.run(season.batch)
    assert (Judgement.objects.get().fit, Judgement.objects.get().changes_on) == (
        False,
        date(2023, 7, 20),
    )
    set_clock("2023-07-19 23:59")
    assert auditing.run(season.batch).refreshed == 0
    set_clock("2023-07-20 00:00")
    assert auditing.run(season.batch).refreshed == 1
    assert (Judgement.objects.get().fit, Judgement.objects.get().changes_on, pk) == (True, None, pk)


def test_a_judgement_from_the_future_is_judged_again(season):
    enrol(season, 1)
    set_clock("2023-09-06 09:00")
    auditing.run(season.batch)
    set_clock("2023-07-12 09:00")
    assert auditing.run(season.batch).refreshed == 1


def test_a_trial_on_another_day_stores_nothing(season, tmp_path):
    [first, second] = enrol(season, 2)
    Result.objects.filter(student__candidates=second).update(released=date(2023, 9, 1))
    auditing.run(season.batch)
    before = snapshot()
    tally = auditing.trial(season.batch, date(2023, 9, 1), tmp_path / "a.csv")
    assert (tally.on, tally.judged, tally.fit, snapshot() == before) == (
        date(2023, 9, 1),
        2,
        2,
        True,
    )
    early = auditing.trial(season.batch, date(2023, 6, 30))
    assert (early.fit, early.unfit, snapshot() == before, first < second) == (0, 2, True, True)


def read(path):
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(raw.decode("utf-8-sig").splitlines()))


def test_the_csv_of_the_contract(season, tmp_path):
    """Rows by 学号; items sorted by code point; gates outside the audit are not in it."""
    enrol(season, 1, centre=1, fit=False, photo=False)
    enrol(season, 1)
    Student.objects.filter(number__endswith="2").update(number="2020000000001", name="李·明")
    stored, trial = tmp_path / "stored.csv", tmp_path / "trial.csv"
    tally = auditing.run(season.batch, stored)
    auditing.trial(season.batch, date(2023, 7, 12), trial)
    assert read(stored) == [
        ["学号", "姓名", "学习中心", "满足毕业条件", "不满足项"],
        ["2020000000001", "李·明", "C1", "是", ""],
        ["2021000000001", "学生000001", "C2", "否", "CRED-MODULE:综合实践;CRED-TOTAL;PRACTICE:P1"],
    ]
    assert (trial.read_bytes() == stored.read_bytes(), tally.file) == (True, str(stored))


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("http://e","x")', "@SUM(1)", "+cmd|' /C calc'!A0", "-2+3", "＝1+1"]
)
def test_X08_nothing_in_the_csv_of_the_audit_can_run(season, tmp_path, name):
    enrol(season, 1)
    Student.objects.update(name=name)
    stored, trial = tmp_path / "stored.csv", tmp_path / "trial.csv"
    auditing.run(season.batch, stored)
    auditing.trial(season.batch, date(2023, 7, 12), trial)
    assert [read(path)[1][1] for path in (stored, trial)] == [f"'{name}"] * 2


def test_a_mark_in_a_closed_batch_waits_until_that_is_opened_again(season):
    """Verdicts of a closed batch stay as they were when it was closed; what changed meanwhile is not forgotten."""
    file = candidate_at(season, Stage.LISTED)
    auditing.run(season.batch)
    Batch.objects.update(closed_at="2023-10-12T00:00:00+08:00")
    PhotoRow.objects.update(problems="太暗")
    auditing.mark_stale([file.student_id])
    assert (Job.objects.count(), jobs.work_once("worker"), Stale.objects.count()) == (0, False, 1)
    opened_again(season)
    assert (jobs.work_once("worker"), Stale.objects.count(), Judgement.objects.get().clear) == (
        True,
        0,
        False,
    )


@pytest.mark.parametrize("count", [1, 200])
def test_the_number_of_statements_is_constant(season, count):
    ids = enrol(season, count)
    basis = basis_of(season.batch)
    with CaptureQueriesContext(connection) as asked:
        auditing.refresh(ids, basis)
    written = [q for q in asked if "INSERT" not in q["sql"]]
    # savepoint, stale, five kinds of facts and whoever is live elsewhere, release (the upsert is
    # one more)
    reads = [q for q in written if q["sql"].startswith("SELECT")]
    assert len(reads) == 6


def test_facts_and_lists_agree_with_the_move(season):
    """The stored `clear` is what a preview of applying finds, for everybody but the doubted: of a doubt applying only warns."""
    enrol(season, 3)
    enrol(season, 2, photo=False)
    enrol(season, 2, fit=False)
    enrol(season, 1, chsi=False)
    ChsiReport.objects.filter(student__number__endswith="1").update(verdict="failed")
    auditing.run(season.batch)
    asked = acts.asked_by(people.actor(season.staff.hq), ActRequest(Verb.APPLY))
    seen = preview(
        Verb.APPLY, season.batch, list(Candidate.objects.values_list("id", flat=True)), asked
    )
    doubted = 1
    assert (seen.total, seen.passes - doubted) == (8, Judgement.objects.filter(clear=True).count())
    assert (seen.passes, seen.warned, seen.refused, sum(seen.by_code.values())) == (3, 1, 5, 5)
