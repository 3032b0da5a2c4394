"""Batches: loading a policy, listing everybody, opening and closing, the 初审名单, the frozen roster."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import IntegrityError, connection, transaction

from graduand.logs import scrub
from graduand.models import Batch, Candidate, Counter, ListEntry, PolicyVersion, Roster, Round, User
from graduand.models.engine import Ids, engine_of
from graduand.queries import clock, scope
from graduand.queries.bench import bench_of, policy_of
from graduand.queries.facts import photos_of
from graduand.queries.verdicts import chunks
from graduand.rulebook.dossier import roster_key
from graduand.rulebook.journey import STEPS
from graduand.rulebook.policy import BatchPolicy, PolicyRefused
from graduand.rulebook.terms import DegreeState, Desk, Level, RoundKind, Stage, Verb


class BatchRefused(Exception):
    """What was asked of a batch can't be done; str() is a sentence in Chinese."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a policy did: `changed` is False when the same policy was in force already."""

    batch: Batch
    policy: BatchPolicy
    version: int
    changed: bool
    listed: int


@dataclass(frozen=True, slots=True)
class Extension:
    """Why photos get more time than a policy in force gives them, and who besides the loader says so."""

    reason: str
    second: User


def load_file(path: Path, by: int | None, extension: Extension | None = None) -> Loaded:
    """Load a policy from a TOML file. Raises PolicyRefused with every problem of it."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyRefused([f"{path.name} 不是合格的 TOML 文件：{error}"]) from error
    return load(data, by, extension)


def load(data: dict[str, Any], by: int | None, extension: Extension | None = None) -> Loaded:
    """Validate, store as a new version when anything changed, make the rounds, list everybody.

    Raises BatchRefused for a closed batch, and for a later photo deadline without an `extension` by two people.
    """
    policy = BatchPolicy.from_dict(data)
    source = plain(data)
    with transaction.atomic():
        batch, _ = Batch.objects.get_or_create(code=policy.code)
        if batch.closed_at is not None:
            raise BatchRefused(f"批次 {batch.code} 已关闭，不能再改政策")
        last = PolicyVersion.objects.filter(batch=batch).order_by("-number").first()
        changed = last is None or last.source != source
        if changed:
            later = postponed(last, policy)
            if later:
                _check_two_people(later, by, extension)
            last = PolicyVersion.objects.create(
                batch=batch, number=(last.number if last else 0) + 1, digest=BatchPolicy.from_dict(source).digest,
                source=source, loaded_at=clock.now(), loaded_by_id=by,
                reason=scrub(extension.reason)[:200] if extension else "",
                second=extension.second if extension else None,
            )  # fmt: skip
            Round.objects.filter(batch=batch, name__in=later).update(list_frozen_on=None)
            batch.policy = last
            batch.save(update_fields=["policy"])
        for position, turn in enumerate(sorted(policy.rounds, key=lambda r: (r.closes, r.opens))):
            Round.objects.update_or_create(batch=batch, name=turn.name, defaults={"position": position})
        listed = list_everybody(batch)
    assert last is not None
    return Loaded(batch, policy, last.number, changed, listed)


def postponed(last: PolicyVersion | None, policy: BatchPolicy) -> dict[str, str]:
    """Round -> what becomes of its photo deadline, where photos get more time than the policy in force gives them."""
    if last is None:
        return {}
    found: dict[str, str] = {}
    for old in BatchPolicy.from_dict(last.source).rounds:
        new = policy.round(old.name)
        if old.photo_deadline is None or new is None:
            continue
        if new.photo_deadline is None or new.photo_deadline > old.photo_deadline:
            found[old.name] = f"「{old.name}」照片截止 {old.photo_deadline} 改为 {new.photo_deadline or '不限'}"
    return found


def _check_two_people(postponed: dict[str, str], by: int | None, extension: Extension | None) -> None:
    second = scope.actor_of(extension.second, clock.today()) if extension else None
    if extension is None or not extension.reason.strip() or by is None:
        lack = "须写明原因，并由两位总部人员共同办理（--reason 原因 --second 第二人）"
    elif second is None or second.desk is not Desk.HQ or second.user_id == by:
        lack = "第二人须是另一位在岗的总部人员"
    elif User.objects.filter(pk=by, system=True).exists():
        lack = "系统账号不能算第一人，请说明由谁载入（--as）"
    else:
        return
    raise BatchRefused(f"{'；'.join(postponed.values())}：{lack}")


def plain(value: Any) -> Any:
    """TOML as JSON keeps it: days become text."""
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def list_everybody(batch: Batch | None = None) -> int:
    """One LISTED candidate for every student in every open batch, whatever the 学籍状态.

    Set-based and idempotent; returns how many were added.
    """
    open_ones = [batch] if batch else list(Batch.objects.filter(closed_at=None))
    with connection.cursor() as cursor:
        return sum(_list_missing(cursor, one) for one in open_ones)


_LIST_MISSING = """
    INSERT INTO graduand_candidate (batch_id, student_id, centre_id, number, degree, approved_photo, explanation)
    SELECT %s, s.id, s.centre_id, s.number, %s, '', '' FROM graduand_student s
    WHERE NOT EXISTS (SELECT 1 FROM graduand_candidate c WHERE c.batch_id = %s AND c.student_id = s.id)
    ORDER BY s.number ON CONFLICT DO NOTHING
"""


def _list_missing(cursor: Any, batch: Batch) -> int:
    """One statement: building a row in Python for every student took a third of an import's time."""
    cursor.execute(_LIST_MISSING, [batch.pk, DegreeState.NONE.value, batch.pk])
    return int(cursor.rowcount)


# 三.3: whom the early round takes.
_GOING_ON = {"student__level": Level.JUNIOR.value, "student__goes_on": True}


def refresh_list(batch: Batch) -> dict[str, int]:
    """Recompute the 初审名单 of every round: fit, and a platform photo in time (notice 四.2(2)).

    The first look after the photo deadline freezes the list: it is then a record of that moment, and whoever
    becomes fit later with a photo in time may still apply. Returns round -> people on its list.
    """
    bench = bench_of(batch)
    counts: dict[str, int] = {}
    with transaction.atomic():
        list_everybody(batch)
        rows = Candidate.objects.filter(batch=batch, judgement__fit=True)
        fit = dict(rows.values_list("id", "student_id"))
        going_on = set(rows.filter(**_GOING_ON).values_list("id", flat=True))
        since = {pk: photo.since for piece in chunks(list(fit.values())) for pk, photo in photos_of(Ids(piece)).items()}
        for turn in Round.objects.filter(batch=batch):
            rule = bench.policy.round(turn.name)
            if rule is None:
                continue
            deadline = rule.photo_deadline
            frozen = deadline is not None and bench.today > deadline
            wanted = {
                pk for pk, student in fit.items() if student in since and (not deadline or since[student] <= deadline)
            }
            if rule.kind is RoundKind.EARLY:
                wanted &= going_on
            counts[turn.name] = _write_list(turn, wanted, bench.today, frozen)
    return counts


def _write_list(turn: Round, wanted: set[int], day: date, deadline_passed: bool) -> int:
    """Write one round's list; once frozen it answers with what it was (decided once, at the first look after)."""
    there = set(ListEntry.objects.filter(round=turn).values_list("candidate_id", flat=True))
    if turn.list_frozen_on is not None:
        return len(there)
    if deadline_passed:
        wanted |= there  # who was on it at the deadline stays, whatever has changed since
        Round.objects.filter(pk=turn.pk).update(list_frozen_on=day)
    ListEntry.objects.filter(round=turn, candidate_id__among=sorted(there - wanted)).delete()
    ListEntry.objects.bulk_create(
        (ListEntry(round=turn, candidate_id=pk, listed_on=day) for pk in sorted(wanted - there)), batch_size=5_000
    )
    return len(wanted)


def close(batch: Batch, now: datetime | None = None) -> None:
    """Close a batch. Refused while a file in motion is neither lapsed nor certified."""
    lapsing = [stage.value for stage in STEPS[Verb.LAPSE].stages]
    left = Candidate.objects.filter(batch=batch, stage__in=lapsing).count()
    if left:
        raise BatchRefused(f"批次 {batch.code} 还有 {left} 人未办结，请先执行 graduand act lapse {batch.code}")
    Batch.objects.filter(pk=batch.pk).update(closed_at=now or clock.now())


def reopen(batch: Batch) -> None:
    """Open a closed batch again."""
    Batch.objects.filter(pk=batch.pk).update(closed_at=None)


def switch_round(batch: Batch, name: str, *, opening: bool) -> None:
    """Close a round to applications before its last day, or open it again."""
    Round.objects.filter(batch=batch, name=name).update(closed_at=None if opening else clock.now())


OTHERS_FREEZE = "另一位同事正在冻结同一轮的花名册，请稍后查看"

# -- the roster ------------------------------------------------------------------------------------------------

_ROSTER_COLUMN = {
    "centre": "centre__code",
    "level": "student__level",
    "major": "student__plan__major_code",
    "class": "student__class_code",
    "student_no": "student__number",
}
# 专科 before 专升本 before 本科, as the sheets name them, not as their stored values sort.
_LEVEL_ORDER = {level.value: str(place) for place, level in enumerate(Level)}


def freeze_roster(batch: Batch, by: int, round_name: str | None = None) -> list[Roster]:
    """Freeze a roster for the approved people of each round (or of one) who are on none yet.

    The order is the policy's roster key (五.3); it never changes afterwards. Returns the rosters made. Raises
    BatchRefused for whoever freezes the same people second.
    """
    key = policy_of(batch).roster_key
    rounds = Round.objects.filter(batch=batch)
    try:
        return _freeze_all(batch, rounds.filter(name=round_name) if round_name else rounds.order_by("position"), key, by)
    except IntegrityError as lost:
        raise BatchRefused(OTHERS_FREEZE) from lost


def _freeze_all(batch: Batch, rounds: Iterable[Round], key: tuple[str, ...], by: int) -> list[Roster]:
    made = []
    with transaction.atomic():
        for turn in rounds:
            people = _in_roster_order(batch, turn, key)
            if people:
                made.append(_freeze(batch, turn, people, by))
    return made


def _in_roster_order(batch: Batch, turn: Round, key: tuple[str, ...]) -> list[int]:
    waiting = Candidate.objects.filter(batch=batch, round=turn, stage=Stage.APPROVED.value, roster=None)
    people = []
    for pk, *texts in waiting.values_list("id", *_ROSTER_COLUMN.values()):
        person = dict(zip(_ROSTER_COLUMN, texts, strict=True))
        person["level"] = _LEVEL_ORDER[person["level"]]
        people.append((roster_key(key, person), pk))
    return [pk for _, pk in sorted(people)]


def _freeze(batch: Batch, turn: Round, people: list[int], by: int) -> Roster:
    number = Counter.reserve(f"roster:{batch.pk}", 1)
    roster = Roster.objects.create(
        batch=batch, round=turn, number=number, size=len(people), frozen_at=clock.now(), frozen_by_id=by
    )
    columns = {"roster_id": "bigint", "roster_no": "integer"}
    with connection.cursor() as cursor:
        placed = engine_of().update_each(
            cursor, Candidate._meta.db_table, "id", columns, "roster_id IS NULL",
            [(pk, roster.pk, place) for place, pk in enumerate(people, start=1)],
        )  # fmt: skip
    if placed != len(people):
        raise BatchRefused(OTHERS_FREEZE)
    return roster
