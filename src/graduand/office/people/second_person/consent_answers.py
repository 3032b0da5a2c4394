"""The answer of the second person, and what is carried out with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from graduand.logs import scrub
from graduand.models import Consent, User
from graduand.office import account_log, typed_texts
from graduand.office.people import granting, sign_in
from graduand.office.people.second_person import second_acts
from graduand.office.people.second_person.consents import (
    BY_TWO,
    for_answer_of,
    valid_since,
    waiting_for,
)
from graduand.office.photos.by_hand import swapping
from graduand.office.queue.attempts import attempt
from graduand.office.refusal import Refused, not_yours
from graduand.queries import clock
from graduand.queries.people import accounts
from graduand.queries.people.questions import UNANSWERED
from graduand.queries.scope import Actor
from graduand.rulebook.people.account_terms import ConsentKind, Deed

# How long the reason for declining may be.
WHY_LENGTH = 200


def decide(actor: Actor, number: int, *, agree: bool, why: str = "", address: str = "") -> Consent:
    """Answer a question. What was agreed to happens in the same transaction; who declines must say
    why. Raises Refused.

    What could not be done stays open, and the asker is told why.
    """
    why = typed_texts.words(why)[:WHY_LENGTH]
    if agree:
        _prepare(actor, number)
    elif not why and waiting_for(actor).filter(pk=number).exists():
        raise Refused("不同意的，请写明原因，提出人据此处理")
    try:
        return attempt(partial(_decide, actor, number, agree=agree, why=why, address=address))
    except Refused as problem:
        _in_vain(actor, number, str(problem).rstrip("。")[:400], address)
        raise


def _in_vain(actor: Actor, number: int, problem: str, address: str) -> None:
    """Record, with the question and in the account log, that somebody agreed and it could not be
    carried out.

    The question keeps the last reason, the account log every one.
    """
    with transaction.atomic():
        row = waiting_for(actor).filter(pk=number).first()
        if row is not None and Consent.objects.filter(UNANSWERED, pk=number).update(
            problem=problem
        ):
            account_log.note(
                Deed.NOT_DONE,
                actor=actor.user_id,
                user=row.user_id,
                address=address,
                kind=row.kind,
                consent=number,
                why=scrub(problem),
            )


def _write_answer(row: Consent, actor: Actor, *, agree: bool, why: str) -> datetime:
    """Write the answer and return its time; of two who answer at once only the first does. Raises
    Refused for the other.
    """
    now = clock.now()
    answer = {
        "decided_by": actor.user_id,
        "decided_at": now,
        "agreed": agree,
        "problem": "",
    }
    if not agree:
        answer["problem"] = why
    if not Consent.objects.filter(UNANSWERED, pk=row.pk).update(**answer):
        raise Refused("刚刚已由另一人答复，请刷新查看")
    return now


def _decide(actor: Actor, number: int, *, agree: bool, why: str, address: str) -> Consent:
    with transaction.atomic():
        row = waiting_for(actor).filter(pk=number).select_related("user").first()
        if row is None:
            done = Consent.objects.filter(pk=number, decided_by=actor.user_id).first()
            if done is not None:
                return done  # the same answer, sent again
            raise _ended(actor, number)
        deed = Deed.CONSENTED
        now = _write_answer(row, actor, agree=agree, why=why)
        if not agree:
            deed = Deed.DECLINED
        account_log.note(
            deed,
            actor=actor.user_id,
            user=row.user_id,
            address=address,
            kind=row.kind,
            consent=row.pk,
        )
        if agree and row.kind == ConsentKind.EXPORT:
            granting.asker(row)
        elif agree:
            Consent.objects.filter(pk=row.pk).update(used_at=now)
            _carry_out(row, actor, address)
        row.refresh_from_db()
        return row


def _ended(actor: Actor, number: int) -> Refused:
    """The refusal that says how a question ended, for an actor who could have answered it; others
    are told nothing of it.
    """
    row = for_answer_of(actor).filter(pk=number).select_related("asked_by", "decided_by").first()
    if row is None:
        return not_yours("第二人须是另一位在岗、有权同意的人员")
    if row.decided_by is not None and row.decided_at is not None:
        answer = "同意" if row.agreed else "不同意"
        return Refused(
            f"{row.decided_by.name} 已于 {_at(row.decided_at)} 答复「{answer}」，请刷新查看"
        )
    ended = row.withdrawn_at
    if ended is None or (row.kind in BY_TWO and row.asked_at < valid_since(ended)):
        return Refused("这一项一天内没有人答复，已失效，没有办理；仍要办理的，由提出人重新提出")
    return Refused(
        f"{row.asked_by.name} 已于 {_at(ended)} 撤回这一项，没有办理；仍要办理的，由提出人重新提出"
    )


def _at(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _prepare(actor: Actor, number: int) -> None:
    """What happens before the answer, in a transaction of its own: a trial that is made anew stays
    even if the answer is refused.
    """
    row = waiting_for(actor).filter(pk=number, kind=ConsentKind.POLICY.value).first()
    if row is not None:
        second_acts.look_at_policy_again(row)


def in_the_way(row: Consent) -> str:
    """Why nobody can agree to this question any more, without a full stop; "" where nothing is
    known.

    The checks are those that the answer itself makes. What was shown of a file is compared only
    when the file is judged.
    """
    try:
        CHECKS[ConsentKind(row.kind)](row)
    except Refused as why:
        return str(why).rstrip("。")
    return ""


def _carry_out(row: Consent, actor: Actor, address: str) -> None:
    by_two = {
        ConsentKind.ACT: second_acts.act,
        ConsentKind.POLICY: second_acts.policy,
        ConsentKind.BATCH: second_acts.switch,
        ConsentKind.SWAP: swapping.swap,
    }
    if row.kind in by_two:
        by_two[ConsentKind(row.kind)](row, actor)
        return
    assert row.user is not None
    if row.kind == ConsentKind.GRANT:
        granting.carry_out(row, row.user, actor, address)
        return
    _drop_factor(row, row.user, actor, address)


def _factor_can_be_dropped(row: Consent) -> None:
    """Raises Refused unless the asker still looks after the account."""
    first = granting.asker(row)
    assert row.user is not None
    if first.roles.isdisjoint(accounts.KEEPERS) or not accounts.accounts(first).filter(
        pk=row.user.pk
    ):
        raise Refused(granting.ASKER_GONE)


def _drop_factor(row: Consent, user: User, actor: Actor, address: str) -> None:
    _factor_can_be_dropped(row)
    granting.take(user)
    Authenticator.objects.filter(user=user).delete()
    # Otherwise a person who holds a code, or has used one, could sign in with that code alone.
    sign_in.withdraw_codes(user)
    if granting.by_server_only(user):
        sign_in.end_password(user)
    account_log.note(
        Deed.FACTOR_REMOVED,
        actor=row.asked_by_id,
        user=user.pk,
        address=address,
        second=actor.user_id,
    )
    sign_in.end_sittings(user.pk, actor.user_id, address=address)


# The checks that the answer to each kind of question begins with. The people in an export are
# compared when the file is fetched: the file has exactly what was agreed to, or is refused.
CHECKS: Mapping[ConsentKind, Callable[[Consent], object]] = {
    ConsentKind.ACT: second_acts.can_be_done,
    ConsentKind.POLICY: second_acts.policy_can_be_saved,
    ConsentKind.BATCH: second_acts.can_be_switched,
    ConsentKind.SWAP: swapping.can_be_swapped,
    ConsentKind.GRANT: granting.can_be_given,
    ConsentKind.FACTOR: _factor_can_be_dropped,
    ConsentKind.EXPORT: granting.asker,
}
