"""Every sheet that can be imported, by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from graduand.rulebook.records.columns import plans, registry, results, students, units
from graduand.rulebook.records.sheets import SheetSpec
from graduand.rulebook.terms import SheetKind

# In the order in which they are offered.
_SHEETS = (
    units.UNITS,
    plans.PLANS,
    plans.MODULES,
    plans.COURSES,
    students.STUDENTS,
    results.RESULTS,
    registry.CHSI,
    students.PROFILES,
    students.HISTORIES,
    results.DEGREES,
    students.CONFIRMATIONS,
    units.USERS,
    registry.NUMBERS,
    registry.REGISTERED,
)
SPECS: Mapping[SheetKind, SheetSpec] = MappingProxyType({spec.kind: spec for spec in _SHEETS})
