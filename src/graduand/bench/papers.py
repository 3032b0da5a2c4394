"""`graduand bench papers`: forms a processor-second, a file a person and merged, with a picture on each."""

from __future__ import annotations

import io
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from PIL import Image

from graduand.bench.timing import machine
from graduand.papers.binding import bound
from graduand.papers.fonts import fonts
from graduand.papers.registration_form import HEAD_OFFICE, NOTES, OPINION, registration_form
from graduand.papers.render import CHUNK, Paper, Typesetter
from graduand.rulebook.paper_facts import Graduand, Place, Profile
from graduand.rulebook.terms import DegreeState, IdKind, Level, Sex, Stage

NOON = 43_200
HEAD = {
    "school": "国家开放大学", "batch": "-", "notes": NOTES, "least": "200", "opinion": OPINION, "head-office": HEAD_OFFICE,
}  # fmt: skip


def measure(people: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Set `people` 登记表 (four pages, a picture each), apart and then merged in chunks."""
    picture = _picture()
    home = Path(settings.GRADUAND_HOME)
    # no two pictures are the same
    setter = Typesetter(fonts(home / "fonts"), NOON, lambda name: picture + name.encode(), home)
    forms = list(_forms(people))
    say("一人一份……")
    apart = _cost(lambda: [len(one.pdf) for one in setter.set([_paper([form]) for form in forms])])
    say("合成一份……")
    merged = _cost(lambda: [len(bound([one.pdf for one in setter.set(_chunks(forms))]))])
    size = sum(apart[2]) / people
    return {
        "machine": machine(), "forms": people, "pages": people * 4,
        "apart_per_cpu_second": round(people / apart[0]), "apart_per_second": round(people / apart[1]),
        "merged_per_cpu_second": round(people / merged[0]), "merged_per_second": round(people / merged[1]),
        "apart_kib_each": round(size / 1024), "merged_kib_each": round(sum(merged[2]) / people / 1024),
        "peak_memory_of_a_process_mib": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
    }  # fmt: skip


def _picture() -> bytes:
    """A JPEG as large as a photo usually is."""
    stream = io.BytesIO()
    Image.effect_noise((480, 640), 9).convert("RGB").save(stream, "JPEG", quality=75)
    return stream.getvalue()


def _cost(work: Callable[[], list[int]]) -> tuple[float, float, list[int]]:
    """(processor seconds of this process and its children, seconds by the clock, sizes)."""
    before, start = _processor(), time.perf_counter()
    sizes = work()
    return _processor() - before, time.perf_counter() - start, sizes


def _processor() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _paper(forms: Sequence[dict[str, Any]]) -> Paper:
    rows = [{**form, "key": key} for key, form in enumerate(forms)]
    return Paper("registration_form.typ", {**HEAD, "title": "毕业生登记表", "people": rows}, tuple({f["photo"] for f in forms}))


def _chunks(forms: Sequence[dict[str, Any]]) -> list[Paper]:
    return [_paper(forms[start : start + CHUNK]) for start in range(0, len(forms), CHUNK)]


def _forms(people: int) -> Iterator[dict[str, Any]]:
    """Invented graduates; every picture has a name of its own, as in life."""
    born, centre = date(1990, 1, 1), Place("C1", "学习中心")
    for n in range(people):
        profile = Profile(employer=f"云岭市第{n}单位", internship="社区卫生服务中心：慢性病随访与健康宣教。" * 3)
        person = Graduand(
            n, f"{n:013}", f"学生{n}", Sex.FEMALE, born + timedelta(days=n % 9_000), "汉族", IdKind.RESIDENT, f"{n:018}", "群众",
            "开放", Level.JUNIOR, "P", "健康管理", "2.5", 5, 4042, centre, "班级", f"{n:011}", "", Stage.CERTIFIED,
            DegreeState.NONE, roster=1, place=n, number=f"{n:018}", photo=f"{n:064x}", profile=profile,
        )  # fmt: skip
        yield registration_form(person, born)
