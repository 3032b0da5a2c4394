"""The application list of annex 2: what may be asked for, who answers to it, and the lines that are shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import reduce
from operator import or_

from django.db.models import F, Q, QuerySet
from django.db.models.lookups import Exact, GreaterThan

from graduand.models import Candidate
from graduand.queries.facts import gather
from graduand.queries.verdicts import PAPER_VERBS
from graduand.rulebook.calendar import Term
from graduand.rulebook.canon import BadText, canon_text
from graduand.rulebook.clauses import MASK_BITS, Finding, blocking
from graduand.rulebook.facts import Asked, Plan
from graduand.rulebook.gates import Bench
from graduand.rulebook.identity import mask_id
from graduand.rulebook.journey import Step, judge
from graduand.rulebook.terms import DegreeState, Level, Stage

YES_NO = {"1": True, "0": False}
TEXT_LIMIT = 40
PHOTO_CODES = ("PHOTO-PLATFORM",)
# Codes whose argument is the code of a course.
COURSE_CODES = frozenset({"COURSE-MISSING", "PRACTICE"})
CHSI_CODES = ("CHSI-ADMISSION", "CHSI-CREDENTIAL")
# Review queues keep the order in which the applications were reported (notice 七.2).
QUEUES = {Stage.APPLIED.value, Stage.ENDORSED.value}


class BadFilter(ValueError):
    """A filter that no page of ours sends; str() is a Chinese sentence."""


def mask(codes: Iterable[str]) -> int:
    """The bits of these codes in a stored judgement."""
    return reduce(or_, (1 << MASK_BITS[code] for code in codes), 0)


def found(codes: Iterable[str]) -> Q:
    """The stored judgement has at least one of `codes`."""
    return Q(GreaterThan(F("judgement__codes").bitand(mask(codes)), 0))


def free_of(codes: Iterable[str]) -> Q:
    """The stored judgement has none of `codes`."""
    return Q(Exact(F("judgement__codes").bitand(mask(codes)), 0))


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list is asked for; "" asks nothing. Values are those of the address, checked by `read`.

    `fit` 满足毕业条件, `clear` 现在可以申请 (nothing blocks), `photo`/`chsi` 存在, `goes_on` 续读本科, `code` one
    reason, `centre` a unit code, `q` the beginning of a 学号 or a 姓名.
    """

    term: str = ""
    fit: str = ""
    photo: str = ""
    chsi: str = ""
    stage: str = ""
    degree: str = ""
    q: str = ""
    centre: str = ""
    goes_on: str = ""
    clear: str = ""
    code: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Filter:
        """From the address; unknown names are ignored, unknown values raise BadFilter."""
        return cls(**{f.name: (asked.get(f.name) or "").strip() for f in fields(cls)}).checked()

    def checked(self) -> Filter:
        """Itself, with the text in canonical form. Raises BadFilter."""
        known = {
            "stage": {word.value for word in Stage},
            "degree": {word.value for word in DegreeState},
            "code": set(MASK_BITS),
            **{name: set(YES_NO) for name in ("fit", "photo", "chsi", "goes_on", "clear")},
        }
        for name, values in known.items():
            if (value := getattr(self, name)) and value not in values:
                raise BadFilter("筛选条件无法识别，请从页面上选择。")
        try:
            if self.term and str(Term.parse(self.term)) != self.term:
                raise BadFilter("入学年度学期无法识别，请从页面上选择。")
            text, centre = canon_text(self.q), canon_text(self.centre)
        except BadText as problem:
            raise BadFilter(problem.message) from problem
        if len(text) > TEXT_LIMIT or len(centre) > TEXT_LIMIT:
            raise BadFilter(f"查询内容太长，最多 {TEXT_LIMIT} 个字。")
        return replace(self, q=text, centre=centre)

    def pairs(self) -> list[tuple[str, str]]:
        """What is asked for, in a fixed order: for addresses, hidden fields and the signed token."""
        return [(f.name, value) for f in fields(self) if (value := getattr(self, f.name))]

    def where(self) -> Q:
        """The condition on Candidate: the same for a list, its count, and the card that opens it."""
        asked = Q()
        for name, value in self.pairs():
            asked &= _CONDITIONS[name](value)
        return asked


def _text(value: str) -> Q:
    if value.isascii() and value.isalnum():
        return Q(student__number__startswith=value)
    return Q(student__name__startswith=value)


_CONDITIONS: dict[str, Callable[[str], Q]] = {
    "term": lambda value: Q(student__entry=Term.parse(value).ordinal),
    "fit": lambda value: Q(judgement__fit=YES_NO[value]),
    "photo": lambda value: free_of(PHOTO_CODES) if YES_NO[value] else found(PHOTO_CODES),
    "chsi": lambda value: free_of(CHSI_CODES) if YES_NO[value] else found(CHSI_CODES),
    "stage": lambda value: Q(stage=value),
    "degree": lambda value: Q(degree=value),
    "q": _text,
    "centre": lambda value: Q(centre__code=value),
    "goes_on": lambda value: Q(student__goes_on=YES_NO[value]),
    "clear": lambda value: Q(judgement__clear=YES_NO[value]),
    "code": lambda value: found([value]),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One student of the list. Credits in hundredths; `findings` is the stored judgement, None before any."""

    id: int
    number: str
    name: str
    id_masked: str
    level: Level
    major: str
    class_name: str
    category: str
    entry: Term
    goes_on: bool
    centre: str
    stage: Stage
    degree: DegreeState
    round_name: str | None
    total: int | None
    fit: bool
    findings: tuple[Finding, ...] | None


_COLUMNS = (
    "id", "student__number", "student__name", "student__id_no", "student__level", "student__plan__major_name",
    "student__class_name", "student__category", "student__entry", "student__goes_on", "centre__name", "stage",
    "degree", "round__name", "judgement__total", "judgement__fit", "judgement__unmet",
)  # fmt: skip


def ordered(people: QuerySet[Candidate], asked: Filter) -> QuerySet[Candidate]:
    """`people` that answer to `asked`, in the order in which the list shows them."""
    rows = people.filter(asked.where())
    if asked.stage in QUEUES:
        return rows.order_by("round_id", "reported_no", "id")
    return rows.order_by("student__number", "id")


def lines(people: QuerySet[Candidate], first: int, size: int) -> list[Line]:
    """`size` lines from place `first` (0-based) on; one query."""
    rows = people.values_list(*_COLUMNS)[first : first + size]
    return [_line(*row) for row in rows]


def _line(pk: int, number: str, name: str, id_no: str, level: str, *rest: object) -> Line:
    (major, class_name, category, entry, goes_on, centre, stage, degree, turn, total, fit, unmet) = rest
    return Line(
        pk, number, name, mask_id(id_no), Level(level), str(major), str(class_name), str(category),
        Term.from_ordinal(int(str(entry))), bool(goes_on), str(centre), Stage(str(stage)),
        DegreeState(str(degree)), None if turn is None else str(turn), None if total is None else int(str(total)),
        bool(fit), None if unmet is None else stored(str(unmet)),
    )  # fmt: skip


def stored(unmet: str) -> tuple[Finding, ...]:
    """The findings of a stored judgement or event."""
    return tuple(Finding.from_row(row) for row in json.loads(unmet or "[]"))


def neighbours(rows: QuerySet[Candidate], pk: int, place: int) -> tuple[int | None, int | None]:
    """(before, after) the file `pk` that stood at `place` (1-based); one query.

    When it has left the list meanwhile, whoever stands there now comes next.
    """
    first = max(place - 2, 0)
    near = list(rows.values_list("id", flat=True)[first : place + 1])
    at = near.index(pk) if pk in near else None
    if at is None:
        later = near[place - 1 - first :]
        return (near[place - 2 - first] if place > 1 and len(near) > place - 2 - first else None), next(iter(later), None)
    return (near[at - 1] if at else None), (near[at + 1] if at + 1 < len(near) else None)


def terms(people: QuerySet[Candidate]) -> list[str]:
    """The entry terms that occur, newest first, for the filter; one query."""
    found_terms = people.order_by("-student__entry").values_list("student__entry", flat=True).distinct()
    return [str(Term.from_ordinal(entry)) for entry in found_terms]


def centres(people: QuerySet[Candidate]) -> list[tuple[str, str]]:
    """(code, name) of the centres that occur, for the filter; one query."""
    return list(people.order_by("centre__code").values_list("centre__code", "centre__name").distinct())


def first_refusals(
    ids: Sequence[int], bench: Bench, steps: Mapping[str, tuple[Step, Asked]]
) -> dict[int, dict[str, str]]:
    """Why each of `steps` can't be done, by candidate and key; "" when it can. One gathering for all."""
    papers = any(step.verb in PAPER_VERBS for step, _ in steps.values())
    known = gather(ids, bench.policy, bench.today, papers=papers)
    return {
        pk: {
            key: _refusal(judge(step, facts, bench, asked), bench.audits[facts.plan].plan)
            for key, (step, asked) in steps.items()
        }
        for pk, facts in known.items()
    }


def _refusal(findings: tuple[Finding, ...], plan: Plan) -> str:
    first = blocking(findings)
    return named(first, plan).sentence if first else ""


def named(finding: Finding, plan: Plan) -> Finding:
    """The finding with the name of its course beside the code."""
    if finding.code not in COURSE_CODES:
        return finding
    name = next((course.name for course in plan.courses if course.code == finding.arg), "")
    return replace(finding, arg=f"{name}（{finding.arg}）") if name else finding
