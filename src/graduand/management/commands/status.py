"""`graduand status STUDENT_NO`: the whole story of one student."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from graduand.management.console import OfficeCommand, UsageProblem
from graduand.office.refusal import Refused
from graduand.queries.records.story import Chapter, FileStory, Story, as_plain, story
from graduand.rulebook.calendar import by_day
from graduand.rulebook.canon import BadText, canon_number
from graduand.rulebook.terms import DegreeState


class Command(OfficeCommand):
    """Prints what has happened, in order; then the next step and the desk that holds the file."""

    help = "一个学生的全部经过、下一步和由谁办理"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("student_no", metavar="STUDENT_NO", help="学号")

    def work(self, options: dict[str, Any]) -> bool:
        try:
            number = canon_number(options["student_no"])
        except BadText as problem:
            raise UsageProblem(problem.message) from problem
        about = story(number)
        if about is None:
            raise Refused(f"没有学号 {number}")
        if self.json:
            self.stdout.write(json.dumps(as_plain(about), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_lines(about)))
        return True


def _lines(about: Story) -> Iterator[str]:
    yield f"{about.student_no} {about.name}　{about.level} {about.major}　{about.entry} 入学　{about.standing}　{about.centre}"
    yield from (_chapter(chapter) for chapter in about.chapters)
    for file in about.files:
        yield from _file(file)


def _file(file: FileStory) -> Iterator[str]:
    yield ""
    stand = f"批次 {file.batch}：{file.stage}"
    if file.reported_no:
        stand += f"（{file.round} 第 {file.reported_no} 号）"
    if file.degree != DegreeState.NONE.label:
        stand += f"　{file.degree}"
    yield f"{stand}　{file.certificate}".rstrip()
    yield from (_chapter(chapter) for chapter in file.chapters)
    if file.next:
        yield f"  下一步：{file.next}，由{file.holder}（{file.next_desk}）办理；承诺 {by_day(file.promise_due)}领到证书"
    for hurdle in file.hurdles:
        mark = "✗" if hurdle.blocks else "!"
        yield f"  {mark} {hurdle.sentence}（{hurdle.source}；{hurdle.desk}：{hurdle.todo}）"


def _chapter(chapter: Chapter) -> str:
    parts = (f"  {_when(chapter)}", chapter.what, chapter.who, chapter.note)
    return "  ".join(filter(None, parts))


def _when(chapter: Chapter) -> str:
    """The time to the minute, or a day padded to the same width."""
    if chapter.at is None:
        return f"{chapter.day}      "
    return timezone.localtime(chapter.at).strftime("%Y-%m-%d %H:%M")
