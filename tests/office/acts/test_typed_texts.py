"""A reason that nobody can see is no reason, wherever one is asked for."""

import pytest

from graduand.models import Candidate, GradesDeclared, Unit
from graduand.office import acts, command_acts, typed_texts
from graduand.office.acts import ActRequest
from graduand.office.audit import auditing
from graduand.office.people.second_person import consents
from graduand.office.refusal import Refused
from graduand.office.review import reviewing
from graduand.office.season import grades
from graduand.office.season.ending import closing
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.terms import ReasonCode, Verb
from tests import people
from tests.factories import enrol

pytestmark = pytest.mark.django_db
UNSEEN = (
    "",
    " ",
    "\x00",
    "\x07\x1b",
    "\u200b\u200d\ufeff",
    "\u2060 \u00ad",
    "\u3164\u2800",
    "\ufe0f\u0301",
)


@pytest.fixture(params=UNSEEN, ids=ascii)
def unseen(request):
    return request.param


def test_what_is_seen_is_kept_and_what_hides_in_it_is_refused():
    assert (
        typed_texts.words(" 姓名\u200d错\u200b ，13812345678\x00")
        == "姓名\u200d错\u200b ，138****5678"
    )
    for hidden in ("姓\x00名", "姓\x07名"):
        with pytest.raises(Refused, match=r"文字中含有控制字符（U\+000[07]），请删除后重填"):
            typed_texts.words(hidden)


def test_it_explains_no_file_before_a_closing(season, unseen):
    enrol(season)
    auditing.run(season.batch)
    with pytest.raises(Refused, match="请写明原因"):
        closing.explain(season.batch, "unfiled", None, unseen, people.actor(season.staff.hq))
    assert Candidate.objects.get().explanation == ""


def test_it_explains_no_file_that_lapses(season, unseen):
    numbers = tuple(
        Candidate.objects.filter(pk__in=enrol(season)).values_list("student__number", flat=True)
    )
    request = ActRequest(Verb.LAPSE, answers={"note": unseen})
    with pytest.raises(Refused, match="请写明原因"):
        command_acts.run(
            command_acts.CommandAct(
                season.batch, request, actor=people.actor(season.staff.hq), students=numbers
            )
        )
    assert Candidate.objects.get().explanation == ""


def test_it_takes_no_grades_back(season, unseen):
    turn, college = season.batch.rounds.get(name="首批"), Unit.objects.get(kind="college")
    actor = people.actor(season.staff.college)
    grades.declare(turn, college, actor)
    with pytest.raises(Refused, match="请写明撤回的原因"):
        grades.withdraw(turn, college, actor, unseen)
    assert GradesDeclared.objects.get().withdrawn_at is None


def test_it_asks_no_second_person(season, unseen):
    with pytest.raises(Refused, match="须由第二人同意的事项要写明原因"):
        consents.ask(people.actor(season.staff.hq), ConsentKind.BATCH, {}, unseen)


def test_it_is_the_ground_of_no_case_and_no_words_of_a_reviewer(season, unseen):
    request = ActRequest(Verb.CASE_CLEAR, answers={"note": unseen})
    assert acts.asked_by(people.actor(season.staff.hq), request).note == ""
    decision = reviewing.Decision(Verb.REJECT, 1, "k", ReasonCode.OTHER, unseen)
    assert decision.lacks == "原因选「其他」时，请写明说明。"
