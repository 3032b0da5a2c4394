"""An empty cell is one of which nothing is left when the marks that nobody sees are dropped."""

import pytest

from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.records.sheets import read_cell
from graduand.rulebook.terms import SheetKind


@pytest.mark.parametrize("kind", list(SheetKind))
@pytest.mark.parametrize(
    "mark", ["\u3164", "\u2800", "\ufe0f", "\u200b", "\x00", "'\u200b", "'\t", '="\ufeff"']
)
def test_a_cell_of_nothing_but_marks_that_nobody_sees_is_an_empty_one(kind, mark):
    for column in SPECS[kind].columns:
        said = f"{column.header}不能为空" if column.required else ""
        cell = read_cell(column, mark)
        assert (cell.blank, cell.value, cell.problem) == (True, None, said), column.header


def test_a_mark_of_direction_is_refused_and_no_blank():
    [phone] = [column for column in SPECS[SheetKind.STUDENTS].columns if column.name == "phone"]
    cell = read_cell(phone, "\u202e")
    assert (cell.blank, "改变书写方向" in cell.problem) == (False, True)
