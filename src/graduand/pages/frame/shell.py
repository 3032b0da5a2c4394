"""The frame of every page: top bar, greeting, menu by business with the counts of its lists."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from graduand.models import Candidate
from graduand.pages.door.access import Visit
from graduand.pages.frame.base import address
from graduand.pages.frame.menus.desks import CONSENTS, Count, menu_counts, menu_entries
from graduand.pages.frame.menus.menus import BADGES, MENUS, SOMETIMES, is_todo, menu
from graduand.pages.frame.menus.todo_entry import TodoEntry
from graduand.pages.frame.menus.todos import ENTRIES, PLAIN
from graduand.pages.frame.registry import LISTS
from graduand.pages.frame.season.deadlines import season_state
from graduand.queries.listing import ListFilter
from graduand.queries.people.accounts import LOOKERS
from graduand.queries.scope import Actor, visible
from graduand.queries.season import batches
from graduand.queries.season.seasons import EVERY_BATCH, OPEN_BATCHES, SEVERAL, Season
from graduand.rulebook.terms import Role

LIST = "/candidates"
GRADES = "/grades"
HOME = "/"
CONSENTS_PAGE = "/consents"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu with its count in words.

    `hot` counts are highlighted, `title` says where the files wait. `page` is its address whatever
    the batch, by which the line of the current page is found.
    """

    label: str
    url: str
    icon: str
    count: str = ""
    hot: bool = False
    noun: str = ""
    title: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """A business with its items."""

    title: str
    items: list[Item]


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One line of the switch: a batch, how it stands, until when, and how many to-dos it has."""

    label: str
    state: str
    note: str
    url: str
    todos: str = ""
    hot: bool = False
    current: bool = False


@dataclass(frozen=True, slots=True)
class Switch:
    """毕业批次 in the header: `label` is what the page shows."""

    label: str
    lines: list[BatchLine]


@dataclass(frozen=True, slots=True)
class Shell:
    """What base/shell.html needs.

    `batch` is the code of the one batch that the page is about, "" for none or several.
    """

    unit: str
    person: str
    batch: str
    here: str
    now: datetime
    clock: datetime | None = None
    menu: list[MenuGroup] = field(default_factory=list)
    switch: Switch | None = None


def list_url(asked: ListFilter) -> str:
    """The address of the list with the filter `asked`."""
    return address(LIST, asked.pairs())


def people(visit: Visit) -> QuerySet[Candidate]:
    """The files that this person may see, of every batch, without those set aside."""
    return files(visit).filter(aside=False)


def files(visit: Visit) -> QuerySet[Candidate]:
    """The files that this person may see, with those set aside: for the page of one file.

    Of a batch that is being deleted, piece by piece, none is seen.
    """
    remaining = Candidate.objects.exclude(batch__in=batches.deleted().values("pk"))
    rows: QuerySet[Candidate] = visible(visit.actor, remaining)
    return rows


def shell(visit: Visit, here: str = "", *, batch: str = "", switched: bool = False) -> Shell:
    """The frame for staff; one query for all counts.

    `batch` is the code of the batch that the page is about, or all of them; `switched`: the address
    takes another one.
    """
    actor = visit.actor
    entries = menu_entries(visit)
    counted = menu_counts(visit, entries)
    groups = [
        MenuGroup("工作台", [Item("待办首页", "/", "home"), Item("我的任务", "/jobs", "work")])
    ]
    lines = _Lines(counted, entries, _carried(visit, batch), len(visit.unfinished))
    groups += [MenuGroup(title, lines.of(names)) for title, names in menu(actor).items()]
    groups += management(actor, counted[CONSENTS, ""])
    return Shell(
        actor.unit_name,
        actor.name,
        _single(batch),
        here,
        visit.now,
        _clock(visit),
        groups,
        _switch(visit, counted, batch, _where_switched(here, switched=switched)),
    )


def _single(batch: str) -> str:
    """The code of one batch; "" for several."""
    if batch in SEVERAL:
        return ""
    return batch


def _where_switched(here: str, *, switched: bool) -> str:
    """The address at which another batch can be chosen: that of the page, else of the home page."""
    if switched:
        return here
    return HOME


def _switch(
    visit: Visit, counted: dict[tuple[str, str], Count], batch: str, here: str
) -> Switch | None:
    """The batches that can be chosen; None before any was loaded."""
    if not visit.seasons:
        return None
    todos = {
        code: _todos(visit.actor, counted, code)
        for code in ("", *(season.code for season in visit.seasons))
    }
    every = BatchLine(
        _every_batch(here),
        "",
        "首页和角标总是包含全部未办结批次",
        _with_batch(here, EVERY_BATCH),
        f"{sum(len(keys) for keys in todos.values())} 件",
        current=batch == EVERY_BATCH,
    )
    lines = [_line(visit, season, todos[season.code], here, batch) for season in visit.seasons]
    return Switch(_switch_label(visit, batch, here), [every, *lines])


def _every_batch(here: str) -> str:
    """The words for all batches: the home page shows those that are not finished."""
    if here == HOME:
        return SEVERAL[OPEN_BATCHES]
    return SEVERAL[EVERY_BATCH]


def _switch_label(visit: Visit, batch: str, here: str) -> str:
    """What the page shows, in words."""
    season = visit.season(batch)
    if season is not None:
        return f"{season.code} · {season_state(season, visit.now)[0]}"
    if batch == EVERY_BATCH and here != HOME:
        return SEVERAL[EVERY_BATCH]
    return f"{SEVERAL[OPEN_BATCHES]}（{len(visit.unfinished)}）"


def _todos(actor: Actor, counted: dict[tuple[str, str], Count], code: str) -> list[str]:
    """The to-dos of a batch that belong to this person and have any rows."""
    return [
        key
        for (key, of), count in counted.items()
        if of == code and count.number and is_todo(actor, key)
    ]


def _line(visit: Visit, season: Season, todos: list[str], here: str, batch: str) -> BatchLine:
    state, note = season_state(season, visit.now)
    hot = any(ENTRIES[key].tone == "hot" for key in todos)
    url = _with_batch(here, season.code)
    return BatchLine(
        season.code, state, note, url, f"{len(todos)} 件", hot, current=season.code == batch
    )


def _with_batch(here: str, code: str) -> str:
    if "?" in here:
        return f"{here}&batch={code}"
    return f"{here}?batch={code}"


MANAGEMENT: tuple[tuple[str, str, str, tuple[Role, ...]], ...] = (
    ("人员与岗位", "/people", "people", LOOKERS),
    ("单位", "/units", "tree", (Role.HQ_ADMIN, Role.SYSTEM_ADMIN)),
    ("待同意事项", CONSENTS_PAGE, "check", (*LOOKERS, Role.HQ_REVIEWER)),
    ("审计记录", "/trail", "paper", (Role.AUDITOR,)),
    ("个人信息查看记录", "/looks", "shield", (Role.AUDITOR,)),
    ("导出记录", "/outgoing", "up", (Role.AUDITOR,)),
    ("人脸比对", "/photos/faces", "photo", (Role.HQ_ADMIN, Role.AUDITOR)),
)


def management(actor: Actor, asked: Count | None = None) -> list[MenuGroup]:
    """The menu of accounts and rights, for people who look after accounts and the three
    administrators.

    `asked` is how many consents wait for this person.
    """
    counts = {}
    if asked is not None:
        counts[CONSENTS_PAGE] = asked.words
    items = [
        Item(label, url, icon, counts.get(url, ""))
        for label, url, icon, roles in MANAGEMENT
        if not actor.roles.isdisjoint(roles)
    ]
    if not items:
        return []
    return [MenuGroup("系统管理", items)]


def any_shell(
    visit: Visit, here: str, *, bare: bool = False, batch: str = "", switched: bool = False
) -> Shell:
    """The frame for any visitor; `bare` has no menu: something has to be done first."""
    actor = visit.actor
    if actor.desk in MENUS and not bare:
        return shell(visit, here, batch=batch, switched=switched)
    frame = Shell(actor.unit_name, actor.name, "", here, visit.now, _clock(visit))
    if bare:
        return frame
    return replace(frame, menu=management(actor, menu_counts(visit, {})[CONSENTS, ""]))


def student_shell(visit: Visit) -> Shell:
    """The frame for a student: no menu."""
    actor = visit.actor
    return Shell(actor.unit_name, actor.name, "", "/my", visit.now, _clock(visit))


def _carried(visit: Visit, batch: str) -> str:
    """The batch of the lists that the menu opens: the header's, "" while there is no other."""
    if len(visit.seasons) < 2:
        return ""
    if visit.season(batch) is not None:
        return batch
    if len(visit.unfinished) > 1:
        return OPEN_BATCHES
    return ""


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of a menu with their counts, over the `unfinished` batches.

    `batch` is what their lists are opened for, "" for their own choice.
    """

    counted: dict[tuple[str, str], Count]
    entries: dict[tuple[str, str], TodoEntry]
    batch: str
    unfinished: int

    def of(self, keys: tuple[str, ...]) -> list[Item]:
        """The lines of one business; some exist only while some batch has such work."""
        there = {key for key, _ in self.entries}
        return [self._item(key) for key in keys if key not in SOMETIMES or key in there]

    def _item(self, key: str) -> Item:
        """A line of the menu: its count is that of the list that it opens."""
        badge = BADGES.get(key, key)
        each = {code: entry for (name, code), entry in self.entries.items() if name == badge}
        counts = {code: self.counted.get((badge, code), Count()) for code in each}
        entry, count = opened_by(
            ENTRIES.get(badge), each, counts, self.batch, left_out=len(each) < self.unfinished
        )
        if key in PLAIN:
            return self._plain_item(key, entry, count)
        assert entry is not None  # every other item is an entry
        title = ""
        if len(each) > 1:
            title = "，".join(f"{code} 批次 {counts[code]} {entry.noun}" for code in each if code)
        return Item(
            entry.label,
            entry.url,
            entry.icon,
            count.words,
            entry.tone == "hot" and count.number > 0,
            entry.noun,
            title,
            entry.page,
        )

    def _plain_item(self, key: str, entry: TodoEntry | None, count: Count) -> Item:
        """The line of a page that is no list; it may have the count of an entry beside it."""
        label, path, icon = PLAIN[key]
        url = path
        if self.batch and path in _by_batch():
            url = _with_batch(path, self.batch)
        item = Item(label, url, icon, count.words, page=path)
        if entry is None:
            return item
        return replace(item, noun=entry.noun)


def _by_batch() -> frozenset[str]:
    """The pages that show one batch, or several."""
    return frozenset({GRADES, *(spec.path for spec in LISTS.values() if spec.batch)})


def opened_by(
    usual: TodoEntry | None,
    each: dict[str, TodoEntry],
    counts: dict[str, Count],
    batch: str = "",
    *,
    left_out: bool = False,
) -> tuple[TodoEntry | None, Count]:
    """The list that a line opens, and how many wait there: in the `batch` of the page, or in all.

    The narrowest filter of a batch is used for all: where no file came back none is filed anew.
    `left_out`: in some batch there is no such work any more, and its files are not counted.
    """
    if usual is not None and usual.of_files and batch and batch != OPEN_BATCHES:
        return each.get(batch, usual.in_batch(batch)), counts.get(batch, Count())
    full = [code for code in each if counts[code].number]
    if not full and len(each) == 1:
        return next(iter(each.values())), Count()
    if not full:
        return usual, Count()
    waiting = [counts[code] for code in full]
    if len(full) == 1:
        return each[full[0]], waiting[0]
    narrowest = max((each[code] for code in full), key=lambda entry: len(entry.answers))
    if left_out:
        narrowest = narrowest.still_possible()
    total = sum(count.number for count in waiting)
    return narrowest.in_batch(OPEN_BATCHES), Count(total, any(count.more for count in waiting))


def _clock(visit: Visit) -> datetime | None:
    """The clock of the header, which only the demo has: its days are moved."""
    if not settings.GRADUAND_DEMO:
        return None
    return visit.now
