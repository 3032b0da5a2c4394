"""The console itself, in processes: an empty installation, wrong calls, the first account, the clock, serving."""

import errno
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from graduand import cli
from graduand.management.console import file_sentence
from tests.machine.needs import missing
from tests.management.installation.console import command, environment, graduand, installed

pytestmark = pytest.mark.sqlite
NOON, LATER = "2023-07-12T12:00:00+08:00", "2023-07-14T09:00:00+08:00"
PASSWORD = {"GRADUAND_ADMIN_PASSWORD": "correct horse staple"}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """An installation that was made by `graduand init`."""
    return installed(tmp_path_factory.mktemp("home"))


def test_without_a_database_the_advice_is_init(tmp_path):
    answer = graduand(tmp_path, "audit", "202307")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.endswith("还没有建库，请先运行 graduand init。\n")


def test_an_unknown_command_and_a_wrong_argument(home):
    unknown = graduand(home, "dance")
    assert (unknown.code, unknown.err) == (
        2,
        "没有「dance」这个命令。运行 graduand help 查看全部命令。\n",
    )
    assert (graduand(home, "audit").code, graduand(home, "audit").err) == (2, "缺少参数：BATCH\n")


def test_the_first_account(tmp_path):
    bare = graduand(tmp_path, "init", "--json")
    assert (bare.code, bare.json) == (0, {"database": "ready", "admin": [], "accounts": 0})
    assert bare.err == "还没有总部账号，请运行 graduand init --admin 账号名\n"
    assert graduand(tmp_path, "init", "--admin", "boss").code == 2
    weak = graduand(tmp_path, "init", "--admin", "boss", GRADUAND_ADMIN_PASSWORD="123")
    assert (weak.code, weak.out) == (1, "")
    made = graduand(tmp_path, "init", "--admin", "boss", "--json", **PASSWORD)
    assert (made.code, made.json) == (0, {"database": "ready", "admin": ["boss"], "accounts": 1})
    assert made.err == "提示：作废、申诉重审等须双人办理，还需要第二个总部账号\n"
    again = graduand(tmp_path, "init", "--admin", "boss", "--json", **PASSWORD)
    assert (again.code, again.json) == (0, {"database": "ready", "admin": [], "accounts": 1})
    assert oct((tmp_path / "graduand.sqlite3").stat().st_mode & 0o777) == "0o600"


def test_the_first_two_accounts_are_made_together_and_a_third_one_in_the_pages(tmp_path):
    both = ("init", "--admin", "aa", "--admin", "bb", "--json")
    one = graduand(tmp_path, *both, **PASSWORD)
    told = "请用环境变量 GRADUAND_ADMIN_PASSWORD_2 给出「bb」的密码，或在终端里运行，由本人输入"
    assert (one.code, one.err.splitlines()[-1]) == (2, told)
    same = graduand(
        tmp_path, *both, **PASSWORD, GRADUAND_ADMIN_PASSWORD_2=PASSWORD["GRADUAND_ADMIN_PASSWORD"]
    )
    told = "两个账号的密码不能相同：两个账号是两个人，请各自设定自己的密码"
    assert (same.code, same.err.splitlines()[-1]) == (1, told)
    made = graduand(tmp_path, *both, **PASSWORD, GRADUAND_ADMIN_PASSWORD_2="battery horse correct")
    assert (made.code, made.json) == (
        0,
        {"database": "ready", "admin": ["aa", "bb"], "accounts": 2},
    )
    third = graduand(tmp_path, "init", "--admin", "aa", "--admin", "cc", "--json", **PASSWORD)
    told = "init 只建立最初两个总部账号，现有 2 个，这次要建 1 个；其余账号请登录网页，在「人员与岗位」中建立"
    assert (third.code, third.out, third.err.splitlines()[-1]) == (1, "", told)
    assert graduand(tmp_path, "init", "--json").json == {
        "database": "ready",
        "admin": [],
        "accounts": 2,
    }


def test_the_second_account_made_later_has_not_the_password_of_the_first(tmp_path):
    assert graduand(installed(tmp_path), "init", "--admin", "aa", **PASSWORD).code == 0
    same = graduand(tmp_path, "init", "--admin", "bb", **PASSWORD)
    assert (same.code, "两个账号的密码不能相同" in same.err) == (1, True)
    assert (
        graduand(
            tmp_path, "init", "--admin", "bb", GRADUAND_ADMIN_PASSWORD="battery horse correct"
        ).code
        == 0
    )


def business_time(home, **more):
    """What `doctor` says of the clock."""
    answer = graduand(home, "doctor", "--json", **more)
    return next(line["state"] for line in answer.json["lines"] if line["part"] == "时钟")


def test_the_clock_is_moved_only_in_a_demonstration(home):
    refused = graduand(home, "doctor", GRADUAND_NOW=NOON)
    assert (refused.code, refused.out) == (2, "")
    assert (
        refused.err
        == "设置有误：GRADUAND_NOW 只能与 GRADUAND_DEMO=1 一起使用：正式安装不允许改动时钟。\n"
    )
    without_zone = graduand(home, "doctor", GRADUAND_DEMO="1", GRADUAND_NOW="2023-07-12T12:00:00")
    assert (without_zone.code, without_zone.err.split("，")[0]) == (
        2,
        "设置有误：GRADUAND_NOW 必须带时区",
    )


def test_the_same_clock_runs_on_another_one_is_set_anew(tmp_path):
    demo = {"GRADUAND_DEMO": "1"}
    graduand(installed(tmp_path), "init", GRADUAND_NOW=NOON, **demo)
    first = business_time(tmp_path, GRADUAND_NOW=NOON, **demo)
    assert first.startswith("业务时间 2023-07-12 12:0")
    kept = stored_offset(tmp_path)
    time.sleep(1.1)
    assert business_time(tmp_path, **demo).startswith("业务时间 2023-07-12 12:0")  # not given: kept
    business_time(tmp_path, GRADUAND_NOW=NOON, **demo)
    assert stored_offset(tmp_path) == kept  # equal: the clock ran on
    assert (
        business_time(tmp_path, GRADUAND_NOW=LATER, **demo)
        == "业务时间 2023-07-14 09:00（演示时钟）"
    )
    assert stored_offset(tmp_path) != kept


def test_a_moved_clock_that_was_left_behind_moves_nothing_outside_a_demonstration(tmp_path):
    demo = {"GRADUAND_DEMO": "1"}
    graduand(installed(tmp_path), "init", GRADUAND_NOW=NOON, **demo)
    assert business_time(tmp_path, **demo).startswith(
        "业务时间 2023-07-12 12:0"
    )  # the control: there it is in force
    outside = graduand(tmp_path, "doctor", "--json")
    [line] = [line for line in outside.json["lines"] if line["part"] == "时钟"]
    year = datetime.now(ZoneInfo("Asia/Shanghai")).year
    assert (line["state"].startswith(f"业务时间 {year}-"), line["wrong"]) == (True, False)
    assert line["advice"] == "数据库里留有演示时钟，只在 GRADUAND_DEMO=1 时起作用"


def stored_offset(home):
    """The row that holds the clock, read by another client."""

    database = sqlite3.connect(home / "graduand.sqlite3")
    try:
        return database.execute(
            "SELECT value FROM graduand_deployment WHERE key='clock'"
        ).fetchone()[0]
    finally:
        database.close()


def test_the_check_up_names_what_is_wrong(home):
    answer = graduand(home, "doctor", "--json")
    wrong = [(line["part"], line["state"]) for line in answer.json["lines"] if line["wrong"]]
    assert (answer.code, wrong) == (1, [("账号", "总部账号 0 个")])
    (home / "keys" / "secret.key").chmod(0o644)
    loose = graduand(home, "doctor")
    assert (
        loose.code,
        "✗ 密钥：secret.key 对其他用户可读。请运行 chmod 600" in loose.out.splitlines(),
    ) == (1, True)
    (home / "keys" / "secret.key").chmod(0o600)


def test_serving_stops_with_everything_on_sigterm(home):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serving = subprocess.Popen(
        command("serve", "--port", str(port)),
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        assert answers(f"http://127.0.0.1:{port}/alive", serving)
        assert len(group_of(serving.pid)) >= 3  # the parent, granian, the worker
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(30) == 0
        time.sleep(0.2)
        assert group_of(serving.pid) == []
    finally:
        if serving.poll() is None:
            os.killpg(serving.pid, signal.SIGKILL)
        serving.stdout.close()
        serving.wait()


def answers(url, process, patience=60.0):
    """Whether `url` answers 200 before the patience ends or the process does."""
    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2) as reply:
                return reply.status == 200
        except OSError:
            time.sleep(0.2)
    return False


def group_of(leader):
    """The processes of a group that still run."""
    found = []
    if not Path("/proc").is_dir():
        missing("/proc, to see the processes of a group")
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[2] == str(leader) and fields[0] != "Z":
            found.append(int(folder.name))
    return found


def test_json_is_one_object_on_stdout_and_nothing_else(home):
    answer = graduand(home, "doctor", "--json")
    assert json.loads(answer.out) == answer.json
    assert answer.err == ""


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("no such table: graduand_unit", "还没有建库，请先运行 graduand init。"),
        ("database or disk is full", "磁盘已满，请清理磁盘空间后再运行一次。"),
        ("database disk image is malformed", "数据库文件已损坏，请停止程序，用备份恢复。"),
        ("file is not a database", "数据库文件已损坏或不是数据库，请停止程序，用备份恢复。"),
        (
            "connection to server failed: Connection refused",
            "连不上数据库服务器，请确认它在运行，DATABASE_URL 正确。",
        ),
        ("something else", "请运行 graduand doctor 检查。"),
    ],
)
def test_the_advice_fits_what_the_database_says(said, advice):
    assert cli._database_sentence(f"{said}\nDETAIL") == f"数据库无法使用（{said}）。{advice}"


CLOSED = """
import sys
from django.core.management import ManagementUtility
from graduand import cli
def closed(_utility):
    from django.db import connection
    raise connection.Database.OperationalError("server closed the connection unexpectedly")
ManagementUtility.execute = closed
sys.exit(cli.main())
"""


def test_what_the_driver_of_the_database_says_itself_is_a_sentence_too(home):
    """A cursor that is closed on a broken connection raises the driver's error as it is."""
    done = subprocess.run(
        [sys.executable, "-c", CLOSED, "doctor"],
        env=environment(home),
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (
        2,
        "数据库无法使用（server closed the connection unexpectedly）。"
        "连不上数据库服务器，请确认它在运行，DATABASE_URL 正确。\n",
    )


def test_a_corrupt_database_is_told_of_in_a_sentence(tmp_path):
    for path in installed(tmp_path).glob("*.sqlite3*"):
        path.write_bytes(b"no database" * 1000)
    answer = graduand(tmp_path, "list", "202307")
    assert (answer.code, "Traceback" in answer.err) == (2, False)
    assert answer.err.endswith("数据库文件已损坏或不是数据库，请停止程序，用备份恢复。\n")


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "磁盘已满，没有写完；请清理磁盘空间后再运行一次",
        ),
        (
            OSError(errno.EACCES, "Permission denied", "a.xlsx"),
            "文件 a.xlsx 无法读写：Permission denied",
        ),
        (OSError(errno.EIO, "Input/output error"), "读写文件时出错：Input/output error"),
    ],
)
def test_a_file_is_named_only_where_there_is_one(problem, sentence):
    assert file_sentence(problem) == sentence
