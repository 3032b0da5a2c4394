"""Who is put on the roster of a batch, in which order, at which place."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import F, QuerySet

from graduand.models import Batch, Candidate, Counter, Roster, Round
from graduand.models.engine import Ids, engine_of
from graduand.office import account_log
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.queries.certificates import rosters
from graduand.queries.filing.candidate_criteria import may_be_listed
from graduand.queries.verdicts import chunks
from graduand.rulebook.papers.dossier import roster_key
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.terms import Level, Stage

OTHERS_FREEZE = "另一位同事正在冻结同一轮的花名册，请稍后查看"
OTHERS_MOVE = "准予毕业的名单正在变动，花名册没有冻结，请稍后重试"
# How many people take their places in one transaction, and how often a roster is begun anew because
# somebody has left.
PIECE = 500
ATTEMPTS = 3
_ROSTER_COLUMN = {
    "centre": "centre__code",
    "level": "student__level",
    "major": "student__plan__major_code",
    "class": "student__class_code",
    "student_no": "student__number",
}
# 专科 before 专升本 before 本科, as the sheets name them, not as their stored values sort.
_LEVEL_ORDER = {level.value: str(place) for place, level in enumerate(Level)}


def freeze(batch: Batch, filing_round: Round, key: tuple[str, ...], by: int) -> Roster | None:
    """The roster of one round, None when nobody waits for it."""
    if not _waiting(batch, filing_round).exists():
        return None
    for _ in range(ATTEMPTS):
        roster = _take_over(batch, filing_round, by)
        people = _in_roster_order(batch, filing_round, key)
        if not people:  # another request has just frozen them, or sent them back
            Roster.objects.filter(
                pk=roster.pk, number=Roster.UNNUMBERED, frozen_at=roster.frozen_at
            ).delete()
            return None
        placed = sum(
            _place(roster, piece) for piece in chunks(list(enumerate(people, start=1)), PIECE)
        )
        if placed == len(people) and _number(roster, placed):
            return Roster.objects.get(pk=roster.pk)
    raise Refused(OTHERS_MOVE)


def _waiting(batch: Batch, filing_round: Round) -> QuerySet[Candidate]:
    """Who can be numbered as things stand; others wait, as what a roster lists stays there."""
    return Candidate.objects.filter(
        rosters.OFF, may_be_listed(), batch=batch, round=filing_round, stage=Stage.APPROVED.value
    )


def _take_over(batch: Batch, filing_round: Round, by: int) -> Roster:
    """The one roster without a number, emptied and held by us: nobody else works on it any more."""
    at = clock.real_now()
    ours = {"round": filing_round, "size": 0, "frozen_at": at, "frozen_by_id": by}
    roster, new = Roster.objects.get_or_create(batch=batch, number=Roster.UNNUMBERED, defaults=ours)
    if not new:
        Roster.objects.filter(pk=roster.pk, number=Roster.UNNUMBERED).update(**ours)
        roster.frozen_at = at
    while _clear(roster):
        pass
    return roster


def _hold(roster: Roster) -> None:
    """Keep others from the roster until we commit. Raises Refused if it was taken over."""
    ours = Roster.objects.filter(pk=roster.pk, number=Roster.UNNUMBERED, frozen_at=roster.frozen_at)
    if not ours.update(size=F("size")):
        raise Refused(OTHERS_FREEZE)


def _clear(roster: Roster) -> int:
    """Remove some people from the roster; returns how many."""
    with transaction.atomic():
        _hold(roster)
        ids = list(Candidate.objects.filter(roster=roster).values_list("id", flat=True)[:PIECE])
        return Candidate.objects.filter(id__among=Ids(ids), roster=roster).update(
            roster=None, roster_no=None
        )


def _in_roster_order(
    batch: Batch, filing_round: Round, key: tuple[str, ...]
) -> list[tuple[int, str]]:
    """(candidate, class of today) of everybody who waits, in order: the roster keeps that class."""
    people = []
    columns = ("id", "student__class_name", *_ROSTER_COLUMN.values())
    for pk, class_name, *texts in _waiting(batch, filing_round).values_list(*columns):
        person = dict(zip(_ROSTER_COLUMN, texts, strict=True))
        person["level"] = _LEVEL_ORDER[person["level"]]
        people.append((roster_key(key, person), pk, class_name))
    return [(pk, class_name) for _, pk, class_name in sorted(people)]


def _place(roster: Roster, people: Sequence[tuple[int, tuple[int, str]]]) -> int:
    """Give `people` their places, (place, (candidate, class)); returns how many still could be."""
    columns = {"roster_id": "bigint", "roster_no": "integer", "roster_class": "varchar"}
    with transaction.atomic(), connection.cursor() as cursor:
        _hold(roster)
        return int(
            engine_of().update_each(
                cursor,
                Candidate._meta.db_table,
                "id",
                columns,
                "roster_id IS NULL AND stage = 'approved'",
                [(pk, roster.pk, place, class_name) for place, (pk, class_name) in people],
            )
        )


def _number(roster: Roster, size: int) -> bool:
    """From now on the roster is frozen; False when somebody on it is no longer approved."""
    with transaction.atomic():
        _hold(roster)
        if Candidate.objects.filter(roster=roster, stage=Stage.APPROVED.value).count() != size:
            return False
        number = Counter.reserve(f"roster:{roster.batch_id}", 1)
        Roster.objects.filter(pk=roster.pk).update(number=number, size=size, frozen_at=clock.now())
        account_log.note(
            Deed.ROSTER_FROZEN,
            actor=roster.frozen_by_id,
            batch=roster.batch.code,
            roster=number,
            people=size,
        )
    return True
