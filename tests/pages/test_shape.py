"""The shape of the pages: a view parses, asks once, renders."""

import ast
from pathlib import Path

PAGES = Path(__file__).resolve().parents[2] / "src" / "graduand" / "pages"
LONGEST_VIEW = 20


def views(source: str):
    """(name, lines below the decorators) of the functions that take a request."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            first = node.args.args[0].arg if node.args.args else ""
            if first == "request":
                yield node.name, node.end_lineno - node.lineno + 1


def test_views_are_short():
    sizes = {
        f"{path.relative_to(PAGES).as_posix()}: {name}": lines
        for path in PAGES.rglob("*.py")
        for name, lines in views(path.read_text(encoding="utf-8"))
    }
    assert len(sizes) >= 10
    assert {name for name, lines in sizes.items() if lines > LONGEST_VIEW} == set()
    long = "@reads()\ndef page(request):\n" + "    x = 1\n" * 30
    assert dict(views(long)) == {"page": 31}
