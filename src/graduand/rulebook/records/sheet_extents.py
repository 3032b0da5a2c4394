"""Sheets of which some people bring a part: how such a file is read, and which columns the template
offers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from graduand.rulebook.people.account_terms import Extent
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.records.sheets import SheetSpec
from graduand.rulebook.terms import SheetKind

# QUALIF decides by 前置学历核验: the filing desk does not import it, and the reviewing desk imports
# nothing else.
CHECK = "prior_check"


@dataclass(frozen=True, slots=True)
class _Part:
    """`read`: the whole sheet, but only the own columns make it a file of this kind; `offered`: the
    template.
    """

    read: SheetSpec
    offered: SheetSpec


def _part(
    kind: SheetKind, brought: Iterable[str], shown: Iterable[str] = (), *, all_needed: bool = False
) -> _Part:
    """The columns `brought` besides the key; those `shown` help whoever fills the template in.

    Other columns stay readable: their values are compared with the record, and a difference is
    refused by name.
    """
    whole = SPECS[kind]
    names = tuple(brought)
    required = {*whole.key, *(names if all_needed else ())}
    read = replace(
        whole,
        columns=tuple(replace(c, required=c.name in required) for c in whole.columns),
        tells=names,
    )
    offered = {*whole.key, *names, *shown}
    return _Part(read, replace(read, columns=tuple(c for c in read.columns if c.name in offered)))


_TOLD = _part(
    SheetKind.PROFILES,
    (c.name for c in SPECS[SheetKind.PROFILES].columns if c.name not in ("student_no", CHECK)),
)
_PARTS: Mapping[tuple[SheetKind, Extent], _Part] = {
    (SheetKind.STUDENTS, Extent.CONTACTS): _part(
        SheetKind.STUDENTS, ("class_name", "class_code", "phone", "email"), ("name",)
    ),
    (SheetKind.PROFILES, Extent.TOLD): _TOLD,
    (SheetKind.PROFILES, Extent.OWN_TOLD): _TOLD,
    (SheetKind.PROFILES, Extent.CHECKS): _part(SheetKind.PROFILES, (CHECK,), all_needed=True),
}


def spec_of(kind: SheetKind, extent: Extent) -> SheetSpec:
    """How a sheet is read from somebody whose right to import it goes as far as `extent`."""
    part = _PARTS.get((kind, extent))
    if part is not None:
        return part.read
    return SPECS[kind]


def template_of(kind: SheetKind, extent: Extent) -> SheetSpec:
    """The columns that somebody's template offers."""
    part = _PARTS.get((kind, extent))
    if part is not None:
        return part.offered
    return SPECS[kind]
