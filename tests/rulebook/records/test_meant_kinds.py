"""Of which kind a file is by its headers; where that is not clear, none is named."""

import pytest

from graduand.rulebook.records.meant_kinds import meant_kind
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.terms import SheetKind

RESULTS = SPECS[SheetKind.RESULTS].required_headers


@pytest.mark.parametrize("kind", SheetKind)
def test_a_file_of_the_chosen_kind_that_lacks_a_column_is_of_no_other_kind(kind):
    """Its sender is told which column is missing, and not to choose something else."""
    spec = SPECS[kind]
    files = [
        [header for header in spec.headers if header != missing]
        for missing in spec.required_headers
    ]
    assert [meant_kind(spec, [headers]) for headers in files] == [None] * len(files)


def test_a_file_is_of_another_kind_where_that_alone_fits():
    assert meant_kind(SPECS[SheetKind.STUDENTS], [["成绩登记表"], RESULTS]) is SheetKind.RESULTS


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["学号"],  # fits two kinds, of which it is the only required column
        ["姓名", "班级", "备注"],
        [*RESULTS[:3], "备注"],  # three of five
        [*RESULTS, *SPECS[SheetKind.REGISTERED].required_headers],  # two sheets beside each other
    ],
)
def test_where_no_kind_is_clear_none_is_named(headers):
    assert meant_kind(SPECS[SheetKind.UNITS], [headers]) is None
