"""What waits at each desk: the lists in its menu and its cards; what is counted is what the list shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from graduand.office import consents
from graduand.pages.door.access import Visit
from graduand.pages.frame.base import address
from graduand.pages.frame.registry import LISTS
from graduand.queries import cancelled
from graduand.queries.candidates import LISTABLE
from graduand.queries.coming_back import REFILE
from graduand.queries.degrees import ASKED, GRANTING, NUMBERING
from graduand.queries.filing import (
    DATA,
    EARLY,
    FILED,
    FILING,
    PARTS,
    PHOTO,
    PREPARING,
    REVIEWED,
    STILL,
    USUAL,
    in_turn,
    prepared_in,
    still_counts,
    turn_of,
)
from graduand.queries.listing import BATCH, COUNT_CAP
from graduand.queries.scope import Actor
from graduand.queries.seasons import Season
from graduand.queries.waiting import THE_MOMENT, waiting
from graduand.rulebook import rights
from graduand.rulebook.terms import Desk, Verb

MENU_CAP = 999
APART = (REFILE, "0")


@dataclass(frozen=True, slots=True)
class Entry:
    """A list with a filter, worth a place in a menu, a card or an alarm: it counts what it opens.

    `verb` is what one comes to do there: who does not have it does not see the entry. `clears` is
    what ends the matter: who does not have it finds the list in the menu, and no card, count or
    alarm.

    What is filed or prepared asks its list for who can be, each person once (`FILING`,
    `PREPARING`).

    `rare` ones are shown while there is somebody in them. `came_back` is what only a batch that was
    opened again has.

    `review` ends with the last day of the batch: nothing passes after it.

    `heavy` ones look at every file, so menus count them only where there is one centre to look at.
    """

    label: str
    icon: str
    listing: str
    said: tuple[tuple[str, str], ...] = ()
    tone: str = ""
    note: str = ""
    heavy: bool = False
    verb: Verb | None = None
    clears: Verb | None = None
    rare: bool = False
    came_back: bool = False
    review: bool = False

    def is_work(self, actor: Actor) -> bool:
        """Whether one of the actor's roles can do what is waited for there."""
        return self.is_mine(actor) and (
            self.clears is None or rights.may(actor.roles, actor.desk, self.clears)
        )

    def is_mine(self, actor: Actor) -> bool:
        """Whether one of the actor's roles has what is done there."""
        return self.verb is None or rights.may(actor.roles, actor.desk, self.verb)

    def in_season(self, season: Season, day: date) -> Entry | None:
        """The to-do of that batch; None where there is nothing of the kind to be done now.

        Preparation begins with the loading, everything else with the first round; what ends with an
        application ends with the last one. Who came back from a closing has a list, and a card, of
        the own.
        """
        entry, asked = self.in_batch(season.code), dict(self.said)
        if FILING in asked and season.came_back:
            entry = replace(entry, said=(*entry.said, APART))
        if self.came_back and not season.came_back:
            return None
        if (self.clears is Verb.APPLY and season.filing_over(day)) or (
            self.review and season.overdue(day)
        ):
            return None
        if PREPARING in asked:
            return entry if still_counts(season, asked[PREPARING], day) else None
        if FILING in asked:
            return entry if turn_of(season, asked[FILING], day) is not None else None
        return entry if season.begun(day) else None

    def still_possible(self) -> Entry:
        """The same where a batch has its last day, or its last round, behind it, and what ends with that is over there."""
        filed = FILED if self.clears is Verb.APPLY else ""
        what = REVIEWED if self.review else filed
        by_days = {FILING, PREPARING}.intersection(dict(self.said))
        return replace(self, said=(*self.said, (STILL, what))) if what and not by_days else self

    @property
    def of_files(self) -> bool:
        """Whether its list is one of files, so that each unfinished batch has such a to-do of its own."""
        return bool(LISTS[self.listing].batch)

    def in_batch(self, code: str) -> Entry:
        """The same to-do of one batch."""
        rest = tuple(pair for pair in self.said if pair[0] != BATCH)
        return replace(self, said=((BATCH, code), *rest))

    @property
    def url(self) -> str:
        return address(LISTS[self.listing].path, self.said)

    @property
    def page(self) -> str:
        """Its address whatever the batch."""
        return address(LISTS[self.listing].path, self.in_batch("").said[1:])

    @property
    def noun(self) -> str:
        """What it counts: 人, 件, 本."""
        return str(LISTS[self.listing].noun)

    def rows(self, visit: Visit) -> Any:
        """Whom it counts, for this visit: exactly the rows of the list that it opens."""
        spec, said = LISTS[self.listing], dict(self.said)
        filed, prepared = said.pop(FILING, ""), said.pop(PREPARING, "")
        rows = spec.rows(visit).filter(spec.asked(said).where())
        if filed:
            rows = rows.filter(in_turn(filed, visit.seasons, visit.today))
        return rows.filter(prepared_in(prepared, visit.seasons, visit.today)) if prepared else rows


@dataclass(frozen=True, slots=True)
class Consents:
    """待同意事项: what another one asked and this person may agree to."""

    def rows(self, visit: Visit) -> Any:
        """Exactly those that the page of consents shows."""
        return consents.waiting_for(visit.actor, THE_MOMENT)


@dataclass(frozen=True, slots=True)
class InVain:
    """What this person asked and another one agreed to, and what then could not be done."""

    def rows(self, visit: Visit) -> Any:
        """Exactly those that the page of consents marks."""
        return consents.in_vain(visit.actor, THE_MOMENT)


@dataclass(frozen=True, slots=True)
class Count:
    """`12`, or `999+` when counting stopped there."""

    number: int = 0
    more: bool = False

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.more else ''}"


def tally(
    visit: Visit, entries: Mapping[Any, Entry | Consents | InVain], cap: int = COUNT_CAP
) -> dict[str, Count]:
    """The count of each entry; one query."""
    # What was judged before today may be no fact any more, and a round closed by hand takes nobody.
    who = (visit.actor, visit.today, tuple(entries.values()), _turns(visit))
    since = consents.valid_since(visit.now)
    counted = waiting(
        who,
        lambda: {key: entry.rows(visit) for key, entry in entries.items()},
        list(entries),
        cap,
        since,
    )
    return {key: Count(*found) for key, found in counted.items()}


def _turns(visit: Visit) -> tuple[Any, ...]:
    """The rounds in which one can file now, and for which one prepares: what stands behind `FILING` and `PREPARING`."""
    day = visit.today
    return tuple(
        (
            s.code,
            turn_of(s, USUAL, day),
            turn_of(s, EARLY, day),
            *(still_counts(s, which, day) for which, _ in PARTS),
        )
        for s in visit.seasons
    )


def each_batch(visit: Visit, entries: dict[str, Entry]) -> dict[tuple[str, str], Entry]:
    """(key, batch) -> the to-do of that batch, newest first; what has no batch stands under ""."""
    found: dict[tuple[str, str], Entry] = {}
    for key, entry in entries.items():
        if not entry.of_files:
            found[key, ""] = entry
            continue
        for season in visit.unfinished:
            there = entry.in_season(season, visit.today)
            if there is not None:
                found[key, season.code] = there
    return found


def _files(
    label: str, icon: str, said: dict[str, str], tone: str = "", note: str = "", **more: Any
) -> Entry:
    return Entry(label, icon, "candidates", tuple(said.items()), tone, note, **more)


def _cases(desk: Desk, note: str, clears: Verb) -> Entry:
    """Open cases of identity that lie at a desk, in the order of the levels: the others are not its to-do."""
    return Entry(
        "身份核查",
        "shield",
        "identity",
        (("open", "1"), ("desk", desk.value)),
        "hot",
        note,
        clears=clears,
    )


_FREE = (
    ("doubt", "0"),
    ("unqualified", "0"),
    ("paper", "current"),
    (cancelled.NAME, "0"),
)  # nothing holds the certificate up
ENTRIES: dict[str, Entry] = {
    "ready": _files(
        "满足全部条件、未申请",
        "check",
        {"stage": "listed", "clear": "1", FILING: USUAL},
        "mine",
        "核对后提交申请",
        heavy=True,
        verb=Verb.APPLY,
    ),
    "early": _files(
        "续读本科单独上报",
        "up",
        {"stage": "listed", "goes_on": "1", "clear": "1", FILING: EARLY},
        "mine",
        "有单独的轮次和截止日期",
        heavy=True,
        verb=Verb.APPLY,
        rare=True,
    ),
    "refile": _files(
        "重新开放后须重新申请",
        "back",
        {"stage": "listed", REFILE: "1"},
        "hot",
        "申请随关闭结转；曾被退回的先补正",
        clears=Verb.APPLY,
        came_back=True,
        rare=True,
    ),
    "returned": _files(
        "退回补正", "back", {"stage": "returned"}, "hot", "补正后重新提交", clears=Verb.APPLY
    ),
    "photo": _files(
        "缺毕业照片",
        "photo",
        {"stage": "listed", "photo": "0", PREPARING: PHOTO},
        "",
        "不能进入初审名单",
        heavy=True,
        clears=Verb.APPLY,
    ),
    "info": _files(
        "证件信息待核对",
        "people",
        {"stage": "listed", "code": "INFO-ID", PREPARING: DATA},
        "",
        "申请前改是更正，注册后改不了",
        heavy=True,
        clears=Verb.APPLY,
    ),
    "photo_review": Entry(
        "照片审核",
        "check",
        "photo-review",
        (),
        "mine",
        "自动检查拿不准的照片",
        clears=Verb.SEND_BACK,
    ),
    "case_centre": _cases(Desk.CENTRE, "请向学生收材料，提交学院", Verb.CASE_SUBMIT),
    "case_college": _cases(Desk.COLLEGE, "请核对材料，上报总部", Verb.CASE_REPORT),
    "case_hq": _cases(Desk.HQ, "请备案，或维持存疑", Verb.CASE_CLEAR),
    "review": Entry(
        "待学院审核",
        "check",
        "reviews",
        (),
        "mine",
        "按上报先后办理",
        verb=Verb.ENDORSE,
        review=True,
    ),
    "approve": Entry(
        "待总部审核",
        "check",
        "reviews",
        (),
        "mine",
        "按上报先后办理",
        verb=Verb.APPROVE,
        review=True,
    ),
    "at_college": _files(
        "待学院审核", "clock", {"stage": "applied"}, "", "学院尚未审核", review=True
    ),
    "rostering": _files(
        "待列入花名册",
        "work",
        {"stage": "approved", "roster": "0", LISTABLE: "1"},
        "mine",
        "生成花名册后编号",
    ),
    "number": _files(
        "待编号制证",
        "paper",
        {"stage": "approved", "numbering": "1"},
        "mine",
        "已列入花名册",
        verb=Verb.CERTIFY,
    ),
    "grant": _files(
        "待授予学位",
        "cap",
        {"degree": "applied", "award": GRANTING, "doubt": "0"},
        "mine",
        "已准予毕业、已申请学位",
        verb=Verb.DEGREE_GRANT,
        rare=True,
    ),
    "degree_number": _files(
        "待学位证书编号",
        "paper",
        {"degree": "granted", "award": NUMBERING, "doubt": "0"},
        "mine",
        "已授予学位、已编号制证",
        verb=Verb.DEGREE_CERTIFY,
        rare=True,
    ),
    "degree_asked": _files(
        "学位待总部授予",
        "cap",
        {"degree": "applied", "award": ASKED},
        "",
        "材料有误的可退回一次",
        verb=Verb.DEGREE_RETURN,
        rare=True,
    ),
    "degree_back": _files(
        "学位材料退回",
        "back",
        {"degree": "returned"},
        "hot",
        "补齐后重新申请学位",
        clears=Verb.DEGREE_APPLY,
        rare=True,
    ),
    "registry": Entry(
        "学信网尚不可查询",
        "shield",
        "certificates",
        (("registered", "0"), ("void", "0"), (cancelled.NAME, "0")),
        "",
        "导入「注册结果」后才能签领",
    ),
    "cancelled": Entry(
        "注册已注销，待作废",
        "shield",
        "certificates",
        (("void", "0"), (cancelled.NAME, "1")),
        "hot",
        "两人作废重办；学信网重新注册的，导入「注册结果」",
        verb=Verb.VOID,
        rare=True,
    ),
    "ship": Entry(
        "待寄出",
        "box",
        "certificates",
        (("stage", "certified"), ("void", "0"), *_FREE),
        "mine",
        "证书已编号",
        verb=Verb.SHIP,
    ),
    "reprint": Entry(
        "更正后待重新打印",
        "paper",
        "certificates",
        (("void", "0"), ("paper", "reprint")),
        "hot",
        "毕业证书请系统管理员打印，学位证书重制后登记",
        verb=Verb.AMEND,
        rare=True,
    ),
    "old_paper": Entry(
        "更正后旧证待收回",
        "back",
        "certificates",
        (("void", "0"), ("paper", "back")),
        "hot",
        "旧证到学院后办理「退回学院」，重新打印再寄",
        verb=Verb.RECALL,
        rare=True,
    ),
    "way": Entry("在途包裹", "box", "parcels", (("way", "1"),), "", "等待签收"),
    "late_way": Entry(
        "逾期未签收的包裹",
        "clock",
        "parcels",
        (("late", "1"),),
        "hot",
        "请与承运单位、学习中心核对",
        verb=Verb.SHIP,
        rare=True,
    ),
    "receive": Entry(
        "待签收包裹", "box", "parcels", (("way", "1"),), "mine", "清点后签收", verb=Verb.RECEIVE
    ),
    "short": Entry(
        "清点缺少的包裹", "box", "parcels", (("short", "1"),), "hot", "查找，或登记到件", rare=True
    ),
    "collect": Entry(
        "待签领",
        "hand",
        "handovers",
        (("stage", "received"), ("registered", "1"), *_FREE),
        "mine",
        "学生核对后领取",
        verb=Verb.COLLECT,
    ),
    "unread": Entry("未阅通知", "paper", "notices", (("read", "0"),), "mine", "阅后请确认"),
}
# A page without a count: (label, address, icon).
PLAIN: dict[str, tuple[str, str, str]] = {
    "applications": ("毕业申请", "/candidates", "cap"),
    "lots": ("上报批次", "/lots", "work"),
    "grades": ("成绩申报", "/grades", "check"),
    "differences": ("差异名单", "/differences", "back"),
    "students": ("学生", "/students", "people"),
    "photos": ("学生照片管理", "/photos", "photo"),
    "photo_imports": ("照片导入记录", "/photos/imports", "up"),
    "archives": ("档案材料", "/archives", "paper"),
    "rosters": ("花名册", "/rosters", "work"),
    "certificates": ("证书", "/certificates", "paper"),
    "parcels": ("包裹", "/parcels", "box"),
    "handovers": ("签领", "/handovers", "hand"),
    "notices": ("通知", "/notices", "paper"),
    "batches": ("毕业批次", "/batches", "clock"),
    "import": ("导入数据", "/imports/new", "up"),
    "imports": ("导入记录", "/imports", "work"),
}
# The count beside a page of another kind: of what waits there for this person.
BADGES = {"notices": "unread"}
# Lines that are there while some batch has such work: a round of 续读本科 alone, or people who came
# back.
SOMETIMES = frozenset({"early", "refile"})
CONSENTS, IN_VAIN = "consents", "in_vain"
GRADUATION, STUDENTS, PAPERS, DATA = "毕业管理", "学籍与照片", "证书与档案", "数据导入"
MENUS: dict[Desk, dict[str, tuple[str, ...]]] = {
    Desk.CENTRE: {
        GRADUATION: (
            "applications",
            "ready",
            "early",
            "refile",
            "lots",
            "returned",
            "degree_back",
            "differences",
            "case_centre",
            "batches",
            "notices",
        ),
        STUDENTS: ("students", "photos", "photo", "info", "photo_imports"),
        PAPERS: ("archives", "receive", "short", "collect", "certificates"),
        DATA: ("import", "imports"),
    },
    Desk.COLLEGE: {
        GRADUATION: (
            "review",
            "applications",
            "early",
            "lots",
            "grades",
            "returned",
            "degree_asked",
            "degree_back",
            "differences",
            "case_college",
            "batches",
            "notices",
        ),
        STUDENTS: ("students", "photos", "photo", "photo_review", "photo_imports"),
        PAPERS: (
            "rosters",
            "archives",
            "old_paper",
            "ship",
            "way",
            "short",
            "certificates",
            "handovers",
        ),
        DATA: ("import", "imports"),
    },
    Desk.HQ: {
        GRADUATION: (
            "approve",
            "at_college",
            "applications",
            "lots",
            "grades",
            "returned",
            "grant",
            "degree_back",
            "differences",
            "case_hq",
            "batches",
            "notices",
        ),
        STUDENTS: ("students", "photos", "photo", "photo_review", "photo_imports"),
        PAPERS: (
            "rosters",
            "number",
            "reprint",
            "degree_number",
            "certificates",
            "registry",
            "cancelled",
            "parcels",
            "archives",
            "handovers",
        ),
        DATA: ("import", "imports"),
    },
}
CARDS: dict[Desk, tuple[str, ...]] = {
    Desk.CENTRE: (
        "ready",
        "early",
        "refile",
        "returned",
        "degree_back",
        "photo",
        "info",
        "case_centre",
        "receive",
        "collect",
    ),
    Desk.COLLEGE: (
        "review",
        "returned",
        "degree_asked",
        "photo",
        "photo_review",
        "case_college",
        "old_paper",
        "ship",
        "way",
        "late_way",
        "short",
    ),
    Desk.HQ: (
        "approve",
        "at_college",
        "returned",
        "case_hq",
        "grant",
        "rostering",
        "number",
        "reprint",
        "degree_number",
        "registry",
        "cancelled",
    ),
}


# Cards of what another desk does: one sees how many there are, and they are nobody's to-dos here.
WATCHED: dict[Desk, frozenset[str]] = {
    Desk.CENTRE: frozenset(),
    Desk.COLLEGE: frozenset({"returned", "degree_asked", "photo", "way"}),
    Desk.HQ: frozenset({"at_college", "returned"}),
}


def card_entries(actor: Actor) -> dict[str, Entry]:
    """The to-do cards of this person's home, by key."""
    return {key: ENTRIES[key] for key in CARDS[actor.desk] if ENTRIES[key].is_work(actor)}


def menu(actor: Actor) -> dict[str, tuple[str, ...]]:
    """The keys of this person's menu, by business."""
    groups = MENUS[actor.desk].items()
    return {
        title: tuple(key for key in keys if key in PLAIN or ENTRIES[key].is_mine(actor))
        for title, keys in groups
    }


def is_todo(actor: Actor, key: str) -> bool:
    """Whether a list is work of this person: what the switch of batches and the summary of home count, one for each."""
    mine = key in card_entries(actor) and key not in WATCHED[actor.desk]
    return mine and (actor.desk is Desk.CENTRE or not ENTRIES[key].heavy)


def menu_entries(visit: Visit) -> dict[tuple[str, str], Entry]:
    """(key, batch) -> what is counted beside a menu's lines."""
    one_centre = visit.actor.desk is Desk.CENTRE
    keys = (
        *(key for keys in menu(visit.actor).values() for key in keys),
        *card_entries(visit.actor),
    )
    every = dict.fromkeys(BADGES.get(key, key) for key in keys)
    wanted = {
        key: ENTRIES[key]
        for key in every
        if key in ENTRIES and (one_centre or not ENTRIES[key].heavy)
    }
    return each_batch(
        visit, {key: entry for key, entry in wanted.items() if entry.is_work(visit.actor)}
    )


def menu_counts(
    visit: Visit, entries: Mapping[tuple[str, str], Entry]
) -> dict[tuple[str, str], Count]:
    """(key, batch) -> the counts, up to 999: counting on would cost more than the page behind it. With CONSENTS."""
    every: dict[tuple[str, str], Entry | Consents] = {**entries, (CONSENTS, ""): Consents()}
    counted = tally(
        visit, {f"{key}@{code}": entry for (key, code), entry in every.items()}, MENU_CAP
    )
    return {(key, code): counted[f"{key}@{code}"] for key, code in every}
