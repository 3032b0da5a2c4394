"""The archive: which papers make it, whether their dates agree, and the order in which everything
lies.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from graduand.rulebook.terms import PaperKind


def missing_papers(asked: Sequence[PaperKind], there: Collection[str]) -> tuple[PaperKind, ...]:
    """The papers of the policy's dossier that have not arrived, in the policy's order (notice 五.1).

    `there` holds the stored values of the PaperKinds that have arrived.
    """
    return tuple(kind for kind in asked if kind.value not in there)


def wrong_dates(dated: Mapping[PaperKind, date], issue_date: date) -> tuple[PaperKind, ...]:
    """The papers whose date is not the day of graduation (notice 五.2): it comes from the batch,
    never from a template.
    """
    return tuple(kind for kind, day in dated.items() if day != issue_date)


def roster_key(order: Sequence[str], person: Mapping[str, str]) -> tuple[str, ...]:
    """The sort key of one person on the roster (notice 五.3); papers and parcels follow the same
    order.

    `order` is the policy's roster_key, `person` holds a text for each of its names. Texts compare
    by code point, so that both engines and every locale give one order; an empty text comes first.
    """
    return tuple(person[name] for name in order)
