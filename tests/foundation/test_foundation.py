"""The foundation holds: the engine in use is the one asked for, secrets are private, logs carry no numbers."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from graduand import environment, logs
from graduand.apps import FIRST_SOUND_SQLITE, check_sqlite


def test_sqlite_in_use_is_sound():
    assert sqlite3.sqlite_version_info >= FIRST_SOUND_SQLITE
    assert list(check_sqlite()) == []


def test_an_old_sqlite_is_warned_about(monkeypatch, engine):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    assert [warning.id for warning in check_sqlite()] == (
        ["graduand.W001"] if engine == "sqlite" else []
    )


@pytest.mark.django_db
def test_the_engine_is_the_one_asked_for(engine):
    assert connection.vendor == {"sqlite": "sqlite", "postgres": "postgresql"}[engine]


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_pragmas_are_in_force():
    with connection.cursor() as cursor:
        found = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in (
                "journal_mode",
                "synchronous",
                "temp_store",
                "foreign_keys",
                "busy_timeout",
            )
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "temp_store": 2,
        "foreign_keys": 1,
        "busy_timeout": 20_000,
    }


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("GRADUAND_HOME", str(tmp_path / "var"))
    return environment.home_folder()


def test_home_is_private(home):
    modes = {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in (home, *home.iterdir())}
    assert modes == dict.fromkeys(("var", "keys", "files", "static", "tmp"), "0o700")


def test_secret_is_made_once_and_private(home, monkeypatch):
    monkeypatch.delenv("GRADUAND_SECRET_KEY", raising=False)
    path = home / "keys" / "secret.key"
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(environment.secret(path))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [path.read_text()] * 8
    assert oct(stat.S_IMODE(path.stat().st_mode)) == "0o600"
    assert [file.name for file in path.parent.iterdir()] == ["secret.key"]


def test_a_damaged_secret_is_refused(home, monkeypatch):
    monkeypatch.delenv("GRADUAND_SECRET_KEY", raising=False)
    path = home / "keys" / "secret.key"
    path.write_text("")
    with pytest.raises(environment.BadEnvironment, match="不完整"):
        environment.secret(path)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://me:p%40ss@db:5433/season", ("season", "me", "p@ss", "db", "5433", {})),
        ("postgres://me@/season?host=/run/pg", ("season", "me", "", "/run/pg", "", {})),
        (
            "postgresql://me@db/season?sslmode=require",
            ("season", "me", "", "db", "", {"sslmode": "require"}),
        ),
    ],
)
def test_database_url(url, expected, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", url)
    found = environment.database(tmp_path)
    assert (
        tuple(found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS"))
        == expected
    )


@pytest.mark.parametrize(
    "url", ["mysql://a/b", "postgresql://me@db", "postgresql://me@db:x/season"]
)
def test_database_url_refused(url, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(environment.BadEnvironment, match="DATABASE_URL"):
        environment.database(tmp_path)


@pytest.mark.parametrize(
    ("demo", "text", "sentence"),
    [
        (False, "2023-07-12T09:00:00+08:00", "GRADUAND_DEMO"),
        (True, "2023-07-12T09:00:00", "时区"),
        (True, "七月", "不是日期"),
    ],
)
def test_the_clock_is_moved_in_a_demonstration_only(demo, text, sentence, monkeypatch):
    monkeypatch.setenv("GRADUAND_NOW", text)
    with pytest.raises(environment.BadEnvironment, match=sentence):
        environment.office_clock(demo=demo)


def test_the_clock_of_a_demonstration(monkeypatch):
    monkeypatch.setenv("GRADUAND_NOW", "2023-07-12T09:00:00+08:00")
    assert environment.office_clock(demo=True).isoformat() == "2023-07-12T09:00:00+08:00"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("身份证 11010519491231002X 查无此人", "身份证 110105********002X 查无此人"),
        ("number=110105194912310021;", "number=110105********0021;"),
        ("旧证 110105491231002 待换", "旧证 110105******002 待换"),
        (
            "证件 110105 19491231 002X、110105-1949-1231-002x",
            "证件 110105********002X、110105********002x",
        ),
        ("手机13800138000", "手机138****8000"),
        ("学号 2021101234567", "学号 2021101234567"),
        ("digest 0123456789012345678901234567", "digest 0123456789012345678901234567"),
    ],
)
def test_logs_carry_no_numbers(text, masked):
    assert logs.scrub(text) == masked


LOGGED = """
import logging, sys
import django
django.setup()
logging.getLogger(sys.argv[1]).error("Invalid HTTP_HOST", exc_info=ValueError("evil.example"))
"""


@pytest.mark.parametrize(
    ("logger", "lines"), [("django.security.DisallowedHost", 1), ("django.request", 2)]
)
def test_what_strangers_can_cause_at_will_is_one_line_of_the_log(logger, lines):
    done = subprocess.run(
        [sys.executable, "-c", LOGGED, logger],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "graduand.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stderr.splitlines()) == lines, done.stderr


def run_cli(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "graduand.cli", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_cli_called_wrongly_exits_2():
    done = run_cli("nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "没有「nonsense」这个命令。运行 graduand help 查看全部命令。\n"


def test_cli_bad_settings_are_a_sentence_and_exit_2():
    done = run_cli("check", DATABASE_URL="mysql://a/b")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "设置有误：DATABASE_URL 只支持 postgresql:// 或 sqlite:///。\n"


def test_cli_knows_commands_of_the_installed_apps():
    done = run_cli("collectstatic", "--help")
    assert (done.returncode, done.stderr) == (0, "")


def test_cli_help_exits_0():
    done = run_cli("help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("用法：graduand 命令 [参数]\n")


def test_cookies_go_over_tls_outside_the_demonstration():
    assert (settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE) == (True, True)


def test_the_seconds_of_the_background_work_are_read_whole_or_not_at_all(monkeypatch):
    monkeypatch.delenv("GRADUAND_JOB_RETRY_SECONDS", raising=False)
    assert environment.several_seconds("GRADUAND_JOB_RETRY_SECONDS", (5, 30)) == (5, 30)
    monkeypatch.setenv("GRADUAND_JOB_RETRY_SECONDS", "1, 10,60")
    assert environment.several_seconds("GRADUAND_JOB_RETRY_SECONDS", (5, 30)) == (1, 10, 60)
    monkeypatch.setenv("GRADUAND_JOB_LEASE_SECONDS", "90")
    assert environment.seconds("GRADUAND_JOB_LEASE_SECONDS", 60) == 90


@pytest.mark.parametrize("text", ["0", "3601", "5s", "-5", "5;30", "1,2,3,4,5,6,7,8,9,10"])
def test_seconds_that_are_no_seconds_are_refused(text, monkeypatch):
    monkeypatch.setenv("GRADUAND_JOB_RETRY_SECONDS", text)
    with pytest.raises(environment.BadEnvironment, match="GRADUAND_JOB_RETRY_SECONDS"):
        environment.several_seconds("GRADUAND_JOB_RETRY_SECONDS", (5, 30))


def test_spellings_of_carriers_are_added_and_what_is_unclear_is_refused(monkeypatch):
    usual = {"顺丰": ("顺丰速运",), "中通": ("中通快递",)}
    monkeypatch.setenv("GRADUAND_X", "顺丰=SF/顺丰快递, 云岭速递 = 云岭快递")
    assert environment.spellings("GRADUAND_X", usual) == {
        "顺丰": ("SF", "顺丰快递"),
        "中通": ("中通快递",),
        "云岭速递": ("云岭快递",),
    }
    for unclear in ("顺丰", "=顺丰速运", "顺丰=/"):
        monkeypatch.setenv("GRADUAND_X", unclear)
        with pytest.raises(environment.BadEnvironment, match="无法识别"):
            environment.spellings("GRADUAND_X", usual)
