"""单位: whom to contact there and where parcels go."""

from __future__ import annotations

from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path

from graduand.models import Unit
from graduand.office.people import accounts as office
from graduand.pages.door import visitors
from graduand.pages.door.access import Visit, reads, writes
from graduand.pages.frame.shell import any_shell
from graduand.queries.people import accounts
from graduand.rulebook.terms import Role, UnitKind

UNIT_KEEPERS = (Role.HQ_ADMIN, Role.SYSTEM_ADMIN)


@reads(*UNIT_KEEPERS)
def units(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The tree of units, with how many people each has."""
    return render(
        request,
        "pages/people/units.html",
        {
            "shell": any_shell(visit, "/units"),
            "units": accounts.tree(),
            "done": "done" in request.GET,
        },
    )


@reads(*UNIT_KEEPERS)
def unit(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Who to ask there and where parcels go."""
    found = get_object_or_404(Unit, pk=pk)
    page = {
        "shell": any_shell(visit, "/units"),
        "unit": found,
        "kind": UnitKind(found.kind).label,
        "key": uuid4().hex,
    }
    return render(request, "pages/people/unit.html", page)


@writes(*UNIT_KEEPERS)
def change_unit(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """The contact of one unit."""
    sent = office.FormOrigin(
        visit.actor, visitors.address(request), request.POST.get("key", "")[:64]
    )
    contact = (request.POST.get(name, "") for name in ("contact", "phone", "address"))
    office.change_unit(sent, get_object_or_404(Unit, pk=pk), *contact)
    return redirect("/units?done=1")


ADDRESSES = [
    path("units", units),
    path("units/<int:pk>", unit),
    path("units/<int:pk>/change", change_unit),
]
