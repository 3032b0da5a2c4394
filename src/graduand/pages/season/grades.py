"""成绩申报: for the rounds of the unfinished batches, whether each college has declared its grades
complete.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path

from graduand.models import Round, Unit
from graduand.office.season import grades as office
from graduand.pages.door import visitors
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.frame.base import address, keys_of
from graduand.pages.frame.season.grades import GRADES
from graduand.pages.frame.shell import shell
from graduand.pages.frame.tags import BAD, IDLE, OK, WARN, Tag
from graduand.queries.listing import BATCH, BadFilter
from graduand.queries.season.grades import Declaration, colleges_of, declarations
from graduand.queries.season.seasons import SEVERAL
from graduand.rulebook.calendar import office_day
from graduand.rulebook.terms import Desk


@reads(*STAFF)
def grades(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Who has declared, who has not, and until when."""
    shown = [season for season in visit.unfinished if visit.batch in ("", season.code, *SEVERAL)]
    lines = declarations(shown, colleges_of(visit.actor))
    may = not visit.actor.roles.isdisjoint(office.REVIEWING)
    closed = {season.code for season in visit.unfinished if season.batch.closed_at is not None}
    rows = [
        {"one": line, "state": _state(visit, line), "open": may and line.batch not in closed}
        for line in lines
    ]
    context = {
        "shell": shell(visit, GRADES, batch=visit.batch, switched=True),
        "rows": rows,
        "may": may,
        "batch": request.GET.get(BATCH, ""),
    }
    return render(request, "pages/season/grades.html", context)


def _state(visit: Visit, line: Declaration) -> Tag:
    if line.at is None and line.late(visit.today):
        return Tag(BAD, "逾期未申报")
    if line.at is None:
        return Tag(IDLE, "未申报")
    if office_day(line.at) > line.due:
        return Tag(WARN, "逾期申报")
    return Tag(OK, "已申报")


@reads(Desk.COLLEGE, Desk.HQ)
def confirm(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The dialog before a college declares its grades complete, or takes that back: what it means,
    and room for a note.
    """
    filing_round, college = _round_and_college(request.GET, visit)
    declaration = _declaration(visit, filing_round, college)
    if declaration is None or visit.actor.roles.isdisjoint(office.REVIEWING):
        raise Http404
    context = {
        "one": declaration,
        "late": declaration.late(visit.today),
        "most": office.NOTE_LENGTH,
        "batch": request.GET.get("batch", ""),
        "dialog": visitors.for_a_part(request),
    }
    if visitors.for_a_part(request):
        return render(request, "parts/acts/declare.html", context)
    context["shell"] = shell(visit, GRADES, batch=filing_round.batch.code)
    return render(request, "pages/season/declare_grades.html", context)


def _declaration(visit: Visit, filing_round: Round, college: Unit) -> Declaration | None:
    """The college's declaration for that round; None where its batch is finished."""
    seasons = [season for season in visit.unfinished if season.batch.pk == filing_round.batch_id]
    found = declarations(seasons, [college.pk])
    return next((line for line in found if line.round_id == filing_round.pk), None)


@writes(Desk.COLLEGE, Desk.HQ)
def declare(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Declare the grades complete, or take that back; doing the same twice changes nothing."""
    filing_round, college = _round_and_college(request.POST, visit)
    note = request.POST.get("note", "")
    if request.POST.get("do") == "withdraw":
        office.withdraw(filing_round, college, visit.actor, note)
    else:
        office.declare(filing_round, college, visit.actor, note)
    batch = request.POST.get("batch", "")
    if not batch:
        return redirect(GRADES)
    return redirect(address(GRADES, [(BATCH, batch)]))


def _round_and_college(form: QueryDict, visit: Visit) -> tuple[Round, Unit]:
    """The round and the college that the form names.

    Raises BadFilter where one is not named, Http404 where it does not exist or is not the actor's.
    """
    if not form.get("round") or not form.get("college"):
        raise BadFilter("请在「成绩申报」里选择要申报的轮次和学院。")
    keys = keys_of([form.get("round", ""), form.get("college", "")])
    if keys is None:
        raise Http404
    filing_round = Round.objects.select_related("batch").filter(pk=keys[0]).first()
    college = Unit.objects.filter(pk=keys[1], pk__in=colleges_of(visit.actor)).first()
    if filing_round is None or college is None:
        raise Http404
    return filing_round, college


ADDRESSES = [
    path("grades", grades),
    path("grades/confirm", confirm),
    path("grades/declare", declare),
]
