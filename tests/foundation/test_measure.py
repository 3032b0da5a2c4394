"""`make measure` counts what it says it counts."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import measure  # noqa: E402  tools are scripts, not a package


@pytest.fixture(scope="module")
def figures() -> list[measure.Figure]:
    """The figures of the tree, counted once: it is parsed for them as a whole."""
    return measure.figures()


def test_conditional_expressions_are_counted_and_those_inside_another_apart():
    tree = ast.parse("a = 1 if x else (2 if y else 3 if z else 4)\nb = 1 if x else 2")
    assert (len(measure.conditionals(tree)), len(measure.nested_conditionals(tree))) == (4, 2)


def test_several_values_at_once_are_counted_and_what_a_call_gives_is_not():
    tree = ast.parse("a, b = 1, 2\nc, d = pair()\ne = 1, 2\nfor f, g in h: pass")
    assert [node.lineno for node in measure.tuple_assignments(tree)] == [1]


def test_the_percentile_is_the_value_that_the_share_does_not_exceed():
    assert measure.percentile(list(range(1, 101)), 0.99) == 99
    assert measure.percentile([7], 0.99) == 7


def test_a_room_is_counted_without_its_door(tmp_path):
    room = tmp_path / "office" / "dispatch"
    room.mkdir(parents=True)
    for number in range(12):
        (room / f"verb{number}.py").write_text("")
    (room / "__init__.py").write_text("")
    assert measure.crowded(tmp_path / "office", {".py"}) == []
    (room / "one_more.py").write_text("")
    assert measure.crowded(tmp_path / "office", {".py"}) == ["office/dispatch: 13"]


def test_classes_of_one_name_and_wide_lines_are_named(tmp_path):
    (tmp_path / "one.py").write_text("class Line: pass\nclass Command: pass\n")
    (tmp_path / "two.py").write_text("class Line: pass\nclass Command: pass\n# fmt: skip\n")
    (tmp_path / "page.html").write_text("x" * 120 + "\n" + "x" * 121)
    found = measure.modules(tmp_path)
    assert measure.repeated_classes(found) == ["Line"]
    assert measure.wide_template_lines(tmp_path) == ["page.html:2"]
    assert [bool(measure.PRAGMA.search(module.text)) for module in found] == [False, True]


def test_a_page_of_code_is_within_its_limits(figures):
    above = [figure for figure in figures if figure.value > figure.limit]
    assert [(figure.name, figure.value, figure.where) for figure in above] == []
    limits = {figure.name: figure.limit for figure in figures}
    assert limits["lines of a function, 99th percentile"] == 30


def test_it_prints_every_figure(figures):
    made = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "measure.py")],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = made.stdout.splitlines()
    assert lines[0].split() == ["here", "limit"]
    assert len(lines) == 1 + len(figures)
