"""What `graduand doctor` says of what was issued."""

from __future__ import annotations

from collections.abc import Iterator

from graduand.office.installation.checkup_line import CheckupLine
from graduand.queries.installation import issued_checks
from graduand.queries.installation.issued_checks import IntegrityCheck
from graduand.rulebook.words import name_some

SHOWN = 5


def lines() -> Iterator[CheckupLine]:
    """Contents, degree numbers, books."""
    yield from _contents("证书", issued_checks.graduations())
    yield from _contents("档案材料", issued_checks.check_archives())
    yield from _contents("学位证书", issued_checks.degrees())
    if misplaced := issued_checks.misplaced_degree_numbers():
        yield CheckupLine(
            "学位证书",
            f"{len(misplaced)} 个学位证书编号不合规定：{name_some(misplaced, SHOWN)}",
            "编号重复、层次不授学位或没有授予学位；请核对后重新导入「证书编号」表",
            wrong=True,
        )
    if waiting := issued_checks.degrees_without_numbers():
        advice = "请办理「学位证书编号」，或导入带学位证书编号的「证书编号」表"
        yield CheckupLine("学位证书", f"{waiting} 人已授予学位，尚未编号", advice)
    if holes := issued_checks.books_with_holes():
        yield CheckupLine(
            "编号簿",
            f"{name_some(holes, SHOWN)} 不连续",
            "编号簿应从 1 起连续；请停止编号，核对备份和导入的编号",
            wrong=True,
        )


def _contents(what: str, whole: IntegrityCheck) -> Iterator[CheckupLine]:
    if whole.valid and not (whole.missing or whole.changed):
        yield CheckupLine(what, f"{whole.valid} 份有效，内容与编号时保存的一致")
    if whole.missing:
        state = f"{len(whole.missing)} 份没有保存的内容：{name_some(whole.missing, SHOWN)}"
        yield CheckupLine(what, state, "请运行 graduand init 补录", wrong=True)
    if whole.changed:
        yield CheckupLine(
            what,
            f"{len(whole.changed)} 份的内容与编号时保存的不符：{name_some(whole.changed, SHOWN)}",
            "数据库里的内容被改动过，请从备份恢复；这些证书不能补打和上报",
            wrong=True,
        )
