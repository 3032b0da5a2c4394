"""The frame of every page: top bar, menu by business with the counts of the lists behind it, greeting."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet

from graduand.models import Candidate
from graduand.pages.access import Visit
from graduand.queries.candidates import asked_for
from graduand.queries.listing import Asked
from graduand.queries.people import LOOKERS
from graduand.queries.progress import counts
from graduand.queries.scope import Actor, visible
from graduand.rulebook.terms import Desk, Role, Stage

LIST = "/candidates"


@dataclass(frozen=True, slots=True)
class Entry:
    """A list worth a place in the menu or a card: its filter is what it counts and what it opens."""

    label: str
    icon: str
    asked: Asked
    tone: str = ""
    note: str = ""
    short: str = ""

    @property
    def url(self) -> str:
        return list_url(self.asked)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu; `hot` counts stand out."""

    label: str
    url: str
    icon: str
    count: int = 0
    hot: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A business with its items."""

    title: str
    items: list[Item]


@dataclass(frozen=True, slots=True)
class Shell:
    """What base/shell.html needs; `tally` holds the count of every entry of the desk."""

    unit: str
    person: str
    batch: str
    here: str
    clock: Any = None
    menu: list[Group] = field(default_factory=list)
    tally: dict[str, int] = field(default_factory=dict)


def list_url(asked: Asked) -> str:
    """The address of the list that answers to `asked`."""
    pairs = asked.pairs()
    return f"{LIST}?{urlencode(pairs)}" if pairs else LIST


def _at(stage: Stage, **more: str) -> Asked:
    return asked_for(stage=stage.value, **more)


ENTRIES: dict[str, Entry] = {
    "ready": Entry(
        "满足条件、未申请", "check", _at(Stage.LISTED, clear="1"), "mine", "核对后提交申请", "满足、未申请"
    ),
    "early": Entry(
        "续读本科单独上报", "up", _at(Stage.LISTED, goes_on="1"), "", "尚未上报的续读学生", "续读本科上报"
    ),
    "returned": Entry("退回补正", "back", _at(Stage.RETURNED), "hot", "补正后重新提交"),
    "photo": Entry("缺毕业照片", "photo", asked_for(photo="0"), "", "不能进入初审名单"),
    "doubt": Entry(
        "学信网身份存疑", "shield", asked_for(code="CHSI-DOUBT"), "hot", "须提交复核材料", "学信网存疑"
    ),
    "review": Entry("待学院审核", "check", _at(Stage.APPLIED), "mine", "按上报先后办理"),
    "approve": Entry("待总部审核", "check", _at(Stage.ENDORSED), "mine", "按上报先后办理"),
    "number": Entry("待编号制证", "paper", _at(Stage.APPROVED), "mine", "已准予毕业"),
    "ship": Entry("待寄出", "box", _at(Stage.CERTIFIED), "mine", "证书已编号"),
    "way": Entry("寄送途中", "box", _at(Stage.SHIPPED), "", "等待中心签收"),
    "receive": Entry("待签收", "box", _at(Stage.SHIPPED), "mine", "清点后签收"),
    "collect": Entry("待签领", "hand", _at(Stage.RECEIVED), "mine", "学生核对后领取"),
}
GRADUATION, PAPERS = "毕业管理", "证书与档案"
MENUS: dict[Desk, dict[str, tuple[str, ...]]] = {
    Desk.CENTRE: {
        GRADUATION: ("ready", "early", "returned", "photo", "doubt"),
        PAPERS: ("receive", "collect"),
    },
    Desk.COLLEGE: {
        GRADUATION: ("review", "early", "returned", "photo", "doubt"),
        PAPERS: ("ship", "way"),
    },
    Desk.HQ: {GRADUATION: ("approve", "review", "returned", "photo", "doubt"), PAPERS: ("number", "ship")},
}
CARDS: dict[Desk, tuple[str, ...]] = {
    Desk.CENTRE: ("ready", "returned", "photo", "doubt"),
    Desk.COLLEGE: ("review", "ship", "photo", "doubt"),
    Desk.HQ: ("approve", "number", "review", "doubt"),
}


def people(visit: Visit) -> QuerySet[Candidate]:
    """The candidates of the season that this person may see."""
    batch = visit.season.batch if visit.season else None
    rows: QuerySet[Candidate] = visible(visit.actor, Candidate.objects.filter(batch=batch))
    return rows


def shell(visit: Visit, here: str = "") -> Shell:
    """The frame for staff; one query for all counts."""
    actor = visit.actor
    groups = MENUS[actor.desk]
    keys = dict.fromkeys(key for group in groups.values() for key in group)
    tally = counts(people(visit), {key: ENTRIES[key].asked for key in keys})
    menu = [Group("工作台", [Item("待办首页", "/", "home"), Item("我的任务", "/jobs", "work")])]
    for title, names in groups.items():
        items = [_item(ENTRIES[key], tally[key]) for key in names]
        if title == GRADUATION:
            items.insert(0, Item("毕业申请", LIST, "cap"))
        menu.append(Group(title, items))
    menu += management(actor)
    return Shell(actor.unit_name, actor.name, visit.season.code if visit.season else "", here, _clock(visit),
                 menu, tally)  # fmt: skip


MANAGEMENT: tuple[tuple[str, str, str, tuple[Role, ...]], ...] = (
    ("人员与岗位", "/people", "people", LOOKERS),
    ("单位", "/units", "tree", (Role.HQ_ADMIN, Role.SYSTEM_ADMIN)),
    ("待同意事项", "/consents", "check", (*LOOKERS, Role.HQ_REVIEWER)),
    ("审计记录", "/trail", "paper", (Role.AUDITOR,)),
    ("个人信息查看记录", "/looks", "shield", (Role.AUDITOR,)),
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
    return Shell(actor.unit_name, actor.name, visit.season.code if visit.season else "", here, _clock(visit), menu)


def student_shell(visit: Visit) -> Shell:
    """The frame for a student: no menu."""
    actor = visit.actor
    return Shell(actor.unit_name, actor.name, visit.season.code if visit.season else "", "/my", _clock(visit))


def _item(entry: Entry, count: int) -> Item:
    return Item(entry.short or entry.label, entry.url, entry.icon, count, entry.tone == "hot" and count > 0)


def _clock(visit: Visit) -> Any:
    return visit.now if settings.GRADUAND_DEMO else None
