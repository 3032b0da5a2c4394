"""The door of every page: who is it, what time is it, which season; and a page that is looked at never writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from graduand.office import acts
from graduand.pages.base import trouble
from graduand.queries import clock
from graduand.queries.candidates import BadFilter
from graduand.queries.progress import Season, season
from graduand.queries.scope import Actor, actor_of
from graduand.rulebook.calendar import office_day
from graduand.rulebook.canon import BadText
from graduand.rulebook.terms import Desk

STAFF = (Desk.CENTRE, Desk.COLLEGE, Desk.HQ)


class WroteWhileLooking(RuntimeError):
    """A GET tried to change the database."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one person: what every page needs to know."""

    actor: Actor
    now: datetime
    season: Season | None

    @property
    def today(self) -> date:
        return office_day(self.now)


View = Callable[..., HttpResponse]


def _refuse_writes(execute: Any, sql: str, *rest: Any) -> Any:
    if not sql.lstrip("( \n").upper().startswith(("SELECT", "WITH")):
        raise WroteWhileLooking(sql.split(" ", 1)[0])
    return execute(sql, *rest)


@contextmanager
def looking() -> Iterator[None]:
    """Inside, the database answers questions and refuses anything else."""
    with connection.execute_wrapper(_refuse_writes):
        yield


def _to_login(request: HttpRequest) -> HttpResponse:
    where = "/login?" + urlencode({"next": request.get_full_path()}) if request.method == "GET" else "/login"
    return HttpResponseClientRedirect("/login") if request.htmx else redirect(where)


def _entering(request: HttpRequest) -> Visit | None:
    """The visit of whoever is signed in; None for nobody, for a disabled account and one without a role today."""
    if not request.user.is_authenticated:
        return None
    moment = clock.now()
    actor = actor_of(request.user, office_day(moment))
    return Visit(actor, moment, season()) if actor else None


def _guarded(view: View, desks: tuple[Desk, ...], *, reading: bool) -> View:
    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        visit = _entering(request)
        if visit is None:
            if request.user.is_authenticated:
                logout(request)
            return _to_login(request)
        if visit.actor.desk not in desks:
            raise Http404
        try:
            with looking() if reading else nullcontext():
                return view(request, visit, *args, **kwargs)
        except (BadFilter, BadText) as problem:
            return trouble(request, 400, "无法识别的请求", f"{str(problem).rstrip('。')}。")
        except acts.NotAllowed as problem:
            return trouble(request, 403, "不能办理", str(problem))
        except acts.NotYours:
            raise Http404 from None

    return never_cache(enter)


def reads(*desks: Desk) -> Callable[[View], View]:
    """A page to look at, for people at `desks`; another desk gets 404, nobody gets the sign-in page."""
    return lambda view: require_safe(_guarded(view, desks, reading=True))


def writes(*desks: Desk) -> Callable[[View], View]:
    """A form that is sent, for people at `desks`."""
    return lambda view: require_POST(_guarded(view, desks, reading=False))
