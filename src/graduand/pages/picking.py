"""Freezing the files of an act: everybody a filter finds, or the files that were ticked."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from graduand.office import picks
from graduand.office.picks import PickRequest, SeveralBatches
from graduand.pages.door import nul_filter, visitors
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.door.error_pages import error_page
from graduand.pages.frame.base import address, keys_of
from graduand.pages.frame.lists.filter_form import asked_in_batch
from graduand.pages.frame.lists.list_spec import ListSpec, spec_of
from graduand.pages.frame.offers import BY_NAME, Offer, offer_of, with_a_box
from graduand.pages.frame.shell import LIST, shell
from graduand.queries.listing import BadFilter, ListFilter
from graduand.queries.verdicts import REVIEW_VERBS
from graduand.rulebook.steps import Track

# The most files that can be ticked singly, over the pages of a list; for more use a filter.
MOST_CHOSEN = 1_000
NOBODY = "请先勾选学生，或选择符合条件的全部学生。"


@reads(*STAFF)
def confirm(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A GET cannot freeze files: this page asks for one press; a dialog sends it by itself."""
    page = {"meant": request.GET.urlencode(), "title": "核对办理名单"}
    if visitors.for_a_part(request):
        return render(request, "parts/lists/open_pick.html", page)
    return render(request, "pages/open_pick.html", page | {"shell": shell(visit, LIST)})


@writes(*STAFF)
def pick(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Freezes the files that are meant: all that a filter finds on a list, or the ticked ones."""
    form = _form(request)
    offer = offer_of(visit.actor, form.get("verb", ""))
    spec = spec_of(visit, form.get("list", "candidates"))
    people: Sequence[int] = _ticked(form)
    everybody = form.get("all") == "1"
    if offer is None or (everybody and not _for_everybody(offer, spec)):
        return error_page(request, 400, "不能办理", "没有这个操作，请从页面上选择。", LIST)
    if not (everybody or people):
        return error_page(request, 400, "没有选择学生", NOBODY, LIST)
    asked = asked_in_batch(visit, spec, form)
    meant = _meant(form, offer, spec, asked)
    if everybody:
        people = _everybody(visit, spec, asked, boxed=meant.boxed)
    try:
        made = picks.make(visit.actor, people, meant)
    except SeveralBatches as several:
        return _several(request, meant, several, address(spec.path, asked.pairs()))
    return redirect(f"{LIST}/picks/{made.key}")


def _form(request: HttpRequest) -> QueryDict:
    """The form of the list itself, or as `confirm` carries it."""
    if "meant" in request.POST:
        return nul_filter.form_in(request.POST["meant"])
    return request.POST


def _meant(form: QueryDict, offer: Offer, spec: ListSpec, asked: ListFilter) -> PickRequest:
    """What is stored of the filter together with the files."""
    return PickRequest(
        offer.key,
        spec.key,
        asked.pairs(),
        everybody=form.get("all") == "1",
        boxed=form.get("boxed") == "1",
        spotless=form.get("spotless") == "1" and offer.verb in REVIEW_VERBS,
        of_cases=offer.step.track is Track.CASE,
    )


def _everybody(visit: Visit, spec: ListSpec, asked: ListFilter, *, boxed: bool) -> Sequence[int]:
    """The files that the filter finds; `boxed`: only those with a box on the list, as it counts
    them.
    """
    rows = spec.rows(visit).filter(asked.where())
    if boxed and spec.verbs and spec.candidate == "id":
        rows = with_a_box(rows, spec.bulk_verbs(visit, asked), visit.actor.desk)
    return list(rows.order_by(spec.candidate).values_list(spec.candidate, flat=True).distinct())


def _for_everybody(offer: Offer, spec: ListSpec) -> bool:
    """Whether the verb may be done to everybody on that list: some are about named people only."""
    return bool(spec.candidate) and offer.verb not in BY_NAME


def _ticked(form: QueryDict) -> tuple[int, ...]:
    """The files ticked here and, with commas, on other pages of the list. Raises BadFilter."""
    texts = [*form.getlist("chosen"), *filter(None, form.get("elsewhere", "").split(","))]
    if len(texts) > MOST_CHOSEN:
        raise BadFilter(
            f"一次最多勾选 {MOST_CHOSEN:,} 人，这里勾选了 {len(texts):,} 人；更多的请先筛选，再用「全选」。"
        )
    keys = keys_of(texts)
    if keys is None:
        raise BadFilter("所选学生无法识别，请从页面上选择。")
    return tuple(dict.fromkeys(keys))


def _several(
    request: HttpRequest, meant: PickRequest, several: SeveralBatches, back: str
) -> HttpResponse:
    """One batch at a time: a way to the same confirmation for each."""
    page = {
        "title": "请按毕业批次分别办理",
        "sentence": f"{several}。",
        "back": back,
        "ways": [
            (code, len(ids), _narrowed(meant, code, ids)) for code, ids in several.ids.items()
        ],
    }
    if visitors.for_a_part(request):
        return render(request, "parts/lists/several_batches.html", page, status=409)
    return render(request, "pages/several_batches.html", page, status=409)


def _narrowed(meant: PickRequest, code: str, ids: list[int]) -> str:
    """The query of the same confirmation for one batch only."""
    pairs = [(name, value) for name, value in meant.filter if name != "batch"]
    pairs += [("batch", code), ("verb", meant.verb), ("list", meant.listing)]
    if meant.everybody:
        pairs.append(("all", "1"))
    else:
        pairs.append(("elsewhere", ",".join(map(str, ids))))
    if meant.everybody and meant.boxed:
        pairs.append(("boxed", "1"))
    if meant.spotless:
        pairs.append(("spotless", "1"))
    return address("", pairs)[1:]
