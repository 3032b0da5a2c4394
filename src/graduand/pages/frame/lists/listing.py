"""The page of a list, made from its declaration (`list_spec.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac

from graduand.pages.door.access import Visit
from graduand.pages.frame.base import Page, address, page_of
from graduand.pages.frame.lists import filter_form
from graduand.pages.frame.lists.filter_form import Narrowed, narrowed
from graduand.pages.frame.lists.list_spec import (
    Button,
    Column,
    Link,
    ListSpec,
    chosen_columns,
    file_url,
    text_of,
)
from graduand.pages.frame.offers import (
    Offer,
    closed_reason,
    may_be_meant,
    meant_for_nobody,
    with_a_box,
)
from graduand.pages.frame.phrases import counted
from graduand.pages.frame.queue.judging import JudgingStrip, strip
from graduand.pages.frame.shell import Shell, any_shell
from graduand.pages.frame.tags import Tag
from graduand.queries.listing import BATCH, ListFilter, capped_count
from graduand.queries.people import list_state
from graduand.queries.season.seasons import SEVERAL
from graduand.rulebook.outgoing.privacy import revealable

# ---- one page of it


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """The heading of a column: the link that turns its order, and the present order."""

    label: str
    css: str
    url: str
    state: str


@dataclass(frozen=True, slots=True)
class ListRow:
    """One line as the table shows it; `meant`: one of the bulk verbs may apply to it."""

    id: int
    candidate: int
    name: str
    url: str
    cells: list[tuple[Column, Any]]
    acts: list[Button]
    meant: bool = True


def show(request: HttpRequest, visit: Visit, spec: ListSpec, *, told: str = "") -> HttpResponse:
    """The list, as its address asks for it; `told` is the outcome of the last act."""
    question = narrowed(visit, spec, request.GET)
    sort = spec.sort(request.GET)
    asked = question.asked
    every = spec.rows(visit)
    found = spec.found(visit, asked, sort)
    page = _page(request, spec, asked, sort, found)
    kept = list_state.list_state_of(visit.actor.user_id, spec.key)
    columns = chosen_columns(spec, kept.columns, asked)
    offered = spec.bulk_verbs(visit, asked)
    page.rows = _rows(visit, spec, asked, page, columns, found, offered)
    # Beyond the end: back to the last page (Q04).
    if page.more and page.start >= page.total and not page.rows:
        page = _page(request, spec, asked, sort, found, exact=True)
        page.rows = _rows(visit, spec, asked, page, columns, found, offered)
    page.found(len(page.rows))
    context = {
        **_frame_of(visit, spec, question, page),
        **_filter_of(visit, spec, asked, every),
        "told": told,
        "columns": columns,
        "heads": [_head(page, column) for column in columns],
        "views": kept.views,
        "named": _view_name(kept.views, page),
        "verbs": _buttons(visit, spec, asked, page, found, offered),
        "choosable": _choosable(visit, spec, asked, page, found, offered),
        "judging": _strip_of(request, visit, spec, asked, every),
    }
    return render(request, "pages/list.html", context)


def _strip_of(
    request: HttpRequest, visit: Visit, spec: ListSpec, asked: ListFilter, every: QuerySet[Any]
) -> JudgingStrip | None:
    """The line that says who is being judged again; None on a list without verdicts."""
    if not spec.verdicts:
        return None
    return strip(request, visit.today, spec.path, asked, every)


def _frame_of(visit: Visit, spec: ListSpec, question: Narrowed, page: Page) -> dict[str, Any]:
    """What is shown around the table."""
    beside = spec.notes(visit, question.asked)
    return {
        "shell": _shell(visit, spec, question),
        "personal": _personal(visit, spec, page),
        "others": question.others,
        "spec": spec,
        "page": page,
        "beside": beside,
        "heading": beside.heading or spec.title,
        "noun": _noun(spec, question.asked),
        "counted": counted(page.total, more=page.more),
        "exact": address(spec.path, [*page.kept, ("exact", "1")]),
    }


def _filter_of(visit: Visit, spec: ListSpec, asked: ListFilter, every: Any) -> dict[str, Any]:
    """The form of the filter, what it says in words, and the key of what is ticked."""
    return {
        "narrowed": asked.besides_batch(),
        "asked_words": filter_form.words(visit.actor, spec, asked.besides_batch()),
        "ticks": _ticks(visit, spec, asked),
        "fields": filter_form.fields(visit, spec, asked, every),
        "pasted": filter_form.pasted(visit, spec, asked, every),
    }


def _noun(spec: ListSpec, asked: ListFilter) -> str:
    """The unit in which the lines are counted: a person may be in several batches, then it is
    files.
    """
    if spec.noun == "人" and asked[BATCH] in SEVERAL:
        return "份"
    return spec.noun


def _buttons(
    visit: Visit,
    spec: ListSpec,
    asked: ListFilter,
    page: Page,
    found: QuerySet[Any],
    offered: Sequence[Offer],
) -> list[dict[str, str]]:
    """The bulk verbs, each with why it moves no file today.

    One query where it can apply to no file of the page.
    """
    nobody = ""
    if offered and page.rows and not any(row.meant for row in page.rows):
        nobody = meant_for_nobody(offered, visit.actor.desk, found, _stage_path(spec))
    return [
        {
            "value": offer.key,
            "label": f"批量{offer.label}",
            "why": closed_reason(visit, asked, offer) or nobody,
        }
        for offer in offered
    ]


def _stage_path(spec: ListSpec) -> str:
    """The path that leads from a line of the list to its stage."""
    if spec.candidate == "id":
        return "stage"
    return "candidate__stage"


@dataclass(frozen=True, slots=True)
class SelectableCount:
    """How many lines of a list have a box to tick; with `more` they were not counted to the end."""

    total: int
    more: bool

    @property
    def words(self) -> str:
        return counted(self.total, more=self.more)


def _choosable(
    visit: Visit,
    spec: ListSpec,
    asked: ListFilter,
    page: Page,
    found: QuerySet[Any],
    offered: Sequence[Offer],
) -> SelectableCount:
    """What 全选 chooses; one query where files of several stages are on the list."""
    # Files at a review desk are all at the one stage that is reviewed there.
    if not offered or spec.candidate != "id" or asked["stage"] or spec.desk:
        return SelectableCount(page.total, page.more)
    return SelectableCount(*capped_count(with_a_box(found, offered, visit.actor.desk)))


def _ticks(visit: Visit, spec: ListSpec, asked: ListFilter) -> str:
    """The key under which the browser stores what is ticked: for one person, list and filter."""
    question = repr((visit.actor.user_id, spec.key, asked.pairs()))
    return salted_hmac("ticks", question).hexdigest()[:16]


def _shell(visit: Visit, spec: ListSpec, question: Narrowed) -> Shell:
    """The frame; switching the batch keeps the rest of the filter."""
    asked = question.asked
    here = address(spec.path, asked.besides_batch())
    return any_shell(visit, here, batch=asked[BATCH], switched=spec.batch)


def _page(
    request: HttpRequest,
    spec: ListSpec,
    asked: ListFilter,
    sort: str,
    found: Any,
    *,
    exact: bool = False,
) -> Page:
    """The page asked for; one query. A long list is counted to the end only on request."""
    if exact or request.GET.get("exact") == "1":
        return page_of(request.GET, spec.path, asked.pairs(), found.count(), sort=sort, more=False)
    total, more = capped_count(found)
    return page_of(request.GET, spec.path, asked.pairs(), total, sort=sort, more=more)


def _personal(visit: Visit, spec: ListSpec, page: Page) -> str:
    """The address where the list can be exported with personal fields; "" where it can't, or not by
    this role.
    """
    if not spec.candidate or not revealable(visit.actor.roles):
        return ""
    return address(f"/lists/{spec.key}/personal", page.kept)


def _rows(
    visit: Visit,
    spec: ListSpec,
    asked: ListFilter,
    page: Page,
    columns: list[Column],
    found: Any,
    offered: Sequence[Offer],
) -> list[ListRow]:
    lines = spec.page(visit, found, page)
    acts = spec.buttons(visit, asked, page, lines)
    rows = (
        _row(spec, asked, page, columns, line, place, acts)
        for place, line in enumerate(lines, page.first)
    )
    return [
        replace(row, meant=may_be_meant(offered, visit.actor.desk, line))
        for row, line in zip(rows, lines, strict=True)
    ]


def _row(
    spec: ListSpec,
    asked: ListFilter,
    page: Page,
    columns: list[Column],
    line: Any,
    place: int,
    acts: Any,
) -> ListRow:
    cells: list[tuple[Column, Any]] = []
    known = getattr(line, "candidate_id", line.id)
    url = _url(spec, asked, page, line, known, place)
    for column in columns:
        shown = column.value(line)
        if column.linked and url:
            shown = Link(text_of(shown), url)
        elif not isinstance(shown, str | Tag | Link):
            shown = text_of(shown)
        cells.append((column, shown))
    name = next((text_of(shown) for column, shown in cells if column.linked), str(line.id))
    return ListRow(line.id, known, name, url, cells, acts.get(line.id, []))


def _url(spec: ListSpec, asked: ListFilter, page: Page, line: Any, known: int, place: int) -> str:
    """Where a line links to; "" for nowhere."""
    if spec.link:
        return spec.link(line)
    if spec.desk:
        return address(f"{spec.desk}/{known}", asked.pairs())
    if spec.candidate:
        return file_url(spec.key, known, asked, place, page.sort)
    return ""


def _head(page: Page, column: Column) -> ColumnHead:
    state = {column.key: "ascending", f"-{column.key}": "descending"}.get(page.sort, "")
    if not column.sort:
        return ColumnHead(column.label, column.css, "", state)
    turned = column.key
    if state == "ascending":
        turned = f"-{column.key}"
    return ColumnHead(column.label, column.css, page.sorted_by(turned), state)


def _view_name(views: Sequence[Any], page: Page) -> str:
    pairs = [pair for pair in page.filter_pairs if pair[0] != BATCH]
    here = replace(page, filter_pairs=pairs).url(1).partition("?")[2]
    return next((view.name for view in views if view.query == here), "")
