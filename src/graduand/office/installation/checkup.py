"""Looking an installation over: one line a part, ok or what is wrong and what to do about it."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from graduand.environment import FIRST_SOUND_SQLITE, BadEnvironment
from graduand.faults import FULL, fault_of
from graduand.gateways.photos import faces
from graduand.models import Student, key_ring
from graduand.office.installation import deployment, homes, issued_checkup
from graduand.office.installation.checkup_line import CheckupLine
from graduand.office.people import own_accounts
from graduand.office.records import file_centres
from graduand.office.refusal import Refused
from graduand.office.season import listing
from graduand.papers.printed import fonts
from graduand.queries import clock
from graduand.queries.queue import jobs, open_plans, standstill
from graduand.queries.season.batches import known
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState

# How far business time and the database's clock may differ before the check-up complains.
MOST_DRIFT = 60.0
UNUSED_DAYS = 90
FAILED_WORK = (
    "请查看日志；改正原因以后，由提交人或总部管理员在「我的任务」里继续；不再需要的，在那里停止"
)


def _photos() -> Iterator[CheckupLine]:
    """Whether faces can be found here; without, a policy has to leave them to another office."""
    try:
        faces.model(faces.DETECTOR)
    except faces.FacesMissing as problem:
        yield CheckupLine(
            "照片检测", "不可用", f'{problem}；或在批次政策中设 photo.examine = "file"'
        )
        return
    yield CheckupLine("照片检测", faces.runtime(faces.DETECTOR))


def check() -> list[CheckupLine]:
    """Every part; a part that can't be looked at is itself a problem, and the later ones are left
    out.
    """
    found = [
        *_safely("目录", _storage),
        *_safely("密钥", _keys),
        *_safely("字体", _fonts),
        *_safely("照片检测", _photos),
    ]
    reached = list(_safely("数据库", _database))
    found += reached
    if any(line.wrong for line in reached):
        return found
    migrated = list(_safely("表结构", _migrations))
    found += migrated
    if any(line.wrong for line in migrated):
        return found
    for part, look in (
        ("时钟", _clock),
        ("账号", _people),
        ("任务", _queue),
        ("数据", _content),
        ("证书", issued_checkup.lines),
    ):
        found += _safely(part, look)
    return found


def _safely(part: str, look: Callable[[], Iterator[CheckupLine]]) -> list[CheckupLine]:
    try:
        return list(look())
    except (OSError, DatabaseError, ValueError, BadEnvironment) as problem:
        cause = (str(problem).strip() or repr(problem)).splitlines()[0]
        todo = "请按上面的原因处理后再检查"
        if fault_of(problem, settings.GRADUAND_HOME) is FULL:
            todo = "磁盘已满，请清理磁盘空间后再检查"
        return [CheckupLine(part, f"检查时出错：{cause}", todo, wrong=True)]


def _storage() -> Iterator[CheckupLine]:
    home = Path(settings.GRADUAND_HOME)
    for folder in (home, Path(settings.MEDIA_ROOT)):
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"x")
    disk = os.statvfs(home)
    free = disk.f_bavail * disk.f_frsize
    low = free < 1 << 30
    advice = ""
    if low:
        advice = "剩余空间不足 1 GB，请清理或扩容"
    yield CheckupLine("目录", f"{home}，可写，剩余 {free / (1 << 30):.1f} GB", advice, wrong=low)
    loose = stat.S_IMODE(home.stat().st_mode) & 0o077
    if loose:
        yield CheckupLine("目录", f"{home} 对其他用户开放", f"请运行 chmod 700 {home}", wrong=True)


def _keys() -> Iterator[CheckupLine]:
    ring = key_ring()
    good = ring.open(ring.seal("graduand")) == "graduand"
    yield CheckupLine(
        "密钥",
        f"加密密钥 {len(ring.keys)} 把，可用",
        "请与数据库分开备份，丢失后证件号无法恢复",
        wrong=not good,
    )
    loose = [
        path.name
        for path in sorted(Path(settings.GRADUAND_KEYS).glob("*.key"))
        if path.stat().st_mode & 0o077
    ]
    if loose:
        yield CheckupLine(
            "密钥", f"{'、'.join(loose)} 对其他用户可读", "请运行 chmod 600", wrong=True
        )


def _fonts() -> Iterator[CheckupLine]:
    """Without a font papers can't be printed; rarer names need more of them."""
    own = Path(settings.GRADUAND_HOME) / "fonts"
    try:
        known = fonts.fonts(own)
    except fonts.FontsMissing as problem:
        yield CheckupLine("字体", "没有可用的中文字体", str(problem), wrong=True)
        return
    advice = ""
    if len(known.folders) <= len(fonts.PACKAGES):
        advice = f"缺少生僻字时，安装 fonts-hanazono，或把字体放进 {own}"
    yield CheckupLine("字体", f"可打印 {len(known.covered):,} 个字", advice)


# What each engine is called, and how it is asked for its version.
_ENGINES = {
    "sqlite": ("SQLite", "SELECT sqlite_version()"),
    "postgresql": ("PostgreSQL", "SHOW server_version"),
}


def _database() -> Iterator[CheckupLine]:
    engine, question = _ENGINES[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(question)
        version = str(cursor.fetchone()[0])
    name = f"{engine} {version}"
    yield CheckupLine("数据库", f"{name}，{connection.settings_dict['NAME']}")
    if (
        connection.vendor == "sqlite"
        and tuple(int(part) for part in version.split(".")) < FIRST_SOUND_SQLITE
    ):
        yield CheckupLine(
            "数据库",
            f"{name} 在 WAL 模式下可能丢失数据",
            "请安装 pysqlite3，或改用 PostgreSQL",
            wrong=True,
        )


def _migrations() -> Iterator[CheckupLine]:
    executor = MigrationExecutor(connection)
    left = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if left:
        yield CheckupLine(
            "表结构", f"还有 {len(left)} 步没有升级", "请运行 graduand init", wrong=True
        )
    else:
        yield CheckupLine("表结构", "已是最新")
    try:
        homes.check()
    except Refused as problem:
        yield CheckupLine("目录", str(problem), wrong=True)


def _clock() -> Iterator[CheckupLine]:
    deployment.follow_clock(settings.GRADUAND_NOW)
    here = clock.real_now()
    business = clock.now()
    text = f"业务时间 {business.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}"
    if abs((business - here).total_seconds()) >= MOST_DRIFT:
        yield CheckupLine("时钟", f"{text}（演示时钟）")
    elif deployment.clock_moved():
        yield CheckupLine("时钟", text, "数据库里留有演示时钟，只在 GRADUAND_DEMO=1 时起作用")
    else:
        yield CheckupLine("时钟", text)


def _people() -> Iterator[CheckupLine]:
    people = own_accounts.headquarters_accounts()
    advice = {
        0: "请运行 graduand init --admin 账号名",
        1: "作废、申诉重审等须双人办理，还需要第二个总部账号",
    }
    yield CheckupLine("账号", f"总部账号 {people} 个", advice.get(people, ""), wrong=people == 0)
    unprotected = own_accounts.unprotected()
    idle = own_accounts.count_unused(UNUSED_DAYS)
    if unprotected:
        yield CheckupLine(
            "账号", f"{unprotected} 个工作人员账号还没有二次验证", "首次登录时会要求启用；请催办"
        )
    if idle:
        yield CheckupLine(
            "账号",
            f"{idle} 个账号超过 {UNUSED_DAYS} 天没有登录",
            "请在「人员与岗位」核对，离岗的停用",
        )


def _queue() -> Iterator[CheckupLine]:
    acts, failed = jobs.unfinished()
    for plan in open_plans.unfinished():
        advice = "启动 graduand serve，或再运行一次导入、审核或导出，会先接着写完；不要写完的，在导入记录里终止"
        yield CheckupLine("任务", open_plans.words(plan), advice, wrong=True)
    if acts:
        yield CheckupLine(
            "任务",
            f"{acts} 项办理没有做完",
            "启动 graduand serve 或再办理一次该批次，会先接着办完",
            wrong=True,
        )
    if failed:
        yield CheckupLine("任务", f"{failed} 项后台任务出错停止", FAILED_WORK, wrong=True)
    left = list(_left_by_everybody())
    yield from left
    for job in jobs.periodic().filter(state=JobState.FAILED.value):
        yield CheckupLine(
            "任务", f"自动运行的「{WorkKind(job.kind).label}」{job.message}", wrong=True
        )
    if not acts and not failed and not left:
        yield CheckupLine("任务", "没有未完成的办理")


def _left_by_everybody() -> Iterator[CheckupLine]:
    """Work that is due and nobody is at: what has been so for long, else what homes say stands
    still.
    """
    if late := jobs.late().count():
        yield CheckupLine(
            "任务",
            f"{late} 项任务到时没有人办",
            "请启动 graduand serve，或单独运行 graduand worker",
            wrong=True,
        )
    elif waiting := len(standstill.ordered_by()):
        yield CheckupLine(
            "任务",
            f"{waiting} 项任务等着办理，一分钟以上没有人办",
            "请启动 graduand serve，或单独运行 graduand worker；已在运行的，重新启动",
            wrong=True,
        )


def _content() -> Iterator[CheckupLine]:
    kind = "演示数据" if deployment.is_demo() else "正式数据"
    yield CheckupLine(
        "数据", f"{kind}：批次 {known().count()} 个，学生 {Student.objects.count()} 人"
    )
    if wrong := listing.misplaced():
        yield CheckupLine(
            "数据",
            f"{wrong} 件档案在几个批次里重复列出，或没有列回",
            "请运行 graduand list 批次，会逐件改正",
            wrong=True,
        )
    if wrong := file_centres.misplaced():
        state = f"{wrong} 件档案还在学生原来的学习中心"
        yield CheckupLine(
            "数据",
            state,
            "请运行 graduand list 批次，未列入花名册的会逐件转到现在的学习中心",
            wrong=True,
        )
