"""The application list of annex 2: its filters, its lines, and a button for each step of my desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from graduand.pages import tags
from graduand.pages.access import STAFF, Visit, reads
from graduand.pages.base import Page, page_of
from graduand.pages.deadlines import deadline, round_today
from graduand.pages.offers import Offer, list_offers, supposed
from graduand.pages.shell import ENTRIES, LIST, file_url, list_url, people, shell
from graduand.queries import candidates as lists
from graduand.queries.bench import bench_of
from graduand.queries.candidates import Filter, Line
from graduand.rulebook.academics import credits_text
from graduand.rulebook.clauses import CLAUSES, MASK_BITS
from graduand.rulebook.terms import DegreeState, Desk, Stage

PRESENT = [("1", "存在"), ("0", "不存在")]
YES = [("1", "是"), ("0", "否")]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the filter form; without options it is free text."""

    name: str
    label: str
    value: str
    options: list[tuple[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """An offer on a line; `why` says why it can't be pressed."""

    label: str
    short: str
    url: str
    why: str
    main: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line as the table shows it."""

    id: int
    url: str
    line: Line
    entry: str
    credits: str
    fit: tags.Tag
    photo: tags.Tag
    chsi: tags.Tag
    stage: tags.Tag
    degree: tags.Tag
    acts: list[Button]


@reads(*STAFF)
def candidates(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The list; what it is asked for stands in the address."""
    asked = Filter.read(request.GET)
    mine = people(visit)
    found = lists.ordered(mine, asked)
    page = page_of(request.GET, LIST, asked.pairs(), found.count())
    offered = list_offers(visit.actor.desk, asked.stage)
    page.rows = _rows(visit, asked, page, lists.lines(found, page.start, page.size))
    context = {
        "shell": shell(visit, list_url(asked)),
        "heading": _heading(asked),
        "deadline": _deadline(visit),
        "page": page,
        "fields": _fields(visit, asked, mine),
        "rules": _rules(visit, asked, offered),
        "verbs": [{"value": o.key, "label": f"批量{o.label}", "why": ""} for o in offered],
    }
    return render(request, "pages/candidates.html", context)


def _heading(asked: Filter) -> str:
    return next((entry.label for entry in ENTRIES.values() if entry.asked == asked), "毕业申请")


def _deadline(visit: Visit) -> Any:
    turn = round_today(visit.season.policy, visit.today) if visit.season else None
    return deadline(f"{turn.name}申请截止", turn.closes, visit.now) if turn else None


def _rules(visit: Visit, asked: Filter, offered: tuple[Offer, ...]) -> list[tuple[str, str]]:
    """The line of requirements, as annex 2 prints it."""
    code = visit.season.code if visit.season else "无"
    rules = [
        ("申请批次", code),
        ("申请时须满足毕业条件", "是"),
        ("申请时须有毕业照片", "是"),
        ("学信网照片须存在", "是"),
    ]
    wish = supposed(visit, offered[0], early=asked.goes_on == "1")
    return [*rules, ("申请轮次", wish.round_name)] if wish.round_name else rules


def _fields(visit: Visit, asked: Filter, mine: Any) -> list[Field]:
    """The seven filters of annex 2; further ones where they are needed or in use."""
    shown = [
        Field("term", "入学年度学期", asked.term, [(t, f"{t}季") for t in lists.terms(mine)]),
        Field("fit", "是否满足毕业条件", asked.fit, [("1", "满足"), ("0", "不满足")]),
        Field("photo", "是否有毕业照片", asked.photo, PRESENT),
        Field("chsi", "学信网照片", asked.chsi, PRESENT),
        Field("stage", "申请状态", asked.stage, Stage.choices()),
        Field("degree", "学位申请状态", asked.degree, DegreeState.choices()),
        Field("q", "学号 / 姓名", asked.q),
    ]
    if visit.actor.desk is not Desk.CENTRE:
        shown.append(Field("centre", "学习中心", asked.centre, lists.centres(mine)))
    codes = [(code, CLAUSES[code].title) for code in MASK_BITS]
    more = [
        Field("goes_on", "是否续读本科", asked.goes_on, YES),
        Field("clear", "满足全部条件", asked.clear, YES),
        Field("code", "未满足原因", asked.code, codes),
    ]
    return shown + [one for one in more if one.value]


def _rows(visit: Visit, asked: Filter, page: Page, shown: list[Line]) -> list[Row]:
    if visit.season is None or not shown:
        return []
    early, offered = asked.goes_on == "1", list_offers(visit.actor.desk, asked.stage)
    bench = bench_of(visit.season.batch, visit.now)
    steps = {offer.key: (offer.step, supposed(visit, offer, early=early)) for offer in offered}
    why = lists.first_refusals([line.id for line in shown], bench, steps)
    return [
        _row(line, file_url(line.id, asked, place), [_button(line, o, why[line.id][o.key], early=early) for o in offered])
        for place, line in enumerate(shown, page.first)
    ]


def _button(line: Line, offer: Offer, why: str, *, early: bool) -> Button:
    more = "&goes_on=1" if early else ""
    return Button(offer.label, offer.short, f"{LIST}/confirm?verb={offer.key}&chosen={line.id}{more}", why)


def _row(line: Line, url: str, acts: list[Button]) -> Row:
    found = line.findings
    return Row(
        line.id, url, line, str(line.entry), "" if line.total is None else credits_text(line.total),
        tags.fit_tag(found), tags.photo_tag(found), tags.chsi_tag(found), tags.stage_tag(line.stage),
        tags.degree_tag(line.degree), acts,
    )  # fmt: skip
