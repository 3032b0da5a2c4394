"""`graduand bench papers`: forms per processor second, one file per person and merged, compared
with empty pages with the same pictures.
"""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pikepdf
from django.conf import settings
from PIL import Image

from graduand.benchmarks.measuring.timing import (
    Cost,
    NotDone,
    cost,
    cpu_seconds,
    load,
    machine,
    must_be,
)
from graduand.papers.printed.binding import bound
from graduand.papers.printed.fonts import fonts
from graduand.papers.printed.registration_form import HEAD_OFFICE, NOTES, OPINION, registration_form
from graduand.papers.printed.render import CHILD, CHUNK, PaperToSet, Typesetter
from graduand.rulebook.papers.archive_content import Archive, ProfileContent
from graduand.rulebook.papers.paper_facts import Graduand, UnitAddress
from graduand.rulebook.terms import DegreeState, IdKind, Level, Sex, Stage

NOON = 43_200
RUNS = 3
PAGES = 4
EMPTY = """#set page(paper: "a4")
#image("photos/" + sys.inputs.data + ".jpg", width: 26mm)
#for _ in range(3) { pagebreak() }
"""
HEAD = {
    "school": "国家开放大学",
    "batch": "-",
    "notes": NOTES,
    "opinion": OPINION,
    "head-office": HEAD_OFFICE,
}


def measure(people: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Set `people` 登记表 (four pages, a picture each), apart and then merged in chunks, RUNS times
    over.
    """
    picture = _picture()
    home = Path(settings.GRADUAND_HOME)
    # so that no two pictures are the same
    setter = Typesetter(fonts(home / "fonts"), NOON, lambda name: picture + name.encode(), home)
    forms = list(_forms(people))
    costs: dict[str, list[Cost]] = {"floor": [], "apart": [], "merged": []}
    sizes: dict[str, int] = {}
    with tempfile.TemporaryDirectory(dir=home) as folder:
        ways = _ways(forms, setter, Path(folder))
        for turn in range(RUNS):
            say(f"测量 {turn + 1} / {RUNS}")
            for name, work in ways.items():
                spent, sizes[name] = _measured(name, work, people)
                costs[name].append(spent)
    return {
        "machine": machine(),
        "load": load(),
        "forms": people,
        "pages": people * PAGES,
        "floor_per_cpu_second": round(people / median(run.work for run in costs["floor"])),
        **_figures(costs, people, "apart"),
        **_figures(costs, people, "merged"),
        "apart_kib_each": round(sizes["apart"] / 1024),
        "merged_kib_each": round(sizes["merged"] / 1024),
        "peak_memory_of_a_process_mib": round(
            resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        ),
    }


def _ways(
    forms: Sequence[dict[str, Any]], setter: Typesetter, folder: Path
) -> dict[str, Callable[[], list[bytes]]]:
    """The ways that are measured in turns: empty pages, one file per person, one file for all."""
    return {
        "floor": lambda: _empty_pages(folder, forms, setter),
        "apart": lambda: _printed(setter, [_paper([form]) for form in forms]),
        "merged": lambda: [bound(_printed(setter, _chunks(forms)))],
    }


def _measured(name: str, work: Callable[[], list[bytes]], people: int) -> tuple[Cost, int]:
    """(the cost of a run, its bytes per person); every page must have been printed."""
    printed: list[bytes] = []
    spent = cost(lambda: printed.extend(work()), cpu_seconds)
    must_be(f"印出的页（{name}）", sum(map(_pages, printed)), people * PAGES)
    must_be(f"印出的文件（{name}）", len(printed), 1 if name == "merged" else people)
    return spent, sum(map(len, printed)) // people


def _figures(costs: dict[str, list[Cost]], people: int, name: str) -> dict[str, Any]:
    """Forms per processor second, and how many times the floor's processor seconds: median and
    spread of the runs.
    """
    rates = [people / run.work for run in costs[name]]
    times = [run.work / floor.work for run, floor in zip(costs[name], costs["floor"], strict=True)]
    return {
        f"{name}_per_cpu_second": round(median(rates)),
        f"{name}_per_cpu_second_spread": f"{min(rates):.0f}–{max(rates):.0f}",
        f"{name}_per_second": round(people / median(run.wall for run in costs[name])),
        f"{name}_times_floor": round(median(times), 2),
        f"{name}_times_floor_spread": f"{min(times):.2f}–{max(times):.2f}",
    }


def _printed(setter: Typesetter, papers: Sequence[PaperToSet]) -> list[bytes]:
    """The PDF of each paper. Raises NotDone when a paper could not be set."""
    outcomes = list(setter.set(papers))
    for outcome in outcomes:
        if not outcome.pdf:
            raise NotDone(
                f"没有测到：有一份没有印成（{outcome.error or outcome.misfits}），所以不给出数字"
            )
    return [outcome.pdf for outcome in outcomes]


def _empty_pages(root: Path, forms: Sequence[dict[str, Any]], setter: Typesetter) -> list[bytes]:
    """The work of typst for as many pages without text, with the same picture on the first one;
    CHUNK files per process.
    """
    (root / "photos").mkdir(exist_ok=True)
    (root / "empty.typ").write_text(EMPTY, encoding="utf-8")
    printed = []
    for start in range(0, len(forms), CHUNK):
        jobs = _jobs(root, forms[start : start + CHUNK], setter)
        order = {
            "root": str(root),
            "main": str(root / "empty.typ"),
            "fonts": [],
            "jobs": jobs,
            "timestamp": NOON,
            "limits": {
                "memory": setter.limits.memory,
                "seconds": setter.limits.seconds,
                "bytes": setter.limits.bytes,
            },
        }
        command = [sys.executable, "-I", "-X", "utf8", str(CHILD)]
        text = json.dumps(order).encode()
        # a fixed program, no shell
        subprocess.run(command, input=text, capture_output=True, env={}, check=True)  # noqa: S603
        printed += [Path(job["out"]).read_bytes() for job in jobs]
    return printed


def _jobs(root: Path, forms: Sequence[dict[str, Any]], setter: Typesetter) -> list[dict[str, str]]:
    """The jobs for typst, one per form; its picture is put in place and its old file deleted."""
    jobs = []
    for place, form in enumerate(forms):
        (root / "photos" / f"{form['photo']}.jpg").write_bytes(setter.picture(form["photo"]))
        out = root / f"{place}.pdf"
        out.unlink(missing_ok=True)
        jobs.append({"data": form["photo"], "out": str(out)})
    return jobs


def _pages(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.pages)


def _picture() -> bytes:
    """A JPEG of a photo's usual size."""
    stream = io.BytesIO()
    Image.effect_noise((480, 640), 9).convert("RGB").save(stream, "JPEG", quality=75)
    return stream.getvalue()


def _paper(forms: Sequence[dict[str, Any]]) -> PaperToSet:
    rows = [{**form, "key": key} for key, form in enumerate(forms)]
    return PaperToSet(
        "registration_form.typ",
        {**HEAD, "title": "毕业生登记表", "people": rows},
        tuple({f["photo"] for f in forms}),
    )


def _chunks(forms: Sequence[dict[str, Any]]) -> list[PaperToSet]:
    return [_paper(forms[start : start + CHUNK]) for start in range(0, len(forms), CHUNK)]


def _forms(people: int) -> Iterator[dict[str, Any]]:
    """Invented graduates, each with a picture of its own name."""
    born = date(1990, 1, 1)
    centre = UnitAddress("C1", "学习中心")
    for n in range(people):
        person = Graduand(
            n,
            f"{n:013}",
            f"学生{n}",
            Sex.FEMALE,
            born + timedelta(days=n % 9_000),
            IdKind.RESIDENT,
            f"{n:018}",
            Level.JUNIOR,
            "健康管理",
            "2.5",
            5,
            4042,
            centre,
            "班级",
            Stage.CERTIFIED,
            DegreeState.NONE,
            _archive(n, centre),
            roster=1,
            place=n,
            number=f"{n:018}",
            photo=f"{n:064x}",
        )
        yield registration_form(person, born)


def _archive(number: int, centre: UnitAddress) -> Archive:
    profile = ProfileContent(
        employer=f"云岭市第{number}单位",
        internship="社区卫生服务中心：慢性病随访与健康宣教。" * 3,
    )
    return Archive(
        "汉族", "群众", "开放", "班级", f"{number:011}", "", centre.name, 200, profile=profile
    )
