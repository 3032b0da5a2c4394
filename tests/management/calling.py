"""Calls a command as the console does, inside the test's own transaction: exit code, stdout, stderr."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from graduand.models import Candidate


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on stdout."""
        return json.loads(self.out)


def graduand(*words: Any) -> Answer:
    """`graduand WORDS…`; a wrong call or a refusal is its exit code, its sentence on stderr."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*map(str, words), stdout=out, stderr=err)
        code = 0
    except CommandError as problem:
        code = problem.returncode
        err.write(f"{problem}\n")
    except SystemExit as stop:
        code = int(stop.code or 0)
    return Answer(code, out.getvalue(), err.getvalue())


def tally(
    verb: str, file: str = "", by_code: dict[str, int] | None = None, **counts: int
) -> dict[str, Any]:
    """The JSON of a move, zero where nothing is said."""
    zeros = dict.fromkeys(("done", "refused", "raced", "unchanged", "warned"), 0)
    return {
        "verb": verb,
        "batch": "202307",
        **zeros,
        **counts,
        "by_code": by_code or {},
        "file": file,
    }


def numbers(ids: list[int]) -> list[str]:
    """The 学号 of candidates, in order."""
    known = dict(Candidate.objects.filter(id__in=ids).values_list("id", "student__number"))
    return [known[pk] for pk in ids]


def students_file(folder: Path, lines: list[str], name: str = "students.txt") -> Path:
    """A text file, one 学号 a line."""
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def stages(ids: list[int]) -> list[str]:
    """The stages of candidates, in order."""
    known = dict(Candidate.objects.filter(id__in=ids).values_list("id", "stage"))
    return [known[pk] for pk in ids]


def returned(name: str) -> Path:
    """The newest file of that name among what commands gave back, which lies in the home."""
    found = Path(settings.FILE_UPLOAD_TEMP_DIR).glob(f"returned-*-{name}")
    return max(found, key=lambda path: path.stat().st_mtime_ns)
