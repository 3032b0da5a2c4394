"""The declaration of a list: its columns, criteria, order, verbs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, QueryDict

from graduand.pages.door.access import Visit, opens
from graduand.pages.frame.base import Page, address, filter_and_order, page_of, stamp
from graduand.pages.frame.offers import Offer
from graduand.pages.frame.registry import LISTS
from graduand.pages.frame.shell import LIST
from graduand.pages.frame.tags import Tag
from graduand.queries.listing import BATCH, BadFilter, Criteria, ListFilter, in_order
from graduand.queries.season.seasons import SEVERAL
from graduand.rulebook.people.account_terms import FieldLevel

# The column that tells the batches of a mixed list apart.
BATCH_COLUMN = "batch"


@dataclass(frozen=True, slots=True)
class Link:
    """A cell with a link."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Button:
    """What can be done with one line.

    `why` says why it can't be pressed; `plain` opens a page, not the dialog.
    """

    label: str
    short: str
    url: str
    why: str = ""
    main: bool = False
    plain: bool = False


Shown = str | int | Tag | Link | datetime | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `sort` are the paths that it is ordered by, () when it can't be. `level` says how
    personal it is: from L3 on it is masked on the page and not in a plain export.

    `css` is the column's class, `narrow` its label on a phone. `linked` cells link to the line's
    own page. `shown` False: only for people who choose it.
    """

    key: str
    label: str
    value: Callable[[Any], Shown]
    sort: tuple[str, ...] = ()
    level: FieldLevel = FieldLevel.L2
    exported: bool = True
    shown: bool = True
    css: str = ""
    narrow: str = ""
    linked: bool = False

    @property
    def clipped(self) -> bool:
        """Whether its text may be cut short; the whole is then shown to the mouse."""
        return "clip" in self.css

    @property
    def leaves(self) -> bool:
        """Whether it may stand in a plain export."""
        return self.exported and self.level in (FieldLevel.L1, FieldLevel.L2)


@dataclass(frozen=True, slots=True)
class OperatorCommand:
    """Something that no page does yet: what to tell the system administrator, and the command for
    it.
    """

    what: str
    tell: str
    command: str


@dataclass(frozen=True, slots=True)
class OtherLists:
    """What is on other lists: a few words, and each list as (label, address)."""

    words: str
    links: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ListNotes:
    """What a list shows besides its lines: a heading, a deadline, the requirement line, links of
    its own, what is on other lists; `on_request` is done by somebody else; `below` is the template
    of the part under it, made from `told`.
    """

    heading: str = ""
    deadline: Any = None
    rules: Sequence[tuple[str, str]] = ()
    note: str = ""
    links: Sequence[tuple[str, str]] = ()
    also: Sequence[OtherLists] = ()
    on_request: Sequence[OperatorCommand] = ()
    below: str = ""
    told: Any = None


def _nothing(visit: Visit, asked: ListFilter) -> ListNotes:
    return ListNotes()


def _no_more(visit: Visit) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, kw_only=True)
class ListSpec:
    """A list, declared once. `rows` are the visible rows of a visit (through scope.visible),
    `lines` the piece of them that a page shows (one query), or `paths` when plain values do;
    `counted` as `lines`, where they count what the actor sees; `more`
    are expressions that only the lines of a page need, never a count. `number` is the path of the
    学号 for pasted lists, `candidate` that of the candidate when its lines can be acted on, by the
    offers that `verbs` names. A line leads to its `link`, else to the candidate's file, from which
    one turns over to the neighbours in this list, or to the `desk` at which such files are decided
    on, which keeps the filter. `queue` is an order that depends on what is asked for. `batch`: its
    rows are of files, and its criteria begin with 毕业批次. `verdicts`: its lines are candidates
    with stored verdicts, and it says who is being judged again. `usual`: more columns that one sees
    without a choice of one's own, where the list is asked for in a certain way.
    """

    key: str
    path: str
    title: str
    group: str
    rows: Callable[[Visit], QuerySet[Any]]
    criteria: Criteria
    columns: tuple[Column, ...]
    order: tuple[str, ...]
    paths: tuple[str, ...] = ()
    more: Callable[[Visit], dict[str, Any]] = _no_more
    lines: Callable[[QuerySet[Any], int, int], Sequence[Any]] | None = None
    counted: Callable[[Visit, QuerySet[Any], int, int], Sequence[Any]] | None = None
    noun: str = "人"
    number: str = ""
    candidate: str = ""
    desk: str = ""
    batch: bool = False
    link: Callable[[Any], str] | None = None
    queue: Callable[[ListFilter], tuple[str, ...]] | None = None
    verbs: Callable[[Visit, ListFilter], Sequence[Offer]] | None = None
    acts: Callable[[Visit, ListFilter, Page, Sequence[Any]], dict[int, list[Button]]] | None = None
    notes: Callable[[Visit, ListFilter], ListNotes] = _nothing
    empty: tuple[str, str] = ("还没有记录", "")
    verdicts: bool = False
    usual: Callable[[ListFilter], tuple[str, ...]] | None = None

    def asked(self, values: Any) -> ListFilter:
        """The filter that an address has for this list. Raises BadFilter."""
        return ListFilter.read(self.criteria, values)

    def sort(self, values: Any) -> str:
        """The order asked for: `key` or `-key` of a column, "" for the usual. Raises BadFilter."""
        wanted: str = (values.get("sort") or "").strip()
        if wanted and wanted.removeprefix("-") not in {
            column.key for column in self.columns if column.sort
        }:
            raise BadFilter("不能按这一列排序，请从页面上选择。")
        return wanted

    def found(self, visit: Visit, asked: ListFilter, sort: str = "") -> QuerySet[Any]:
        """The rows that match `asked`, in order."""
        rows = self.rows(visit).filter(asked.where())
        if not sort:
            return in_order(rows, self._usual_order(asked))
        wanted = sort.removeprefix("-")
        paths = next(column.sort for column in self.columns if column.key == wanted)
        return in_order(rows, paths, backwards=sort.startswith("-"))

    def _usual_order(self, asked: ListFilter) -> tuple[str, ...]:
        if self.queue is None:
            return self.order
        return self.queue(asked)

    def bulk_verbs(self, visit: Visit, asked: ListFilter) -> Sequence[Offer]:
        """The verbs on several files at once; what takes a second person is done file by file."""
        if self.verbs is None:
            return []
        return [offer for offer in self.verbs(visit, asked) if not offer.step.two_people]

    def buttons(
        self, visit: Visit, asked: ListFilter, page: Page, lines: Sequence[Any]
    ) -> dict[int, list[Button]]:
        """What can be done with each of the lines of a page, by the line's id."""
        if self.acts is None or not lines:
            return {}
        return self.acts(visit, asked, page, lines)

    def usual_columns(self, asked: ListFilter | None) -> set[str]:
        """The columns that are shown to a person who has not chosen any."""
        keys = {column.key for column in self.columns if column.shown}
        if self.usual is not None and asked is not None:
            keys |= set(self.usual(asked))
        return keys

    def page(self, visit: Visit, rows: QuerySet[Any], page: Page) -> list[Any]:
        """The lines of a page; two queries. Ids come first, from an index: it sorts narrow rows."""
        ids = list(rows.values_list("id", flat=True)[page.start : page.start + page.size])
        if not ids:
            return []
        piece = self.piece(visit, rows.order_by().filter(id__in=ids), 0, page.size)
        lines = {line.id: line for line in piece}
        return [lines[pk] for pk in ids if pk in lines]

    def piece(self, visit: Visit, rows: QuerySet[Any], first: int, size: int) -> Sequence[Any]:
        """`size` lines from place `first` (0-based) on; one query."""
        if self.lines:
            return self.lines(rows, first, size)
        if self.counted:
            return self.counted(visit, rows, first, size)
        more = self.more(visit)
        return list(
            rows.annotate(**more).values_list(*self.paths, *more, named=True)[first : first + size]
        )


def register_list(spec: ListSpec) -> ListSpec:
    """Declare a list: exports, views, columns and bulk acts find it by its key."""
    LISTS[spec.key] = spec
    return spec


def spec_of(visit: Visit, key: str) -> ListSpec:
    """The list of that key, if the visitor may open its page. Raises Http404."""
    spec: ListSpec | None = LISTS.get(key)
    if spec is None or not opens(visit, spec.path):
        raise Http404
    return spec


def file_url(key: str, pk: int, asked: ListFilter, place: int, sort: str = "") -> str:
    """The address of the file `pk` at `place` (1-based) of the list `key` that `asked` narrows."""
    pairs = filter_and_order(asked.pairs(), sort)
    return address(f"{LIST}/{pk}", [*pairs, ("list", key), ("at", str(place))])


def text_of(shown: Shown) -> str:
    """A cell as plain text: for exports, and for cells without a tone or a link."""
    match shown:
        case None:
            return ""
        case str():
            return shown
        case Tag() | Link():
            return shown.text
        case datetime() | date():
            return stamp(shown)
    return str(shown)


def chosen_columns(spec: ListSpec, keys: Sequence[str], asked: ListFilter) -> list[Column]:
    """The columns that a person has chosen, in the order of the declaration, else the usual ones.

    Where several batches are mixed, each line names its batch.
    """
    chosen = {column.key for column in spec.columns if column.key in keys}
    if not chosen:
        chosen = spec.usual_columns(asked)
    if asked[BATCH] in SEVERAL:
        chosen.add(BATCH_COLUMN)
    return [column for column in spec.columns if column.key in chosen]


def exported_columns(spec: ListSpec, keys: Sequence[str], asked: ListFilter) -> list[Column]:
    """The columns of a list that leave: those of its page, without what only a page may show."""
    return [column for column in chosen_columns(spec, keys, asked) if column.leaves]


def query_of(spec: ListSpec, values: QueryDict, *, any_batch: bool = False) -> str:
    """The canonical query of a list from what a form sends: filter, order, size, nothing else.

    `any_batch` leaves 毕业批次 open: what is stored for later is meant for the batch of that day.
    """
    asked = spec.asked(values)
    pairs = asked.pairs()
    if any_batch:
        pairs = asked.besides_batch()
    page = page_of(values, spec.path, pairs, 0, sort=spec.sort(values))
    return page.url(1).partition("?")[2]
