"""人脸比对: off until headquarters' administrator turns it on and writes down on which legal basis."""

from __future__ import annotations

from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from graduand.office.photos import comparison
from graduand.pages.door.access import Visit, reads, writes
from graduand.pages.frame.base import is_form_key
from graduand.pages.frame.shell import any_shell
from graduand.queries.photos import gallery as lists
from graduand.rulebook.canon import canon_text
from graduand.rulebook.terms import Role

HOME = "/photos/faces"


@reads(Role.HQ_ADMIN, Role.AUDITOR)
def faces(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The switch, what it means, and everything that was ever ordered."""
    orders = lists.face_orders()
    context = {
        "shell": any_shell(visit, HOME),
        "orders": orders,
        "on": bool(orders) and orders[0].on,
        "key": uuid4().hex,
        "may": Role.HQ_ADMIN in visit.actor.roles,
        "kept": lists.count_faces(),
    }
    return render(request, "pages/photos/faces.html", context)


@writes(Role.HQ_ADMIN, fresh=True)
def order(request: HttpRequest, visit: Visit) -> HttpResponse:
    """开启 with its basis, or 关闭, which forgets every face."""
    key = request.POST.get("key", "")
    on = request.POST.get("on", "")
    if on not in ("0", "1") or not is_form_key(key):
        raise Http404
    comparison.order(on == "1", canon_text(request.POST.get("basis", "")), visit.actor, key)
    return redirect(HOME)
