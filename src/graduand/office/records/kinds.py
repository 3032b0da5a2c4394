"""Which importer reads which sheet, depending on how much of it a person may import."""

from __future__ import annotations

from collections.abc import Mapping

from graduand.rulebook.people.account_terms import Extent
from graduand.rulebook.terms import SheetKind

from .rows import SheetImporter
from .sheets.accounts import Users
from .sheets.chsi import ChsiSheet
from .sheets.contacts import ContactSheet
from .sheets.numbers import Numbers, Registered
from .sheets.people import Confirmations, Degrees, Histories
from .sheets.plans import Courses, Modules, PlanSheet
from .sheets.profiles import FilerProfiles, PriorChecks, Profiles
from .sheets.results import Results
from .sheets.students import Students
from .sheets.units import Units

KINDS: Mapping[SheetKind, SheetImporter] = {
    importer.kind: importer
    for importer in (
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
# The importers for those who may import a part of a sheet.
PARTS: Mapping[tuple[SheetKind, Extent], SheetImporter] = {
    (SheetKind.STUDENTS, Extent.CONTACTS): ContactSheet(),
    (SheetKind.PROFILES, Extent.TOLD): FilerProfiles(),
    (SheetKind.PROFILES, Extent.OWN_TOLD): FilerProfiles(),
    (SheetKind.PROFILES, Extent.CHECKS): PriorChecks(),
}


def reader_of(kind: SheetKind, extent: Extent) -> SheetImporter:
    """The importer of a sheet for somebody whose right goes as far as `extent`."""
    return PARTS.get((kind, extent), KINDS[kind])
