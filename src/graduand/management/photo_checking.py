"""`graduand photos check PATH...`: judge picture files that are not imported."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graduand.gateways.photos.faces import FacesMissing
from graduand.gateways.photos.photo_workers import WorkersDied
from graduand.management.console import OfficeCommand, UsageProblem, numbers_in, the_file
from graduand.office.photos.checking import CheckedPicture, CheckRequest, check_photos
from graduand.office.refusal import Refused
from graduand.office.season import policy_files
from graduand.rulebook.photos.findings import PhotoVerdict
from graduand.rulebook.photos.spec import PhotoSpec
from graduand.rulebook.season.policy import BatchPolicy, PolicyRefused
from graduand.rulebook.words import led_by

ACCEPTED = (PhotoVerdict.PASS, PhotoVerdict.WARN, PhotoVerdict.IGNORED)
MOST_WORKERS = 64


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments that only `check` has."""
    group = parser.add_argument_group("check", "检查照片，不用数据库，什么也不保存")
    group.add_argument(
        "--admission", metavar="DIR", help="录取照片所在文件夹（以学号命名），核对是否同一人"
    )
    group.add_argument(
        "--chsi", metavar="DIR", help="学信网学历照片所在文件夹（以学号命名），核对是否同一张"
    )
    group.add_argument(
        "--duplicates", action="store_true", help="还要比对人脸，找出交给不同学号的同一张照片"
    )
    group.add_argument(
        "--roster", metavar="FILE", help="学号名单（一行一个），不在其中的报告为没有这个学号"
    )
    group.add_argument(
        "--policy", metavar="FILE.toml", help="用这份批次政策里的照片限值；不写则用缺省值"
    )
    group.add_argument(
        "--workers", type=int, default=min(os.cpu_count() or 1, 8), metavar="N", help="检测进程数"
    )


def check(command: OfficeCommand, options: dict[str, Any]) -> bool:
    """Print a line for every picture; True when all are acceptable."""
    paths = [_existing(text) for text in options["file"]]
    if not 1 <= options["workers"] <= MOST_WORKERS:
        raise UsageProblem(f"--workers 应在 1 到 {MOST_WORKERS} 之间")
    how = CheckRequest(
        spec=_spec(options["policy"]),
        admission=_folder(options["admission"]),
        chsi=_folder(options["chsi"]),
        duplicates=options["duplicates"],
        roster=_roster(options["roster"]),
        flatten=options["flatten"],
        workers=options["workers"],
    )
    try:
        with command.watching("检查照片") as watch:
            rows = check_photos(paths, how, watch)
    except (FacesMissing, WorkersDied) as problem:
        raise Refused(str(problem)) from problem
    for row in rows:
        command.result(row.as_dict(), _line(row))
    command.say(_summary(rows))
    return bool(rows) and all(row.verdict in ACCEPTED for row in rows)


def _summary(rows: Sequence[CheckedPicture]) -> str:
    """How many pictures there were, by verdict."""
    if not rows:
        return "没有找到照片"
    counts = Counter(row.verdict for row in rows)
    shown = "，".join(
        f"{verdict.label} {counts[verdict]}" for verdict in PhotoVerdict if counts[verdict]
    )
    return f"共检查 {len(rows)} 项：{shown}"


def _line(row: CheckedPicture) -> str:
    verdict = row.verdict.label
    if row.repairable:
        verdict = f"{verdict}（可修复）"
    reasons = "；".join(finding.text for finding in row.findings)
    return f"{row.file}：{verdict}{led_by('：', reasons)}"


def _roster(text: str | None) -> frozenset[str] | None:
    """The 学号 that file names may have; None for any. Raises UsageProblem."""
    if text is None:
        return None
    return frozenset(numbers_in(the_file(text)))


def _spec(text: str | None) -> PhotoSpec:
    """The limits of a policy file; the standard's limits when none is named."""
    if text is None:
        return PhotoSpec()
    path = the_file(text)
    try:
        data = policy_files.parsed(path.read_bytes())
        return BatchPolicy.from_dict(data).photo
    except PolicyRefused as refused:
        raise UsageProblem(f"{path.name}：{refused}") from refused


def _existing(text: str) -> Path:
    path = Path(text)
    if not path.exists():
        raise UsageProblem(f"找不到文件或文件夹 {text}")
    return path


def _folder(text: str | None) -> Path | None:
    if text is None:
        return None
    path = Path(text)
    if not path.is_dir():
        raise UsageProblem(f"找不到文件夹 {text}")
    return path
