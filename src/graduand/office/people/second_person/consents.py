"""What takes two people: the question, who may answer it, and taking it back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, assert_never

from django.db import IntegrityError, transaction
from django.db.models import Exists, Q, QuerySet
from django.utils import timezone

from graduand.models import Consent, Counter, Grant, User
from graduand.office import account_log, typed_texts
from graduand.office.people.second_person import second_acts
from graduand.office.refusal import Refused, not_allowed, not_yours
from graduand.queries import clock
from graduand.queries.people import accounts, questions
from graduand.queries.people.questions import UNANSWERED
from graduand.queries.scope import Actor
from graduand.rulebook.people.account_terms import ConsentKind, Deed
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import Desk, Role, Verb

# An agreed export has to be fetched within a day, or asked for again.
EXPORT_VALID = timedelta(hours=24)
# Questions for one more person of headquarters: any of them except the asker may be the second.
BY_TWO = (
    ConsentKind.ACT.value,
    ConsentKind.POLICY.value,
    ConsentKind.BATCH.value,
    ConsentKind.SWAP.value,
)


def people_of(whom: Iterable[Any]) -> str:
    """A key of exactly these people or pictures: who they are is part of what is agreed to."""
    return hashlib.sha256(json.dumps(sorted(whom)).encode()).hexdigest()


def digest_of(kind: ConsentKind, user: int | None, detail: dict[str, Any]) -> str:
    """The digest of exactly what is agreed to."""
    text = json.dumps([kind.value, user, detail], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def checked_reason(reason: str) -> str:
    """The reason as it is kept. Raises Refused where there is none."""
    reason = typed_texts.words(reason)
    if not reason:
        raise Refused("须由第二人同意的事项要写明原因")
    return reason


def ask(
    actor: Actor,
    kind: ConsentKind,
    detail: dict[str, Any],
    reason: str,
    *,
    user: User | None = None,
    address: str = "",
    key: str = "",
) -> Consent:
    """Ask a second person; the same form or open question is not asked twice. Raises Refused."""
    subject = user.pk if user else None
    digest = digest_of(kind, subject, detail)
    row = Consent(
        kind=kind.value,
        user_id=subject,
        detail=detail,
        digest=digest,
        reason=checked_reason(reason)[:200],
        asked_by_id=actor.user_id,
        asked_at=clock.now(),
        key=key or digest[:40] + str(clock.real_now().timestamp()),
    )
    try:
        with transaction.atomic():
            _refuse_another(actor, kind, detail, digest, key)
            _end_late(actor, digest)
            row.save(force_insert=True)
            account_log.note(
                Deed.ASKED,
                actor=actor.user_id,
                user=subject,
                address=address,
                kind=kind.value,
                consent=row.pk,
            )
    except IntegrityError:
        asked_before = Consent.objects.filter(asked_by=actor.user_id, kind=kind.value, user=subject)
        return _asked_before(actor, asked_before, row)
    return row


def _end_late(actor: Actor, digest: str) -> None:
    """End the same question that nobody answered in time, so that it does not prevent asking again."""
    late = Consent.objects.filter(
        _late(valid_since(clock.now())), asked_by=actor.user_id, digest=digest
    )
    late.filter(UNANSWERED).update(withdrawn_at=clock.now())


def _refuse_another(
    actor: Actor, kind: ConsentKind, detail: dict[str, Any], digest: str, key: str
) -> None:
    """Refuses a second question about one thing, since the two would be answered separately; the
    same question sent again is no second one.

    A question about an earlier state can no longer be agreed to, and prevents nothing. Of two
    people who ask at the same moment the second waits until the question of the first is stored:
    the counter is held until the transaction ends.
    """
    if kind.value not in questions.ABOUT:
        return
    Counter.reserve(f"asked:{kind.value}", 1)
    if Consent.objects.filter(key=key, asked_by=actor.user_id).exists():
        return
    row = questions.waiting(kind, detail, valid_since(clock.now()))
    again = row is not None and row.asked_by_id == actor.user_id
    if row is None or (again and row.digest == digest):
        return
    raise Refused(earlier_question(actor, row, detail))


def earlier_question(actor: Actor, row: Consent, detail: dict[str, Any]) -> str:
    """The sentence that `detail` was asked already, by whom, what is left to do; without a full
    stop.
    """
    back = "；另有意见的，请在那里答复"
    if row.asked_by_id == actor.user_id:
        back = "；要改原因或依据，请先撤回那一项，再重新提出"
    whose, what = _matter(row, detail)
    return f"{whose}{asked_already(row, what)}{back}"


def _matter(row: Consent, detail: dict[str, Any]) -> tuple[str, str]:
    """Whom a question is about, as the beginning of a sentence, and what would be done."""
    whose = ""
    if row.user is not None:
        whose = f"{row.user.name}（{row.user.username}）："
    kind = ConsentKind(row.kind)
    match kind:
        case ConsentKind.ACT:
            return f"{detail['student']}：", Verb(detail["verb"]).label
        case ConsentKind.BATCH:
            return "", BatchSwitch(detail["do"]).label
        case ConsentKind.SWAP:
            return f"{'、'.join(detail['students'])}：", "互换照片"
        case ConsentKind.POLICY:
            return "", "保存这份规定"
        case ConsentKind.GRANT:
            return whose, f"授予「{Role(detail['role']).label}」"
        case ConsentKind.FACTOR:
            return whose, "停用二次验证"
        case ConsentKind.EXPORT:
            return "", f"导出「{detail['title']}」"
    assert_never(kind)


def asked_already(row: Consent, what: str) -> str:
    """Who has asked, when, and where the second person answers, without a full stop."""
    at = timezone.localtime(row.asked_at)
    waits = f"等待{_second_of(row)}在「待同意事项」中答复"
    return f"{row.asked_by.name} 已于 {at:%Y-%m-%d %H:%M} 提出{what}，{waits}"


def _second_of(row: Consent) -> str:
    """Who may answer, in words, as `_answerable` has it."""
    if row.kind in BY_TWO:
        return "另一位总部人员"
    if row.kind == ConsentKind.GRANT:
        return "安全管理员或另一位总部管理员"
    return "另一位有权同意的同事"


def _asked_before(actor: Actor, questions: QuerySet[Consent], asked: Consent) -> Consent:
    """The person's question that this form asked when it was sent first (W01), else the same
    question while it is open.

    Raises Refused for a key that was used by somebody else, or for something else, and for a form
    whose question has ended or waits with other words: nothing new is asked, and the refusal says
    so.
    """
    row = (
        questions.filter(key=asked.key).first()
        or questions.filter(UNANSWERED, digest=asked.digest).first()
    )
    if row is None or not _is_same(row, asked):
        raise not_allowed("此操作编号已用于另一事项，请刷新页面后重试")
    if row.agreed:
        return row
    if ended := _ended(row):
        raise Refused(f"这一次提出{ended}，没有再次提出；需要时请重新选择后提出")
    if _words(row) != _words(asked):
        raise Refused(earlier_question(actor, row, asked.detail))
    return row


def _ended(row: Consent) -> str:
    """How it ended without anybody's consent, in words; "" while it waits."""
    if row.withdrawn_at is not None:
        return "已撤回"
    if row.agreed is False:
        return "没有获得同意"
    if row.kind in BY_TWO and row.asked_at < valid_since(clock.now()):
        return "一天内没有人答复，已失效"
    return ""


# What is typed into the form of an act; a scan is attached to it.
_TYPED = ("reason", "note", "on")


def _words(row: Consent) -> tuple[Any, ...]:
    """What the person entered in the form; the rest of the detail is the state at that time.

    A scan is sealed anew each time it is sent, so it is compared by its hash.
    """
    answers = row.detail.get("said") or {}
    scan = answers.get("statement") or {}
    return row.reason, *(answers.get(name) for name in _TYPED), scan.get("sha256")


def _is_same(row: Consent, asked: Consent) -> bool:
    if row.kind not in questions.ABOUT:
        return row.digest == asked.digest
    return all(row.detail.get(name) == asked.detail.get(name) for name in questions.ABOUT[row.kind])


def waiting_for(actor: Actor, since: datetime | None = None) -> QuerySet[Consent]:
    """Open questions that the actor may answer; those for two at headquarters after `since`."""
    late = Q(kind__in=BY_TWO, asked_at__lt=since or valid_since(clock.now()))
    return for_answer_of(actor).filter(UNANSWERED).exclude(late)


def for_answer_of(actor: Actor) -> QuerySet[Consent]:
    """The questions that are the actor's to answer, those that have ended among them."""
    rows = Consent.objects.filter(_answerable(actor))
    rows = rows.exclude(asked_by=actor.user_id).exclude(user=actor.user_id)
    if accounts.reach(actor) is None:
        return rows
    near = accounts.accounts(actor).values("pk")
    return rows.filter(
        Q(kind__in=BY_TWO) | (Q(asked_by__in=near) & (Q(user=None) | Q(user__in=near)))
    )


def with_scan(actor: Actor, number: int) -> Consent | None:
    """A question with a scan, for who may answer it, asked or answered it; else None."""
    readable = (
        Q(asked_by=actor.user_id)
        | Q(decided_by=actor.user_id)
        | Q(pk__in=waiting_for(actor).values("pk"))
    )
    row = Consent.objects.filter(readable, pk=number, kind=ConsentKind.ACT.value).first()
    if row is None or not row.detail["said"].get("statement"):
        return None
    return row


def valid_since(now: datetime) -> datetime:
    """The earliest time of a question for two people at headquarters that is still valid: it is
    answered within a day.
    """
    return now - second_acts.VALID


def _answerable(actor: Actor) -> Q:
    """A security administrator answers for roles; without one, headquarters' administrators."""
    held = Grant.objects.filter(role=Role.SECURITY_ADMIN.value, user__is_active=True).exclude(
        user=actor.user_id
    )
    kinds: list[ConsentKind] = []
    if Role.SECURITY_ADMIN in actor.roles:
        kinds.append(ConsentKind.GRANT)
    if not actor.roles.isdisjoint(
        (Role.SECURITY_ADMIN, Role.HQ_ADMIN, Role.COLLEGE_REVIEWER, Role.CENTRE_CLERK)
    ):
        kinds.append(ConsentKind.FACTOR)
    if not actor.roles.isdisjoint((Role.HQ_ADMIN, Role.COLLEGE_REVIEWER, Role.CENTRE_CLERK)):
        kinds.append(ConsentKind.EXPORT)
    if actor.desk is Desk.HQ:
        kinds += [ConsentKind.ACT, ConsentKind.POLICY, ConsentKind.BATCH, ConsentKind.SWAP]
    may = Q(kind__in=[kind.value for kind in kinds])
    if Role.HQ_ADMIN in actor.roles:
        may |= Q(~Exists(held), kind=ConsentKind.GRANT.value)
    return may


def withdraw(actor: Actor, number: int, address: str = "") -> None:
    """Take back what one has asked. Raises Refused when somebody has answered it."""
    with transaction.atomic():
        own = Consent.objects.filter(pk=number, asked_by=actor.user_id)
        row = own.first()
        if row is None:
            raise not_yours("只能撤回自己提出的事项")
        if row.withdrawn_at is not None:
            return  # sent twice
        if not own.filter(UNANSWERED).update(withdrawn_at=clock.now()):
            raise Refused("刚刚已有人答复，不能撤回；请刷新查看")
        account_log.note(
            Deed.WITHDRAWN,
            actor=actor.user_id,
            user=row.user_id,
            address=address,
            kind=row.kind,
            consent=row.pk,
        )


def in_vain(actor: Actor, since: datetime | None = None) -> QuerySet[Consent]:
    """The actor's questions that led to nothing. One that failed after the agreement the asker
    completes or takes back; one that was declined, or not answered in time, the asker reads.
    """
    late = _late(since or valid_since(clock.now()))
    failed = UNANSWERED & ~late & ~Q(problem="")
    declined = Q(agreed=False, read_at=None) & ~Q(problem="")
    return Consent.objects.filter(
        failed | declined | (UNANSWERED & late & Q(read_at=None)), asked_by=actor.user_id
    )


def _late(since: datetime) -> Q:
    return Q(kind__in=BY_TWO, asked_at__lt=since)


def read(actor: Actor, number: int) -> None:
    """The asker has read why it was declined, or that nobody answered in time; sent twice is read
    once.

    Raises Refused for anybody else.
    """
    unanswered = UNANSWERED & _late(valid_since(clock.now()))
    own = Consent.objects.filter(Q(agreed=False) | unanswered, pk=number, asked_by=actor.user_id)
    if not own.exists():
        raise not_yours("只能确认自己提出、第二人没有同意或没有按时答复的事项")
    own.filter(read_at=None).update(read_at=clock.now())


def agreed_export(actor: Actor, detail: dict[str, Any]) -> Consent | None:
    """The unused consent to exactly this export that the actor has in hand; else None."""
    rows = Consent.objects.filter(
        kind=ConsentKind.EXPORT.value,
        digest=digest_of(ConsentKind.EXPORT, None, detail),
        asked_by=actor.user_id,
        agreed=True,
        used_at=None,
        decided_at__gt=clock.now() - EXPORT_VALID,
    )
    return rows.order_by("-id").first()


def use_export(row: Consent) -> None:
    """One file for one consent. Raises Refused when it was used meanwhile."""
    if not Consent.objects.filter(pk=row.pk, used_at=None).update(used_at=clock.now()):
        raise Refused("这项同意已经用过，请重新申请")


def give_back(row: Consent) -> None:
    """Nothing of the agreed file has left: the consent may be used once more, within its day."""
    Consent.objects.filter(pk=row.pk).update(used_at=None)
