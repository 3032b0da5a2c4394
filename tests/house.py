"""The rules of the house as functions: source text in, a list of offences out (`tests/test_house.py` runs them)."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

MAX_FILE, MAX_FUNCTION = 400, 40
FORBIDDEN_WORDS = {
    "util",
    "utils",
    "helper",
    "helpers",
    "manager",
    "managers",
    "service",
    "services",
    "misc",
    "common",
}
# Heavy or optional libraries that are loaded where they are used: (file, module) -> why.
LATE_IMPORTS: dict[tuple[str, str], str] = {
    (
        "src/graduand/apps.py",
        "graduand.office.duties",
    ): "Django makes the models after it has read this module",
    ("src/graduand/gateways/photos/faces.py", "cv2"): "OpenCV is an extra, and slow to load",
    (
        "src/graduand/papers/printed/binding.py",
        "pikepdf",
    ): "slow to load, and needed only where several chunks make one file",
    ("src/graduand/gateways/photos/portraits.py", "cv2"): "OpenCV is an extra, and slow to load",
    ("src/graduand/gateways/photos/lower_parts.py", "cv2"): "OpenCV is an extra, and slow to load",
}

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_DATE = re.compile(r"20\d\d(-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2}|年\d{1,2}月(\d{1,2}日)?)")
_UNSAFE = re.compile(r"\|\s*safe\b|\bmark_safe\b|\bautoescape\s+false\b|\bSafeString\b")
_RAW = re.compile(r"\.extra\(|\bRawSQL\b")
_WRITES_STAGE = re.compile(
    r"\bupdate\b.*\bset\b.*\bstage\"?\s*=|\binsert\s+into\b[^(]*\([^)]*\bstage\b",
    re.IGNORECASE | re.DOTALL,
)
_WRITERS = {"update", "create", "get_or_create", "update_or_create", "aupdate", "acreate"}

# Makers of files that do not record what leaves: their caller has recorded it, or need not.
UNRECORDED = {
    "downloads.of_nobody",
    "downloads.scan",
    "downloads.recorded",
    "downloads.recorded_zip",
    "pictures.jpeg",
}


def too_long(text: str) -> list[str]:
    """A file has at most 400 lines."""
    lines = len(text.splitlines())
    return [f"{lines} lines, {MAX_FILE} are allowed"] if lines > MAX_FILE else []


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    return (
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def long_functions(tree: ast.Module) -> list[str]:
    """A function has at most 40 lines, from `def` to its end."""
    sizes = ((node, (node.end_lineno or node.lineno) - node.lineno + 1) for node in functions(tree))
    return [f"{node.name} has {size} lines" for node, size in sizes if size > MAX_FUNCTION]


def nested_conditionals(tree: ast.Module) -> list[str]:
    """A conditional expression contains no other one: a choice of more than two cases is a
    statement.
    """
    outer = [node for node in ast.walk(tree) if isinstance(node, ast.IfExp)]
    inner = {
        below.lineno
        for node in outer
        for below in ast.walk(node)
        if isinstance(below, ast.IfExp) and below is not node
    }
    return [f"line {line} nests conditional expressions" for line in sorted(inner)]


def repeated_classes(trees: Iterable[ast.Module]) -> list[str]:
    """A class at the top of a module has a name of its own; Django asks each verb for a `Command`."""
    names = [node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    counted = Counter(name for name in names if name != "Command")
    return sorted(name for name, times in counted.items() if times > 1)


def forbidden_path(path: Path) -> list[str]:
    """No folder or file has a name that says nothing, such as `utils`."""
    words = {word.lower() for part in path.with_suffix("").parts for word in _WORD.findall(part)}
    return [f"named {word}" for word in sorted(words & FORBIDDEN_WORDS)]


def forbidden_definitions(tree: ast.Module) -> list[str]:
    """No class or function has a name that says nothing, such as `Manager`."""
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    names = [node.name for node in ast.walk(tree) if isinstance(node, kinds)]
    return [f"defines {name}" for name in names if forbidden_path(Path(name))]


def opens_with_docstring(tree: ast.Module) -> list[str]:
    """A module opens with a sentence that says what lives here; an empty file has nothing to say."""
    return ["no docstring"] if tree.body and not ast.get_docstring(tree) else []


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of the constants that are docstrings: prose may cite a date."""
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    bodies = (node.body for node in ast.walk(tree) if isinstance(node, kinds) and node.body)
    return {id(body[0].value) for body in bodies if isinstance(body[0], ast.Expr)}


def date_literals(tree: ast.Module) -> list[str]:
    """The notice's dates are data: the code has no date(20xx, …) and no string that is a date."""
    found = []
    prose = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and name_of(node.func) in {"date", "datetime"}:
            first = node.args[0]
            if (
                isinstance(first, ast.Constant)
                and isinstance(first.value, int)
                and 2000 <= first.value < 2100
            ):
                found.append((node.lineno, ast.unparse(node)))
        if is_text(node) and id(node) not in prose and _DATE.fullmatch(node.value.strip()):
            found.append((node.lineno, node.value))
    return [f"line {line}: {text}" for line, text in sorted(found)]


def date_in_template(text: str) -> list[str]:
    """The notice's dates are data: no template prints one of its own."""
    return [f"date {match.group()}" for match in _DATE.finditer(text)]


def familiar(text: str) -> list[str]:
    """One form of address for staff and students alike: 您."""
    return [f"familiar: {match.group()}" for match in re.finditer(".{0,8}你", text)]


def unescaped(text: str) -> list[str]:
    """No template switches escaping off."""
    return [f"unescaped: {match.group()}" for match in _UNSAFE.finditer(text)]


def raw_sql(text: str) -> list[str]:
    """No half-raw queries; whole raw SQL lives in models/engine."""
    return [f"raw: {match.group()}" for match in _RAW.finditer(text)]


def late_imports(tree: ast.Module, path: str) -> list[str]:
    """Imports stand at the top, except those listed in LATE_IMPORTS with their reason."""
    found = []
    for function in functions(tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Import):
                found += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                found.append(node.module or "")
    return [
        f"imports {name} inside a function"
        for name in sorted(set(found))
        if (path, name) not in LATE_IMPORTS
    ]


def writes_stage(tree: ast.Module) -> list[str]:
    """Only office/moves.py writes a candidate's stage."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            keywords = {keyword.arg for keyword in node.keywords}
            if "stage" in keywords and name_of(node.func) in _WRITERS | {"Candidate"}:
                found.append(node.lineno)
            if name_of(node.func) in {"bulk_update", "setattr"} and "stage" in strings(node):
                found.append(node.lineno)
        assigned = (
            isinstance(node, ast.Attribute)
            and node.attr == "stage"
            and isinstance(node.ctx, ast.Store)
        )
        if assigned or (is_text(node) and _WRITES_STAGE.search(node.value)):
            found.append(node.lineno)
    return [f"line {line} writes the stage" for line in sorted(found)]


def writes_jobs(tree: ast.Module) -> list[str]:
    """Only office/queue touches the row of a job; queries look at it."""
    found = []
    for node in ast.walk(tree):
        rows = (
            isinstance(node, ast.Attribute)
            and node.attr == "objects"
            and ast.unparse(node.value) == "Job"
        )
        if isinstance(node, ast.Call):
            rows |= name_of(node.func) == "Job"
            states = [
                word.value
                for word in node.keywords
                if word.arg == "state" and name_of(node.func) in _WRITERS
            ]
            rows |= any("JobState" in ast.unparse(value) for value in states)
        if rows:
            found.append(node.lineno)
    return [f"line {line} touches the row of a job" for line in sorted(set(found))]


def foreign_exceptions(tree: ast.Module) -> list[str]:
    """Exception classes with another base than `Refused`, which page and command answer in one place."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            bases = {name_of(base) for base in node.bases}
            if any(base.endswith(("Error", "Exception")) for base in bases):
                found.append(f"{node.lineno}: class {node.name}")
    return found


def outside_imports(tree: ast.Module) -> list[str]:
    """The rulebook imports only the standard library and itself."""
    known = sys.stdlib_module_names
    modules = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules.append(node.module or "")
    strangers = [name for name in modules if not name.startswith("graduand.rulebook")]
    return [f"imports {name}" for name in strangers if name.partition(".")[0] not in known]


def reads_clock(tree: ast.Module) -> list[str]:
    """The rulebook never reads the clock: it is given the day."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [
        f"calls {ast.unparse(call.func)}"
        for call in calls
        if name_of(call.func) in {"today", "now", "utcnow"}
    ]


def name_of(function: ast.expr) -> str:
    """`update` of `x.y.update(...)`, `date` of `date(...)`."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def strings(node: ast.AST) -> set[str]:
    """Every string constant below `node`."""
    return {inner.value for inner in ast.walk(node) if is_text(inner)}


def is_text(node: ast.AST) -> bool:
    """Whether `node` is a string constant."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def unknown_packages(architecture: str, packages: list[str]) -> list[str]:
    """Every package is named in ARCHITECTURE.md, by its path, or by its floor and its room."""
    known = set(re.findall(r"`([a-z_/]+)/`", architecture))
    strangers = [
        name
        for name in packages
        if name not in known and not known.issuperset(name.split("/", maxsplit=1))
    ]
    return [f"{name}/ is not in ARCHITECTURE.md" for name in strangers]


def ignores_without_reason(pyproject: str) -> list[str]:
    """Every ignored ruff rule says why in a comment of its line."""
    section = (
        pyproject.partition("[tool.ruff.lint]")[2].partition("ignore = [")[2].partition("\n]")[0]
    )
    rows = [row for row in section.splitlines() if row.strip()]
    return [row.strip() for row in rows if len(row.partition("#")[2].split()) < 2]


def hands_out(tree: ast.Module) -> list[str]:
    """`function: maker` for every view that makes a file with a maker that does not record it."""
    found = []
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        calls = (
            ast.unparse(call.func) for call in ast.walk(function) if isinstance(call, ast.Call)
        )
        found += [f"{function.name}: {call}" for call in calls if call in UNRECORDED]
    return sorted(found)


def writes_tables(tree: ast.Module) -> list[str]:
    """Whether a module writes workbooks by itself."""
    calls = {name_of(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return [f"calls {name}" for name in sorted(calls & {"table_workbook", "large_workbook"})]


LEAVING = {"ListExport", "LeavingFile", "LeavingPhotos"}


def leaves_under_its_own_word(tree: ast.Module) -> list[str]:
    """A file that leaves is recorded under a word of `Leaves` or the key of a list, so that the
    auditor can read its name.
    """
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name_of(node.func) in LEAVING
    ]
    keys = [call.args[0] for call in calls if call.args]
    return [f"Leaving {ast.unparse(key)}" for key in keys if isinstance(key, ast.Constant)]


def makes_returned_file(tree: ast.Module) -> list[str]:
    """`function: maker` for every function that makes the returned file of an import itself."""
    makers = {"errors_workbook", "refused_zip", "refused_bytes", "fetch"}
    found = []
    outer = [
        *tree.body,
        *(one for node in tree.body if isinstance(node, ast.ClassDef) for one in node.body),
    ]
    for function in (node for node in outer if isinstance(node, ast.FunctionDef)):
        calls = {name_of(call.func) for call in ast.walk(function) if isinstance(call, ast.Call)}
        if not calls & {"deliver", "ExportSending"}:
            found += [f"{function.name}: {call}" for call in sorted(calls & makers)]
    return found


def makes_download(tree: ast.Module) -> list[str]:
    """A file is handed out only by the makers of `downloads`."""
    calls = (name_of(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))
    found = [f"calls {name}" for name in calls if name in {"FileResponse", "StreamingHttpResponse"}]
    return found + [
        f"writes {text}" for text in sorted(strings(tree)) if text == "Content-Disposition"
    ]


def drafts_anywhere(tree: ast.Module) -> list[str]:
    """Temporary files with a name are inside the home, so each call says where."""
    makers = {"TemporaryDirectory", "NamedTemporaryFile", "mkdtemp", "mkstemp"}
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name_of(node.func) in makers
    ]
    return [
        f"{name_of(call.func)} without dir"
        for call in calls
        if "dir" not in {word.arg for word in call.keywords}
    ]
