"""What the kinds of sheets share: a staged row, the context of one import, and what a kind must
offer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import compress
from typing import Any, Self, overload

from graduand.models import Student, User
from graduand.queries.people.own_files import own_students
from graduand.queries.scope import Actor, in_classes
from graduand.rulebook.records.sheets import Problem
from graduand.rulebook.terms import SheetKind

CHUNK = 5_000
MOST_NOTICES = 20
OWN_DATA = "本人的数据请由同事导入；请从这份文件里去掉这一行"
# 确认 is the student's own statement, and an account is no evidence.
NOT_EVIDENCE = frozenset({SheetKind.CONFIRMATIONS, SheetKind.USERS})
UNKNOWN_STUDENT = "没有这个学号，或不在您的管理范围内；请核对学号，或先导入学生名单"


@dataclass(slots=True)
class ImportRow:
    """One row of the file: its number in the sheet, the parsed values, and what `check` found for
    it.

    Days are ISO text, decimals text, terms ordinals, words their stored values; a value that could
    not be read is its column's default.
    """

    number: int
    values: dict[str, Any]
    resolved: dict[str, Any] = field(default_factory=dict)

    @property
    def blank(self) -> frozenset[str]:
        """The optional columns whose cell is empty and changes nothing."""
        return frozenset(self.values["blank"])


class RowBlock(Sequence[ImportRow]):
    """Rows that lie column by column. Whoever wants them one by one gets `ImportRow`s, which are
    made when first asked for.

    The values of a row are not changed; what is found out about it goes into `found` of each, or is
    a further column.
    """

    __slots__ = ("_made", "columns", "numbers")

    def __init__(
        self, numbers: list[int], columns: dict[str, list[Any]], made: list[ImportRow] | None = None
    ) -> None:
        self.numbers = numbers
        self.columns = columns
        self._made = made

    @classmethod
    def of(cls, rows: Sequence[ImportRow]) -> RowBlock:
        """`rows` as columns."""
        if isinstance(rows, RowBlock):
            return rows
        if not rows:
            return cls([], {}, [])
        columns = {name: [row.values[name] for row in rows] for name in rows[0].values}
        return cls([row.number for row in rows], columns, list(rows))

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[ImportRow]:
        return iter(self._rows())

    @overload
    def __getitem__(self, place: int) -> ImportRow: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[ImportRow]: ...
    def __getitem__(self, place: int | slice) -> ImportRow | Sequence[ImportRow]:
        return self._rows()[place]

    def _rows(self) -> list[ImportRow]:
        if self._made is None:
            names = list(self.columns)
            rows = zip(*self.columns.values(), strict=True)
            self._made = [
                ImportRow(number, dict(zip(names, values, strict=True)))
                for number, values in zip(self.numbers, rows, strict=True)
            ]
        return self._made

    def among(self, chosen: Sequence[Any]) -> RowBlock:
        """The rows of which `chosen`, as long as there are rows, is true."""
        if all(chosen):
            return self
        made = None if self._made is None else list(compress(self._made, chosen))
        columns = {name: list(compress(column, chosen)) for name, column in self.columns.items()}
        return RowBlock(list(compress(self.numbers, chosen)), columns, made)


@dataclass(slots=True)
class Counts:
    """新增, 更新, 未变."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def __iadd__(self, other: Counts) -> Self:
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        return self


@dataclass(slots=True)
class ImportContext:
    """One import under way: who, when, which columns the file lacks, and all that was found wrong
    so far.

    `centres` limits whose students the importer may touch (None: everybody's), `actor` is who
    imports (None: the operator at the command line). `clear`: an empty cell empties what is on
    record. `piecewise`: the rows are a piece of a plan, others follow. `touched` collects the
    students whose judgement is stale.
    """

    by: User | None
    now: datetime
    today: date
    centres: frozenset[int] | None
    absent: frozenset[str]
    actor: Actor | None = None
    clear: bool = False
    intake_id: int = 0
    piecewise: bool = False
    problems: dict[int, list[Problem]] = field(default_factory=dict)
    warnings: dict[int, list[str]] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    cache: dict[str, Any] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    @classmethod
    def nobodys(cls) -> Self:
        """A context for a look that records nothing."""
        return cls(None, datetime.min.replace(tzinfo=UTC), date.min, None, frozenset())

    def refuse(self, row: int, column: str, message: str) -> None:
        """Record why `row` cannot be taken; one reason a column, the first one is the root."""
        problems = self.problems.setdefault(row, [])
        if not column or all(problem.column != column for problem in problems):
            problems.append(Problem(column, message))

    def warn(self, row: int, message: str) -> None:
        """Record what a person should look at; the row is taken all the same."""
        self.warnings.setdefault(row, []).append(message)

    def tell(self, sentence: str) -> None:
        """Record what the file held beside its rows; the first ones are shown."""
        if len(self.notices) < MOST_NOTICES:
            self.notices.append(sentence)

    def absent_of(self, names: Mapping[str, str]) -> frozenset[str]:
        """The columns that the file lacks, by attribute name where that is another one than the
        column's.
        """
        return frozenset(names.get(name, name) for name in self.absent)

    def blank_of(self, row: ImportRow, names: Mapping[str, str] | None = None) -> frozenset[str]:
        """The attributes of which the row says nothing: the file lacks the column, or the cell is
        empty.
        """
        return frozenset((names or {}).get(name, name) for name in self.absent | row.blank)

    def good(self, rows: Sequence[ImportRow]) -> RowBlock:
        """The rows without a problem."""
        block = RowBlock.of(rows)
        if self.problems.keys().isdisjoint(block.numbers):
            return block
        return block.among([number not in self.problems for number in block.numbers])


def _nothing() -> None:
    """What there is to write when nothing changes."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What good rows would change. Nothing is written until `write` is called.

    `rows` are those that are new or differ; of a kind that is `lasting`, what is to be written of
    them.
    """

    counts: Counts
    rows: Sequence[ImportRow] = ()
    write: Callable[[], None] = _nothing


class SheetImporter:
    """One kind of sheet: what its rows must be like, what they would change, and the writing of
    that.

    `check` and `compare` only read, `chunk` rows at a time, each in a constant number of queries.
    What they found may have been overtaken when the rows are written: then both are asked again, in
    the transaction that writes.

    `by_student`: the rows belong to students, and are written in pieces of whole students. A sheet
    that is not `by_student` goes in as a whole, in one transaction, and has few rows. `evidence`:
    what was typed for names and numbers is kept beside them. `owned`: nobody but the imports of
    this sheet writes what its rows say, so what compared as unchanged stays so. `judged`: what its
    rows say may take from people what they have applied with, or were approved with. `of_degrees`:
    or the conditions of a degree that was granted to them. `lasting`: so does what compared as new
    or changed, while the student is on record. Unless another import of the sheet came between,
    what is to be written is kept instead of the rows, and `compared` writes it. Asks for `owned`.
    """

    kind: SheetKind
    chunk: int = CHUNK
    by_student: bool = True
    owned: bool = True
    lasting: bool = False
    evidence: bool = False
    judged: bool = False
    of_degrees: bool = False

    def take(self, rows: RowBlock) -> None:
        """Before rows are checked to be written: keep desks from changing what they are compared
        with.
        """

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        """Resolve references and record problems and warnings; rows may already have problems."""
        raise NotImplementedError

    def check_again(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        """Whether rows that passed still do; only problems count."""
        self.check(rows, context)

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        """What the good rows would change."""
        raise NotImplementedError

    def compared(self, rows: RowBlock, context: ImportContext) -> Changes:
        """The changes whose `rows` these are, of a kind that is `lasting`; whose they are, stands
        in `student`.
        """
        raise NotImplementedError

    def students_of(self, rows: RowBlock) -> list[int | None]:
        """The students on record whose rows they are; None for a new one."""
        return [self.student_of(row) for row in rows]

    def student_of(self, row: ImportRow) -> int | None:
        """The student on record whose row it is; None for a new one."""
        found: int | None = row.resolved["student"]
        return found

    def remarks(self, context: ImportContext) -> tuple[str, ...]:
        """Sentences about the whole sheet, whether it is kept or not."""
        return ()

    def finish(self, context: ImportContext) -> None:
        """What belongs to the rows just written, in the same transaction."""

    def following(self, context: ImportContext) -> dict[str, Any]:
        """What `follow` needs to know of rows that were written, as JSON; empty when nothing
        follows.
        """
        return {}

    def follow(self, told: Mapping[str, Any], by: User | None, mark: str) -> tuple[str, ...]:
        """What follows when everything is written; sentences for the person.

        It may be asked again after a kill: what was done already is found, by `mark`, and not done
        twice.
        """
        return ()


def resolve_students(
    rows: Sequence[ImportRow], context: ImportContext, column: str = "学号"
) -> None:
    """Put the student's id into `found["student"]` of each row; unknown and foreign ones get the
    same words.
    """
    given = [row.values["student_no"] for row in rows]
    for row, student in zip(
        rows, find_students([row.number for row in rows], given, context, column), strict=True
    ):
        row.resolved["student"] = student


def find_students(
    rows: Sequence[int], given: Sequence[str | None], context: ImportContext, column: str = "学号"
) -> list[int | None]:
    """The ids of the students whose 学号 are `given` in these rows; unknown and foreign ones get the
    same words.
    """
    numbers = set(given)
    known = Student.objects.filter(number__among=sorted(number for number in numbers if number))
    if context.centres is not None:
        known = known.filter(centre__in=context.centres)
    if context.actor is not None:
        known = in_classes(context.actor, known)
    ids = dict(known.values_list("number", "id"))
    if numbers - ids.keys():
        for row, number in zip(rows, given, strict=True):
            if number not in ids:
                context.refuse(row, column, UNKNOWN_STUDENT)
    return list(map(ids.get, given))  # type: ignore[arg-type]  # nobody has the number None


def refuse_own(kind: SheetKind, rows: Sequence[ImportRow], context: ImportContext) -> None:
    """Nobody brings the evidence by which the own file is judged (A08); one query a file."""
    if kind in NOT_EVIDENCE or context.by is None or context.by.student_id is None:
        return
    if "own" not in context.cache:
        context.cache["own"] = frozenset(own_students(context.by.student_id).values())
    block = RowBlock.of(rows)
    for row, number in zip(block.numbers, block.columns.get("student_no", ()), strict=False):
        if number in context.cache["own"]:
            context.refuse(row, "学号", OWN_DATA)


def day_of(text: str | None) -> date | None:
    """The day of an ISO text; None stays None."""
    if not text:
        return None
    return date.fromisoformat(text)
