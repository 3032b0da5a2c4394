"""七.3: an explanation says why a file was not finished where it stood, and nothing of it anywhere else."""

import pytest

from graduand.models import AccountEvent, Batch, Candidate, Consent, Event
from graduand.office.acts import ActRequest
from graduand.office.audit import auditing
from graduand.office.people.second_person import consent_answers, consents, second_requests
from graduand.office.refusal import RefusalKind, Refused
from graduand.office.season import batches
from graduand.office.season.ending import closing, finishing, switching
from graduand.queries.season import gaps
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import Stage, Verb
from tests import acting, factories, people
from tests.acting import act, register, stages

pytestmark = pytest.mark.django_db
REASON = "本人出国，暂不申请"


def explained(ids) -> set[str]:
    return set(Candidate.objects.filter(pk__in=ids).values_list("explanation", flat=True))


@pytest.fixture
def season():
    found = factories.make_season()
    return found, factories.enrol(found, 3), people.actor(found.staff.hq)


def test_who_is_carried_over_alone_has_the_reason_in_the_history_that_two_agreed_to(season):
    found, ids, hq = season
    acting.walk(found, ids, Stage.APPROVED)
    acting.shut(found.batch, hq)
    found.batch.refresh_from_db()
    said = {
        "by": found.staff.hq,
        "second": found.staff.second,
        "reason": "details",
        "note": "班级不对",
    }
    assert act(found, Verb.SEND_BACK, ids[:1], **said).done == 1
    [[waiting], _] = second_requests.ask(
        found.batch, ids[:1], hq, ActRequest(Verb.LAPSE, answers={"note": "本人放弃"}), ""
    )
    Candidate.objects.filter(pk=ids[0]).update(explanation=REASON)
    consent_answers.decide(people.actor(found.staff.second), waiting.consent, agree=True)
    assert (stages(ids[:1]), Event.objects.get(verb="lapse").note) == (["lapsed"], "本人放弃")


def test_七_3_who_applies_after_an_explanation_is_explained_anew(season):
    found, ids, hq = season
    auditing.run(found.batch)
    assert closing.explain(found.batch, "unfiled", None, REASON, hq) == 3
    assert act(found, Verb.APPLY, ids).done == 3
    assert explained(ids) == {""}
    assert act(found, Verb.ENDORSE, ids[:2]).done == 2
    assert "3" in closing.ready(found.batch)
    with pytest.raises(Refused):
        acting.shut(found.batch, hq)
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


OF_THE_CERTIFICATE = [
    (Stage.APPROVED, Verb.CERTIFY),
    (Stage.CERTIFIED, Verb.SHIP),
    (Stage.SHIPPED, Verb.RECEIVE),
    (Stage.RECEIVED, Verb.COLLECT),
    (Stage.COLLECTED, Verb.UNCOLLECT),
    (Stage.SHIPPED, Verb.RECALL),
    (Stage.CERTIFIED, Verb.VOID),
    (Stage.APPROVED, Verb.SEND_BACK),
]


def test_七_3_so_does_every_step_of_the_certificate(season):
    found, *_ = season
    files = acting.spread(found, [at for at, _ in OF_THE_CERTIFICATE for _ in range(3)])
    for place, (_, then) in enumerate(OF_THE_CERTIFICATE):
        ids = [file.pk for file in files[3 * place : 3 * place + 3]]
        if then is Verb.CERTIFY:
            batches.freeze_roster(found.batch, found.staff.hq.pk)
        if then is Verb.COLLECT:
            register(ids)
        Candidate.objects.filter(pk__in=ids).update(explanation=REASON)
        by = found.staff.hq if then is Verb.SEND_BACK else None
        second = found.staff.second if then in (Verb.UNCOLLECT, Verb.VOID, Verb.SEND_BACK) else None
        waybill = {"tracking": "SF9"} if then is Verb.SHIP else {}
        done = act(found, then, ids, by=by, second=second, **waybill)
        assert (then, done.done, explained(ids)) == (then, 3, {""})


def test_七_3_a_reason_given_at_one_place_finishes_no_batch_at_another(season):
    """照片不清 says why nobody was numbered, and nothing of a certificate that lies at the centre."""
    found, ids, hq = season
    acting.walk(found, ids, Stage.APPROVED)
    auditing.run(found.batch)
    batches.freeze_roster(found.batch, found.staff.hq.pk)
    acting.shut(found.batch, hq)
    found.batch.refresh_from_db()
    assert closing.explain(found.batch, "onward", None, "照片不清，等待补拍", hq) == 3
    assert finishing.why_not(found.batch) == ""
    for verb in (Verb.CERTIFY, Verb.SHIP, Verb.RECEIVE):
        assert act(found, verb, ids).done == 3
    assert finishing.why_not(found.batch) == "还有已准予未领证 3 人没有说明原因，请先办结或逐项说明"
    assert closing.explain(found.batch, "onward", None, "长期联系不上", hq) == 3
    finishing.declare(found.batch)
    assert Batch.objects.get(pk=found.batch.pk).finished_at is not None


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
    auditing.run(found.batch)
    closing.explain(found.batch, "unfiled", None, REASON, hq)
    [said] = gaps.explained(found.batch)
    return found.batch, ids, hq, said


def reasons(batch):
    return [
        (said.stage, said.text.partition("（")[0], said.people) for said in gaps.explained(batch)
    ]


def test_七_3_an_explanation_is_said_anew_for_all_or_for_some(given):
    batch, _, hq, said = given
    numbers = list(Candidate.objects.order_by("number").values_list("number", flat=True))
    assert closing.say_anew(said, batch, "改为休学", hq, numbers[:1]) == 1
    assert reasons(batch) == [(Stage.LISTED, REASON, 2), (Stage.LISTED, "改为休学", 1)]
    assert closing.say_anew(said, batch, "联系不上", hq) == 2
    assert reasons(batch) == [(Stage.LISTED, "联系不上", 2), (Stage.LISTED, "改为休学", 1)]
    trail = [row.detail for row in AccountEvent.objects.filter(deed="explained").order_by("id")]
    assert [(line["people"], line.get("again")) for line in trail] == [
        (3, None),
        (1, "改写"),
        (2, "改写"),
    ]
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
    acting.walk(
        season[0], factories.enrol(season[0]), Stage.APPROVED
    )  # or the batch would be finished with it
    acting.shut(batch, hq)
    batch.refresh_from_db()
    lapsed = said._replace(stage=Stage.LAPSED)
    for stale in (said, lapsed):
        with pytest.raises(Refused, match="刚刚已有变化"):
            closing.take_back(stale, batch, hq)
    assert (gaps.explained(batch), len(explained(ids))) == ([lapsed], 1)


# ---- what the second person has read


@pytest.fixture
def two_reasons(season, given):
    """Two with one reason, the third with another: (season, batch, ids, hq, the two reasons)."""
    batch, ids, hq, said = given
    closing.say_anew(
        said,
        batch,
        "重复学籍",
        hq,
        Candidate.objects.filter(pk=ids[2]).values_list("number", flat=True),
    )
    return season[0], batch, ids, hq, gaps.explained(batch)


def agreed(found, batch, hq, change):
    """What keeps the second person from agreeing after `change`; "" where nothing does, and the batch is being closed."""
    row = switching.ask(hq, batch, BatchSwitch.CLOSE, "批次结束")
    change()
    try:
        consent_answers.decide(people.actor(found.staff.second), row.pk, agree=True)
    except Refused as why:
        return str(why)
    assert Batch.objects.get(pk=batch.pk).closing_since is not None
    return ""


def test_who_agrees_to_the_closing_agrees_to_the_reasons_that_were_shown(two_reasons):
    found, batch, ids, hq, (two, one) = two_reasons
    row = switching.ask(hq, batch, BatchSwitch.CLOSE, "批次结束")
    assert row.detail["explained"] == [
        ["listed", two.text, 2, ids[:2]],
        ["listed", one.text, 1, ids[2:]],
    ]
    consent_answers.decide(people.actor(found.staff.second), row.pk, agree=True)
    assert Batch.objects.get(pk=batch.pk).closing_since is not None


def test_a_reason_that_was_not_shown_stops_the_agreement(two_reasons):
    found, batch, _, hq, (two, _) = two_reasons
    why = agreed(found, batch, hq, lambda: closing.say_anew(two, batch, "其实是照片不合格", hq))
    assert "「其实是照片不合格（" in why
    assert "请撤回后按现在的说明重新提出" in why
    assert Batch.objects.get(pk=batch.pk).closing_since is None


def test_whoever_is_moved_under_a_reason_that_was_shown_of_others_stops_it(two_reasons):
    found, batch, _, hq, (two, _) = two_reasons
    assert "「重复学籍（" in agreed(
        found, batch, hq, lambda: closing.say_anew(two, batch, "重复学籍", hq)
    )
    assert gaps.explained(batch)[0].people == 3
    assert Batch.objects.get(pk=batch.pk).closing_since is None


def test_others_of_whom_the_same_is_said_afterwards_stop_it(two_reasons):
    found, batch, _, hq, _ = two_reasons

    def more():
        factories.enrol(found, 2, centre=1)
        auditing.run(batch)
        assert closing.explain(batch, "unfiled", None, REASON, hq) == 2

    assert f"「{REASON}（" in agreed(found, batch, hq, more)
    assert Batch.objects.get(pk=batch.pk).closing_since is None


def test_as_many_as_were_shown_but_not_the_same_stop_it(two_reasons):
    found, batch, ids, hq, (two, one) = two_reasons

    def exchanged():
        Candidate.objects.filter(pk__in=ids[:1]).update(explanation=one.text)
        Candidate.objects.filter(pk__in=ids[2:]).update(explanation=two.text)

    assert "又有学生改为这一原因" in agreed(found, batch, hq, exchanged)


def test_who_has_gone_on_meanwhile_changes_nothing_of_what_was_agreed_to(two_reasons):
    found, batch, ids, hq, _ = two_reasons
    assert (
        agreed(
            found, batch, hq, lambda: Candidate.objects.filter(pk__in=ids[1:]).update(aside=True)
        )
        == ""
    )


def test_nobody_is_explained_anew_by_who_looked_at_the_batch_before_it_was_agreed_to(two_reasons):
    """The rows were chosen, and the pieces are written, while two people close the batch."""
    found, batch, ids, hq, (two, _) = two_reasons
    before = explained(ids)
    assert agreed(found, Batch.objects.get(pk=batch.pk), hq, lambda: None) == ""
    assert batch.closing_since is None  # as it was looked at
    for late in (
        lambda: closing.say_anew(two, batch, "别的原因", hq),
        lambda: closing.take_back(two, batch, hq),
        lambda: closing.explain_named(batch, ids, "别的原因", hq),
    ):
        Candidate.objects.filter(pk__in=ids[:1]).update(explanation="")
        with pytest.raises(Refused, match="不用说明原因"):
            late()
        Candidate.objects.filter(pk__in=ids[:1]).update(explanation=two.text)
        assert explained(ids) == before


def test_only_headquarters_explains_by_whichever_door(given, season):
    batch, ids, _, said = given
    clerk, college = people.actor(season[0].staff.clerks[0]), people.actor(season[0].staff.college)
    for actor in (clerk, college):
        for explaining in (
            lambda actor=actor: closing.explain(batch, "unfiled", None, "别的", actor),
            lambda actor=actor: closing.explain_named(batch, ids, "别的", actor),
            lambda actor=actor: closing.say_anew(said, batch, "别的", actor),
            lambda actor=actor: closing.take_back(said, batch, actor),
        ):
            with pytest.raises(Refused, match="未办结的原因由总部说明，您的岗位是") as refusal:
                explaining()
            assert refusal.value.kind is RefusalKind.RIGHTS
    assert explained(ids) == {said.text}


def test_what_was_asked_before_reasons_were_shown_is_asked_again(two_reasons):
    """By an earlier program, or by one that kept how many and not of whom."""
    found, batch, _, hq, said = two_reasons
    for shown in (None, [["listed", one.text, one.people] for one in said]):

        def earlier(shown=shown):
            row = Consent.objects.latest("pk")
            kept = {key: value for key, value in row.detail.items() if key != "explained"}
            Consent.objects.filter(pk=row.pk).update(
                detail=kept | ({"explained": shown} if shown else {})
            )

        assert "请撤回后按现在的说明重新提出" in agreed(found, batch, hq, earlier)
        consents.withdraw(hq, Consent.objects.latest("pk").pk)
    assert agreed(found, batch, hq, lambda: None) == ""
