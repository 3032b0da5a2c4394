"""Of which kind a file is by its headers, where it does not fit the one that was chosen."""

from __future__ import annotations

from collections.abc import Sequence

from graduand.rulebook.canon import canon_header
from graduand.rulebook.records.cells import CellValue
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.records.sheets import SheetSpec
from graduand.rulebook.terms import SheetKind

# The part of its required columns that a kind must find before it is named.
MOST = 0.75


def meant_kind(chosen: SheetSpec, top: Sequence[Sequence[CellValue]]) -> SheetKind | None:
    """The only other kind whose columns the file clearly has; `top` are its first rows."""
    rows = [{canon_header(cell) for cell in row if isinstance(cell, str)} for row in top]
    own = _found(chosen, rows)[1]
    fits = {kind: _found(spec, rows) for kind, spec in SPECS.items() if kind is not chosen.kind}
    counts = {kind: known for kind, (share, known) in fits.items() if share >= MOST}
    best = max(counts.values(), default=0)
    likely = [kind for kind, known in counts.items() if known == best]
    if len(likely) != 1 or best < own + 2:
        return None
    return likely[0]


def _found(spec: SheetSpec, rows: Sequence[set[str]]) -> tuple[float, int]:
    """(the part of the required columns, the number of columns) that the likeliest row has."""
    spellings = {
        column.header: {canon_header(text) for text in (column.header, *column.aliases)}
        for column in spec.columns
    }
    found = [{head for head, known in spellings.items() if known & row} for row in rows]
    most = max(found, key=len, default=set[str]())
    required = spec.required_headers
    return len(most.intersection(required)) / max(len(required), 1), len(most)
