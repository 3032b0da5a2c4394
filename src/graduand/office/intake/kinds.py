"""Which code reads which sheet, and whose."""

from __future__ import annotations

from collections.abc import Mapping

from graduand.rulebook.account_terms import Extent
from graduand.rulebook.terms import SheetKind

from .accounts import Users
from .chsi import ChsiSheet
from .contacts import ContactSheet
from .numbers import Numbers, Registered
from .people import Confirmations, Degrees, Histories
from .plans import Courses, Modules, PlanSheet
from .profiles import PriorChecks, Profiles, ToldProfiles
from .results import Results
from .rows import Kind
from .students import Students
from .units import Units

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
