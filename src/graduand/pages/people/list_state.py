"""What a person does to a list: views, columns, pasted numbers, the export of what is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from graduand.office.outgoing import list_exports
from graduand.office.people import list_state
from graduand.office.refusal import Refused
from graduand.pages.door.access import STAFF, Visit, writes
from graduand.pages.door.error_pages import error_page
from graduand.pages.frame import downloads
from graduand.pages.frame.base import filter_and_order
from graduand.pages.frame.lists.filter_form import asked_in_batch
from graduand.pages.frame.lists.list_spec import (
    Column,
    ListSpec,
    exported_columns,
    query_of,
    spec_of,
    text_of,
)
from graduand.queries.listing import BATCH, PICKED
from graduand.queries.people.list_state import list_state_of
from graduand.rulebook.terms import Desk

PIECE = 2_000


def _back(spec: ListSpec, query: str) -> HttpResponse:
    if not query:
        return redirect(spec.path)
    return redirect(f"{spec.path}?{query}")


@writes(*STAFF, Desk.ADMIN)
def save_view(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """The filter and order of a list, under a name."""
    spec = spec_of(visit, key)
    query = query_of(spec, request.POST)
    kept = query_of(spec, request.POST, any_batch=True)
    try:
        list_state.save_view(visit.actor.user_id, key, request.POST.get("name", ""), kept)
    except Refused as problem:
        return error_page(request, 400, "视图没有保存", f"{problem}。", spec.path)
    return _back(spec, query)


@writes(*STAFF, Desk.ADMIN)
def forget_view(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """Delete a view."""
    spec = spec_of(visit, key)
    list_state.forget_view(visit.actor.user_id, key, request.POST.get("name", ""))
    return _back(spec, query_of(spec, request.POST))


@writes(*STAFF, Desk.ADMIN)
def choose_columns(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """The columns to see from now on."""
    spec = spec_of(visit, key)
    list_state.choose_columns(visit.actor.user_id, key, _columns(request.POST, spec))
    return _back(spec, query_of(spec, request.POST))


def _columns(form: QueryDict, spec: ListSpec) -> list[str]:
    """The columns that are ticked; none for the usual ones."""
    if form.get("usual") == "1":
        return []
    ticked = set(form.getlist("column"))
    columns = [column.key for column in spec.columns if column.key in ticked]
    if columns == [column.key for column in spec.columns if column.shown]:
        return []
    return columns


@writes(*STAFF, Desk.ADMIN)
def keep_numbers(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """A pasted list of 学号, stored since it is too long for an address."""
    spec = spec_of(visit, key)
    try:
        picked = list_state.keep_numbers(visit.actor.user_id, request.POST.get("numbers", ""))
    except Refused as problem:
        return error_page(request, 400, "没有按学号查询", f"{problem}。", spec.path)
    kept = request.POST.copy()
    kept[PICKED] = picked
    return _back(spec, query_of(spec, kept))


@writes(*STAFF, Desk.ADMIN)
def export(request: HttpRequest, visit: Visit, key: str) -> HttpResponse | FileResponse:
    """The filtered rows, in their order, as a workbook; sensitive columns are left out."""
    spec = spec_of(visit, key)
    try:
        return _written(request, visit, spec)
    except Refused as problem:
        return error_page(request, 400, "没有导出", f"{problem}。", spec.path)


def _written(request: HttpRequest, visit: Visit, spec: ListSpec) -> FileResponse:
    asked = asked_in_batch(visit, spec, request.POST)
    columns = exported_columns(spec, list_state_of(visit.actor.user_id, spec.key).columns, asked)
    sort = spec.sort(request.POST)
    leaving = list_exports.ListExport(
        spec.key,
        spec.title,
        filter_and_order(asked.pairs(), sort),
        [column.key for column in columns],
        [column.label for column in columns],
    )
    found = spec.found(visit, asked, sort)
    ids = list(found.values_list("id", flat=True)[: list_exports.MOST_ROWS + 1])
    name = downloads.list_name(visit, spec.title, asked[BATCH])
    return downloads.table(visit, leaving, _texts(spec, visit, found, ids, columns), len(ids), name)


def _texts(
    spec: ListSpec, visit: Visit, found: Any, ids: list[int], columns: list[Column]
) -> Iterator[list[str]]:
    """The rows in pieces, each picked by the ids of its place: a long list is sorted once."""
    values = [column.value for column in columns]
    for start in range(0, len(ids), PIECE):
        piece = ids[start : start + PIECE]
        lines = {
            line.id: line for line in spec.piece(visit, found.filter(id__among=piece), 0, PIECE)
        }
        for pk in piece:
            if pk in lines:
                line = lines[pk]
                yield [text_of(value(line)) for value in values]
