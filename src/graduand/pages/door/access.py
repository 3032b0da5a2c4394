"""The access to every page: who asks, at what time, for which batches; and a GET never writes.

Every view carries its `rule`: who may open it and by which methods. The matrix in docs/access.md
and the tests of every address x role are made from these, and a view without one fails a test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import structlog
from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from graduand.office import account_log
from graduand.office.people import pending_forms
from graduand.office.refusal import RefusalKind, Refused
from graduand.pages.door import refusals, visitors
from graduand.pages.door.error_pages import error_page
from graduand.pages.door.read_only import READ, look
from graduand.queries import clock
from graduand.queries.listing import BadFilter
from graduand.queries.scope import Actor, actor_of
from graduand.queries.season.seasons import Season, seasons
from graduand.rulebook.calendar import office_day
from graduand.rulebook.canon import BadText
from graduand.rulebook.terms import Desk, Role

STAFF = (Desk.CENTRE, Desk.COLLEGE, Desk.HQ)


AGAIN = "/account/again"
SECOND_FACTOR = "/account"
# The address at which a form that waits for a proof is sent again, and the field that names the
# form.
RESUME = "/account/resume"
RESUMED = "resumed"
_LOG = structlog.get_logger("graduand.access")
MOST_KEY = 2**63 - 1
WRITE = ("POST",)


class ProofExpired(Exception):
    """A guarded act was asked for, and the last proof of identity is too old.

    `back` is the address to return to.
    """

    def __init__(self, back: str) -> None:
        super().__init__(back)
        self.back = back


@dataclass(frozen=True, slots=True)
class AccessRule:
    """Who may open a page, by which methods; `who` is empty for everybody (`open_to` says what
    everybody means).

    `fresh` pages require a proof of identity that is only minutes old.
    """

    open_to: str
    who: tuple[Desk | Role, ...]
    methods: tuple[str, ...]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one person: what every page needs to know.

    `seasons` are all batches, newest first; `batch` is the one that the address asks for, "" when
    it asks for none. `fresh`: identity was proved minutes ago.
    """

    actor: Actor
    now: datetime
    seasons: tuple[Season, ...] = ()
    batch: str = ""
    fresh: bool = False

    @property
    def unfinished(self) -> tuple[Season, ...]:
        """The batches in which there is something left to do, newest first."""
        return tuple(season for season in self.seasons if season.batch.finished_at is None)

    def season(self, code: str) -> Season | None:
        """The batch of that code; None for no code and for every batch at once."""
        return next((season for season in self.seasons if season.code == code), None)

    def prove(self, back: str) -> None:
        """Called for the guarded acts of a page. Raises ProofExpired without a fresh proof."""
        if not self.fresh:
            raise ProofExpired(back)

    @property
    def today(self) -> date:
        return office_day(self.now)


View = Callable[..., HttpResponseBase]


def _elsewhere(request: HttpRequest, url: str) -> HttpResponse:
    if visitors.for_a_part(request):
        return HttpResponseClientRedirect(url)
    return redirect(url)


def _to_login(request: HttpRequest) -> HttpResponse:
    asked = {}
    if getattr(request, "timed_out", False):
        asked["timeout"] = "1"
    if request.method == "GET" and not visitors.for_a_part(request):
        asked["next"] = request.get_full_path()
    if not asked:
        return _elsewhere(request, "/login")
    return _elsewhere(request, f"/login?{urlencode(asked)}")


def _entering(request: HttpRequest) -> Visit | None:
    """The visit of whoever is signed in; None for a disabled account and one without a role too."""
    if not request.user.is_authenticated:
        return None
    moment = clock.now()
    actor = actor_of(request.user, office_day(moment))
    if actor is None:
        return None
    return Visit(actor, moment, seasons(), request.GET.get("batch", ""), visitors.fresh(request))


def _factor_missing(request: HttpRequest, visit: Visit) -> bool:
    """Staff need a second factor before anything else; a demonstration may do without."""
    if settings.SECOND_FACTOR != "required" or visit.actor.desk is Desk.STUDENT:
        return False
    return not visitors.has_second_factor(request)


def _admitted(visit: Visit, rule: AccessRule) -> bool:
    return (
        rule.open_to == "own"
        or visit.actor.desk in rule.who
        or not visit.actor.roles.isdisjoint(rule.who)
    )


def opens(visit: Visit, path: str) -> bool:
    """Whether they may open the page at `path`; what is done with a list has the rule of the list's
    page.
    """
    rule = rule_of(resolve(path).func)
    return rule is not None and _admitted(visit, rule)


def _could_be(named: dict[str, Any]) -> bool:
    """Whether the numbers in the address could be a row's: the databases take no longer ones."""
    return all(not isinstance(number, int) or number <= MOST_KEY for number in named.values())


def _guarded(view: View, rule: AccessRule) -> View:
    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        visit = _entering(request)
        if visit is None:
            if request.user.is_authenticated:
                logout(request)
            return _to_login(request)
        if rule.open_to != "own" and _factor_missing(request, visit):
            return _elsewhere(request, SECOND_FACTOR)
        if not _admitted(visit, rule) or not _could_be(kwargs):
            _refused(request, visit)
            raise Http404
        answer = _opened(request, visit, view, rule, args, kwargs)
        if RESUMED in request.POST and answer.status_code < 400:
            pending_forms.forget(visit.actor.user_id, request.POST[RESUMED])
        return answer

    return declare(never_cache(require_http_methods(rule.methods)(enter)), rule)


def _opened(
    request: HttpRequest, visit: Visit, view: View, rule: AccessRule, args: Any, kwargs: Any
) -> HttpResponseBase:
    """The page itself; what it raises becomes a sentence."""
    reading = request.method in READ
    try:
        if rule.fresh:
            visit.prove(_page_of(request))
        if reading:
            return look(request, view, visit, *args, **kwargs)
        with account_log.coming_from(visitors.address(request)):
            return view(request, visit, *args, **kwargs)
    except ProofExpired as need:
        back = need.back
        if not reading:
            back = _kept(request, visit) or back
        return _elsewhere(request, f"{AGAIN}?{urlencode({'next': back})}")
    except (BadFilter, BadText) as problem:
        return error_page(request, 400, "无法识别的请求", f"{str(problem).rstrip('。')}。")
    except Refused as refusal:
        if refusal.kind is not RefusalKind.NOT_YOURS:
            return refusals.answer(request, refusal, _came_from(request))
        _refused(request, visit)
        raise Http404 from None
    except Http404:
        _refused(request, visit)
        raise


def _kept(request: HttpRequest, visit: Visit) -> str:
    """The address at which the form can be sent again after the proof; files have to be chosen once
    more.

    "" for a form that is too large.
    """
    files = tuple(
        (name, upload.name or "") for name, sent in request.FILES.lists() for upload in sent
    )
    fields = tuple((name, value) for name, values in request.POST.lists() for value in values)
    sent = pending_forms.SentForm(request.get_full_path(), _came_from(request), fields, files)
    key = pending_forms.keep(visit.actor.user_id, sent)
    if not key:
        return ""
    return f"{RESUME}/{key}"


def _refused(request: HttpRequest, visit: Visit) -> None:
    """Logs that somebody asked for a page that does not exist, or is not theirs (A01)."""
    _LOG.warning(
        "access refused",
        user=visit.actor.user_id,
        desk=visit.actor.desk.value,
        method=request.method,
        path=request.path,
        address=visitors.address(request),
    )


def _page_of(request: HttpRequest) -> str:
    """The page of the request, or the page whose form was sent."""
    if request.method in READ:
        return request.get_full_path()
    return _came_from(request)


def _came_from(request: HttpRequest) -> str:
    """The page whose form was sent; the home page when that is not ours."""
    before = urlsplit(request.headers.get("Referer", ""))
    if before.netloc != request.get_host():
        return "/"
    return urlunsplit(("", "", before.path, before.query, ""))


def declare(view: View, rule: AccessRule) -> View:
    """The view, carrying its rule."""
    view.rule = rule  # type: ignore[attr-defined]  # read by the matrix and its tests
    return view


def rule_of(view: View) -> AccessRule | None:
    """The rule that a view carries; None when it was forgotten."""
    rule = getattr(view, "rule", None)
    if isinstance(rule, AccessRule):
        return rule
    return None


def reads(*who: Desk | Role, fresh: bool = False) -> Callable[[View], View]:
    """A page (GET) for people at a desk or with a role of `who`; others get 404.

    People who have not signed in get the sign-in page.
    """
    return lambda view: _guarded(view, AccessRule("named", who, READ, fresh))


def writes(*who: Desk | Role, fresh: bool = False) -> Callable[[View], View]:
    """A form (POST) for people at a desk or with a role of `who`.

    `fresh` requires a recent proof of identity.
    """
    return lambda view: _guarded(view, AccessRule("named", who, WRITE, fresh))


def own(*methods: str, fresh: bool = False) -> Callable[[View], View]:
    """A page about one's own account: for everybody with a role, without a second factor too."""
    return lambda view: _guarded(view, AccessRule("own", (), methods or READ, fresh))


def anybody(*methods: str) -> Callable[[View], View]:
    """A page for people who have not signed in."""
    rule = AccessRule("anybody", (), methods or READ)

    def guard(view: View) -> View:
        @wraps(view)
        def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method in READ:
                return look(request, view, *args, **kwargs)
            return view(request, *args, **kwargs)

        return declare(require_http_methods(rule.methods)(enter), rule)

    return guard
