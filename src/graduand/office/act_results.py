"""What became of everybody an act was about: who moved, who did not and why, as rows and as a
workbook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from graduand.models import Act, Candidate, Event, Refusal
from graduand.office.outgoing import list_exports
from graduand.queries import scope
from graduand.queries.basis import basis_of
from graduand.queries.filing.candidates import stored
from graduand.queries.records.person import degree_dropped
from graduand.queries.refusals import named
from graduand.queries.scope import Actor
from graduand.queries.season.seasons import naming_next_of
from graduand.queries.verdicts import chunks
from graduand.rulebook.clauses import Finding
from graduand.rulebook.facts import Plan
from graduand.rulebook.journey import step_of
from graduand.rulebook.people.account_terms import Leaves
from graduand.rulebook.terms import Stage, Verb

RACED = "处理时已被他人办理，请刷新后查看最新状态"
LOOK_AGAIN = "打开该生档案，按最新状态办理"
GONE = "已不属于您的单位"
Book = tuple[str, str, tuple[str, ...], tuple[int, ...]]
# The workbooks of an act: the key under which they are on record, the title, the column headings
# and widths.
REFUSED = (
    Leaves.ACT_REFUSED,
    "未通过名单",
    ("学号", "姓名", "学习中心", "原因", "下一步"),
    (18, 12, 24, 60, 60),
)
EVERYBODY = (
    Leaves.ACT_RESULT,
    "办理结果",
    ("序号", "学号", "姓名", "学习中心", "结果", "上报顺序或编号", "现在的状态", "原因", "下一步"),
    (8, 18, 12, 24, 14, 22, 14, 60, 60),
)
PIECE = 2_000


@dataclass(frozen=True, slots=True)
class RefusalReasons:
    """Why one file was not moved; `naming` calls the next batch by its code."""

    row: Refusal
    findings: list[Finding]
    naming: Callable[[str], str]

    @property
    def first(self) -> str:
        """The code of the first finding against it; "" when another act was quicker."""
        if not self.findings:
            return ""
        return self.findings[0].code

    @property
    def words(self) -> str:
        found = "；".join(f"{f.sentence}（{f.clause.source}）" for f in self.findings)
        return self.naming(found) or RACED

    @property
    def todo(self) -> str:
        """What to do next."""
        if not self.findings:
            return LOOK_AGAIN
        return self.naming("；".join(dict.fromkeys(f.todo for f in self.findings)))


def _standing(findings: Sequence[Finding], plan: Plan) -> list[Finding]:
    """The findings against it: those that block; for a file that only a warning kept out, the
    warnings.
    """
    against = [f for f in findings if f.blocks] or list(findings)
    return [named(f, plan) for f in against]


def refusals(act: Act, actor: Actor, most: int | None = None) -> Iterator[RefusalReasons]:
    """The files that were not moved and that the actor still sees, by 学号, courses by name.

    There is no finding against files that another act moved first.
    """
    if not act.refused + act.raced:
        return
    audits = basis_of(act.batch).audits
    naming = naming_next_of(act.batch.code)
    rows = scope.visible(
        actor, Refusal.objects.filter(act=act), "candidate__centre", "candidate__student"
    )
    rows = rows.select_related("candidate__student__plan", "candidate__centre")
    for row in rows.order_by("candidate__student__number")[:most].iterator(chunk_size=PIECE):
        yield _reasons_of(row, audits[row.candidate.student.plan.code].plan, naming)


def settled(act: Act, actor: Actor, most: int) -> list[Candidate]:
    """The first files that already were where the step leads when the act came to them, by 学号; one
    query, none where there are none.
    """
    if not act.unchanged or most < 1:
        return []
    about = {"act": act, "candidate": OuterRef("pk")}
    rows = Candidate.objects.filter(id__among=act.items[: act.cursor]).select_related(
        "student", "centre"
    )
    rows = rows.exclude(Exists(Event.objects.filter(**about))).exclude(
        Exists(Refusal.objects.filter(**about))
    )
    return list(scope.visible(actor, rows).order_by("student__number")[:most])


def moved(act: Act, actor: Actor, most: int) -> list[Event]:
    """The first files that moved, in the order of the act, with the number that each was given; one
    query.
    """
    rows = Event.objects.filter(act=act).select_related("candidate__student", "candidate__centre")
    return list(
        scope.visible(actor, rows, "candidate__centre", "candidate__student").order_by("id")[:most]
    )


def without_degree(act: Act, actor: Actor) -> int:
    """How many files that the actor still sees were filed for graduation alone, though the degree
    was asked for.
    """
    if not act.asked.get("with_degree"):
        return 0
    rows = scope.visible(
        actor, Event.objects.filter(act=act), "candidate__centre", "candidate__student"
    )
    return sum(
        bool(degree_dropped(event)) for event in rows.only("findings").iterator(chunk_size=PIECE)
    )


def everybody(act: Act, actor: Actor) -> Iterator[tuple[str, ...]]:
    """One line per person, in the order of the act; people who have left the actor's units since
    are not named (A05).
    """
    step = step_of(Verb(act.verb))
    place = 0
    naming = naming_next_of(act.batch.code)
    for piece in chunks(act.items, PIECE):
        rows = Candidate.objects.filter(id__among=list(piece)).select_related("student", "centre")
        files = {file.pk: file for file in scope.visible(actor, rows)}
        events = Event.objects.filter(act=act, candidate_id__among=list(piece))
        moved = {event.candidate_id: event for event in events}
        against = {
            refusal.row.candidate_id: refusal for refusal in _refusals_of(act, piece, naming)
        }
        for pk in piece:
            place += 1
            file = files.get(pk)
            why = against.get(pk)
            event = moved.get(pk)
            if file is None:
                yield str(place), "", "", "", GONE, "", "", "", ""
                continue
            result = _outcome(event, why, reached=place <= act.cursor, there=step.target.label)
            yield str(place), *_line_of(file, result, event, why)


def _line_of(
    file: Candidate, result: str, event: Event | None, why: RefusalReasons | None
) -> tuple[str, ...]:
    """学号, 姓名, 学习中心, what became of the file, the number given, where it is now, why, what to do."""
    number = ""
    words = ""
    todo = ""
    if event:
        number = event.number
        words = degree_dropped(event)
    if why:
        words = why.words
        todo = why.todo
    return (
        file.student.number,
        file.student.name,
        file.centre.name,
        result,
        number,
        Stage(file.stage).label,
        words,
        todo,
    )


def _outcome(event: Event | None, why: RefusalReasons | None, *, reached: bool, there: str) -> str:
    """What became of one person: moved, refused, not reached, or `there` before the act came."""
    if event:
        return "成功"
    if why and why.row.raced:
        return "他人已先办理"
    if why:
        return "未通过"
    if reached:
        return f"已是「{there}」"
    return "未处理（已停止）"


def _refusals_of(
    act: Act, piece: Sequence[int], naming: Callable[[str], str]
) -> Iterator[RefusalReasons]:
    audits = basis_of(act.batch).audits
    rows = Refusal.objects.filter(act=act, candidate_id__among=list(piece)).select_related(
        "candidate__student__plan"
    )
    for row in rows:
        yield _reasons_of(row, audits[row.candidate.student.plan.code].plan, naming)


def refused_rows(act: Act, actor: Actor) -> Iterator[tuple[str, ...]]:
    """A line for everybody who was not moved, and one that counts those whom the actor no longer
    sees.
    """
    named = 0
    for refusal in refusals(act, actor):
        student = refusal.row.candidate.student
        named = named + 1
        yield (
            student.number,
            student.name,
            refusal.row.candidate.centre.name,
            refusal.words,
            refusal.todo,
        )
    hidden = act.refused + act.raced - named
    if hidden:
        yield "", f"另有 {hidden:,} 人", "", GONE, ""


def export_of(book: Book, act: Act) -> list_exports.ListExport:
    """The name under which a workbook of an act is on record."""
    key, title, headers, widths = book
    return list_exports.ListExport(
        key, title, [("act", str(act.pk))], (), headers, widths, whole=True
    )


def _reasons_of(row: Refusal, plan: Plan, naming: Callable[[str], str]) -> RefusalReasons:
    """The finding against one file; none where another act was quicker."""
    if row.raced:
        return RefusalReasons(row, [], naming)
    return RefusalReasons(row, _standing(stored(row.findings), plan), naming)
