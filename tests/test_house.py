"""The house keeps its rules, and each rule is shown to catch what it forbids."""

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests import house

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "graduand"
TEXT_KINDS = {".py", ".html", ".jinja", ".css", ".js", ".typ", ".sh"}
MOVER = "src/graduand/office/moves.py"


def files(*folders: str, kinds: set[str] = TEXT_KINDS) -> list[Path]:
    """The files below `folders` that we write; migrations, which Django writes, are left out."""
    found = (
        path for folder in folders for path in sorted((ROOT / folder).rglob("*")) if path.is_file()
    )
    return [
        path
        for path in found
        if path.suffix in kinds and not {"migrations", "__pycache__"} & set(path.parts)
    ]


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file, parsed once for all rules, which do not change it."""
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def _trees_are_let_go() -> Iterator[None]:
    """Free the trees at the end: hundreds of megabytes that no other test file uses."""
    yield
    tree_of.cache_clear()


def offences(paths: list[Path], rule: Callable[..., list[str]], *, parse: bool = True) -> list[str]:
    """`file: offence` for every file that breaks `rule`, which takes a tree or the text."""
    found = []
    for path in paths:
        read = tree_of(path) if parse else path.read_text(encoding="utf-8")
        found += [f"{path.relative_to(ROOT)}: {offence}" for offence in rule(read)]
    return found


# Folders that invent seasons: their dates are not the notice's.
INVENTED = {"benchmarks", "demo"}
SOURCES = files("src", kinds={".py"})
TEMPLATES = files("src", kinds={".html", ".jinja", ".txt"})
TESTS = files("tests", "tools", kinds={".py"})


def test_the_house_is_found():
    assert {"settings.py", "terms.py"} <= {path.name for path in SOURCES}


def test_files_are_short():
    assert offences(files("src", "tests", "tools"), house.too_long, parse=False) == []
    assert house.too_long("\n" * 400) == []
    assert house.too_long("\n" * 401) == ["401 lines, 400 are allowed"]


def test_functions_are_short():
    assert offences(SOURCES + TESTS, house.long_functions) == []
    body = "    x = 1\n"
    assert house.long_functions(ast.parse("def f():\n" + body * 39)) == []
    assert house.long_functions(ast.parse("def f():\n" + body * 40)) == ["f has 41 lines"]
    assert house.long_functions(ast.parse("class A:\n async def f(a):\n" + body * 40)) == [
        "f has 41 lines"
    ]


def test_conditional_expressions_are_not_nested():
    assert offences(SOURCES + TESTS, house.nested_conditionals) == []
    nested = "a = 1 if b else c\nd = 1 if b else (2 if c else 3)\nf(1 if (x if y else z) else 2)"
    assert house.nested_conditionals(ast.parse(nested)) == [
        f"line {line} nests conditional expressions" for line in (2, 3)
    ]
    assert house.nested_conditionals(ast.parse("a = (1 if b else 2) + (3 if c else 4)")) == []


def test_a_class_has_a_name_of_its_own():
    trees = [tree_of(path) for path in SOURCES]
    assert house.repeated_classes(trees) == []
    twice = ["class Line: pass\nclass Command: pass", "class Line: pass", "class Command: pass"]
    assert house.repeated_classes(map(ast.parse, twice)) == ["Line"]
    assert (
        house.repeated_classes([ast.parse("class Line: pass\nclass A:\n class Line: pass")]) == []
    )


def test_names_say_something():
    paths = [path.relative_to(ROOT) for path in files("src", "tests", "tools")]
    assert [(path, offence) for path in paths for offence in house.forbidden_path(path)] == []
    assert house.forbidden_path(Path("src/graduand/office/date_utils.py")) == ["named utils"]
    assert house.forbidden_path(Path("src/graduand/services/x.py")) == ["named services"]
    assert offences(SOURCES, house.forbidden_definitions) == []
    bad = "class UserManager: pass\ndef csv_helper(): pass\nclass Commonwealth: pass"
    assert house.forbidden_definitions(ast.parse(bad)) == [
        "defines UserManager",
        "defines csv_helper",
    ]


def test_modules_open_with_a_sentence():
    assert offences(SOURCES + TESTS, house.opens_with_docstring) == []
    assert house.opens_with_docstring(ast.parse("x = 1")) == ["no docstring"]
    assert house.opens_with_docstring(ast.parse("")) == []


def test_dates_of_the_notice_are_data():
    kept = [path for path in SOURCES if not INVENTED & set(path.relative_to(PACKAGE).parts)]
    assert offences(kept, house.date_literals) == []
    bad = 'date(2023, 7, 20)\ndt.datetime(2023, 1, 1)\na = "2023-01-20"\nb = " 2023年1月20日"\ndate(1899, 12, 30)'
    assert house.date_literals(ast.parse(bad)) == [
        "line 1: date(2023, 7, 20)",
        "line 2: dt.datetime(2023, 1, 1)",
        "line 3: 2023-01-20",
        "line 4:  2023年1月20日",
    ]
    assert house.date_literals(ast.parse('"2023-01-20"\n')) == []
    assert offences(TEMPLATES, house.date_in_template, parse=False) == []
    assert house.date_in_template("<p>发证日期 2023年1月20日</p>") == ["date 2023年1月20日"]


def test_everybody_is_addressed_alike():
    scripts = files("src/graduand/static/ui", kinds={".js"})
    assert offences(SOURCES + TEMPLATES + scripts, house.familiar, parse=False) == []
    assert (house.familiar("请您核对，需要你处理"), house.familiar("您好")) == (
        ["familiar: 请您核对，需要你"],
        [],
    )


def test_everything_is_escaped():
    assert offences(SOURCES + TEMPLATES, house.unescaped, parse=False) == []
    bad = "{{ name | safe }} mark_safe(x) {% autoescape false %}"
    assert house.unescaped(bad) == [
        f"unescaped: {way}" for way in ("| safe", "mark_safe", "autoescape false")
    ]
    assert house.unescaped("{{ name|safely }}") == []


def test_no_half_raw_queries():
    assert offences(SOURCES, house.raw_sql, parse=False) == []
    assert house.raw_sql("qs.extra(where=[]); RawSQL('1', [])") == ["raw: .extra(", "raw: RawSQL"]


def test_imports_stand_at_the_top():
    found = [
        f"{path.relative_to(ROOT)}: {offence}"
        for path in SOURCES
        for offence in house.late_imports(tree_of(path), str(path.relative_to(ROOT).as_posix()))
    ]
    assert found == []
    bad = ast.parse("def f():\n import cv2\n from os import path\n")
    assert house.late_imports(bad, "x.py") == [
        f"imports {name} inside a function" for name in ("cv2", "os")
    ]


def test_late_imports_have_reasons():
    assert [key for key, why in house.LATE_IMPORTS.items() if len(why.split()) < 3] == []
    assert [key for key in house.LATE_IMPORTS if not (ROOT / key[0]).exists()] == []


def test_the_rulebook_is_pure():
    rulebook = files("src/graduand/rulebook", kinds={".py"})
    assert len(rulebook) > 10
    assert offences(rulebook, house.outside_imports) == []
    bad = ast.parse(
        "import re, numpy.linalg\nfrom graduand.models import Student\nfrom .terms import Word"
    )
    assert house.outside_imports(bad) == ["imports numpy.linalg", "imports graduand.models"]
    assert offences(rulebook, house.reads_clock) == []
    assert house.reads_clock(ast.parse("date.today(); datetime.now(UTC)")) == [
        "calls date.today",
        "calls datetime.now",
    ]


# Views that hand out a file without `downloads.table` or `downloads.returned`, which put it on
# record, and why they may.
NOT_BY_TABLE = {
    "batches.py: calendar: downloads.of_nobody": "days of a batch",
    "notices.py: attachment: downloads.of_nobody": "a circular for everybody",
    "sheet_imports.py: template: downloads.of_nobody": "an empty form",
    "imports.py: refused_zip: downloads.recorded_zip": "importing.refused_pieces has put it on record",
    "gallery.py: take_out: downloads.recorded_zip": "exports.photos_zip has put it on record",
    "privacy.py: export: downloads.recorded": "personal_exports.write has put it on record",
    "gallery.py: check_file: pictures.jpeg": "one picture that the visitor has sent",
    "gallery.py: file: pictures.jpeg": "one person's picture, in the access log",
    "questions.py: evidence: downloads.scan": "one person's paper, in the access log",
    "statements.py: scan: downloads.scan": "one person's paper, in the access log",
}


def test_what_leaves_is_on_record():
    views = files("src/graduand/pages", kinds={".py"})
    found = {f"{path.name}: {one}" for path in views for one in house.hands_out(tree_of(path))}
    assert found == set(NOT_BY_TABLE)
    assert house.hands_out(ast.parse("def f():\n return downloads.of_nobody(x)")) == [
        "f: downloads.of_nobody"
    ]
    elsewhere = [path for path in views if path.name not in {"downloads.py", "pictures.py"}]
    assert offences(elsewhere, house.makes_download) == []
    bad = ast.parse("a = FileResponse(f)\na['Content-Disposition'] = 'attachment'")
    assert house.makes_download(bad) == ["calls FileResponse", "writes Content-Disposition"]


# Functions that make a file for an import's sender without handing it out.
NOT_HANDED_OUT = {
    "returning.py: workbook: errors_workbook": "made where `written` and an import that delivers it say",
    "importing.py: refused_bytes: refused_zip": "bytes, which are sent or delivered on record",
}


def test_what_an_import_gives_back_is_on_record_too():
    floors = files(
        "src/graduand/office", "src/graduand/management", "src/graduand/pages", kinds={".py"}
    )
    trees = {path: tree_of(path) for path in floors}
    found = {
        f"{path.name}: {one}"
        for path, tree in trees.items()
        for one in house.makes_returned_file(tree)
    }
    assert found == set(NOT_HANDED_OUT)
    by_hand = "class F:\n def f():\n  returning.fetch(kept, target)\ndef g():\n outgoing.deliver(a, b, c, lambda d: fetch(e, d))"
    assert house.makes_returned_file(ast.parse(by_hand)) == ["f: fetch"]


def test_what_leaves_has_a_name_that_the_auditor_reads():
    floors = files(
        "src/graduand/office", "src/graduand/management", "src/graduand/pages", kinds={".py"}
    )
    assert offences(floors, house.leaves_under_its_own_word) == []
    assert house.leaves_under_its_own_word(ast.parse("outgoing.ListExport('x', [])")) == [
        "Leaving 'x'"
    ]


def test_tables_are_written_by_what_puts_them_on_record():
    floors = files(
        "src/graduand/office", "src/graduand/management", "src/graduand/pages", kinds={".py"}
    )
    writers = {path.name: house.writes_tables(tree_of(path)) for path in floors}
    assert {name for name, found in writers.items() if found} == {
        "list_exports.py",
        "chsi_export.py",
    }
    assert house.writes_tables(ast.parse("workbooks.table_workbook(target, heads, rows)")) == [
        "calls table_workbook"
    ]


def test_drafts_lie_in_the_home():
    assert offences(SOURCES, house.drafts_anywhere) == []
    bad = "tempfile.mkdtemp()\nTemporaryDirectory(prefix='x')\nNamedTemporaryFile(dir=x)"
    assert house.drafts_anywhere(ast.parse(bad)) == [
        "mkdtemp without dir",
        "TemporaryDirectory without dir",
    ]


def test_one_module_moves_files():
    others = [path for path in SOURCES if path.relative_to(ROOT).as_posix() != MOVER]
    assert offences(others, house.writes_stage) == []


@pytest.mark.parametrize(
    "bad",
    [
        "qs.filter(id=1).update(stage=Stage.APPLIED)",
        "candidate.stage = Stage.APPLIED",
        "Candidate(student=s, stage='applied')",
        "Candidate.objects.create(stage='applied')",
        "Candidate.objects.bulk_update(rows, ['stage'])",
        "setattr(candidate, 'stage', 'applied')",
        "cursor.execute('UPDATE graduand_candidate SET note=1, stage = %s')",
        "sql = 'INSERT INTO graduand_candidate (id, stage) VALUES (1, 2)'",
    ],
)
def test_another_mover_would_be_caught(bad):
    assert house.writes_stage(ast.parse(bad)) == ["line 1 writes the stage"]


@pytest.mark.parametrize(
    "good", ["qs.filter(stage=1)", "Finding(stage=2)", "x = row.stage", "'UPDATE a SET b=1'"]
)
def test_looking_at_the_stage_is_free(good):
    assert house.writes_stage(ast.parse(good)) == []


QUEUE = (
    "src/graduand/office/queue/",
    "src/graduand/queries/",
    *(f"src/graduand/{folder}/" for folder in INVENTED),
)


def test_one_package_touches_the_jobs():
    others = [path for path in SOURCES if not path.relative_to(ROOT).as_posix().startswith(QUEUE)]
    assert len(others) < len(SOURCES)
    assert offences(others, house.writes_jobs) == []


@pytest.mark.parametrize(
    "bad", ["Job.objects.filter(pk=1)", "Job(kind='act')", "rows.update(state=JobState.DONE.value)"]
)
def test_another_hand_on_the_jobs_would_be_caught(bad):
    assert house.writes_jobs(ast.parse(bad)) == ["line 1 touches the row of a job"]


@pytest.mark.parametrize(
    "good",
    ["job.state == JobState.DONE", "def f(job: Job): pass", "rows.update(state=CaseState.NEW)"],
)
def test_looking_at_a_job_is_free(good):
    assert house.writes_jobs(ast.parse(good)) == []


def test_the_office_refuses_in_one_way():
    """`halting.WorkStopped` is no refusal: it ends long work that somebody stopped."""
    homes = {PACKAGE / "office/refusal.py", PACKAGE / "office/queue/halting.py"}
    office = [path for path in files("src/graduand/office", kinds={".py"}) if path not in homes]
    assert offences(office, house.foreign_exceptions) == []


@pytest.mark.parametrize(
    "base", ["Exception", "ValueError", "LookupError", "exceptions.ValidationError"]
)
def test_another_kind_of_refusal_would_be_caught(base):
    assert house.foreign_exceptions(ast.parse(f"class LotRefused({base}): pass")) == [
        "1: class LotRefused"
    ]
    assert (
        house.foreign_exceptions(
            ast.parse("class SeveralBatches(Refused): pass\nclass Lot(Unit): pass")
        )
        == []
    )


def test_the_map_shows_every_package():
    packages = sorted({path.parent.relative_to(PACKAGE).as_posix() for path in SOURCES} - {"."})
    architecture = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert house.unknown_packages(architecture, packages) == []
    named = ["office", "office/season", "cellar", "office/attic"]
    assert house.unknown_packages("`office/`, `season/`", named) == [
        "cellar/ is not in ARCHITECTURE.md",
        "office/attic/ is not in ARCHITECTURE.md",
    ]
    assert len(architecture.splitlines()) <= 80, "one page"


def test_ignored_rules_have_reasons():
    assert house.ignores_without_reason((ROOT / "pyproject.toml").read_text(encoding="utf-8")) == []
    bad = '[tool.ruff.lint]\nignore = [\n "E1", # too noisy here\n "E2",\n "E3", # no\n]\n'
    assert house.ignores_without_reason(bad) == ['"E2",', '"E3", # no']
