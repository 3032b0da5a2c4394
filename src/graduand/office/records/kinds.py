"""Which code reads which sheet, and whose."""

from __future__ import annotations

from collections.abc import Mapping

from graduand.rulebook.people.account_terms import Extent
from graduand.rulebook.terms import SheetKind

from .rows import Kind
from .sheets.accounts import Users
from .sheets.chsi import ChsiSheet
from .sheets.contacts import ContactSheet
from .sheets.numbers import Numbers, Registered
from .sheets.people import Confirmations, Degrees, Histories
from .sheets.plans import Courses, Modules, PlanSheet
from .sheets.profiles import PriorChecks, Profiles, ToldProfiles
from .sheets.results import Results
from .sheets.students import Students
from .sheets.units import Units

KINDS: Mapping[SheetKind, Kind] = {
    kind.kind: kind
    for kind in (
        Units(),
        PlanSheet(),
        Modules(),
        Courses(),
        Students(),
        Results(),
        ChsiSheet(),
        Profiles(),
        Histories(),
        Degrees(),
        Confirmations(),
        Users(),
        Numbers(),
        Registered(),
    )
}
# What reads a sheet of somebody who may bring a part of it.
PARTS: Mapping[tuple[SheetKind, Extent], Kind] = {
    (SheetKind.STUDENTS, Extent.CONTACTS): ContactSheet(),
    (SheetKind.PROFILES, Extent.TOLD): ToldProfiles(),
    (SheetKind.PROFILES, Extent.OWN_TOLD): ToldProfiles(),
    (SheetKind.PROFILES, Extent.CHECKS): PriorChecks(),
}


def reader_of(kind: SheetKind, extent: Extent) -> Kind:
    """What reads a sheet of somebody who may import it so far."""
    return PARTS.get((kind, extent), KINDS[kind])
