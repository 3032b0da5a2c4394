"""七.3: an explanation says why a file was not finished where it stood, and nothing of it anywhere else."""

import pytest

from graduand.models import AccountEvent, Candidate
from graduand.office import audit, closing, consents, switching
from graduand.office.refusal import Refused
from graduand.queries import gaps
from graduand.rulebook.batch_terms import BatchSwitch
from graduand.rulebook.terms import Stage, Verb
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


# ---- said anew, and taken back


@pytest.fixture
def given(season):
    """Three on the list with one reason."""
    found, ids, hq = season
    audit.run(found.batch)
    closing.explain(found.batch, "unfiled", None, REASON, hq)
    [said] = gaps.explained(found.batch)
    return found.batch, ids, hq, said


def reasons(batch):
    return [(said.stage, said.text.partition("（")[0], said.people) for said in gaps.explained(batch)]


def test_七_3_an_explanation_is_said_anew_for_all_or_for_some(given):
    batch, _, hq, said = given
    numbers = list(Candidate.objects.order_by("number").values_list("number", flat=True))
    assert closing.say_anew(said, batch, "改为休学", hq, numbers[:1]) == 1
    assert reasons(batch) == [(Stage.LISTED, REASON, 2), (Stage.LISTED, "改为休学", 1)]
    assert closing.say_anew(said, batch, "联系不上", hq) == 2
    assert reasons(batch) == [(Stage.LISTED, "联系不上", 2), (Stage.LISTED, "改为休学", 1)]
    trail = [row.detail for row in AccountEvent.objects.filter(deed="explained").order_by("id")]
    assert [(line["people"], line.get("again")) for line in trail] == [(3, None), (1, "改写"), (2, "改写")]
    assert closing.ready(batch) == ""


def test_七_3_who_has_no_explanation_any_more_stands_in_the_gap_again(given):
    batch, ids, hq, said = given
    assert closing.take_back(said, batch, hq) == 3
    assert (reasons(batch), gaps.counts(batch)["unfiled"], explained(ids)) == ([], 3, {""})
    assert "满足毕业条件、尚未申请 3 人" in closing.ready(batch)


def test_what_is_not_there_is_refused(given):
    batch, ids, hq, said = given
    with pytest.raises(Refused, match="这一条说明里没有学号 2021999999999，请核对"):
        closing.say_anew(said, batch, "别的", hq, ["2021999999999"])
    with pytest.raises(Refused, match="请写明原因"):
        closing.say_anew(said, batch, " ", hq)
    with pytest.raises(Refused, match="刚刚已有变化"):
        closing.take_back(said._replace(text="没有这一条"), batch, hq)
    with pytest.raises(Refused, match="刚刚已有变化"):
        closing.take_back(said._replace(text=""), batch, hq)
    assert len(explained(ids)) == 1


def test_of_whom_a_closing_has_lapsed_the_reason_stays_as_it_was(season, given):
    batch, ids, hq, said = given
    factories.walk(season[0], factories.enrol(season[0]), Stage.APPROVED)  # or the batch would be finished with it
    factories.shut(batch, hq)
    batch.refresh_from_db()
    lapsed = said._replace(stage=Stage.LAPSED)
    for stale in (said, lapsed):
        with pytest.raises(Refused, match="刚刚已有变化"):
            closing.take_back(stale, batch, hq)
    assert (gaps.explained(batch), len(explained(ids))) == ([lapsed], 1)


@pytest.mark.parametrize("change", ["said anew", "one more", "fewer", "none"])
def test_who_agrees_to_the_closing_agrees_to_the_reasons_that_were_shown(season, given, change):
    batch, ids, hq, said = given
    boss = people.actor(season[0].staff.second)
    row = switching.ask(hq, batch, BatchSwitch.CLOSE, "批次结束")
    assert row.detail["explained"] == [["listed", said.text, 3]]
    if change == "said anew":
        closing.say_anew(said, batch, "其实是照片不合格", hq)
    elif change == "one more":
        one = Candidate.objects.filter(pk__in=ids[:1])
        one.update(explanation="别的原因")
    elif change == "fewer":
        Candidate.objects.filter(pk__in=ids[:1]).update(aside=True)
    if change in ("said anew", "one more"):
        with pytest.raises(Refused, match="提出之后写过或改过未办结的原因"):
            consents.decide(boss, row.pk, agree=True)
    else:
        consents.decide(boss, row.pk, agree=True)
    batch.refresh_from_db()
    assert (batch.closing_since is None) is (change in ("said anew", "one more"))
