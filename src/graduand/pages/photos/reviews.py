"""照片审核: the pictures that the judge or a comparison left to a person, decided one by one."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from graduand.models import PhotoRow
from graduand.office.outgoing.privacy import LookRecord
from graduand.office.photos.by_hand import restoring, reviews
from graduand.pages.door import access_records
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.frame import pictures, tags
from graduand.pages.frame.base import is_form_key
from graduand.pages.frame.lists.list_spec import Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.shell import shell
from graduand.queries.listing import ListFilter, at_centre, criteria, searched
from graduand.queries.photos import gallery as lists
from graduand.rulebook.canon import canon_text
from graduand.rulebook.people.account_terms import LookKind
from graduand.rulebook.photos.words import PhotoReason, PhotoReview
from graduand.rulebook.terms import PhotoKind

HOME = "/photos/review"


def _why(row: PhotoRow) -> str:
    return "；".join(
        finding.code.label for finding in reviews.standing(row) if finding.verdict.value == "review"
    )


COLUMNS = (
    Column("number", "学号", lambda row: row.student.number, ("student__number",), css="no"),
    Column(
        "name", "姓名", lambda row: row.student.name, ("student__name",), css="name", linked=True
    ),
    Column(
        "centre",
        "学习中心",
        lambda row: row.student.centre.name,
        ("student__centre__code",),
        css="clip",
        narrow="中心",
    ),
    Column(
        "why",
        "待审核的原因",
        lambda row: tags.Tag(tags.WARN, _why(row) or "待人工审核"),
        narrow="原因",
    ),
    Column(
        "stored", "上传时间", lambda row: row.stored_at, ("stored_at",), css="nowrap", narrow="上传"
    ),
    Column("by", "上传人", lambda row: row.stored_by.name, (), css="less"),
)


def _beside(visit: Visit, asked: ListFilter) -> ListNotes:
    first = lists.waiting(visit.actor).values_list("id", flat=True).first()
    links = []
    if first and visit.actor.desk in reviews.DESKS:
        links.append(("从第一张开始审核", f"{HOME}/{first}"))
    return ListNotes(
        note="只列出自动检查拿不准的照片；其余照片合格的已采用，不合格的已退回。", links=links
    )


def _lines(rows: Any, first: int, size: int) -> list[PhotoRow]:
    return list(rows.select_related("student__centre", "judged", "stored_by")[first : first + size])


QUEUE = register_list(
    ListSpec(
        key="photo-review",
        path=HOME,
        title="照片审核",
        group="学籍与照片",
        noun="张",
        rows=lambda visit: lists.waiting(visit.actor),
        columns=COLUMNS,
        order=("id",),
        lines=_lines,
        criteria=criteria(
            searched("student__number", "student__name"), at_centre("student__centre")
        ),
        number="student__number",
        link=lambda row: f"{HOME}/{row.pk}",
        notes=_beside,
        empty=("没有待审核的照片", "自动检查拿不准的照片会列在这里"),
    )
)


@reads(*STAFF)
def queue(request: HttpRequest, visit: Visit) -> HttpResponse:
    """照片审核."""
    return show(request, visit, QUEUE)


@reads(*STAFF)
def desk(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """One picture between those it is compared with."""
    photo = lists.photo(visit.actor, pk)
    if photo is None or not photo.current:
        raise Http404
    access_records.seen(
        request,
        LookRecord(visit.actor, (photo.student_id,), LookKind.PHOTO, "照片审核", at=visit.now),
    )
    context = {
        "shell": shell(visit, HOME),
        **_shown(photo),
        **_place_in_queue(visit, pk),
        "reasons": PhotoReason.choices(),
        "key": uuid4().hex,
        "mine": photo.stored_by_id == visit.actor.user_id,
        "may": visit.actor.desk in reviews.DESKS,
    }
    return render(request, "pages/photos/desk.html", context)


def _shown(photo: PhotoRow) -> dict[str, Any]:
    """The picture between its neighbours, with what was measured and decided about it."""
    others = lists.other_photos(photo)
    return {
        "photo": photo,
        "student": photo.student,
        "tag": pictures.review_tag(photo),
        "pictures": [
            _beside_picture(others, PhotoKind.ADMISSION),
            pictures.of_row(photo),
            _beside_picture(others, PhotoKind.CREDENTIAL),
        ],
        "said": pictures.findings_in_words(reviews.standing(photo)),
        **pictures.measured(photo),
        "open": photo.review == PhotoReview.PENDING,
        "replaced": restoring.replaced_by(photo),
    }


def _place_in_queue(visit: Visit, pk: int) -> dict[str, Any]:
    """How many pictures wait, and the ways to the one before and the one after this."""
    before, after = lists.neighbours(visit.actor, pk)
    return {
        "before": _url(before),
        "after": _url(after),
        "left": lists.waiting(visit.actor).count(),
        "back": HOME,
    }


def _url(pk: int | None) -> str:
    """The address of a picture at this desk; "" for none."""
    if pk is None:
        return ""
    return f"{HOME}/{pk}"


def _beside_picture(others: dict[str, PhotoRow], kind: PhotoKind) -> pictures.Picture:
    row = others.get(kind.value)
    if row is None:
        return pictures.Picture("", kind.label, kind.label)
    return pictures.of_row(row)


@writes(*STAFF)
def decide(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """合格 or 不合格 with its reason; then the next one. Where a passed picture was replaced by the
    refused one, its own page again: it says what can be restored.
    """
    decision = _decision(request.POST)
    after = lists.neighbours(visit.actor, pk)[1]
    try:
        decided = reviews.decide(pk, visit.actor, decision)
    except LookupError:
        raise Http404 from None
    photo = PhotoRow.objects.select_related("student").get(pk=decided.photo_id)
    if restoring.replaced_by(photo) is not None:
        return redirect(_url(pk))
    return redirect(_url(after) or HOME)


def _decision(form: QueryDict) -> reviews.PictureDecision:
    """The decision of the form. Raises Http404 for one that no page of ours sends."""
    key = form.get("key", "")
    answer = form.get("answer", "")
    if answer not in ("accept", "refuse") or not is_form_key(key):
        raise Http404
    reason = None
    if answer == "refuse":
        reason = PhotoReason.of(form.get("reason", ""))
    note = canon_text(form.get("note", ""))[: reviews.LONGEST_NOTE]
    return reviews.PictureDecision(answer == "accept", reason, note, key)
