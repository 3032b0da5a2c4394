"""Personal data shown on request: a masked field for a minute, a list, who looked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import urlencode
from uuid import uuid4

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path

from graduand.models import Candidate, Look
from graduand.office.outgoing import list_exports, personal_exports
from graduand.office.outgoing import privacy as office
from graduand.office.people.second_person import consents
from graduand.office.refusal import Refused
from graduand.pages.door import visitors
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.frame import downloads
from graduand.pages.frame.base import address, filter_and_order, page_of
from graduand.pages.frame.lists.filter_form import asked_in_batch
from graduand.pages.frame.lists.list_spec import (
    Column,
    ListSpec,
    exported_columns,
    spec_of,
    text_of,
)
from graduand.pages.frame.shell import any_shell, people, student_shell
from graduand.queries.listing import BATCH
from graduand.queries.outgoing.privacy import looks_at
from graduand.queries.people.list_state import list_state_of
from graduand.queries.records import person
from graduand.rulebook.outgoing.privacy import PersonalField, revealable
from graduand.rulebook.people.account_terms import ConsentKind, LookKind, Purpose
from graduand.rulebook.terms import Desk

PIECE = 1_000


@writes(*STAFF)
def reveal(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """One field of one file, in full, for a named purpose; the page forgets it after a minute."""
    file = person.file_with_details(people(visit), pk)
    if file is None:
        raise Http404
    key = request.POST.get("field", "")
    purpose = Purpose.of(request.POST.get("purpose", ""))
    try:
        field, value = office.reveal(
            visit.actor, file.student, key, purpose, visitors.address(request)
        )
    except Refused as problem:
        if not visitors.for_a_part(request):
            raise
        return render(
            request, "parts/outgoing/not_revealed.html", {"sentence": f"{problem}。"}, status=409
        )
    return _revealed(request, visit, file, field, value)


def _revealed(
    request: HttpRequest, visit: Visit, file: Candidate, field: PersonalField, value: str
) -> HttpResponse:
    """The value for a minute: a part of the page; without scripts a page that goes back."""
    page = {
        "label": field.label,
        "value": value or "未登记",
        "masked": field.mask(value) or "未登记",
        "seconds": office.SHOWN_SECONDS,
        "name": file.student.name,
        "back": f"/candidates/{file.pk}",
    }
    if visitors.for_a_part(request):
        return render(request, "parts/outgoing/revealed.html", page)
    answer = render(request, "pages/outgoing/revealed.html", page | {"shell": any_shell(visit, "")})
    answer["Refresh"] = f"{office.SHOWN_SECONDS};url={page['back']}"
    return answer


@reads(Desk.STUDENT)
def my_looks(request: HttpRequest, visit: Visit) -> HttpResponse:
    """谁看过我的资料."""
    rows = looks_at(visit.actor.student_id or 0)
    page = page_of(request.GET, "/my/looks", [], rows.count())
    page.rows = [_look(row) for row in rows[page.start : page.start + page.size]]
    return render(
        request, "pages/outgoing/my_looks.html", {"shell": student_shell(visit), "page": page}
    )


def _look(row: Look) -> dict[str, Any]:
    """Who looked at what, when and why, as the student reads it."""
    unit = Desk(row.desk).label
    if row.unit is not None:
        unit = row.unit.name
    what = LookKind(row.kind).label
    if row.what:
        what = f"{what}：{row.what}"
    return {
        "at": row.at,
        "who": row.user.name,
        "unit": unit,
        "what": what,
        "purpose": Purpose.label_of(row.purpose),
    }


# -- a list with personal fields -------------------------------------------------------------------


def _spec(visit: Visit, key: str) -> ListSpec:
    """A list of students' files that this desk has. Raises Http404."""
    spec = spec_of(visit, key)
    if not spec.candidate or not revealable(visit.actor.roles):
        raise Http404
    return spec


@reads(*STAFF, fresh=True)
def ask_export(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """The form: which fields, why; how many rows, and whether a second person has to agree."""
    spec = _spec(visit, key)
    return render(request, "pages/outgoing/personal_export.html", _form(visit, spec, request.GET))


def _form(visit: Visit, spec: ListSpec, form: QueryDict) -> dict[str, Any]:
    asked = asked_in_batch(visit, spec, form)
    pairs = filter_and_order(asked.pairs(), spec.sort(form))
    return {
        "shell": any_shell(visit, spec.path),
        "spec": spec,
        "rows": spec.found(visit, asked).count(),
        "kept": pairs,
        "fields": [
            (field.key, field.label, field.key in form.getlist("field"))
            for field in revealable(visit.actor.roles)
        ],
        "purposes": Purpose.choices(),
        "purpose": form.get("purpose", ""),
        "limit": personal_exports.WITHOUT_CONSENT,
        "back": address(spec.path, pairs),
        "key": uuid4().hex,
    }


@writes(*STAFF, fresh=True)
def export(request: HttpRequest, visit: Visit, key: str) -> HttpResponse | FileResponse:
    """The workbook; above 200 rows without a consent the question is asked instead."""
    spec = _spec(visit, key)
    wanted, columns, ids = _wanted(request, visit, spec)
    back = _back(spec, request.POST, wanted)
    if request.POST.get("ask") == "1" and wanted.rows > personal_exports.WITHOUT_CONSENT:
        consents.ask(
            visit.actor,
            ConsentKind.EXPORT,
            wanted.detail(back),
            request.POST.get("reason", ""),
            address=visitors.address(request),
            key=request.POST.get("key", "")[:64],
        )
        return redirect("/consents")
    consent = personal_exports.consent_for(visit.actor, wanted, back)
    file = _written(request, visit, spec, wanted, consent, columns, ids)
    batch = dict(wanted.leaving.asked).get(BATCH, "")
    name = downloads.list_name(visit, f"{spec.title}-含个人信息", batch)
    return downloads.recorded(file, spec.key, name)


def _back(spec: ListSpec, form: QueryDict, wanted: personal_exports.PersonalExport) -> str:
    """The address of the same form, filled in."""
    chosen = [
        *wanted.leaving.asked,
        *(("field", field.key) for field in wanted.fields),
        ("purpose", wanted.purpose.value),
    ]
    return f"/lists/{spec.key}/personal?{urlencode(chosen)}"


def _wanted(
    request: HttpRequest, visit: Visit, spec: ListSpec
) -> tuple[personal_exports.PersonalExport, list[Column], list[int]]:
    """What the form asks for: exactly what is filtered, in its order. Raises Refused."""
    form = request.POST
    purpose = Purpose.of(form.get("purpose", ""))
    fields = personal_exports.fields_of(visit.actor, form.getlist("field"))
    if purpose is None:
        raise Refused("请选择导出的用途")
    asked = asked_in_batch(visit, spec, form)
    sort = spec.sort(form)
    columns = exported_columns(spec, list_state_of(visit.actor.user_id, spec.key).columns, asked)
    ids = list(
        spec.found(visit, asked, sort).values_list("id", flat=True)[: list_exports.MOST_ROWS + 1]
    )
    leaving = list_exports.ListExport(
        spec.key,
        spec.title,
        filter_and_order(asked.pairs(), sort),
        [*(column.key for column in columns), *(field.key for field in fields)],
        [*(column.label for column in columns), *(field.label for field in fields)],
    )
    return personal_exports.PersonalExport(leaving, fields, purpose, ids), columns, ids


def _written(
    request: HttpRequest,
    visit: Visit,
    spec: ListSpec,
    wanted: personal_exports.PersonalExport,
    consent: Any,
    columns: list[Column],
    ids: list[int],
) -> BinaryIO:
    """The open file, which has been deleted from the disk by now."""
    known = dict(spec.rows(visit).filter(id__among=ids).values_list("id", spec.candidate))
    ids = [pk for pk in ids if pk in known]
    candidates = [known[pk] for pk in ids]
    plain = _texts(spec, visit, ids, columns)
    _, file = personal_exports.write(
        visit.actor, wanted, consent, candidates, plain, visitors.address(request)
    )
    return file


def _texts(
    spec: ListSpec, visit: Visit, ids: list[int], columns: list[Column]
) -> Iterator[list[str] | None]:
    """A row of each; None for one that has left the list since it was asked for."""
    for start in range(0, len(ids), PIECE):
        piece = ids[start : start + PIECE]
        lines = {
            line.id: line
            for line in spec.piece(visit, spec.rows(visit).filter(id__among=piece), 0, PIECE)
        }
        for pk in piece:
            if pk in lines:
                yield [text_of(column.value(lines[pk])) for column in columns]
            else:
                yield None


ADDRESSES = [
    path("candidates/<int:pk>/reveal", reveal),
    path("lists/<slug:key>/personal", ask_export),
    path("lists/<slug:key>/personal/export", export),
    path("my/looks", my_looks),
]
