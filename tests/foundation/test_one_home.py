"""What could be written down twice has one home: the named groups of stages, and words that fit where they are stored."""

import ast
from pathlib import Path

import pytest

from graduand.models import AccountEvent, Candidate, Event, Intake, Job
from graduand.rulebook import terms
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import ReasonCode, SheetKind, Stage, Verb

PACKAGE = Path(terms.__file__).resolve().parents[1]
HOME = Path(terms.__file__).resolve()
GROUPS = {
    frozenset(getattr(terms, name)): name
    for name in (
        "APPROVED_STAGES",
        "AWAITED_STAGES",
        "ENDED_STAGES",
        "GRADUATED_STAGES",
        "LIVE_STAGES",
        "SENT_STAGES",
    )
}


def _stage_of(node: ast.expr) -> Stage | None:
    """`Stage.APPLIED` and `Stage.APPLIED.value` as the stage; None for anything else."""
    if isinstance(node, ast.Attribute) and node.attr == "value":
        node = node.value
    if (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Stage"
    ):
        return Stage[node.attr]
    return None


def written_again(source: str) -> list[str]:
    """The groups of `terms.py` whose stages a module lists itself."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Tuple | ast.Set | ast.List):
            stages = [_stage_of(each) for each in node.elts]
            if None not in stages:
                found.append(GROUPS.get(frozenset(stages)))
    return [name for name in found if name]


def test_a_group_of_stages_that_has_a_name_is_listed_once():
    modules = [path for path in PACKAGE.rglob("*.py") if path != HOME]
    again = {
        str(path.relative_to(PACKAGE)): names
        for path in modules
        if "migrations" not in path.parts and (names := written_again(path.read_text("utf-8")))
    }
    assert again == {}


def test_a_group_that_is_listed_again_is_found_in_any_order():
    assert written_again("A = {Stage.COLLECTED, Stage.SHIPPED, Stage.RECEIVED}") == ["SENT_STAGES"]
    assert written_again(
        "A = [Stage.LAPSED.value, Stage.REJECTED.value, Stage.COLLECTED.value]"
    ) == ["ENDED_STAGES"]
    assert written_again("A = (Stage.SHIPPED, Stage.RECEIVED)") == []
    assert written_again("A = (Stage.SHIPPED, other, Stage.COLLECTED)") == []


@pytest.mark.parametrize(
    ("words", "column"),
    [
        (ReasonCode, (Event, "reason")),
        (Verb, (Event, "verb")),
        (Stage, (Candidate, "stage")),
        (WorkKind, (Job, "kind")),
        (SheetKind, (Intake, "kind")),
        (Deed, (AccountEvent, "deed")),
    ],
    ids=lambda value: getattr(value, "__name__", None) or f"{value[0].__name__}-{value[1]}",
)
def test_every_word_fits_its_column(words, column):
    """SQLite takes any length; the server refuses what is longer than the column."""
    model, name = column
    room = model._meta.get_field(name).max_length
    assert [word.value for word in words if len(word.value) > room] == []
