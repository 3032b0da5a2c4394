"""`graduand photos import FILE.zip`: import pictures by 学号; `photos check PATH...`: only judge
them.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from graduand.gateways.photos.faces import FacesMissing
from graduand.gateways.photos.photo_workers import WorkersDied
from graduand.management import photo_checking
from graduand.management.console import (
    OfficeCommand,
    UsageProblem,
    account_of,
    import_word,
    retention_note,
    somebody,
    the_actor,
    the_file,
    the_person,
    the_target,
)
from graduand.models import User
from graduand.office.people import own_accounts
from graduand.office.photos import retention
from graduand.office.photos.importing import PhotoTally, import_photos
from graduand.office.refusal import Refused
from graduand.rulebook.people import rights
from graduand.rulebook.terms import Level, PhotoKind, PhotoNaming
from graduand.rulebook.words import Word


class Command(OfficeCommand):
    """Good pictures are stored, refused ones are returned in a zip with their reasons."""

    help = "照片：import 导入以学号命名的照片压缩包，check 按标准检查照片，forget 删除过期的压缩包和人脸特征"
    judges = True

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "action", choices=("import", "check", "forget"), help="import、check 或 forget"
        )
        parser.add_argument(
            "file",
            nargs="*",
            metavar="PATH",
            help="照片压缩包，不含文件夹；check 还可以是文件夹和照片",
        )
        parser.add_argument("--kind", help=f"import 必填：{PhotoKind.labels()}")
        parser.add_argument("--overwrite", action="store_true", help="覆盖已经存在的照片")
        parser.add_argument(
            "--naming",
            default=PhotoNaming.STUDENT_NO.label,
            help=f"命名方式：{PhotoNaming.labels()}",
        )
        parser.add_argument("--level", help=f"专业层次：{Level.labels()}")
        parser.add_argument("--flatten", action="store_true", help="允许照片放在文件夹里")
        parser.add_argument("--trial", action="store_true", help="试导：检查并报告，什么也不写入")
        parser.add_argument("--errors", metavar="OUT.zip", help="不能导入的照片和原因写到这个文件")
        parser.add_argument("--as", dest="actor", metavar="USER", help="以这个账号导入或删除")
        parser.add_argument(
            "--all", action="store_true", help="forget：删除全部人脸特征，不只是过期的"
        )
        photo_checking.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run without a database for `check`, which needs no tables."""
        self.needs_tables = options["action"] != "check"
        super().handle(*args, **options)

    def work(self, options: dict[str, Any]) -> bool:
        if options["action"] == "forget":
            return self._forget(options["actor"], everything=options["all"])
        if not options["file"]:
            raise UsageProblem("缺少参数：PATH")
        if options["action"] == "check":
            return photo_checking.check(self, options)
        return self._import(options)

    def _forget(self, name: str | None, *, everything: bool) -> bool:
        words = ["photos forget"]
        if everything:
            words.append("--all")
            actor = somebody(name, "删除全部人脸特征")
        else:
            actor = the_actor(name)
        files, gone = retention.forget(actor, everything=everything)
        self.note(account_of(actor), *words)
        done = f"已删除 {files} 个超过 {retention.retention_days()} 天的上传文件，{gone} 份人脸特征；导入结果都保留"
        self.result({"files": files, "forgotten": gone}, done)
        return True

    def _import(self, options: dict[str, Any]) -> bool:
        if len(options["file"]) > 1:
            raise UsageProblem(f"不认识的参数：{' '.join(options['file'][1:])}")
        if options["kind"] is None:
            raise UsageProblem("缺少参数：--kind")
        path = the_file(options["file"][0])
        kind = _word(PhotoKind, options["kind"], "照片种类")
        level = None
        if options["level"]:
            level = _word(Level, options["level"], "专业层次")
        errors = the_target(options["errors"], f"{path.stem}-错误.zip")
        by = self._by(options["actor"], kind)
        if not options["trial"]:
            self.note(by.pk, "photos import", kind.value)
        with self.watching(f"导入{kind.label}") as watch, _said():
            tally = import_photos(
                path,
                kind,
                by=by,
                overwrite=options["overwrite"],
                naming=_word(PhotoNaming, options["naming"], "命名方式"),
                level=level,
                flatten=options["flatten"],
                errors=errors,
                trial=options["trial"],
                progress=watch,
            )
        self._report(tally)
        return tally.ok

    def _by(self, name: str | None, kind: PhotoKind) -> User:
        """The account that is named; else the program's own account at the desk that may import
        such photos.
        """
        return the_person(name) or own_accounts.program(rights.desk_of_import(kind))

    def _report(self, tally: PhotoTally) -> None:
        for sentence in (*tally.problems, *(f"提醒：{text}" for text in tally.warnings)):
            self.say(sentence)
        word = import_word(trial=tally.trial)
        line = f"{word}{tally.kind.label} {tally.rows} 张：{tally.counts}"
        if tally.file:
            line += f"；不能导入的照片见 {tally.file}{retention_note(tally.file)}"
        self.result(tally.as_dict(), line)


@contextmanager
def _said() -> Iterator[None]:
    """Turn the errors that stop the whole import into refusals."""
    try:
        yield
    except (FacesMissing, WorkersDied) as problem:
        raise Refused(str(problem)) from problem


def _word(words: type[Word], text: str, what: str) -> Any:
    found = words.of(text)
    if found is None:
        raise UsageProblem(f"{what}没有「{text}」，可用：{words.labels()}")
    return found
