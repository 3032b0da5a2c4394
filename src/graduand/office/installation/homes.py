"""A home belongs to one database: photos, originals and plans are in the home, the rows about them
in the database.

Both store the same key, the home among the files that are backed up with the database. Clearing,
sweeping or writing with another database would delete files that it does not know.
"""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from django.conf import settings
from django.db import connection

from graduand.environment import stored_key
from graduand.models import Deployment
from graduand.office.refusal import RefusalKind, Refused

KEY = "home"
FILE = "database.id"
FOLDERS = ("photos", "originals", "statements", "uploads", "sheets", "notices")


def check() -> None:
    """Raises Refused when the home and the database are known to belong to others. One without a
    key is not bound yet.
    """
    kept = _of_home()
    known = _of_database()
    if kept == known or (kept is None and not _holds_files()):
        return
    place = _place()
    if known is None:
        raise _strange(f"如果这个数据库确是它的（例如刚恢复了更早的备份），请删除 {place} 再运行")
    raise _strange(f"如果这个数据库确是它的（例如刚从备份恢复），请把 {known} 写入 {place} 再运行")


def check_fresh() -> None:
    """Called before an empty database is filled: the home is empty, or bound to it. Raises Refused."""
    check()
    if _of_home() is None and (_holds_files() or _another_embedded()):
        raise _strange("请另设 GRADUAND_HOME，或先把里面的文件移走")


def bind() -> None:
    """From now on the home and the database belong together. Raises Refused, BadEnvironment."""
    check()
    word, _ = Deployment.objects.get_or_create(key=KEY, defaults={"value": secrets.token_hex(16)})
    stored_key(_place(), word.value.encode())


def give_up(*, invented: bool) -> None:
    """Called before a database is emptied: makes the home as new, without the files of a season
    that was `invented`.

    The key is deleted last, so that after a kill in between the rest is still known to belong to
    it. Raises Refused.
    """
    check()
    if not (invented and _is_own()):
        check_fresh()
    if invented:
        for folder in _folders():
            shutil.rmtree(folder, ignore_errors=True)
    _place().unlink(missing_ok=True)


def _strange(todo: str) -> Refused:
    sentence = f"目录 {settings.GRADUAND_HOME} 里有另一个数据库的文件，没有改动任何内容；请改正 GRADUAND_HOME 或 DATABASE_URL"
    return Refused(f"{sentence}。{todo}", RefusalKind.INSTALLATION)


def _place() -> Path:
    return Path(settings.MEDIA_ROOT) / FILE


def _of_home() -> str | None:
    try:
        return _place().read_text("ascii").strip()
    except FileNotFoundError:
        return None


def _of_database() -> str | None:
    if Deployment._meta.db_table not in connection.introspection.table_names():
        return None
    return Deployment.objects.filter(key=KEY).values_list("value", flat=True).first()


def _holds_files() -> bool:
    """Whether there are any files here that a database refers to."""
    return any(path.is_file() for folder in _folders() for path in folder.rglob("*"))


def _folders() -> list[Path]:
    return [
        *(Path(settings.MEDIA_ROOT) / name for name in FOLDERS),
        Path(settings.GRADUAND_HOME) / "plans",
    ]


def _embedded() -> Path:
    return Path(settings.GRADUAND_HOME) / "graduand.sqlite3"


def _is_own() -> bool:
    """Whether the database is the embedded one of this home."""
    return (
        connection.vendor == "sqlite" and Path(str(connection.settings_dict["NAME"])) == _embedded()
    )


def _another_embedded() -> bool:
    return not _is_own() and _embedded().exists()
