"""The same rooms on every floor, under the same names, with at most a dozen files each."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import measure  # noqa: E402  tools are scripts, not a package

PACKAGE = ROOT / "src" / "graduand"
ROOMS = {
    "season",
    "records",
    "audit",
    "photos",
    "filing",
    "review",
    "identity",
    "papers",
    "certificates",
    "dispatch",
    "registry",
    "people",
    "outgoing",
    "queue",
    "messages",
}
# floor -> what stands there beside the rooms
SHARED = {
    PACKAGE / "rulebook": {"chapters"},
    PACKAGE / "queries": {"facts", "installation"},
    PACKAGE / "office": {"duties", "installation"},
    PACKAGE / "models": {"engine"},
    PACKAGE / "gateways": set(),
    PACKAGE / "pages": {"door", "frame"},
    PACKAGE / "templates" / "pages": set(),
    ROOT / "tests" / "rulebook": set(),
    ROOT / "tests" / "queries": set(),
    ROOT / "tests" / "office": {"acts", "races", "installation"},
    ROOT / "tests" / "pages": {"home", "lists"},
}


def strangers(floor: Path, known: set[str]) -> set[str]:
    """The folders of a floor that are none of `known`."""
    folders = {path.name for path in floor.iterdir() if path.is_dir()} - {"__pycache__"}
    return folders - known


def test_every_floor_has_the_same_rooms(tmp_path):
    found = {floor.name: strangers(floor, ROOMS | shared) for floor, shared in SHARED.items()}
    assert found == {floor.name: set() for floor in SHARED}
    (tmp_path / "cellar").mkdir()
    (tmp_path / "season").mkdir()
    assert strangers(tmp_path, ROOMS) == {"cellar"}


def test_no_room_has_more_than_a_dozen_files():
    crowded = measure.crowded(PACKAGE, {".py", ".html"}) + measure.crowded(ROOT / "tests", {".py"})
    assert crowded == []
