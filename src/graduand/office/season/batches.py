"""Batches: loading a policy, opening and closing, the 初审名单, the frozen roster."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from graduand.models import Batch, Candidate, ListEntry, PolicyVersion, Roster, Round, User
from graduand.models.engine import Ids
from graduand.office import account_log, typed_texts
from graduand.office.certificates.issuing import books, fixed_terms
from graduand.office.certificates.roster_places import freeze
from graduand.office.queue import orders
from graduand.office.refusal import Refused
from graduand.office.season import deadlines, listing, policy_files
from graduand.queries import clock, scope
from graduand.queries.basis import basis_of, policy_of
from graduand.queries.facts.photos import photos_of
from graduand.queries.filing.open_filings import GOING_ON
from graduand.queries.people import questions
from graduand.queries.queue import open_plans
from graduand.queries.season.batches import UnlistedPeople, not_listed
from graduand.queries.verdicts import chunks
from graduand.rulebook.journey import STEPS
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.season.extended_deadlines import ExtendedDeadlines
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import Desk, RoundKind, Verb


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """What loading a policy did: `changed` is False when the same policy was in force already."""

    batch: Batch
    policy: BatchPolicy
    version: int
    changed: bool
    listed: int
    not_listed: UnlistedPeople


@dataclass(frozen=True, slots=True)
class Extension:
    """Why there is more time than a policy in force gives, and who besides the loader says so."""

    reason: str
    second: User


def load_file(path: Path, by: int | None, extension: Extension | None = None) -> LoadOutcome:
    """Load a policy from a TOML file. Raises PolicyRefused with every problem of it."""
    return load(read_file(path), by, extension)


def read_file(path: Path) -> dict[str, Any]:
    """What a TOML file says. Raises PolicyRefused."""
    return policy_files.parsed(path.read_bytes(), path.name)


def load(data: dict[str, Any], by: int | None, extension: Extension | None = None) -> LoadOutcome:
    """Validate, store as a new version when anything changed, make the rounds, list everybody in
    short transactions.

    Raises Refused for a closed batch, for a change of what stands on certificates that are out, for
    numbers in a book that somebody else numbers, for a round in use that is left out, and for a
    later deadline without an `extension` by two people.
    """
    batch, policy, version, changed = put_in_force(data, by, extension)
    listed = listing.complete(batch)
    batch.refresh_from_db(fields=["listed_to"])
    return LoadOutcome(batch, policy, version, changed, listed, not_listed(batch))


def put_in_force(
    data: dict[str, Any], by: int | None, extension: Extension | None = None
) -> tuple[Batch, BatchPolicy, int, bool]:
    """The first half of loading, one transaction: (batch, policy, version, whether anything
    changed).

    The list is ordered and not made: `listing.complete` does it, and whoever comes next when this
    process is killed.
    """
    policy = BatchPolicy.brought(data)
    source = json_ready(data)
    with transaction.atomic():
        batch, new = Batch.objects.get_or_create(code=policy.code)
        # The row is held until we commit: of two people who load, close or delete the batch, the
        # second one sees what the first did.
        takes_work = Q(closed_at=None, closing_since=None) | Q(deleted_at__isnull=False)
        if not Batch.objects.filter(takes_work, pk=batch.pk).update(listed_to=""):
            raise Refused(f"{batch.shut}，不能改政策")
        batch.refresh_from_db()
        if batch.deleted_at is not None:
            new = True
            _restore(batch)
        last = PolicyVersion.objects.filter(batch=batch).order_by("-number").first()
        # A batch that comes back has a version of its own: questions asked before the deletion are
        # about an older version.
        changed = last is None or last.source != source or batch.policy_id is None
        if last is None or changed:
            last = _next_version(batch, policy, source, last, by, extension)
        batch.policy = last
        batch.save(update_fields=["policy"])
        _place_rounds(batch, policy)
        if new:
            account_log.note(Deed.BATCH_CREATED, actor=by, batch=batch.code)
        if changed:
            account_log.note(Deed.POLICY_SAVED, actor=by, batch=batch.code, version=last.number)
        if changed and batch.candidates.exists():
            orders.order_again(WorkKind.AUDIT, {batch.pk}, by)
    return batch, policy, last.number, changed


def _place_rounds(batch: Batch, policy: BatchPolicy) -> None:
    """The batch has the rounds of the policy, in the order in which they close."""
    in_order = sorted(policy.rounds, key=lambda planned: (planned.closes, planned.opens))
    for position, planned in enumerate(in_order):
        defaults = {"position": position}
        Round.objects.update_or_create(batch=batch, name=planned.name, defaults=defaults)


def _restore(batch: Batch) -> None:
    """A deleted batch is loaded again, into its old row: its rounds begin anew."""
    if batch.candidates.exists():
        raise Refused(f"批次 {batch.code} 正在删除，请稍后再载入")
    batch.deleted_at = batch.deleted_by = batch.closed_at = None
    batch.save(update_fields=["deleted_at", "deleted_by", "closed_at"])
    Round.objects.filter(batch=batch).update(list_frozen_on=None, closed_at=None)


def not_possible(
    batch: Batch | None,
    last: PolicyVersion | None,
    in_force: PolicyVersion | None,
    new: BatchPolicy,
) -> list[str]:
    """Every reason why `new` can't replace the policy in force, whoever wants it."""
    refusals = (
        fixed_terms.refusal(batch, last, new),
        deadlines.lost_round(batch, in_force, new),
        books.refusal(in_force, new),
    )
    return [sentence for sentence in refusals if sentence]


def _next_version(
    batch: Batch,
    policy: BatchPolicy,
    source: dict[str, Any],
    last: PolicyVersion | None,
    by: int | None,
    extension: Extension | None,
) -> PolicyVersion:
    in_force = None  # None before the first load, and after the batch was deleted
    if batch.policy_id:
        in_force = last
    if fixed := not_possible(batch, last, in_force, policy):
        raise Refused("；".join(fixed))
    later = deadlines.made_longer(in_force, policy)
    if later.sentences:
        _check_two_people(later, by, extension)
    Round.objects.filter(batch=batch, name__in=later.photos).update(list_frozen_on=None)
    return PolicyVersion.objects.create(
        batch=batch,
        number=_number_after(last),
        digest=BatchPolicy.from_dict(source).digest,
        source=source,
        loaded_at=clock.now(),
        loaded_by_id=by,
        **_reason_and_second(extension),
    )


def _number_after(last: PolicyVersion | None) -> int:
    if last is None:
        return 1
    return last.number + 1


def _reason_and_second(extension: Extension | None) -> dict[str, Any]:
    """The columns of a version that say why it gives more time, and who agreed."""
    if extension is None:
        return {"reason": "", "second": None}
    return {"reason": typed_texts.words(extension.reason)[:200], "second": extension.second}


def _check_two_people(
    later: ExtendedDeadlines, by: int | None, extension: Extension | None
) -> None:
    if lack := _missing_of_two(by, extension):
        raise Refused(f"{'；'.join(later.sentences)}：{lack}")


def _missing_of_two(by: int | None, extension: Extension | None) -> str:
    """What is missing for two people of headquarters with a reason; "" where nothing is."""
    if extension is None or not typed_texts.words(extension.reason) or by is None:
        return "须写明原因，并由两位总部人员共同办理（--reason 原因 --second 第二人）"
    second = scope.actor_of(extension.second, clock.today())
    if second is None or second.desk is not Desk.HQ or second.user_id == by:
        return "第二人须是另一位在岗的总部人员"
    if User.objects.filter(pk=by, system=True).exists():
        return "系统账号不能算第一人，请说明由谁载入（--as）"
    return ""


def json_ready(value: Any) -> Any:
    """TOML as JSON keeps it: days become text."""
    if isinstance(value, dict):
        return {key: json_ready(v) for key, v in value.items()}
    if isinstance(value, list):
        return [json_ready(v) for v in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def refresh_list(batch: Batch) -> dict[str, int]:
    """Recompute the 初审名单 of every round: fit, and a platform photo in time (notice 四.2(2)).

    The first look after the photo deadline freezes the list: it is then a record of that moment,
    and whoever becomes fit later with a photo in time may still apply. Returns round -> people on
    its list.
    """
    listing.order(batch)
    listing.complete(batch)
    basis = basis_of(batch)
    rows = Candidate.objects.filter(batch=batch, aside=False, judgement__fit=True)
    fit = dict(rows.values_list("id", "student_id"))
    going_on = set(rows.filter(GOING_ON).values_list("id", flat=True))
    since = _photo_days(list(fit.values()))
    counts: dict[str, int] = {}
    for filing_round in Round.objects.filter(batch=batch):
        rule = basis.policy.round(filing_round.name)
        if rule is None:
            continue
        deadline = rule.photo_deadline
        frozen = deadline is not None and basis.today > deadline
        wanted = {
            pk
            for pk, student in fit.items()
            if student in since and (not deadline or since[student] <= deadline)
        }
        if rule.kind is RoundKind.EARLY:
            wanted &= going_on
        counts[filing_round.name] = _write_list(filing_round, wanted, basis.today, frozen)
    return counts


def _photo_days(students: list[int]) -> dict[int, date]:
    """Since when each student has a platform photo; students without one are left out."""
    return {
        pk: photo.since for piece in chunks(students) for pk, photo in photos_of(Ids(piece)).items()
    }


def _write_list(filing_round: Round, wanted: set[int], day: date, deadline_passed: bool) -> int:
    """Write one round's list in short transactions, unless it is frozen. Returns how many are on
    it.

    Each transaction first holds the round while it is not frozen, so of two that freeze it the
    second changes nothing.
    """
    listed = set(
        ListEntry.objects.filter(round=filing_round).values_list("candidate_id", flat=True)
    )
    unfrozen = Round.objects.filter(pk=filing_round.pk, list_frozen_on=None)
    gone = sorted(listed - wanted)
    if deadline_passed:
        gone = []  # people on the list at the deadline stay on it, whatever has changed since
    for piece in chunks(sorted(wanted - listed), listing.PIECE):
        with transaction.atomic():
            if unfrozen.update(position=F("position")):
                rows = (
                    ListEntry(round=filing_round, candidate_id=pk, listed_on=day) for pk in piece
                )
                ListEntry.objects.bulk_create(rows, ignore_conflicts=True)
    for piece in chunks(gone, listing.PIECE):
        with transaction.atomic():
            if unfrozen.update(position=F("position")):
                ListEntry.objects.filter(
                    round=filing_round, candidate_id__among=list(piece)
                ).delete()
    if deadline_passed:
        unfrozen.update(list_frozen_on=day)
    return ListEntry.objects.filter(round=filing_round).count()


def close(batch: Batch, now: datetime | None = None, by: int | None = None) -> None:
    """Close a batch. Refused while a file in motion is neither lapsed nor certified, and when it is
    closed already.

    Candidates that are set aside stay so: these people are dealt with in another batch.
    """
    lapsing = [stage.value for stage in STEPS[Verb.LAPSE].stages]
    with transaction.atomic():
        open_batch = Batch.objects.filter(pk=batch.pk, closed_at=None, deleted_at=None)
        if not open_batch.update(closed_at=now or clock.now(), closing_since=None, listed_to=None):
            raise Refused(f"批次 {batch.code} 已由他人关闭或删除，请刷新查看")
        # Counted after the row is locked: from then on no move of this batch is under way.
        left = Candidate.objects.filter(batch=batch, aside=False, stage__in=lapsing).count()
        if left:
            raise StillOpen(
                f"批次 {batch.code} 还有 {left} 人未办结，请先逐一办结，或在「查缺补漏与关闭」中说明原因后关闭"
            )
        second = questions.second_of_switch(batch, BatchSwitch.CLOSE, by)
        account_log.note(Deed.BATCH_CLOSED, actor=by, batch=batch.code, second=second)


class StillOpen(Refused):
    """Some files of the batch are neither finished nor lapsed."""


# -- the roster


def freeze_roster(batch: Batch, by: int, round_name: str | None = None) -> list[Roster]:
    """Freeze a roster for the approved people of each round (or of one) who are on none yet.

    The order is the policy's roster key (五.3); it never changes afterwards. Returns the rosters
    made. Raises Refused where somebody else is freezing the same people, and while an import is
    being written.

    People take their places in short transactions, on a roster without a number: until it has one
    nobody is on it. Killed half way, nothing has been frozen, and whoever freezes next begins anew.
    """
    if why := open_plans.in_the_way():
        raise Refused(f"花名册不能冻结：{why}")
    key = policy_of(batch).roster_key
    rounds = Round.objects.filter(batch=batch).order_by("position")
    if round_name:
        rounds = rounds.filter(name=round_name)
    made = [freeze(batch, filing_round, key, by) for filing_round in rounds]
    return [roster for roster in made if roster is not None]
