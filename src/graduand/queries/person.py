"""One file as a page shows it: who it is, what was earned module by module, what was done in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import OuterRef, QuerySet, Subquery

from graduand.models import Candidate, Event, Judgement, Result, Statement
from graduand.queries.candidates import stored
from graduand.rulebook.academics import PlanAudit, counted, credits_text
from graduand.rulebook.clauses import Finding
from graduand.rulebook.facts import Course
from graduand.rulebook.journey import step_of
from graduand.rulebook.terms import Desk, ReasonCode, Verb
from graduand.rulebook.transcript import mark_text, passed, rank

NO_RESULT = "无成绩"


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the results table: a module with its credits, or a course with its best result."""

    label: str
    need: str
    has: str
    passed: bool
    module: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """One event of the history."""

    verb: str
    start: str
    end: str
    at: datetime
    who: str
    desk: Desk
    note: str
    scan: Statement | None = None


def one(people: QuerySet[Candidate], pk: int) -> Candidate | None:
    """The file `pk` of `people` with everything beside it; one query."""
    beside = ("student", "student__plan", "centre", "round", "judgement", "batch")
    return people.select_related(*beside).filter(pk=pk).first()


def judgement(candidate: Candidate) -> tuple[Judgement | None, tuple[Finding, ...]]:
    """The stored judgement and its findings; (None, ()) before any."""
    row: Judgement | None = getattr(candidate, "judgement", None)
    return row, stored(row.unmet) if row else ()


def marks(candidate: Candidate, audit: PlanAudit, day: date) -> list[Mark]:
    """Module by module, then what counts for nothing (formats, rule 3); one query."""
    rows = Result.objects.filter(student=candidate.student_id, released__lte=day, void=False)
    best: dict[str, str] = {}
    keys: list[tuple[str, date]] = []
    for course, mark, key, released in rows.values_list("course", "mark", "pass_key", "released"):
        keys.append((key, released))
        if course not in best or rank(mark) > rank(best[course]):
            best[course] = mark
    ways = set(counted(keys, day).split(","))
    done = frozenset(c.code for c in audit.plan.courses if passed(c, ways))
    found: list[Mark] = []
    for name, least in audit.plan.modules:
        courses = [c for c in audit.plan.courses if c.module == name]
        earned = sum(c.credits for c in courses if c.code in done)
        found.append(Mark(name, credits_text(least), credits_text(earned), earned >= least, module=True))
        found += [_course(c, best, done) for c in courses if c.code in best or c.must_pass or c.practice]
    outside = sorted(best.keys() - {c.code for c in audit.plan.courses})
    return found + [Mark(f"{code}（不计入）", "", mark_text(best[code]) or NO_RESULT, passed=True) for code in outside]


def _course(course: Course, best: dict[str, str], done: frozenset[str]) -> Mark:
    name = f"{course.name}（{course.code}）{'·综合实践' if course.practice else ''}"
    return Mark(name, credits_text(course.credits), mark_text(best.get(course.code, "")) or NO_RESULT, course.code in done)


def history(candidate: Candidate) -> list[Done]:
    """Every event of the file, oldest first; one query, and one more where statements were signed."""
    signed = Statement.objects.filter(act=OuterRef("act"), candidate=OuterRef("candidate")).values("id")
    rows = Event.objects.filter(candidate=candidate).select_related("actor", "second").order_by("at", "id")
    events = list(rows.annotate(statement=Subquery(signed)))
    ids = [event.statement for event in events if event.statement]
    statements = Statement.objects.in_bulk(ids) if ids else {}
    return [_done(event, statements.get(event.statement)) for event in events]


_NUMBERS = {
    Verb.APPLY: "上报顺序", Verb.CERTIFY: "证书编号", Verb.VOID: "原证书编号", Verb.DEREGISTER: "注销注册的证书",
}  # fmt: skip


def _number(event: Event) -> str:
    """The number that the step brought, with what it is."""
    what = _NUMBERS.get(Verb(event.verb))
    return f"{what} {event.number}" if what and event.number else event.number


def _degree_dropped(event: Event) -> str:
    """Why an application went without the degree that was asked for; "" when it did not."""
    reasons = [found.sentence for found in stored(event.findings) if found.code.startswith("DEGREE-")]
    return f"未申请学位：{'；'.join(reasons)}" if reasons else ""


def _where(statement: Statement | None) -> str:
    """Where a signed paper lies; a scan is handed out itself."""
    return f"纸质声明 {statement.signed_on} 签字，存于{statement.place}" if statement and statement.place else ""


def _done(event: Event, statement: Statement | None = None) -> Done:
    reason = ReasonCode(event.reason).label if event.reason else ""
    note = "：".join(part for part in (reason, event.note) if part)
    who = event.actor.name + (f"、{event.second.name}" if event.second else "")
    desk = Desk(event.desk)
    verb = Verb(event.verb)
    place = step_of(verb).track.value
    return Done(
        verb.label, place(event.from_stage).label, place(event.to_stage).label, event.at,
        f"{who}（代{desk.label}办理）" if event.acted_for else who, desk,
        "；".join(part for part in (note, _number(event), _degree_dropped(event), _where(statement)) if part),
        statement if statement and statement.file else None,
    )  # fmt: skip
