"""A changed policy before it is in force: stored, tried on everybody, saved as the next version, or
agreed to by two people.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from graduand.models import Batch, Candidate, PolicyDraft, User
from graduand.office.audit import auditing, forecasts
from graduand.office.queue import orders
from graduand.office.refusal import Refused
from graduand.office.season import batches, deadlines, policy_trials
from graduand.queries import clock
from graduand.queries.basis import basis_of, basis_under
from graduand.queries.facts import gathering
from graduand.queries.scope import Actor
from graduand.queries.season import policies
from graduand.rulebook.calendar import BadDate, batch_code, office_day
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.season.policy import BatchPolicy, PolicyRefused
from graduand.rulebook.terms import Desk

# Up to this many people a trial is done while the person waits.
AT_ONCE = 5_000
MOST_MOVED = 100_000
# A trial is made again before saving when a larger share than 1 in this many people has changed
# since.
TOLERATED = 100
TRIED_AGAIN = "试判之后有人的资料有变化，已重新试判；请核对新的结果，再保存"
AGREE_AGAIN = "试判之后有人的资料有变化，已重新试判；请打开这份规定核对新的结果，再同意"
# The sums of a trial that has not begun.
_NOTHING = dict.fromkeys(
    ("judged", "last", "lost", "gained", "stopped", "freed", "degree_lost", "degree_gained"), 0
)


def draft(source: dict[str, Any], actor: Actor, key: str, *, new: bool = False) -> PolicyDraft:
    """Store a policy as a draft and try it; `new`: for a batch that does not exist yet. The same
    key again is the same draft.

    Raises PolicyRefused with every problem at once, Refused.
    """
    known = PolicyDraft.objects.filter(key=key, by=actor.user_id).first()
    if known is not None:
        return known
    plain = batches.json_ready(source)
    policy = _read(plain, new=new)
    batch = Batch.objects.filter(code=policy.code).select_related("policy").first()
    if batch is not None and not batch.is_open and batch.deleted_at is None:
        raise Refused(f"{batch.shut}，不能改规定")
    base = deadlines.in_force(batch)
    if base is not None and base.source == plain:
        raise Refused("没有改动：与现行规定完全相同")
    if fixed := batches.not_possible(batch, base, base, policy):
        raise PolicyRefused(fixed)  # shown on the form, with what was typed
    try:
        with transaction.atomic():
            made = PolicyDraft.objects.create(
                key=key,
                code=policy.code,
                base=base,
                source=plain,
                by_id=actor.user_id,
                at=clock.now(),
            )
            total = _count_people(batch)
            if total > AT_ONCE:
                orders.order(WorkKind.POLICY, made.pk, actor.user_id, total)
    except IntegrityError:  # a double click: the other request was quicker
        return PolicyDraft.objects.get(key=key, by=actor.user_id)
    if total <= AT_ONCE:
        while not advance(made.pk)[2]:
            pass
    return PolicyDraft.objects.get(pk=made.pk)


def _read(plain: dict[str, Any], *, new: bool) -> BatchPolicy:
    """The policy; that a new batch's code is taken is told together with all else that is wrong.
    Raises PolicyRefused.
    """
    taken: list[str] = []
    if new:
        taken = _taken(str(plain.get("code", "")))
    try:
        policy = BatchPolicy.brought(plain)
    except PolicyRefused as refused:
        raise PolicyRefused([*taken, *refused.problems]) from refused
    if taken:
        raise PolicyRefused(taken)
    return policy


def _taken(text: str) -> list[str]:
    try:
        code = batch_code(text)
    except BadDate:
        return []
    if not Batch.objects.filter(code=code, deleted_at=None).exists():
        return []
    return [f"code：批次 {code} 已存在，请在该批次里修改"]


def advance(subject: int) -> tuple[int, int, bool]:
    """The next chunk of a draft's trial. What is stored depends on the place alone, so a chunk done
    twice counts once.
    """
    one = PolicyDraft.objects.select_related("base").get(pk=subject)
    # A deleted batch has nobody left, even while its files are still being deleted.
    batch = Batch.objects.filter(code=one.code, deleted_at=None).first()
    total = _count_people(batch)
    if one.tried_at is not None:
        return total, total, True
    sums = _NOTHING | {"fit": [0, 0], "clear": [0, 0], "degree": [0, 0], "codes": {}} | one.tried
    size = auditing.chunk_size()
    moved = list(one.moved)
    ids: list[int] = []
    if batch and one.base:
        people = _people(batch).filter(pk__gt=sums["last"]).order_by("id")
        ids = list(people.values_list("id", flat=True)[:size])
    # Read before the lock is taken, since there are many results; no verdict is stored here.
    halves: dict[int, policy_trials.Halves] = {}
    if ids and one.base is not None and changes_degree(one):
        halves = policy_trials.degree_halves(one.base.source, one.source, ids, clock.today())
    with transaction.atomic():
        if batch is not None:
            # A transaction that marks a file waits for us, or has committed: no forecast is older
            # than the facts without a mark.
            orders.hold(WorkKind.AUDIT, batch.pk)
        if ids:
            assert batch is not None
            now = basis_of(batch)
            then = basis_under(batch, one.source)
            known = gathering.gather(ids, then.policy, then.today)
            policy_trials.count(sums, moved, policy_trials.both(known, now, then, halves))
            forecasts.keep(one, known, then)
            sums |= {"last": ids[-1]}
        ended = len(ids) < size
        reached: dict[str, Any] = {"tried": sums, "moved": moved[:MOST_MOVED]}
        if ended:
            reached["tried_at"] = clock.now()
        PolicyDraft.objects.filter(pk=one.pk, tried_at=None).update(**reached)
    return sums["judged"], total, ended


def _people(batch: Batch) -> QuerySet[Candidate]:
    return Candidate.objects.filter(batch=batch, aside=False)


def _count_people(batch: Batch | None) -> int:
    """On how many a policy is tried: nobody where there is no batch yet."""
    if batch is None:
        return 0
    return _people(batch).count()


def changes_degree(one: PolicyDraft) -> bool:
    """Whether the draft changes the conditions of the degree; the days on which it is applied for
    are no condition.
    """
    if one.base is None:
        return False
    now, then = (BatchPolicy.from_dict(source).degree for source in (one.base.source, one.source))
    return replace(now, opens=None, closes=None) != replace(then, opens=None, closes=None)


def postponed(one: PolicyDraft) -> tuple[str, ...]:
    """The deadlines that the draft would extend, a sentence each: such a policy takes a reason and
    two people.
    """
    return deadlines.made_longer(one.base, BatchPolicy.from_dict(one.source)).sentences


def is_late(one: PolicyDraft) -> bool:
    """Whether a draft that can still be saved was tried on facts that have moved on since."""
    batch = Batch.objects.filter(code=one.code).first()
    waits = (
        one.tried_at is not None
        and one.saved_id is None
        and batch is not None
        and one.base_id == batch.policy_id
    )
    return waits and batch is not None and _is_late(one, batch)


def _is_late(one: PolicyDraft, batch: Batch) -> bool:
    """Whether the facts have moved on since the trial: another day, or more people than a busy day
    changes.

    A trial of an earlier program did not look at the degree, and says nothing of it.
    """
    assert one.tried_at is not None
    if "degree" not in one.tried and changes_degree(one):
        return True
    changed = forecasts.changed_since(one, batch)
    return office_day(one.tried_at) != clock.today() or changed * TOLERATED > one.tried.get(
        "judged", 0
    )


def try_again(one: PolicyDraft) -> PolicyDraft:
    """Try a draft anew, as its facts have changed: at once, or by the worker when there are many
    people.
    """
    people = Candidate.objects.filter(batch__code=one.code, aside=False).count()
    with transaction.atomic():
        PolicyDraft.objects.filter(pk=one.pk, saved=None).update(tried={}, moved=[], tried_at=None)
        forecasts.drop(one)
        if people > AT_ONCE:
            orders.order(WorkKind.POLICY, one.pk, one.by_id, people)
    while people <= AT_ONCE and not advance(one.pk)[2]:
        pass
    return PolicyDraft.objects.get(pk=one.pk)


def renew(one: PolicyDraft) -> PolicyDraft:
    """The author wants a trial on today's facts. Raises Refused for a draft that can't be saved any
    more.
    """
    if one.saved_id is not None:
        raise Refused("这份规定已经保存，不用再试判")
    if problem := policies.overtaken(one):
        raise Refused(problem)
    if one.tried_at is None:
        return one
    return try_again(one)


def look_again(one: PolicyDraft, otherwise: str) -> PolicyDraft:
    """The draft with a trial of today's facts. Raises Refused with the sentence `otherwise` when
    that one differs.

    Not inside a transaction that the refusal would roll back: then the new trial were gone, and the
    next one as late.
    """
    if not is_late(one):
        return one
    before = (one.tried, _whom(one))
    one = try_again(one)
    if (one.tried, _whom(one)) != before:
        raise Refused(otherwise)
    return one


def _whom(one: PolicyDraft) -> list[list[Any]]:
    """Whose judgement the draft changes, and in which way: the sums may be the same for other
    people.
    """
    return [[pk, before, after, *degree] for pk, before, after, _, _, *degree in one.moved]


def save(one: PolicyDraft, by: int, extension: batches.Extension | None = None) -> PolicyDraft:
    """Put the draft in force as the next version, once. Raises Refused when the policy has changed
    meanwhile.
    """
    if one.saved_id is not None:
        return one
    if one.tried_at is None:
        raise Refused("试判还没有完成，请稍后再保存")
    one = look_again(one, TRIED_AGAIN)
    if extension is None and (longer := postponed(one)):
        raise Refused(f"{'；'.join(longer)}：延长期限须写明原因，并由第二人同意")
    try:
        with transaction.atomic():
            refuse_overtaken(one)
            loaded, _, number, _ = batches.put_in_force(one.source, by, extension)
            version = loaded.versions.get(number=number)
            PolicyDraft.objects.filter(pk=one.pk).update(saved=version)
            orders.order_again(
                WorkKind.AUDIT, {loaded.pk}, by
            )  # makes the list, where the batch is new
    except PolicyRefused as problem:
        raise Refused(str(problem)) from problem
    except IntegrityError as lost:
        raise Refused(policies.STALE) from lost
    return PolicyDraft.objects.get(pk=one.pk)


def refuse_overtaken(one: PolicyDraft) -> None:
    """Raises Refused for a draft that can't be saved any more: in force by now, made from a policy
    that is not, or of a batch that takes none.
    """
    if one.saved_id is not None:
        raise Refused("这份规定已经保存")
    if problem := policies.overtaken(one):
        raise Refused(problem)
    batch = Batch.objects.filter(code=one.code).first()
    if batch is not None and not batch.is_open and batch.deleted_at is None:
        raise Refused(f"{batch.shut}，不能改规定")


def agreed(number: int, reason: str, first: int, second: Actor) -> PolicyDraft:
    """The second person has agreed: the longer deadlines are put in force. Raises Refused."""
    if second.desk is not Desk.HQ:
        raise Refused("第二人须是另一位在岗的总部人员")
    extension = batches.Extension(reason, User.objects.get(pk=second.user_id))
    return save(PolicyDraft.objects.get(pk=number), first, extension)


def consent_detail(one: PolicyDraft, today: date) -> dict[str, Any]:
    """What a second person agrees to: this draft and no other.

    Raises Refused for one that could not be saved: nobody is asked in vain.
    """
    refuse_overtaken(one)
    return {
        "draft": one.pk,
        "code": one.code,
        "version": one.base.number if one.base else 0,
        "later": list(postponed(one)),
        "on": today.isoformat(),
    }
