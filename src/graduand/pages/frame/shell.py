"""The frame of every page: top bar, menu by business with the counts of the lists behind it, greeting."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet

from graduand.models import Candidate
from graduand.pages.door.access import Visit
from graduand.pages.frame.desks import ENTRIES, MENUS, PLAIN, Count, menu_counts
from graduand.queries.listing import Asked
from graduand.queries.people import LOOKERS
from graduand.queries.scope import Actor, visible
from graduand.rulebook.terms import Role

LIST = "/candidates"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu with its count in words; `hot` counts stand out."""

    label: str
    url: str
    icon: str
    count: str = ""
    hot: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A business with its items."""

    title: str
    items: list[Item]


@dataclass(frozen=True, slots=True)
class Shell:
    """What base/shell.html needs."""

    unit: str
    person: str
    batch: str
    here: str
    now: datetime
    clock: Any = None
    menu: list[Group] = field(default_factory=list)


def list_url(asked: Asked) -> str:
    """The address of the list that answers to `asked`."""
    pairs = asked.pairs()
    return f"{LIST}?{urlencode(pairs)}" if pairs else LIST


def people(visit: Visit) -> QuerySet[Candidate]:
    """The candidates of the season that this person may see."""
    batch = visit.season.batch if visit.season else None
    rows: QuerySet[Candidate] = visible(visit.actor, Candidate.objects.filter(batch=batch))
    return rows


def shell(visit: Visit, here: str = "") -> Shell:
    """The frame for staff; one query for all counts."""
    actor = visit.actor
    groups = MENUS[actor.desk]
    counted = menu_counts(visit, dict.fromkeys(key for group in groups.values() for key in group))
    menu = [Group("工作台", [Item("待办首页", "/", "home"), Item("我的任务", "/jobs", "work")])]
    menu += [Group(title, [_item(key, counted) for key in names]) for title, names in groups.items()]
    menu += management(actor)
    return Shell(actor.unit_name, actor.name, visit.season.code if visit.season else "", here, visit.now, _clock(visit), menu)


MANAGEMENT: tuple[tuple[str, str, str, tuple[Role, ...]], ...] = (
    ("人员与岗位", "/people", "people", LOOKERS),
    ("单位", "/units", "tree", (Role.HQ_ADMIN, Role.SYSTEM_ADMIN)),
    ("待同意事项", "/consents", "check", (*LOOKERS, Role.HQ_REVIEWER)),
    ("审计记录", "/trail", "paper", (Role.AUDITOR,)),
    ("个人信息查看记录", "/looks", "shield", (Role.AUDITOR,)),
    ("人脸比对", "/photos/faces", "photo", (Role.HQ_ADMIN, Role.AUDITOR)),
)


def management(actor: Actor) -> list[Group]:
    """The menu of accounts and rights: whoever looks after people, and the three administrators."""
    items = [Item(label, url, icon) for label, url, icon, roles in MANAGEMENT if not actor.roles.isdisjoint(roles)]
    return [Group("系统管理", items)] if items else []


def any_shell(visit: Visit, here: str, *, bare: bool = False) -> Shell:
    """The frame for whoever it is; `bare` has no menu, as long as there is something to be done first."""
    actor = visit.actor
    if actor.desk in MENUS and not bare:
        return shell(visit, here)
    menu = [] if bare else management(actor)
    return Shell(actor.unit_name, actor.name, visit.season.code if visit.season else "", here, visit.now, _clock(visit), menu)


def student_shell(visit: Visit) -> Shell:
    """The frame for a student: no menu."""
    actor = visit.actor
    return Shell(actor.unit_name, actor.name, visit.season.code if visit.season else "", "/my", visit.now, _clock(visit))


def _item(key: str, counted: dict[str, Count]) -> Item:
    if key in PLAIN:
        return Item(*PLAIN[key])
    entry, count = ENTRIES[key], counted.get(key, Count())
    return Item(entry.short or entry.label, entry.url, entry.icon, str(count) if count.number else "",
                entry.tone == "hot" and count.number > 0)  # fmt: skip


def _clock(visit: Visit) -> Any:
    return visit.now if settings.GRADUAND_DEMO else None
