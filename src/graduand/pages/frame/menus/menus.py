"""Which to-dos are in the menu and on the home page of each desk."""

from __future__ import annotations

from graduand.pages.frame.menus.todo_entry import TodoEntry
from graduand.pages.frame.menus.todos import ENTRIES, PLAIN
from graduand.queries.scope import Actor
from graduand.rulebook.terms import Desk

# The count of a page that is not a list: what waits there for this person.
BADGES = {"notices": "unread"}


# Lines shown only while some batch has such work: a round of 续读本科 alone, or people who came back.
SOMETIMES = frozenset({"early", "refile"})


GRADUATION = "毕业管理"
STUDENTS = "学籍与照片"
PAPERS = "证书与档案"
DATA = "数据导入"


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
        PAPERS: ("archives", "receive", "short_here", "collect", "certificates"),
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


# Cards of another desk's work: shown with their count, and not to-dos of this desk.
WATCHED: dict[Desk, frozenset[str]] = {
    Desk.CENTRE: frozenset(),
    Desk.COLLEGE: frozenset({"returned", "degree_asked", "photo", "way"}),
    Desk.HQ: frozenset({"at_college", "returned"}),
}


def card_entries(actor: Actor) -> dict[str, TodoEntry]:
    """The to-do cards of this person's home page, by key."""
    return {key: ENTRIES[key] for key in CARDS[actor.desk] if ENTRIES[key].is_work(actor)}


def menu(actor: Actor) -> dict[str, tuple[str, ...]]:
    """The keys of this person's menu, by business."""
    groups = MENUS[actor.desk].items()
    return {
        title: tuple(key for key in keys if key in PLAIN or ENTRIES[key].is_mine(actor))
        for title, keys in groups
    }


def is_todo(actor: Actor, key: str) -> bool:
    """Whether a list is work of this person, which the switch of batches and the home page count."""
    is_own = key in card_entries(actor) and key not in WATCHED[actor.desk]
    return is_own and (actor.desk is Desk.CENTRE or not ENTRIES[key].heavy)
