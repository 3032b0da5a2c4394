"""What stops the disk or the database: what it says, and a sentence about it for the operator and
for a visitor.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fault:
    """`operator` says what to do at the machine; `visitor` is for whoever only sees a page."""

    operator: str
    visitor: str


FULL = Fault(
    "磁盘已满，请清理磁盘空间后再运行一次。",
    "服务器磁盘已满，这次操作没有完成；请联系{help}清理磁盘后再试。",
)
NO_TABLES = Fault(
    "还没有建库或库是旧版本的，请先运行 graduand init。",
    "数据库还没有建好或没有升级，请联系{help}。",
)
OLD = Fault("库是旧版本的，请先运行 graduand init 升级。", NO_TABLES.visitor)
EMPTY = Fault("还没有建库，请先运行 graduand init。", NO_TABLES.visitor)
BROKEN = Fault(
    "数据库文件已损坏，请停止程序，用备份恢复。",
    "数据库文件有损坏，请立即联系{help}，不要继续办理。",
)
NO_DATABASE = Fault("数据库文件已损坏或不是数据库，请停止程序，用备份恢复。", BROKEN.visitor)
LOCKED = Fault(
    "别的程序正在写入，请稍后再运行一次。", "有较长的写入正在进行，这次操作没有完成；请稍后再试。"
)
READ_ONLY = Fault(
    "数据库不能写入，请检查文件和目录的权限。",
    "服务器的数据目录不能写入，这次操作没有完成；请联系{help}。",
)
NOT_OPENED = Fault(
    "数据库文件打不开，请检查目录和权限。",
    "数据库现在打不开，请稍后再试；如反复出现，请联系{help}。",
)
UNREADABLE = Fault(
    "磁盘读写出错，请检查磁盘后再运行一次。", "服务器磁盘读写出错，这次操作没有完成；请联系{help}。"
)
AWAY = Fault(
    "连不上数据库服务器，请确认它在运行，DATABASE_URL 正确。",
    "数据库暂时连不上，这次操作没有完成；请稍后再试。",
)

# What the embedded database needs before any transaction.
LEAST_BYTES = 256 << 10
# The engines' messages; the first one that fits counts.
_SAID = (
    ("no such table", EMPTY),
    ("no such column", OLD),
    ("does not exist", NO_TABLES),
    ("is full", FULL),
    ("No space left", FULL),
    ("malformed", BROKEN),
    ("not a database", NO_DATABASE),
    ("locked", LOCKED),
    ("readonly", READ_ONLY),
    ("read-only", READ_ONLY),
    ("unable to open", NOT_OPENED),
    ("disk I/O error", UNREADABLE),
    ("connect", AWAY),
    ("server closed", AWAY),
    ("terminating", AWAY),
    ("shutting down", AWAY),
    ("starting up", AWAY),
)
_NUMBERS = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: READ_ONLY,
    errno.EACCES: READ_ONLY,
    errno.EPERM: READ_ONLY,
    errno.EIO: UNREADABLE,
}


def met_full_disk(problem: OSError) -> bool:
    """Whether there is no room on the disk, or none that this account may take."""
    return _NUMBERS.get(problem.errno or 0) is FULL


def fault_of(problem: BaseException, home: Path) -> Fault | None:
    """The known fault behind a failure; None when nobody knows of it. Database errors are known by
    their text.
    """
    for cause in _causes(problem):
        if isinstance(cause, OSError) and cause.errno in _NUMBERS:
            return _NUMBERS[cause.errno]
    return fault_in_text(str(problem), home)


def fault_in_text(text: str, home: Path) -> Fault | None:
    """The known fault that an engine names. On a full disk the embedded one says no more than that
    it could not write.
    """
    fault = next((fault for words, fault in _SAID if words in text), None)
    if fault in (UNREADABLE, NOT_OPENED) and is_full(home):
        return FULL
    return fault


def is_full(folder: Path) -> bool:
    """Whether next to nothing can be written there any more."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < LEAST_BYTES


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    while problem is not None:
        yield problem
        problem = problem.__cause__
