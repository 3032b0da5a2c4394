"""七.3: an explanation says why a file was not finished where it stood, and nothing of it anywhere else."""

import pytest

from graduand.models import Candidate
from graduand.office import audit, closing
from graduand.office.refusal import Refused
from graduand.rulebook.terms import Verb
from tests import factories, people
from tests.factories import act, stages

pytestmark = pytest.mark.django_db
REASON = "本人出国，暂不申请"


def explained(ids) -> set[str]:
    return set(Candidate.objects.filter(pk__in=ids).values_list("explanation", flat=True))


@pytest.fixture
def season():
    found = factories.make_season()
    return found, factories.enrol(found, 3), people.actor(found.staff.hq)


def test_七_3_who_applies_after_an_explanation_is_explained_anew(season):
    found, ids, hq = season
    audit.run(found.batch)
    assert closing.explain(found.batch, "unfiled", None, REASON, hq) == 3
    assert act(found, Verb.APPLY, ids).done == 3
    assert explained(ids) == {""}
    assert act(found, Verb.ENDORSE, ids[:2]).done == 2
    assert "3" in closing.ready(found.batch)
    with pytest.raises(Refused):
        factories.shut(found.batch, hq)
    assert stages(ids) == ["endorsed", "endorsed", "applied"]
    assert act(found, Verb.LAPSE, ids[:1]).done == 0


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ((), Verb.DEFER),
        ((Verb.APPLY,), Verb.WITHDRAW),
        ((Verb.APPLY,), Verb.ENDORSE),
        ((Verb.APPLY,), Verb.SEND_BACK),
        ((Verb.APPLY,), Verb.REJECT),
        ((Verb.APPLY, Verb.ENDORSE), Verb.APPROVE),
        ((Verb.APPLY, Verb.SEND_BACK), Verb.APPLY),
        ((Verb.APPLY, Verb.REJECT), Verb.REOPEN),
        ((Verb.DEFER,), Verb.RESUME),
    ],
)
def test_七_3_every_move_takes_the_explanation_of_the_old_place_away(season, first, then):
    found, ids, _ = season
    for verb in first:
        assert act(found, verb, ids).done == 3
    Candidate.objects.filter(pk__in=ids).update(explanation=REASON)
    second = found.staff.second if then is Verb.REOPEN else None
    assert act(found, then, ids, second=second).done == 3
    assert explained(ids) == {""}


def test_七_3_whoever_lapses_keeps_the_reason(season):
    found, ids, _ = season
    assert act(found, Verb.APPLY, ids).done == 3
    Candidate.objects.filter(pk__in=ids).update(explanation=REASON)
    assert act(found, Verb.LAPSE, ids).done == 3
    assert explained(ids) == {REASON}
