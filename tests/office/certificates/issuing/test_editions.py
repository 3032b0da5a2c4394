"""Plans and policies change freely after the number: who has a certificate is judged by what it was
numbered by.

Only a fact of the person brings a numbered certificate to a halt, and no change of a rule sets one
free.
"""

from dataclasses import replace
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import (
    Candidate,
    Certificate,
    CourseRow,
    Judgement,
    Module,
    PlanEdition,
    PlanRow,
    Student,
)
from graduand.office.audit import auditing
from graduand.office.certificates.issuing import backfill
from graduand.office.certificates.issuing.backfill import BackfillTally
from graduand.office.season import batches, policy_drafts
from graduand.queries import basis as grounds_of_judgement
from graduand.queries import clock, judging
from graduand.queries.audit.academics import plans
from graduand.queries.basis import basis_of, basis_under, plan_of
from graduand.queries.certificates import issued
from graduand.queries.facts.gathering import gather
from graduand.rulebook.audit.plan_editions import hash_of, read, text_of
from graduand.rulebook.terms import Level, Stage, Verb
from tests import people
from tests.acting import act, refusals, register, walk
from tests.factories import enrol, other_batch, plan, policy_data, set_clock
from tests.management.calling import graduand
from tests.office.certificates.after_the_number import at, correct, judge, lists
from tests.office.certificates.issuing.test_amending import amend
from tests.office.certificates.issuing.test_backfill import forget
from tests.office.records.files import table
from tests.rulebook.plain import PLAN

ROW = {
    "专业规则代码": "K-JUNIOR",
    "专业代码": "MK-JUNIOR",
    "专业名称": "健康管理",
    "学历层次": "专科",
    "最低总学分": "10",
    "最低总部考试学分": "4",
    "最短学期数": "5",
    "最长年限": "8",
}


def imported(season, folder, **cells):
    """The college brings the plan once more with other `cells`; what the import says."""
    sheet = table(folder / "plans.csv", [{**ROW, **cells}])
    answer = graduand("import", "plans", str(sheet), "--as", season.staff.college.username)
    assert answer.code == 0, answer.err
    auditing.run(season.batch)
    return answer.out + answer.err


def module_raised(season, folder):
    Module.objects.filter(plan__code="K-JUNIOR", name="通识").update(min_credits=300)
    raised(season)


def course_added(season, folder):
    row = PlanRow.objects.get(code="K-JUNIOR")
    module = row.modules.get(name="通识")
    CourseRow.objects.create(
        plan=row,
        code="N1",
        name="新课",
        credits=100,
        module=module,
        nature="required",
        hq_exam=False,
        practice=False,
        must_pass=True,
    )
    raised(season)


def raised(season):
    """As the imports of modules and courses do."""
    row = PlanRow.objects.get(code="K-JUNIOR")
    PlanRow.objects.filter(pk=row.pk).update(version=row.version + 1)
    auditing.run(season.batch)


def total_raised(season, folder):
    imported(season, folder, 最低总学分="11")


def level_changed(season, folder):
    PlanRow.objects.filter(code="K-JUNIOR").update(level=Level.TOP_UP.value)
    raised(season)


def unmet(pk):
    return Judgement.objects.values_list("fit", "clear", "unmet").get(pk=pk)


@pytest.mark.parametrize("change", [total_raised, module_raised, course_added, level_changed])
def test_a_harder_plan_stops_nobody_who_is_numbered(season, tmp_path, change):
    ids, approved = at(season, Stage.RECEIVED, 3), walk(season, enrol(season), Stage.APPROVED)
    auditing.run(season.batch)
    change(season, tmp_path)
    assert lists(season)[0] == set()
    assert [unmet(pk) for pk in ids] == [(True, True, "[]")] * 3
    assert unmet(approved[0]) != (
        True,
        True,
        "[]",
    )  # who is not numbered yet is judged by the plan of today
    assert Candidate.objects.filter(judging.outdated(clock.today())).count() == 0
    assert (act(season, Verb.COLLECT, ids).done, act(season, Verb.CERTIFY, approved).done) == (3, 0)


def test_the_import_of_a_plan_says_what_is_true(season, tmp_path):
    ids = at(season, Stage.RECEIVED, 3)
    for total in ("11", "10", "9"):
        told = imported(season, tmp_path, 最低总学分=total, 最低总部考试学分="4")
        assert "已编号的 3 份有效证书不受影响" in told
        assert lists(season)[0] == set()
        assert act(season, Verb.COLLECT, [ids.pop()]).done == 1


def test_an_easier_plan_frees_nobody_who_has_lost(season, tmp_path):
    ids = at(season, Stage.RECEIVED, 2)
    correct(season, tmp_path, ids[0], void=True)
    CourseRow.objects.filter(code="A1").update(must_pass=False)
    Module.objects.filter(name="公共基础").update(min_credits=0)
    imported(season, tmp_path, 最低总学分="5", 最低总部考试学分="0")
    basis = basis_of(season.batch)
    known = gather(ids[:1], basis.policy, basis.today)[ids[0]]
    assert (
        basis.audits["K-JUNIOR"](known.entry, known.standing, known.passes)[0] == ()
    )  # by today's plan nothing is missing
    assert lists(season) == [{ids[0]}, {ids[1]}]
    assert (refusals(act(season, Verb.COLLECT, ids)), Judgement.objects.get(pk=ids[0]).fit) == (
        {ids[0]: ["ISSUED-LOST"]},
        False,
    )


@pytest.mark.parametrize("harder", [True, False])
def test_after_the_void_the_plan_of_today_counts_again(season, tmp_path, harder):
    ids = at(season, Stage.CERTIFIED)
    Certificate.objects.update(queryable=False, registered_on=None)
    if not harder:
        correct(season, tmp_path, ids[0], void=True)
        CourseRow.objects.filter(code="A1").update(must_pass=False)
        Module.objects.filter(name="公共基础").update(min_credits=0)
    imported(
        season,
        tmp_path,
        **({"最低总学分": "11"} if harder else {"最低总学分": "5", "最低总部考试学分": "0"}),
    )
    assert Judgement.objects.get(pk=ids[0]).fit is harder  # still by the plan that numbered it
    assert act(season, Verb.VOID, ids, second=season.staff.second).done == 1
    assert Judgement.objects.get(pk=ids[0]).fit is not harder
    again = act(season, Verb.CERTIFY, ids)
    assert refusals(again) == ({ids[0]: ["CRED-TOTAL"]} if harder else {})
    assert PlanEdition.objects.count() == (1 if harder else 2)


@pytest.mark.parametrize(
    "change",
    [
        {"enrolled_through": "2018春"},
        {"extra_gates": ["MORAL"]},
        {"photo": {**policy_data()["photo"], "width": 600}},
    ],
)
def test_a_stricter_policy_stops_nobody_who_is_numbered(season, change):
    ids, approved = at(season, Stage.RECEIVED, 3), walk(season, enrol(season), Stage.APPROVED)
    auditing.run(season.batch)
    before = [unmet(pk) for pk in ids]
    draft = policy_drafts.draft(policy_data(**change), people.actor(season.staff.hq), "k")
    assert (draft.tried["judged"], draft.tried["stopped"], [row[0] for row in draft.moved]) == (
        4,
        1,
        approved,
    )
    policy_drafts.save(draft, season.staff.hq.pk)
    season.batch.refresh_from_db()
    auditing.run(season.batch)
    assert ([unmet(pk) for pk in ids], lists(season)[0]) == (before, set())
    assert (act(season, Verb.COLLECT, ids).done, act(season, Verb.CERTIFY, approved).done) == (3, 0)


def test_an_easier_policy_frees_nobody_who_has_lost(season):
    season.batch = batches.load(policy_data(extra_gates=["MORAL"]), season.staff.hq.pk).batch
    ids = walk(season, enrol(season, moral=True), Stage.RECEIVED)
    register(ids)
    Student.objects.update(moral=False)
    judge(season)
    assert lists(season)[0] == set(ids)
    season.batch = batches.load(policy_data(extra_gates=[]), season.staff.hq.pk).batch
    judge(season)
    assert lists(season)[0] == set(ids)
    assert refusals(act(season, Verb.COLLECT, ids)) == {ids[0]: ["ISSUED-LOST"]}


def test_another_major_after_the_number_is_no_other_plan_of_the_certificate(season):
    ids = at(season, Stage.RECEIVED)
    Student.objects.update(plan=plan("K-HARD", min_total=9900))
    judge(season)
    assert (lists(season)[0], unmet(ids[0])) == (set(), (True, True, "[]"))
    assert Candidate.objects.filter(judging.outdated(clock.today())).count() == 0
    assert act(season, Verb.COLLECT, ids).done == 1


def test_a_certificate_that_is_amended_to_another_major_is_judged_by_the_plan_of_that_one(
    season, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path / "media"
    ids = at(season, Stage.CERTIFIED, 2)
    register(ids)
    Student.objects.filter(candidates=ids[0]).update(plan=plan("K-HARD", min_total=9900))
    PlanRow.objects.filter(code="K-HARD").update(major_name="金融学")
    judge(season)
    assert lists(season)[0] == set()
    set_clock("2023-07-25 09:00")
    assert amend(season, ids[:1]).done == 1
    assert (lists(season)[0], issued.graduations(ids)[ids[0]].content.major_name) == (
        {ids[0]},
        "金融学",
    )
    edition = PlanEdition.objects.get(plan__code="K-HARD")
    assert edition.policy == Certificate.objects.get(candidate=ids[1]).edition.policy
    assert refusals(act(season, Verb.SHIP, ids[:1]))[ids[0]][0] == "ISSUED-LOST"


def test_one_row_keeps_the_rules_of_all_that_are_numbered_by_them(season, tmp_path):
    at(season, Stage.CERTIFIED, 3)
    [kept] = PlanEdition.objects.all()
    rules = plans()[kept.plan_id]
    assert read(kept.rules, kept.version) == rules
    assert (kept.sha256, kept.batch_id, kept.policy_id) == (
        hash_of(kept.rules),
        season.batch.pk,
        season.batch.policy_id,
    )
    assert kept.act.verb == Verb.CERTIFY
    with pytest.raises(Exception, match="append-only"):
        PlanEdition.objects.update(rules="{}")


def test_a_changed_plan_is_another_edition_and_the_same_again_is_not(season, tmp_path):
    at(season, Stage.CERTIFIED, 2)
    imported(season, tmp_path, 最低总学分="9")
    at(season, Stage.CERTIFIED)
    imported(season, tmp_path, 最低总学分="10")
    at(season, Stage.CERTIFIED)
    numbered = Certificate.objects.order_by("id").values_list("edition__version", flat=True)
    assert (list(numbered), PlanRow.objects.get(code="K-JUNIOR").version) == ([1, 1, 2, 1], 3)


def test_the_text_says_everything_of_a_plan():
    """Whatever the audit reads; its version counts changes, and is no rule."""
    row = replace(PLAN, exempt_cap=Fraction(1, 3))
    assert read(text_of(row), 7) == replace(row, version=7)
    assert text_of(row) == text_of(replace(row, version=7))
    for name, value in {
        "min_total": 1,
        "exempt_cap": None,
        "modules": (("公共", 1),),
        "courses": (),
    }.items():
        assert hash_of(text_of(replace(row, **{name: value}))) != hash_of(text_of(row))


# -- what it costs -----------------------------------------------------------------------------------------------


def queries(season, ids):
    """How many it takes to judge `ids`."""
    with CaptureQueriesContext(connection) as asked:
        auditing.refresh(ids, basis_of(season.batch))
    return len(asked)


def test_judging_the_numbered_asks_no_more_than_judging_others(season, tmp_path):
    listed = enrol(season, 3)
    queries(season, listed)
    before = queries(season, listed)
    ids = at(season, Stage.RECEIVED, 3)
    assert queries(season, ids) == before
    imported(season, tmp_path, 最低总学分="11")
    assert queries(season, ids) == before  # what the import's own judging has read is known
    grounds_of_judgement.editions._COMPILED.clear()
    assert (queries(season, ids), queries(season, ids)) == (before + 1, before)


def test_other_batches_editions_are_not_looked_at(season, tmp_path):
    at(season, Stage.RECEIVED)
    assert len(basis_of(season.batch).editions) == 1
    assert basis_of(other_batch(season)).editions == {}


# -- races, and homes from before --------------------------------------------------------------------------------


def test_a_bench_from_before_the_edition_judges_by_what_it_knows(season):
    """A long judging has made its basis before somebody is numbered."""
    enrol(season)
    early = basis_of(season.batch)
    ids = at(season, Stage.CERTIFIED)
    known = gather(ids, early.policy, early.today)
    assert known[ids[0]].edition == PlanEdition.objects.get().pk
    assert early.edition_of(known[ids[0]]).audit is early.audits["K-JUNIOR"]
    assert [row[1:3] for row in auditing.verdict_rows(known, early)] == [(True, True)]


def test_a_home_from_before_gets_its_editions_from_the_plans_as_they_stand(season, tmp_path):
    ids = [
        *at(season, Stage.RECEIVED, 3),
        *walk(season, enrol(season, level=Level.TOP_UP), Stage.CERTIFIED),
    ]
    first = dict(Certificate.objects.values_list("id", "edition__sha256"))
    forget_editions()
    assert lists(season)[0] == set()
    assert backfill.fill(2) == BackfillTally(editions=4)
    assert backfill.fill() == BackfillTally()
    assert dict(Certificate.objects.values_list("id", "edition__sha256")) == first
    assert set(PlanEdition.objects.values_list("act", "policy")) == {(None, season.batch.policy_id)}
    imported(season, tmp_path, 最低总学分="11")
    assert (lists(season)[0], act(season, Verb.COLLECT, ids[:3]).done) == (set(), 3)


def test_the_policy_that_numbered_is_filled_in_not_the_one_of_today(season):
    at(season, Stage.RECEIVED)
    numbered_by = season.batch.policy_id
    season.batch = batches.load(policy_data(enrolled_through="2018春"), season.staff.hq.pk).batch
    forget_editions()
    judge(season)
    assert len(lists(season)[0]) == 1
    assert backfill.fill() == BackfillTally(editions=1)
    auditing.run(season.batch)
    assert (PlanEdition.objects.get().policy_id, lists(season)[0]) == (numbered_by, set())


def forget_editions():
    """As the earlier program left it."""
    Certificate.objects.update(edition=None)
    forget(PlanEdition)


def test_a_page_reads_the_plan_that_numbered(season, tmp_path):
    ids = at(season, Stage.RECEIVED)
    file = Candidate.objects.select_related("student__plan").get(pk=ids[0])
    imported(season, tmp_path, 最低总学分="11")
    basis = basis_of(season.batch)
    assert (plan_of(file, basis).min_total, basis.audits["K-JUNIOR"].plan.min_total) == (1000, 1100)
    trial = basis_under(season.batch, batches.json_ready(policy_data(enrolled_through="2018春")))
    assert plan_of(file, trial).min_total == 1000
