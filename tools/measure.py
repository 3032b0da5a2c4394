"""`make measure`: what a page of code looks like, in figures, each beside its limit."""

from __future__ import annotations

import ast
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "graduand"
MAX_TEMPLATE_LINE = 120
MAX_FILES_OF_A_ROOM = 12
# Migrations are written by Django, and it finds commands in one folder alone.
NOT_ROOMS = frozenset({"migrations", "commands", "__pycache__"})
PRAGMA = re.compile(r"#\s*fmt:\s*(skip|off|on)\b")


@dataclass(frozen=True)
class Figure:
    """What was counted, how much of it there is, and how much there may be."""

    name: str
    value: float
    limit: float
    where: tuple[str, ...] = ()

    def line(self) -> str:
        """The figure as a line of the table."""
        mark = "" if self.value <= self.limit else "  *"
        return f"{self.name:<52}{self.value:>10g}{self.limit:>10g}{mark}"


@dataclass(frozen=True)
class Module:
    """A module of the package, read once."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return self.text.count("\n")

    def at(self, node: ast.AST) -> str:
        """Where the node stands: `path:line`."""
        return f"{self.path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def modules(package: Path = PACKAGE) -> list[Module]:
    """Every module below `package`; migrations are written by Django."""
    paths = [path for path in sorted(package.rglob("*.py")) if "migrations" not in path.parts]
    texts = [(path, path.read_text(encoding="utf-8")) for path in paths]
    return [Module(path, text, ast.parse(text)) for path, text in texts]


def conditionals(tree: ast.AST) -> list[ast.IfExp]:
    """Every conditional expression."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.IfExp)]


def nested_conditionals(tree: ast.AST) -> list[ast.IfExp]:
    """Conditional expressions that stand inside another one."""
    inner = {
        id(below): below
        for node in conditionals(tree)
        for child in ast.iter_child_nodes(node)
        for below in conditionals(child)
    }
    return list(inner.values())


def tuple_assignments(tree: ast.AST) -> list[ast.Assign]:
    """Assignments of several values to several names in one statement."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Tuple)
        and any(isinstance(target, ast.Tuple) for target in node.targets)
    ]


def function_sizes(tree: ast.AST) -> list[int]:
    """The lines of every function and method."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    functions = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    return [(node.end_lineno or node.lineno) - node.lineno + 1 for node in functions]


def percentile(values: list[int], share: float) -> int:
    """The smallest value that `share` of all values do not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def repeated_classes(found: list[Module]) -> list[str]:
    """Class names at the top of more than one module; Django wants each verb's class so named."""
    names = [n.name for module in found for n in module.tree.body if isinstance(n, ast.ClassDef)]
    names = [name for name in names if name != "Command"]
    return sorted(name for name, times in Counter(names).items() if times > 1)


def rooms(root: Path, kinds: set[str]) -> Iterator[tuple[str, int]]:
    """(folder, files in it) for `root` and every folder below that is a room."""
    for folder in [root, *sorted(path for path in root.rglob("*") if path.is_dir())]:
        if NOT_ROOMS & set(folder.parts):
            continue
        many = sum(path.suffix in kinds and path.name != "__init__.py" for path in folder.iterdir())
        yield folder.relative_to(root.parent).as_posix(), many


def crowded(root: Path, kinds: set[str]) -> list[str]:
    """`folder: files` of every room with more than a dozen."""
    return [f"{name}: {many}" for name, many in rooms(root, kinds) if many > MAX_FILES_OF_A_ROOM]


def wide_template_lines(root: Path) -> list[str]:
    """`path:line` of every line of a template with more than MAX_TEMPLATE_LINE characters."""
    return [
        f"{path.relative_to(root)}:{number}"
        for path in sorted(root.rglob("*"))
        if path.suffix in {".html", ".txt", ".typ"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > MAX_TEMPLATE_LINE
    ]


def figures() -> list[Figure]:
    """Every figure of the tree as it stands."""
    found = modules()
    lines = sum(module.lines for module in found)
    plain = [module.at(node) for module in found for node in conditionals(module.tree)]
    nested = [module.at(node) for module in found for node in nested_conditionals(module.tree)]
    tuples = [module.at(node) for module in found for node in tuple_assignments(module.tree)]
    pragmas = [str(m.path.relative_to(ROOT)) for m in found if PRAGMA.search(m.text)]
    sizes = [size for module in found for size in function_sizes(module.tree)]
    wide = wide_template_lines(PACKAGE / "templates")
    twice = repeated_classes(found)
    full = crowded(PACKAGE, {".py", ".html"}) + crowded(ROOT / "tests", {".py"})
    return [
        Figure("lines of the package", lines, math.inf),
        Figure("conditional expressions a thousand lines", round(1000 * len(plain) / lines, 1), 8),
        Figure("nested conditional expressions", len(nested), 0, tuple(nested)),
        Figure("modules with a formatter pragma", len(pragmas), 0, tuple(pragmas)),
        Figure("assignments of several values at once", len(tuples), 20, tuple(tuples)),
        Figure("template lines above 120 characters", len(wide), 0, tuple(wide)),
        Figure("class names used more than once", len(twice), 0, tuple(twice)),
        Figure("lines of a function, 99th percentile", percentile(sizes, 0.99), 30),
        Figure("rooms with more than a dozen files", len(full), 0, tuple(full)),
    ]


def main(arguments: list[str]) -> int:
    """Print the table; with `--where`, also each place that a limit forbids."""
    print(f"{'':<52}{'here':>10}{'limit':>10}")
    for figure in figures():
        print(figure.line())
        if "--where" in arguments and figure.value > figure.limit:
            print(*(f"    {place}" for place in figure.where), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
