"""A list page from one declaration: its columns, criteria, order, verbs; and what every list does with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.crypto import salted_hmac

from graduand.pages.door.access import Visit, opens
from graduand.pages.frame import filter_form
from graduand.pages.frame.base import Page, address, page_of, stamp
from graduand.pages.frame.filter_form import Narrowed, narrowed
from graduand.pages.frame.judging import strip
from graduand.pages.frame.offers import Offer, may_be_meant, meant_for_nobody, shut
from graduand.pages.frame.registry import LISTS
from graduand.pages.frame.shell import LIST, Shell, any_shell
from graduand.pages.frame.tags import Tag
from graduand.queries import list_state
from graduand.queries.listing import BATCH, Asked, BadFilter, Criteria, capped_count, in_order
from graduand.queries.seasons import SEVERAL
from graduand.rulebook.account_terms import FieldLevel
from graduand.rulebook.privacy import revealable

# The column that tells the batches of a mixed list apart.
BATCH_COLUMN = "batch"


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads somewhere."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Button:
    """What can be done with one line; `why` says why it can't be pressed, `plain` opens a page, not the dialog."""

    label: str
    short: str
    url: str
    why: str = ""
    main: bool = False
    plain: bool = False


Shown = str | int | Tag | Link | datetime | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `sort` are the paths that it is ordered by, () when it can't be; `level` says how
    personal it is: from L3 on it is masked on the page and not in a plain export. `css` is the
    column's class, `narrow` its label on a phone. `linked` leads to the line's own page. `shown`
    False: only for who chooses it.
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
        """Whether it may be cut short, so that a mouse shows the whole of it."""
        return "clip" in self.css

    @property
    def leaves(self) -> bool:
        """Whether it may stand in a plain export."""
        return self.exported and self.level in (FieldLevel.L1, FieldLevel.L2)


@dataclass(frozen=True, slots=True)
class OnRequest:
    """What no page does yet: what it is, what one tells the system administrator, and the command that does it."""

    what: str
    tell: str
    command: str


@dataclass(frozen=True, slots=True)
class Also:
    """What stands on other lists: a few words, and each of them as (label, address)."""

    words: str
    links: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Beside:
    """What a list says besides its lines: a heading, a deadline, the requirement line, links of its
    own, what stands on other lists; `on_request` is done by somebody else; `below` is the template
    of what stands under it, made from what is `told`.
    """

    heading: str = ""
    deadline: Any = None
    rules: Sequence[tuple[str, str]] = ()
    note: str = ""
    links: Sequence[tuple[str, str]] = ()
    also: Sequence[Also] = ()
    on_request: Sequence[OnRequest] = ()
    below: str = ""
    told: Any = None


def _nothing(visit: Visit, asked: Asked) -> Beside:
    return Beside()


def _no_more(visit: Visit) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, kw_only=True)
class ListSpec:
    """A list, declared once. `rows` are the visible rows of a visit (through scope.visible),
    `lines` the piece of them that a page shows (one query), or `paths` when plain values do; `more`
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
    noun: str = "人"
    number: str = ""
    candidate: str = ""
    desk: str = ""
    batch: bool = False
    link: Callable[[Any], str] | None = None
    queue: Callable[[Asked], tuple[str, ...]] | None = None
    verbs: Callable[[Visit, Asked], Sequence[Offer]] | None = None
    acts: Callable[[Visit, Asked, Page, Sequence[Any]], dict[int, list[Button]]] | None = None
    beside: Callable[[Visit, Asked], Beside] = _nothing
    empty: tuple[str, str] = ("还没有记录", "")
    verdicts: bool = False
    usual: Callable[[Asked], tuple[str, ...]] | None = None

    def asked(self, values: Any) -> Asked:
        """What an address asks this list for. Raises BadFilter."""
        return Asked.read(self.criteria, values)

    def sort(self, values: Any) -> str:
        """The order asked for: `key` or `-key` of a column that has one, "" for the usual. Raises BadFilter."""
        wanted: str = (values.get("sort") or "").strip()
        if wanted and wanted.removeprefix("-") not in {
            column.key for column in self.columns if column.sort
        }:
            raise BadFilter("不能按这一列排序，请从页面上选择。")
        return wanted

    def found(self, visit: Visit, asked: Asked, sort: str = "") -> QuerySet[Any]:
        """The rows that answer to `asked`, in order."""
        rows = self.rows(visit).filter(asked.where())
        if not sort:
            return in_order(rows, self.queue(asked) if self.queue else self.order)
        column = next(one for one in self.columns if one.key == sort.removeprefix("-"))
        return in_order(rows, column.sort, backwards=sort.startswith("-"))

    def page(self, visit: Visit, rows: QuerySet[Any], page: Page) -> list[Any]:
        """The lines of a page; two queries. Ids come first, from an index: what is sorted and left out is narrow."""
        ids = list(rows.values_list("id", flat=True)[page.start : page.start + page.size])
        lines = (
            {
                line.id: line
                for line in self.piece(visit, rows.order_by().filter(id__in=ids), 0, page.size)
            }
            if ids
            else {}
        )
        return [lines[pk] for pk in ids if pk in lines]

    def piece(self, visit: Visit, rows: QuerySet[Any], first: int, size: int) -> Sequence[Any]:
        """`size` lines from place `first` (0-based) on; one query."""
        if self.lines:
            return self.lines(rows, first, size)
        more = self.more(visit)
        return list(
            rows.annotate(**more).values_list(*self.paths, *more, named=True)[first : first + size]
        )


def listed(spec: ListSpec) -> ListSpec:
    """Declare a list: exports, views, columns and bulk acts find it by its key."""
    LISTS[spec.key] = spec
    return spec


def spec_of(visit: Visit, key: str) -> ListSpec:
    """The list of that key, for whoever may open its page. Raises Http404."""
    spec: ListSpec | None = LISTS.get(key)
    if spec is None or not opens(visit, spec.path):
        raise Http404
    return spec


def file_url(key: str, pk: int, asked: Asked, place: int, sort: str = "") -> str:
    """The address of the file `pk` that stands at `place` (1-based) of the list `key` that answers to `asked`."""
    order = [("sort", sort)] if sort else []
    return address(f"{LIST}/{pk}", [*asked.pairs(), *order, ("list", key), ("at", str(place))])


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


# ---- one page of it


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column: where its order is turned to, and how it stands."""

    label: str
    css: str
    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line as the table shows it; `meant`: one of the bulk verbs can be meant for it."""

    id: int
    candidate: int
    name: str
    url: str
    cells: list[tuple[Column, Any]]
    acts: list[Button]
    meant: bool = True


def show(request: HttpRequest, visit: Visit, spec: ListSpec) -> HttpResponse:
    """The list; what it is asked for stands in the address."""
    question, sort = narrowed(visit, spec, request.GET), spec.sort(request.GET)
    asked, every = question.asked, spec.rows(visit)
    found = spec.found(visit, asked, sort)
    page = _page(request, spec, asked, sort, found)
    kept = list_state.of(visit.actor.user_id, spec.key)
    columns = chosen_columns(spec, kept.columns, asked, mixed=asked[BATCH] in SEVERAL)
    beside, offered = spec.beside(visit, asked), _verbs(visit, spec, asked)
    page.rows = _rows(visit, spec, asked, page, columns, found, offered)
    if (
        page.more and page.start >= page.total and not page.rows
    ):  # beyond the end: back to the last page (Q04)
        page = _page(request, spec, asked, sort, found, exact=True)
        page.rows = _rows(visit, spec, asked, page, columns, found, offered)
    page.found(len(page.rows))
    context = {
        "shell": _shell(visit, spec, question),
        "personal": _personal(visit, spec, page),
        "others": question.others,
        "narrowed": asked.besides_batch(),
        "asked_words": filter_form.words(visit.actor, spec, asked.besides_batch()),
        "ticks": _ticks(visit, spec, asked),
        "spec": spec,
        "page": page,
        "beside": beside,
        "heading": beside.heading or spec.title,
        "columns": columns,
        "heads": [_head(page, column) for column in columns],
        "fields": filter_form.fields(visit, spec, asked, every),
        "pasted": filter_form.pasted(visit, spec, asked, every),
        "views": kept.views,
        "named": _view_name(kept.views, page),
        "verbs": _buttons(visit, spec, asked, page, found, offered),
        "judging": strip(request, visit.today, spec.path, asked, every) if spec.verdicts else None,
        "noun": "份"
        if spec.noun == "人" and asked[BATCH] in SEVERAL
        else spec.noun,  # one person may stand in several
        "counted": _counted_words(page),
        "exact": address(spec.path, [*page.kept, ("exact", "1")]),
    }
    return render(request, "pages/list.html", context)


def _buttons(
    visit: Visit,
    spec: ListSpec,
    asked: Asked,
    page: Page,
    found: QuerySet[Any],
    offered: Sequence[Offer],
) -> list[dict[str, str]]:
    """The bulk verbs, each with why it moves nobody today; one query where it can be meant for nobody of the page."""
    nobody = ""
    if offered and page.rows and not any(row.meant for row in page.rows):
        nobody = meant_for_nobody(
            offered,
            visit.actor.desk,
            found,
            "stage" if spec.candidate == "id" else "candidate__stage",
        )
    return [
        {"value": o.key, "label": f"批量{o.label}", "why": shut(visit, asked, o) or nobody}
        for o in offered
    ]


def _ticks(visit: Visit, spec: ListSpec, asked: Asked) -> str:
    """Under which key the browser keeps what is ticked: of one person, one list and one question, readable by nobody."""
    said = repr((visit.actor.user_id, spec.key, asked.pairs()))
    return salted_hmac("ticks", said).hexdigest()[:16]


def _shell(visit: Visit, spec: ListSpec, question: Narrowed) -> Shell:
    """The frame; the switch of batches keeps the rest of the question."""
    asked = question.asked
    here = address(spec.path, asked.besides_batch())
    return any_shell(visit, here, batch=asked[BATCH], switched=spec.batch)


def _page(
    request: HttpRequest,
    spec: ListSpec,
    asked: Asked,
    sort: str,
    found: Any,
    *,
    exact: bool = False,
) -> Page:
    """The page asked for; one query. A long list is counted to the end only for who asks for it."""
    exact = exact or request.GET.get("exact") == "1"
    total, more = (found.count(), False) if exact else capped_count(found)
    return page_of(request.GET, spec.path, asked.pairs(), total, sort=sort, more=more)


def _personal(visit: Visit, spec: ListSpec, page: Page) -> str:
    """Where the same list leaves with personal fields; "" where it can't, or not by this role."""
    if not spec.candidate or not revealable(visit.actor.roles):
        return ""
    return address(f"/lists/{spec.key}/personal", page.kept)


def chosen_columns(
    spec: ListSpec, keys: Sequence[str], asked: Asked | None = None, *, mixed: bool = False
) -> list[Column]:
    """The columns that a person has chosen, in the order of the declaration; the usual ones without
    a choice.

    Where several batches are `mixed`, each line says which one it is of.
    """
    chosen = {column.key for column in spec.columns if column.key in keys}
    more = spec.usual(asked) if spec.usual and asked is not None else ()
    chosen = chosen or {column.key for column in spec.columns if column.shown or column.key in more}
    if mixed:
        chosen.add(BATCH_COLUMN)
    return [column for column in spec.columns if column.key in chosen]


def _verbs(visit: Visit, spec: ListSpec, asked: Asked) -> Sequence[Offer]:
    """The verbs on several files at once; what takes a second person is done file by file."""
    return (
        [offer for offer in spec.verbs(visit, asked) if not offer.step.two_people]
        if spec.verbs
        else ()
    )


def _rows(
    visit: Visit,
    spec: ListSpec,
    asked: Asked,
    page: Page,
    columns: list[Column],
    found: Any,
    offered: Sequence[Offer],
) -> list[Row]:
    lines = spec.page(visit, found, page)
    acts = spec.acts(visit, asked, page, lines) if spec.acts and lines else {}
    rows = (
        _row(spec, asked, page, columns, line, place, acts)
        for place, line in enumerate(lines, page.first)
    )
    return [
        replace(row, meant=may_be_meant(offered, visit.actor.desk, line))
        for row, line in zip(rows, lines, strict=True)
    ]


def _row(
    spec: ListSpec,
    asked: Asked,
    page: Page,
    columns: list[Column],
    line: Any,
    place: int,
    acts: Any,
) -> Row:
    cells: list[tuple[Column, Any]] = []
    known = getattr(line, "candidate_id", line.id)
    url = _url(spec, asked, page, line, known, place)
    for column in columns:
        shown = column.value(line)
        if column.linked and url:
            shown = Link(text_of(shown), url)
        elif not isinstance(shown, str | Tag | Link):
            shown = text_of(shown)
        cells.append((column, shown))
    name = next((text_of(shown) for column, shown in cells if column.linked), str(line.id))
    return Row(line.id, known, name, url, cells, acts.get(line.id, []))


def _url(spec: ListSpec, asked: Asked, page: Page, line: Any, known: int, place: int) -> str:
    """Where a line leads."""
    if spec.link:
        return spec.link(line)
    if spec.desk:
        return address(f"{spec.desk}/{known}", asked.pairs())
    return file_url(spec.key, known, asked, place, page.sort) if spec.candidate else ""


def _head(page: Page, column: Column) -> Head:
    state = {column.key: "ascending", f"-{column.key}": "descending"}.get(page.sort, "")
    turned = f"-{column.key}" if state == "ascending" else column.key
    return Head(column.label, column.css, page.sorted_by(turned) if column.sort else "", state)


def _view_name(views: Sequence[Any], page: Page) -> str:
    pairs = [pair for pair in page.filter_pairs if pair[0] != BATCH]
    here = replace(page, filter_pairs=pairs).url(1).partition("?")[2]
    return next((view.name for view in views if view.query == here), "")


def _counted_words(page: Page) -> str:
    return f"{page.total:,}{'+' if page.more else ''}"


def query_of(spec: ListSpec, values: QueryDict, *, any_batch: bool = False) -> str:
    """The canonical query of a list from what a form sends: filter, order, size; never what we did
    not ask for.

    `any_batch` leaves 毕业批次 open: what is kept for later is meant for the batch of that day.
    """
    asked = spec.asked(values)
    pairs = asked.besides_batch() if any_batch else asked.pairs()
    page = page_of(values, spec.path, pairs, 0, sort=spec.sort(values))
    return page.url(1).partition("?")[2]
