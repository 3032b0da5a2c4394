"""What this installation stores about itself: whether it is a demonstration, and the offset of its
clock.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from graduand.environment import LOOPBACK
from graduand.models import (
    AccountEvent,
    Batch,
    Candidate,
    Consent,
    Deployment,
    Intake,
    Student,
    Unit,
    User,
)
from graduand.models.engine import engine_of
from graduand.office.installation import homes
from graduand.office.refusal import RefusalKind, Refused
from graduand.queries import clock

DEMO_KEY = clock.DEMO_KEY
ACCOUNTS_KEY = "demo-accounts"


def follow_clock(moment: datetime | None) -> bool:
    """Take GRADUAND_NOW over into the database, where web, worker and command line all read it.

    The value that is in force already is left alone, so that the clock runs on between two
    commands; another one sets a new offset. Returns whether the clock was moved.
    """
    if moment is None:
        return False
    kept = Deployment.objects.filter(key=clock.CLOCK_KEY).values_list("value", flat=True).first()
    if kept is not None and kept.partition(" ")[2] == moment.isoformat():
        return False
    hold_clock(moment)
    return True


def hold_clock(moment: datetime) -> None:
    """Make it `moment` now; the clock runs on from there."""
    seconds = (moment - clock.real_now()).total_seconds()
    Deployment.objects.update_or_create(
        key=clock.CLOCK_KEY, defaults={"value": f"{seconds:.3f} {moment.isoformat()}"}
    )


def clock_moved() -> bool:
    """Whether a moved clock is kept here, in force or not."""
    return Deployment.objects.filter(key=clock.CLOCK_KEY).exists()


def is_demo() -> bool:
    """Whether everything in this database was invented by `graduand demo`; False before it was made."""
    if Deployment._meta.db_table not in connection.introspection.table_names():
        return False
    return Deployment.objects.filter(key=DEMO_KEY).exists()


def mark_demo() -> None:
    """From now on the season in this database may be thrown away without asking."""
    Deployment.objects.get_or_create(key=DEMO_KEY, defaults={"value": "1"})


def keep_accounts(text: str) -> None:
    """Remember the table of invented accounts, so that `graduand serve` can print it again."""
    Deployment.objects.update_or_create(key=ACCOUNTS_KEY, defaults={"value": text})


def demo_accounts() -> str:
    """The table of invented accounts, "" when this is no demonstration."""
    return Deployment.objects.filter(key=ACCOUNTS_KEY).values_list("value", flat=True).first() or ""


def check_safe() -> None:
    """Refuse to serve real data with a demonstration's accounts, invented data to the public, or a
    database together with the files of another one. Raises Refused (O01, O05).
    """
    homes.check()
    if settings.GRADUAND_DEMO and has_data() and not is_demo():
        raise Refused(
            "数据库中是正式数据，不能以演示方式（GRADUAND_DEMO=1）提供网页：演示不要求 HTTPS 和二次验证。"
            "请去掉 GRADUAND_DEMO",
            RefusalKind.INSTALLATION,
        )
    outside = settings.BEHIND_PROXY or any(host not in LOOPBACK for host in settings.ALLOWED_HOSTS)
    if is_demo() and outside and not settings.GRADUAND_DEMO:
        raise Refused(
            "数据库中是演示数据，不能作为正式系统对外提供。请另设 GRADUAND_HOME 或 DATABASE_URL；"
            "确要公开演示，请设 GRADUAND_DEMO=1",
            RefusalKind.INSTALLATION,
        )


def has_data() -> bool:
    """Whether anybody has put anything into this database: accounts and what was done with them are somebody's, too."""
    there = connection.introspection.table_names()
    kinds = (Student, Batch, Candidate, Intake, Unit, AccountEvent, Consent)
    rows = [kind.objects.all() for kind in kinds] + [User.objects.filter(system=False)]
    return any(found.exists() for found in rows if found.model._meta.db_table in there)


def check_home() -> None:
    """Called before tables are made or changed: the home belongs to this database, or to none.
    Raises Refused.
    """
    if has_data():
        homes.check()
    else:
        homes.check_fresh()


def clear_demo() -> None:
    """Throw an invented season away: its tables and the files that belong to it. The keys stay.

    Raises Refused when the data are somebody's own, or the files in the home another database's.
    """
    invented = is_demo()
    if has_data() and not invented:
        raise Refused(f"{_where()} 中是正式数据，不会清除；请另设 {_setting()} 再运行")
    there = connection.introspection.table_names()
    known = connection.introspection.django_table_names(only_existing=True, include_views=False)
    ours = [*known, MigrationRecorder.Migration._meta.db_table]
    _check_alone(set(there) - set(ours))
    homes.give_up(invented=invented)
    if Deployment._meta.db_table in there:
        engine_of().throw_away(connection, ours)


def _check_alone(others: set[str]) -> None:
    """Refuse a database with tables of another program: some of its tables may have the names of ours. Raises Refused."""
    if others:
        named = "、".join(sorted(others)[:3])
        raise Refused(
            f"{_where()} 中有其他程序的表（{named} 等），不会清除；请另设 {_setting()} 再运行"
        )


def _where() -> str:
    """What an operator calls the database."""
    name = str(connection.settings_dict["NAME"])
    return f"数据库 {name}" if connection.vendor == "postgresql" else str(Path(name).parent)


def _setting() -> str:
    """How to make the program use another database."""
    return "DATABASE_URL" if connection.vendor == "postgresql" else "GRADUAND_HOME"
