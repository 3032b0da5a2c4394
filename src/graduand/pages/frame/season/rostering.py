"""Which batches have people who wait for a roster, and where it is made, batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graduand.pages.door.access import Visit
from graduand.queries import stations
from graduand.rulebook.terms import Desk


@dataclass(frozen=True, slots=True)
class Unrostered:
    """The people of a batch who are approved and on no roster.

    `count` are those whom the next one takes, `left` those whom it leaves out.
    """

    batch: str
    count: int
    left: int


def waiting(visit: Visit, code: str) -> list[Unrostered]:
    """The waiting people of the batch that is asked for, else of each batch that has some. One
    query.
    """
    known = {season.code for season in visit.seasons}
    return [
        Unrostered(*row)
        for row in stations.off_roster_by_batch(visit.actor, known & {code} or known)
    ]


def words(found: Sequence[Unrostered], *, named: bool) -> str:
    """How many wait, in sentences; `named`: each batch by its code."""
    notes = []
    for group in found:
        if named:
            notes.append(f"{group.batch} 批次：")
        if group.count:
            notes.append(f"已准予毕业、尚未列入花名册的有 {group.count:,} 人。")
        if group.left:
            notes.append(
                f"另有 {group.left:,} 人准予毕业以后资料有变化，现在不能编号制证，不列入。"
            )
    return "".join(notes)


def links(visit: Visit, found: Sequence[Unrostered]) -> list[tuple[str, str]]:
    """The links to the pages on which the rosters are made; headquarters' alone."""
    if visit.actor.desk is not Desk.HQ:
        return []
    return [
        (f"确定花名册 {group.batch}", f"/rosters/new?batch={group.batch}")
        for group in found
        if group.count
    ]
