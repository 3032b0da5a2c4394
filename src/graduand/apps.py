"""The one Django app, and the system checks of the installation that hold for every command."""

import gc
import sqlite3
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as CheckWarning

from graduand.environment import FIRST_SOUND_SQLITE


class GraduandConfig(AppConfig):
    """Registers the checks below, and the kinds of long work."""

    name = "graduand"
    verbose_name = "毕业季"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Called once by Django, after every model is known."""
        register(check_sqlite, Tags.compatibility)
        from graduand.office.duties import (
            register as register_duties,
        )  # the models exist from here on

        register_duties()
        # A chunk of 5,000 people makes tens of thousands of small objects, none of them in a
        # circle: looking for circles after every 700 took a fifth of the time. The objects loaded
        # so far are never freed.
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)


def check_sqlite(**_kwargs: Any) -> Sequence[CheckMessage]:
    """Warn when the embedded database would run on a SQLite with the WAL-reset error."""
    embedded = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    if not embedded or sqlite3.sqlite_version_info >= FIRST_SOUND_SQLITE:
        return []
    return [
        CheckWarning(
            f"当前 SQLite 版本为 {sqlite3.sqlite_version}，在 WAL 模式下可能丢失已提交的数据。",
            hint="请安装 pysqlite3，或改用 PostgreSQL（DATABASE_URL）。",
            id="graduand.W001",
        )
    ]
