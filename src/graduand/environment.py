"""What the program takes from its environment: variables, its home folder, its secret."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

YES = {"1", "true", "yes", "on", "是"}
NO = {"", "0", "false", "no", "off", "否"}
_LIKE = "例：2023-07-12T09:00:00+08:00。"

LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
# A random key of 50 characters has about 30 different ones.
LEAST_VARIETY = 16

LONGEST_SECONDS = 3_600
# The exit code of our processes when they are interrupted (Ctrl-C) before they handle the signal.
INTERRUPTED = 130

# SQLite 3.7.0 to 3.51.2: resetting a WAL file beside a reader can lose committed pages.
FIRST_SOUND_SQLITE = (3, 51, 3)

# The first statements on every connection to the embedded database, each with its reason.
PRAGMAS = (
    "PRAGMA journal_mode=WAL",  # readers never wait for the writer
    "PRAGMA synchronous=FULL",  # a commit survives power loss; NORMAL may lose the last ones
    "PRAGMA temp_store=MEMORY",  # no persons' data in temporary files
    "PRAGMA cache_size=-65536",  # 64 MiB: the audit's covering index stays in memory
)


class BadEnvironment(Exception):
    """An environment variable that cannot be honoured; str() is a Chinese sentence for the
    operator.
    """


def flag(name: str) -> bool:
    """The yes/no variable `name`; not set is no. Anything unclear is refused rather than guessed."""
    text = os.environ.get(name, "").strip().lower()
    if text in YES:
        return True
    if text in NO:
        return False
    raise BadEnvironment(f"环境变量 {name} 的值「{text}」看不懂，请写 1 或 0。")


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    """The variable `name`, one of `allowed`; anything else is refused."""
    text = os.environ.get(name, "").strip().lower() or default
    if text not in allowed:
        raise BadEnvironment(f"环境变量 {name} 的值「{text}」看不懂，可用：{'、'.join(allowed)}。")
    return text


def unsafe(
    *,
    demo: bool,
    debug: bool,
    behind_proxy: bool,
    hosts: list[str],
    secret: str,
    second_factor: str,
) -> list[str]:
    """Why these settings must not meet real data, a Chinese sentence each; a demonstration may have
    them all.
    """
    found: list[str] = []
    if demo:
        return found
    if debug and (behind_proxy or any(host not in LOOPBACK for host in hosts)):
        found.append(
            "GRADUAND_DEBUG=1 会把出错细节给访问者看，只能在本机开发时用；请去掉它，或去掉 GRADUAND_HOSTS"
        )
    if any(host.strip() in ("*", ".") for host in hosts):
        found.append("GRADUAND_HOSTS 不能是 *，请写出允许访问的主机名，例：biye.example.edu")
    if len(set(secret)) < LEAST_VARIETY or "insecure" in secret:
        found.append(
            "GRADUAND_SECRET_KEY 太弱（重复字符或示例值），请去掉它改用自动生成的密钥，或换成 50 个以上随机字符"
        )
    if second_factor == "optional" and not debug:
        found.append("正式安装必须启用二次验证，请去掉 GRADUAND_SECOND_FACTOR=optional")
    return found


def words(name: str, default: str = "") -> list[str]:
    """The comma-separated variable `name` as a list without empty items."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def days(name: str, usual: dict[str, int]) -> dict[str, int]:
    """The variable `name` as `key=days,key=days` over the `usual` ones; a key that there is not is
    refused.
    """
    found = dict(usual)
    for word in words(name):
        key, _, number = word.partition("=")
        if key not in usual or not (number.isascii() and number.isdigit() and len(number) < 4):
            known = ",".join(f"{key}={n}" for key, n in usual.items())
            raise BadEnvironment(f"{name} 中的「{word}」无法识别，应写成 {known} 的样子。")
        found[key] = int(number)
    return found


def spellings(name: str, usual: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The variable `name` as `word=other/other,word=other` over the `usual` ones; a word of these with
    other spellings takes their place, one without any is refused.
    """
    found = dict(usual)
    for entry in words(name):
        word, _, others = (part.strip() for part in entry.partition("="))
        given = tuple(other.strip() for other in others.split("/") if other.strip())
        if not word or not given:
            like = "顺丰=顺丰速运/顺丰快递"
            raise BadEnvironment(f"{name} 中的「{entry}」无法识别，应写成 {like} 的样子。")
        found[word] = given
    return found


def seconds(name: str, usual: int) -> int:
    """The variable `name`, a whole number of seconds from 1 to an hour; `usual` when it is not set."""
    (found,) = several_seconds(name, (usual,), most=1)
    return found


def several_seconds(name: str, usual: tuple[int, ...], most: int = 9) -> tuple[int, ...]:
    """The variable `name`: at least one and at most `most` numbers of seconds, each from 1 to an
    hour.
    """
    given = words(name)
    if not given:
        return usual
    right = [
        int(word)
        for word in given
        if word.isascii() and word.isdigit() and 1 <= int(word) <= LONGEST_SECONDS
    ]
    if len(right) != len(given) or len(given) > most:
        like = ",".join(map(str, usual))
        problem = f"{name} 的值「{','.join(given)}」无法识别"
        raise BadEnvironment(f"{problem}，应是 1 到 {LONGEST_SECONDS} 之间的整数秒，像 {like}。")
    return tuple(right)


def home_folder() -> Path:
    """GRADUAND_HOME (default ./var), made with its sub-folders on first use, readable by its owner
    only.
    """
    home = Path(os.environ.get("GRADUAND_HOME") or "var").absolute()
    try:
        for folder in (home, home / "keys", home / "files", home / "static", home / "tmp"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise BadEnvironment(
            f"GRADUAND_HOME 目录 {home} 无法使用：{problem.strerror}。"
        ) from problem
    return home


def keep_temporary_files(home: Path) -> None:
    """Whatever this process writes for a moment lies in the home: it may hold persons' data, and a
    killed one is swept.
    """
    tempfile.tempdir = str(home / "tmp")


def stored_key(path: Path, fresh: bytes) -> bytes:
    """The bytes of the key file `path`; where there is none it becomes `fresh`, with mode 0600.

    Two processes that start at the same moment agree: the file is linked into place whole, and the
    one that comes second reads what the first one wrote.
    """
    try:
        if not path.exists():
            draft = path.with_suffix(f".{secrets.token_hex(4)}")
            with os.fdopen(
                os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as out:
                out.write(fresh)
                out.flush()
                os.fsync(out.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
        return path.read_bytes()
    except OSError as problem:
        raise BadEnvironment(f"密钥文件 {path} 无法读写：{problem.strerror}。") from problem


def secret(path: Path, name: str = "GRADUAND_SECRET_KEY") -> str:
    """The variable `name`, or the text of the key file `path`, made on first use."""
    given = os.environ.get(name, "").strip()
    text = (
        given
        or stored_key(path, secrets.token_urlsafe(64).encode()).decode("ascii", "replace").strip()
    )
    if len(text) < 32:
        raise BadEnvironment(f"密钥 {name if given else path} 不完整，请从备份恢复。")
    return text


def office_clock(*, demo: bool) -> datetime | None:
    """GRADUAND_NOW with its zone, or None; only a demonstration may move the clock."""
    text = os.environ.get("GRADUAND_NOW", "").strip()
    if not text:
        return None
    if not demo:
        raise BadEnvironment(
            "GRADUAND_NOW 只能与 GRADUAND_DEMO=1 一起使用：正式安装不允许改动时钟。"
        )
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise BadEnvironment(f"GRADUAND_NOW 的值「{text}」不是日期时间，{_LIKE}") from problem
    if moment.tzinfo is None:
        raise BadEnvironment(f"GRADUAND_NOW 必须带时区，{_LIKE}")
    return moment


def _port(parts: SplitResult, options: dict[str, str]) -> str:
    """As the address names it, or else taken out of its options."""
    try:
        return str(parts.port or options.pop("port", ""))
    except ValueError as problem:
        raise BadEnvironment("DATABASE_URL 的端口不是数字。") from problem


def database(home: Path) -> dict[str, Any]:
    """DATABASE_URL as Django's settings of a database: postgresql://… or, when not set, the
    embedded one.
    """
    url = os.environ.get("DATABASE_URL", "").strip()
    if not url:
        return embedded_database(home / "graduand.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return embedded_database(Path(unquote(parts.path)))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise BadEnvironment("DATABASE_URL 只支持 postgresql:// 或 sqlite:///。")
    options = dict(parse_qsl(parts.query))
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise BadEnvironment("DATABASE_URL 缺少数据库名，例：postgresql://user@host/graduand。")
    port = _port(parts, options)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or options.pop("user", "")),
        "PASSWORD": unquote(parts.password or options.pop("password", "")),
        "HOST": unquote(parts.hostname or options.pop("host", "")),
        "PORT": port,
        "OPTIONS": options,
        # Opening a connection costs more than most of our queries: 3 to 13 times on PostgreSQL.
        "CONN_MAX_AGE": None,
        # A connection kept for ever may be one the server has dropped meanwhile.
        "CONN_HEALTH_CHECKS": True,
    }


def embedded_database(path: Path) -> dict[str, Any]:
    """The settings of the SQLite file `path`, each with its reason."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        # WAL pragmas and the page cache are set when a connection opens: keep it open.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # A writer waits for its turn up to 20 s; chunks are under half a second, so none
            # should.
            "timeout": 20,
            # Take the write lock at BEGIN. A transaction that reads first and then wants to write
            # is told "database is locked" at once when another has written meanwhile; waiting can't
            # help it.
            "transaction_mode": "IMMEDIATE",
            "init_command": ";".join(PRAGMAS),
        },
    }
