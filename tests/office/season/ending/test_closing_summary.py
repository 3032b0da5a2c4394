"""七.1: who agrees to a closing has read whom it carries over, and who stays though no certificate goes on."""

import pytest

from graduand.models import Batch, Candidate, Consent, Event, Result
from graduand.office.audit import auditing
from graduand.office.duties import roll_forward
from graduand.office.people.second_person import consent_answers, consents
from graduand.office.refusal import Refused
from graduand.office.season.ending import switching
from graduand.queries.season import closing_summary
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import Stage, Verb
from tests import acting, factories, people

pytestmark = pytest.mark.django_db
LOST = "另有 2 人准予毕业后不再符合条件，不在结转之内，留在本批次也不能编号制证"
HELD = "已编号制证的有 1 人不再符合毕业条件，证书等总部核实，核实以前不能寄出和签领"


@pytest.fixture
def season():
    """One on the list who does not meet the conditions, two approved, one numbered."""
    found = factories.make_season()
    numbered = acting.walk(found, factories.enrol(found), Stage.CERTIFIED)
    approved = acting.walk(found, factories.enrol(found, 2), Stage.APPROVED)
    listed = factories.enrol(found, fit=False)
    auditing.run(found.batch)
    return found, listed, approved, numbered


def fail(found, ids):
    """A mark is gone since."""
    Result.objects.filter(student__candidates__in=ids, course="A1").update(pass_key="")
    auditing.mark_stale(
        list(Candidate.objects.filter(pk__in=ids).values_list("student_id", flat=True))
    )
    auditing.run(found.batch)


def asked(found) -> Consent:
    return switching.ask(people.actor(found.staff.hq), found.batch, BatchSwitch.CLOSE, "批次结束")


def agreed(found, row) -> str:
    """What keeps the second person from agreeing; "" where nothing does, and the batch is being closed."""
    try:
        consent_answers.decide(people.actor(found.staff.second), row.pk, agree=True)
    except Refused as why:
        assert Batch.objects.get(pk=found.batch.pk).closing_since is None
        return str(why)
    assert Batch.objects.get(pk=found.batch.pk).closing_since is not None
    return ""


def named(ids) -> str:
    rows = Candidate.objects.filter(pk__in=ids).order_by("student__number")
    return "、".join(f"{file.student.number} {file.student.name}" for file in rows)


def test_the_question_says_of_whom_it_is_with_those_whose_certificate_is_held_up(season):
    found, listed, approved, numbered = season
    fail(found, [*approved, *numbered])
    row = asked(found)
    assert row.detail["told"].split("；")[0] == "将结转 1 人（未申请 1）"
    assert row.detail["told"].split("；")[2:] == [LOST, HELD]
    assert row.detail["people"] == {"carried": listed, "lost": approved, "held": numbered}
    assert agreed(found, row) == ""


@pytest.mark.parametrize(("group", "place"), [("lost", 2), ("held", 3)])
def test_who_loses_the_conditions_after_the_question_stops_the_agreement(season, group, place):
    found, row = season[0], asked(season[0])
    fail(found, season[place])
    count = len(season[place])
    assert agreed(found, row) == (
        f"提出之后，{closing_summary.GROUPS[group]}里多了 {count} 人（{named(season[place])}），请撤回后按现在的情况重新提出"
    )
    consents.withdraw(people.actor(found.staff.hq), row.pk)
    assert agreed(found, asked(found)) == ""


def test_who_is_listed_after_the_question_stops_it_too(season):
    found, row = season[0], asked(season[0])
    more = factories.enrol(found, fit=False)
    auditing.run(found.batch)
    assert f"将结转的人里多了 1 人（{named(more)}）" in agreed(found, row)


def test_who_is_in_order_again_or_has_gone_on_changes_nothing_of_what_was_agreed_to(season):
    found, _, approved, _ = season
    fail(found, approved)
    row = asked(found)
    Result.objects.filter(student__candidates__in=approved, course="A1").update(pass_key="A1|80")
    Candidate.objects.filter(pk__in=season[1]).update(aside=True)
    fail(found, [])
    assert agreed(found, row) == ""


def test_what_was_asked_by_an_earlier_program_is_asked_again(season):
    found, row = season[0], asked(season[0])
    kept = {key: value for key, value in row.detail.items() if key != "people"}
    Consent.objects.filter(pk=row.pk).update(detail=kept)
    assert "请撤回后按现在的情况重新提出" in agreed(found, row)


def test_七_1_the_history_of_who_lapsed_and_came_back_names_both_who_wanted_it():
    found = factories.make_season()
    file = factories.enrol(found)[0]
    Candidate.objects.update(explanation="学生出国")
    auditing.run(found.batch)
    for do in (BatchSwitch.CLOSE, BatchSwitch.REOPEN):
        row = switching.ask(people.actor(found.staff.hq), found.batch, do, "批次结束")
        consent_answers.decide(people.actor(found.staff.second), row.pk, agree=True)
        roll_forward.batches()
        found.batch.refresh_from_db()
    both = (found.staff.hq.pk, found.staff.second.pk)
    told = Event.objects.filter(candidate=file).order_by("id")
    assert list(told.values_list("verb", "actor", "second")) == [
        (Verb.LAPSE, *both),
        (Verb.RELIST, *both),
    ]
