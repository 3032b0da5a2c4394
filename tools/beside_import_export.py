"""`make bench-beside`: the same CSV of results through our import and through django-import-export.

Each in turns, in processor seconds of one run, and what was stored is counted after each. The other
library once as it comes, once with what its documentation advises for speed (rows written in bulk,
no differences, no look for the row that may be there) and a map of the students, so that it asks
nothing a row. It checks none of what ours checks and keeps no plan that survives a kill.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django has to be ready
from import_export import fields, resources, widgets  # noqa: E402
from tablib import Dataset  # noqa: E402

from graduand.bench import imports, season  # noqa: E402
from graduand.bench.measuring.timing import (  # noqa: E402
    circumstances,
    cost,
    must_be,
    own_database,
)
from graduand.models import Result, Student  # noqa: E402
from graduand.office.records.importing import import_sheet  # noqa: E402
from graduand.rulebook.calendar import Term  # noqa: E402
from graduand.rulebook.terms import SheetKind  # noqa: E402

STUDENTS = 300
RUNS = 3


class StudentOfNumber(widgets.Widget):
    """A student by number, from a map that is read once."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Student] = {}

    def clean(self, value: str, row: object = None, **more: object) -> Student:
        """The student of this number."""
        return self.known[value]


class OrdinalOfTerm(widgets.Widget):
    """A term as it is stored."""

    def clean(self, value: str, row: object = None, **more: object) -> int:
        """The ordinal of 2022春."""
        return Term.parse(value).ordinal


class Usual(resources.ModelResource):
    """The columns of our sheet, as the library comes."""

    student = fields.Field("student", "学号", widgets.ForeignKeyWidget(Student, "number"))
    course = fields.Field("course", "课程代码")
    mark = fields.Field("mark", "成绩")
    term = fields.Field("term", "学期", OrdinalOfTerm())
    attempt = fields.Field("attempt", "考试次序", widgets.IntegerWidget())
    released = fields.Field("released", "发布日期", widgets.DateWidget("%Y-%m-%d"))
    reviewed = fields.Field("reviewed", "复核通过", widgets.BooleanWidget())

    class Meta:
        model = Result
        import_id_fields = ("student", "course", "term", "attempt")

    def before_import_row(self, row: dict[str, object], **more: object) -> None:
        """是 is yes."""
        row["复核通过"] = str(int(row["复核通过"] == "是"))

    def before_save_instance(self, instance: Result, row: object, **more: object) -> None:
        """The key under which the audit finds a pass."""
        instance.pass_key = f"p{instance.course}"


class Tuned(Usual):
    """The same with all that makes it quick."""

    student = fields.Field("student", "学号", StudentOfNumber())

    class Meta:
        force_init_instance = True
        use_bulk = True
        batch_size = 2000
        skip_diff = True

    def __init__(self) -> None:
        super().__init__()
        people = Student.objects.only("id", "number")
        self.fields["student"].widget.known = {one.number: one for one in people}


def theirs(resource: type[Usual], path: Path) -> None:
    """Import the file with django-import-export."""
    sheet = Dataset().load(path.read_text(encoding="utf-8-sig"), format="csv")
    resource().import_data(sheet, raise_errors=True, use_transactions=True)


def ours(path: Path) -> None:
    """Import the file with ours."""
    import_sheet(SheetKind.RESULTS, path, by=None, progress=lambda _done, _rows: None)


IMPORTS = {"ours": ours, "theirs": partial(theirs, Usual), "theirs_tuned": partial(theirs, Tuned)}


def main(students: int) -> None:
    """Measure, and print rows a second of work and how many times as fast ours is."""
    rows = students * season.RESULTS
    spent: dict[str, list[float]] = {name: [] for name in IMPORTS}
    with own_database(), tempfile.TemporaryDirectory(dir=settings.GRADUAND_HOME) as folder:
        season.build(students, lambda _: None, results=False)
        path = imports.write_csv(Path(folder) / "results.csv", students)
        for _ in range(RUNS):
            for name, work in IMPORTS.items():
                Result.objects.all().delete()
                spent[name].append(cost(partial(work, path)).work)
                must_be(f"{name}: 写入的成绩", Result.objects.count(), rows)
    for name, value in {**circumstances(), "rows": f"{rows:,}"}.items():
        print(f"{name:32} {value}")
    for name, seconds in spent.items():
        times = [slow / fast for fast, slow in zip(spent["ours"], seconds, strict=True)]
        print(
            f"{name:32} {rows / median(seconds):,.0f} rows/s, {median(times):.1f} times as long "
            f"as ours ({min(times):.1f}–{max(times):.1f})"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else STUDENTS)
