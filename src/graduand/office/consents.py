"""What takes two people: one asks, another one agrees, and only then it happens, exactly as it was asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.db.models import Exists, Q, QuerySet
from django.utils import timezone

from graduand.logs import scrub
from graduand.models import Consent, Counter, Grant, Unit, User
from graduand.office import second_acts, sign_in, trail, typed
from graduand.office.photos import swapping
from graduand.office.refusal import Refused, not_allowed, not_yours
from graduand.queries import clock, people, questions
from graduand.queries.questions import UNANSWERED
from graduand.queries.scope import Actor
from graduand.rulebook.account_terms import OFFICERS, ConsentKind, Deed
from graduand.rulebook.batch_terms import BatchSwitch
from graduand.rulebook.terms import Desk, Role, Verb

# An export that was agreed to is fetched within a day, or asked for again.
EXPORT_VALID = timedelta(hours=24)
# So long is the reason of who declines, at most.
WHY_LENGTH = 200
# What takes one more person at headquarters: any of them but the one who asked may be the second.
BY_TWO = (
    ConsentKind.ACT.value,
    ConsentKind.POLICY.value,
    ConsentKind.BATCH.value,
    ConsentKind.SWAP.value,
)


def people_of(whom: Iterable[Any]) -> str:
    """A word for exactly these people or pictures, in whatever order: who they are belongs to what is agreed to."""
    return hashlib.sha256(json.dumps(sorted(whom)).encode()).hexdigest()


def digest_of(kind: ConsentKind, user: int | None, detail: dict[str, Any]) -> str:
    """What is agreed to: nothing else than this."""
    told = json.dumps([kind.value, user, detail], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def given(reason: str) -> str:
    """The reason as it is kept. Raises Refused where there is none."""
    reason = typed.words(reason)
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
    """Put the question; the same form again, or the same question while it is open, is the same one. Raises Refused."""
    reason = given(reason)
    subject, digest = user.pk if user else None, digest_of(kind, user.pk if user else None, detail)
    row = Consent(
        kind=kind.value,
        user_id=subject,
        detail=detail,
        digest=digest,
        reason=reason[:200],
        asked_by_id=actor.user_id,
        asked_at=clock.now(),
        key=key or digest[:40] + str(clock.real_now().timestamp()),
    )
    try:
        with transaction.atomic():
            _refuse_another(actor, kind, detail, digest, key)
            _end_late(actor, digest)
            row.save(force_insert=True)
            trail.note(
                Deed.ASKED,
                actor=actor.user_id,
                user=subject,
                address=address,
                kind=kind.value,
                consent=row.pk,
            )
    except IntegrityError:
        mine = Consent.objects.filter(asked_by=actor.user_id, kind=kind.value, user=subject)
        return _asked_before(actor, mine, row)
    return row


def _end_late(actor: Actor, digest: str) -> None:
    """The same question, which nobody answered in time, is in the way of asking it again no more."""
    late = Consent.objects.filter(
        _late(valid_since(clock.now())), asked_by=actor.user_id, digest=digest
    )
    late.filter(UNANSWERED).update(withdrawn_at=clock.now())


def _refuse_another(
    actor: Actor, kind: ConsentKind, detail: dict[str, Any], digest: str, key: str
) -> None:
    """Two questions about one thing would be answered apart from each other; the same sent again is
    no other.

    What was asked of it as it was can't be agreed to any more, and is in nobody's way. Of two who
    ask at the same moment the second waits until the question of the first is there: the counter is
    held until the transaction ends.
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
    raise Refused(said_before(actor, row, detail))


def said_before(actor: Actor, row: Consent, detail: dict[str, Any]) -> str:
    """That what `detail` says was asked already, by whom, and what is left to do about it; without a full stop."""
    again = row.asked_by_id == actor.user_id
    back = "；要改原因或依据，请先撤回那一项，再重新提出" if again else "；另有意见的，请在那里答复"
    whose, what = _matter(ConsentKind(row.kind), detail)
    return f"{whose}{asked_already(row, what)}{back}"


def _matter(kind: ConsentKind, detail: dict[str, Any]) -> tuple[str, str]:
    """Whose matter a question is, as the beginning of a sentence, and what would be done."""
    match kind:
        case ConsentKind.ACT:
            return f"{detail['student']}：", Verb(detail["verb"]).label
        case ConsentKind.BATCH:
            return "", BatchSwitch(detail["do"]).label
        case ConsentKind.SWAP:
            return f"{'、'.join(detail['students'])}：", "互换照片"
    return "", "保存这份规定"


def asked_already(row: Consent, what: str) -> str:
    """Who has asked, when, and where the other one answers, without a full stop."""
    at = timezone.localtime(row.asked_at)
    return f"{row.asked_by.name} 已于 {at:%Y-%m-%d %H:%M} 提出{what}，等待另一位总部人员在「待同意事项」中答复"


def _asked_before(actor: Actor, mine: QuerySet[Consent], asked: Consent) -> Consent:
    """Of the questions of one person: what this form asked when it was sent first (W01), else the
    same one while it is open.

    Raises Refused for a key that was used by somebody else, or for something else, and for a form
    whose question has ended or waits with other words: nothing new is asked, and that is said.
    """
    row = mine.filter(key=asked.key).first() or mine.filter(UNANSWERED, digest=asked.digest).first()
    if row is None or not _is_same(row, asked):
        raise not_allowed("此操作编号已用于另一事项，请刷新页面后重试")
    if row.agreed:
        return row
    if ended := _ended(row):
        raise Refused(f"这一次提出{ended}，没有再次提出；需要时请重新选择后提出")
    if _words(row) != _words(asked):
        raise Refused(said_before(actor, row, asked.detail))
    return row


def _ended(row: Consent) -> str:
    """How it ended without anybody's consent, in words; "" while it waits."""
    if row.withdrawn_at is not None:
        return "已撤回"
    if row.agreed is False:
        return "没有获得同意"
    late = row.kind in BY_TWO and row.asked_at < valid_since(clock.now())
    return "一天内没有人答复，已失效" if late else ""


def _words(row: Consent) -> tuple[str, Any]:
    """What the person typed into the form; the rest of the detail is how things stood when it was sent."""
    return row.reason, row.detail.get("said")


def _is_same(row: Consent, asked: Consent) -> bool:
    if row.kind not in questions.ABOUT:
        return row.digest == asked.digest
    return all(row.detail.get(name) == asked.detail.get(name) for name in questions.ABOUT[row.kind])


def waiting_for(actor: Actor, since: datetime | None = None) -> QuerySet[Consent]:
    """Open questions that the actor may answer; what takes two at headquarters only when asked after `since`."""
    rows = Consent.objects.filter(_answerable(actor), UNANSWERED)
    rows = rows.exclude(asked_by=actor.user_id).exclude(user=actor.user_id)
    rows = rows.exclude(kind__in=BY_TWO, asked_at__lt=since or valid_since(clock.now()))
    if people.reach(actor) is None:
        return rows
    near = people.accounts(actor).values("pk")
    return rows.filter(
        Q(kind__in=BY_TWO) | (Q(asked_by__in=near) & (Q(user=None) | Q(user__in=near)))
    )


def with_scan(actor: Actor, number: int) -> Consent | None:
    """A question that came with a scan, for who may answer it, asked it or answered it; None for anybody else's."""
    mine = (
        Q(asked_by=actor.user_id)
        | Q(decided_by=actor.user_id)
        | Q(pk__in=waiting_for(actor).values("pk"))
    )
    row = Consent.objects.filter(mine, pk=number, kind=ConsentKind.ACT.value).first()
    return row if row is not None and row.detail["said"].get("statement") else None


def valid_since(now: datetime) -> datetime:
    """What takes two at headquarters is answered within a day."""
    return now - second_acts.VALID


def _answerable(actor: Actor) -> Q:
    """A security administrator answers for roles; headquarters' administrators do while there is none."""
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


def decide(actor: Actor, number: int, *, agree: bool, why: str = "", address: str = "") -> Consent:
    """Answer; what was agreed to happens in the same transaction, and who declines says why. Raises
    Refused.

    What could not be done stays open, and whoever asked is told why.
    """
    why = typed.words(why)[:WHY_LENGTH]
    if agree:
        _prepare(actor, number)
    elif not why and waiting_for(actor).filter(pk=number).exists():
        raise Refused("不同意的，请写明原因，提出人据此处理")
    try:
        return _decide(actor, number, agree=agree, why=why, address=address)
    except Refused as problem:
        _in_vain(actor, number, str(problem).rstrip("。")[:400], address)
        raise


def _in_vain(actor: Actor, number: int, problem: str, address: str) -> None:
    """Kept with the question, and told of in the trail: somebody has agreed to it, and nothing came
    of that.

    The question keeps the reason of the last time, the trail that of each.
    """
    with transaction.atomic():
        row = waiting_for(actor).filter(pk=number).first()
        if row is not None and Consent.objects.filter(UNANSWERED, pk=number).update(
            problem=problem
        ):
            trail.note(
                Deed.NOT_DONE,
                actor=actor.user_id,
                user=row.user_id,
                address=address,
                kind=row.kind,
                consent=number,
                why=scrub(problem),
            )


def withdraw(actor: Actor, number: int, address: str = "") -> None:
    """Take back what one has asked, before anybody has answered. Raises Refused when somebody has."""
    with transaction.atomic():
        mine = Consent.objects.filter(pk=number, asked_by=actor.user_id)
        row = mine.first()
        if row is None:
            raise not_yours("只能撤回自己提出的事项")
        if row.withdrawn_at is not None:
            return  # sent twice
        if not mine.filter(UNANSWERED).update(withdrawn_at=clock.now()):
            raise Refused("刚刚已有人答复，不能撤回；请刷新查看")
        trail.note(
            Deed.WITHDRAWN,
            actor=actor.user_id,
            user=row.user_id,
            address=address,
            kind=row.kind,
            consent=row.pk,
        )


def in_vain(actor: Actor, since: datetime | None = None) -> QuerySet[Consent]:
    """What the actor asked and did not come about: agreed to in vain, it is the asker's to complete
    or to take back; declined, or not answered in time, the asker's to read.
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
    mine = Consent.objects.filter(Q(agreed=False) | unanswered, pk=number, asked_by=actor.user_id)
    if not mine.exists():
        raise not_yours("只能确认自己提出、第二人没有同意或没有按时答复的事项")
    mine.filter(read_at=None).update(read_at=clock.now())


def _decide(actor: Actor, number: int, *, agree: bool, why: str, address: str) -> Consent:
    with transaction.atomic():
        row = waiting_for(actor).filter(pk=number).select_related("user").first()
        if row is None:
            done = Consent.objects.filter(pk=number, decided_by=actor.user_id).first()
            if done is not None:
                return done  # the same answer, sent again
            raise not_yours("第二人须是另一位在岗、有权同意的人员")
        now = clock.now()
        answer = {
            "decided_by": actor.user_id,
            "decided_at": now,
            "agreed": agree,
            "problem": "" if agree else why,
        }
        if not Consent.objects.filter(UNANSWERED, pk=row.pk).update(**answer):
            raise Refused("刚刚已由另一人答复，请刷新查看")
        deed = Deed.CONSENTED if agree else Deed.DECLINED
        trail.note(
            deed,
            actor=actor.user_id,
            user=row.user_id,
            address=address,
            kind=row.kind,
            consent=row.pk,
        )
        if agree and row.kind != ConsentKind.EXPORT:
            Consent.objects.filter(pk=row.pk).update(used_at=now)
            _carry_out(row, actor, address)
        row.refresh_from_db()
        return row


def _prepare(actor: Actor, number: int) -> None:
    """What is looked at before the answer is written: a trial that is made anew stays when the answer is refused."""
    row = waiting_for(actor).filter(pk=number, kind=ConsentKind.POLICY.value).first()
    if row is not None:
        second_acts.look_at_policy_again(row)


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
        _grant(row, row.user, actor, address)
        return
    Authenticator.objects.filter(user=row.user).delete()
    trail.note(
        Deed.FACTOR_REMOVED,
        actor=row.asked_by_id,
        user=row.user_id,
        address=address,
        second=actor.user_id,
    )
    sign_in.end_sittings(row.user.pk, actor.user_id, address=address)


def _grant(row: Consent, user: User, actor: Actor, address: str) -> None:
    """The rule of the three administrators is looked at again: meanwhile another role may have come."""
    said, held = row.detail, set(Grant.objects.filter(user=user).values_list("role", flat=True))
    officers = {role.value for role in OFFICERS}
    if (said["role"] in officers and held) or held & officers:
        raise Refused("该账号已有其他岗位，系统、安全、审计管理不能与其他岗位兼任")
    unit = Unit.objects.get(pk=said["unit"])
    days = {
        name: date.fromisoformat(said[name]) if said[name] else None for name in ("since", "until")
    }
    Grant.objects.get_or_create(user=user, role=said["role"], unit=unit, defaults=days)
    trail.note(
        Deed.GRANTED,
        actor=row.asked_by_id,
        user=user.pk,
        address=address,
        role=said["role"],
        unit=unit.code,
        second=actor.user_id,
        since=said["since"],
        until=said["until"],
    )


def agreed_export(actor: Actor, detail: dict[str, Any]) -> Consent | None:
    """The consent to exactly this export that the actor has in hand and has not used; None when there is none."""
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
    """Nothing of the file that was agreed to has left: it may be fetched once more, within its day."""
    Consent.objects.filter(pk=row.pk).update(used_at=None)
