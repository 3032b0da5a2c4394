"""One student's photos, one picture of an upload, and putting one right: looked at, then taken."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from graduand.models import Consent, PhotoCheck, PhotoDecision, Student, User
from graduand.office.outgoing.privacy import LookRecord
from graduand.office.people.second_person import consents
from graduand.office.people.second_person.second_acts import VALID
from graduand.office.photos import uploads
from graduand.office.photos.by_hand import restoring, singles, swapping
from graduand.office.records.import_rights import photos_for
from graduand.office.refusal import Refused
from graduand.pages.door import access_records, visitors
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.frame import pictures
from graduand.pages.frame.base import is_form_key, number_of
from graduand.pages.frame.lists.cells import name_of
from graduand.pages.frame.shell import shell
from graduand.queries.photos import gallery as lists
from graduand.queries.photos.places import restored_pictures
from graduand.rulebook.canon import canon_text
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import ConsentKind, LookKind
from graduand.rulebook.photos.words import PhotoReason, PhotoSource
from graduand.rulebook.terms import PhotoKind

HOME = "/photos"
# 录取 first, as the registry compares: who it was then, who it is now, what the registry holds.
ORDER = (PhotoKind.ADMISSION, PhotoKind.GRADUATION, PhotoKind.CREDENTIAL)


@reads(*STAFF)
def student(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """The three pictures side by side, what was judged and decided, and the form for a new one."""
    found = lists.student(visit.actor, pk)
    if found is None:
        raise Http404
    access_records.seen(
        request, LookRecord(visit.actor, (found.pk,), LookKind.PHOTO, "照片", at=visit.now)
    )
    context = {
        "shell": shell(visit, HOME),
        "student": found,
        **_pictures_of(visit, found),
        "key": uuid4().hex,
        "kinds": [(kind.value, kind.label) for kind in photos_for(visit.actor)],
        "spec": uploads.spec_in_force(),
        "swaps": [_swapped(visit, found, row) for row in swapping.swaps_of(found)],
        "swap_key": uuid4().hex,
        "may_swap": rights.may_swap_photos(visit.actor.roles),
    }
    return render(request, "pages/photos/student.html", context)


def _swapped(visit: Visit, student: Student, row: Consent) -> dict[str, Any]:
    """What was asked about swapping, how it ended, and the page of the other student."""
    other = row.detail["one"]
    name, other_name = row.detail["students"]
    if other == student.pk:
        other = row.detail["two"]
        name = other_name
    return {
        "other": name,
        "url": f"{HOME}/students/{other}",
        "words": _how_it_ended(visit, row),
        "reason": row.reason,
        "declined": row.problem if row.agreed is False else "",
        "by": row.asked_by.name,
        "second": name_of(row.decided_by),
        "at": row.decided_at or row.asked_at,
    }


def _how_it_ended(visit: Visit, row: Consent) -> str:
    if row.agreed:
        return "已互换"
    if row.agreed is False:
        return "不同意互换"
    if row.asked_at < visit.now - VALID:
        return "已过期"
    return "等待总部同意"


@writes(*STAFF)
def swap(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """互换照片: asked here, done when somebody at headquarters has looked at both and agrees."""
    found = lists.student(visit.actor, pk)
    if found is None:
        raise Http404
    asked = swapping.detail(visit.actor, found, canon_text(request.POST.get("number", "")))
    consents.ask(
        visit.actor,
        ConsentKind.SWAP,
        asked,
        canon_text(request.POST.get("reason", "")),
        address=visitors.address(request),
        key=_key(request),
    )
    return redirect(f"{HOME}/students/{pk}")


def _pictures_of(visit: Visit, found: Student) -> dict[str, Any]:
    """The current pictures by kind, the earlier ones, which of them the visitor may restore, and
    what was decided on them.
    """
    rows = lists.photos_of(found)
    now = {row.kind: row for row in rows if row.current}
    photo = now.get(PhotoKind.GRADUATION.value)
    return {
        "replaced": restoring.replaced_by(photo),
        "slots": [_slot(kind, now.get(kind.value)) for kind in ORDER],
        "restored": restored_pictures(rows),
        "earlier": [row for row in rows if not row.current],
        "former": _restorable(visit, found),
        "decisions": [_decided(d) for d in lists.decisions_of(found)],
    }


def _restorable(visit: Visit, found: Student) -> list[int]:
    """The former pictures that the visitor may put back, the newest first."""
    if PhotoKind.GRADUATION not in photos_for(visit.actor):
        return []
    photos = lists.photos_of(found)
    graduation = [row for row in photos if row.kind == PhotoKind.GRADUATION]
    shown = {row.sha256 for row in graduation if row.current}
    rows = [row for row in graduation if not row.current and row.sha256 not in shown]
    if not rows:
        return []
    by = User.objects.get(pk=visit.actor.user_id)
    against = restoring.obstacles(found, rows, by)
    # One button a picture, however often it has been put back.
    newest = {row.sha256: row.pk for row in sorted(rows, key=lambda row: row.pk)}
    return [pk for pk in newest.values() if not against[pk]]


@writes(*STAFF)
def restore(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """恢复这一张: a former picture that was passed, in the place of the one that was shown."""
    found = lists.student(visit.actor, pk)
    if found is None:
        raise Http404
    photo = number_of(request.POST.get("photo"))
    instead = number_of(request.POST.get("instead"))
    try:
        restoring.restore(found, photo, instead, User.objects.get(pk=visit.actor.user_id))
    except LookupError:
        raise Http404 from None
    return redirect(f"{HOME}/students/{pk}")


def _slot(kind: PhotoKind, row: Any) -> dict[str, Any]:
    if row is None:
        return {"kind": kind, "label": kind.label, "row": None}
    findings = [*row.compared]
    if row.judged is not None:
        findings = [*row.judged.findings, *row.compared]
    return {
        "kind": kind,
        "label": kind.label,
        "row": row,
        "picture": pictures.of_row(row),
        "tag": pictures.review_tag(row),
        "said": pictures.findings_in_words(pictures.findings_of(findings)),
        **pictures.measured(row),
    }


def _decided(decision: PhotoDecision) -> dict[str, Any]:
    words = "合格"
    if not decision.accepted:
        words = f"不合格：{PhotoReason.label_of(decision.reason)}"
    return {
        "words": words,
        "note": decision.note,
        "who": decision.by.name,
        "at": decision.at,
        "accepted": decision.accepted,
        "kind": PhotoKind(decision.photo.kind).label,
    }


@writes(*STAFF)
def look(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """上传照片: judged and shown beside the others; nothing is replaced yet."""
    found = lists.student(visit.actor, pk)
    kind = PhotoKind.of(request.POST.get("kind", ""))
    sent = request.FILES.get("file")
    if found is None or kind is None:
        raise Http404
    if sent is None:
        raise Refused("没有选择照片文件，请选择一张 jpg 照片")
    data = sent.read(singles.MOST_BYTES + 1)
    by = User.objects.get(pk=visit.actor.user_id)
    check = singles.judge_single(data, sent.name or "照片", found, kind, by, _key(request))
    return redirect(f"{HOME}/checks/{check.pk}")


def _key(request: HttpRequest) -> str:
    key = request.POST.get("key", "")
    if not is_form_key(key):
        raise Http404
    return key


@reads(*STAFF)
def check(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """A picture of an upload with its findings, and what it repairs or would replace."""
    found = lists.check(visit.actor, pk)
    if found is None:
        raise Http404
    single = found.upload.source != PhotoSource.ZIP and found.upload.total == 1
    context = {
        "shell": shell(visit, HOME),
        "check": found,
        **_looked_at(found),
        "can_take": single and singles.acceptable(found),
        "replaces": _replaces(found),
        "key": uuid4().hex,
        "kind": PhotoKind(found.upload.kind).label,
        "back": _back(found),
    }
    return render(request, "pages/photos/check.html", context)


def _looked_at(found: PhotoCheck) -> dict[str, Any]:
    """The picture with what the judge said of it, and the one that it repairs."""
    return {
        "verdict": pictures.verdict_tag(found.verdict),
        **_with_the_one_before(found),
        "facts": _facts(found),
        "beside": _current_pictures(found.student),
        "said": pictures.findings_in_words(pictures.findings_of(found.findings)),
        "outcome": pictures.outcome_tag(found),
        "can_repair": found.repairable
        and found.outcome in ("refused", "waiting")
        and found.repair_of is None,
    }


def _with_the_one_before(found: PhotoCheck) -> dict[str, Any]:
    """The picture, and as it was before its repair if it is one."""
    before = found.repair_of
    if before is None:
        picture = pictures.of_check(found, "上传的照片")
        return {"picture": picture, "before": None, "before_facts": []}
    return {
        "picture": pictures.of_check(found, "修复后"),
        "before": pictures.of_check(before, "修复前"),
        "before_facts": _facts(before),
    }


def _facts(found: PhotoCheck) -> list[tuple[str, str]]:
    size = "无法读取"
    if found.width:
        size = f"{found.width}×{found.height} 像素"
    return [("尺寸", size), ("大小", f"{found.size:,} 字节")]


def _current_pictures(student: Student | None) -> list[pictures.Picture]:
    """What there is of the student now, in the order of the registry."""
    if student is None:
        return []
    rows = [row for row in lists.photos_of(student) if row.current]
    return [pictures.of_row(row) for kind in ORDER for row in rows if row.kind == kind]


def _replaces(found: PhotoCheck) -> bool:
    if found.student is None:
        return False
    rows = lists.photos_of(found.student)
    return any(row.current and row.kind == found.upload.kind for row in rows)


def _back(found: PhotoCheck) -> tuple[str, str]:
    upload = found.upload
    if upload.source == PhotoSource.ZIP or upload.total > 1:
        return upload.name, f"{HOME}/imports/{upload.pk}"
    if found.student is None:
        return "学生照片", HOME
    return found.student.name, f"{HOME}/students/{found.student_id}"


@writes(*STAFF)
def repair(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """修复: shows before and after; the original stays."""
    found = lists.check(visit.actor, pk)
    if found is None:
        raise Http404
    made = singles.look_at_repair(found, User.objects.get(pk=visit.actor.user_id), _key(request))
    return redirect(f"{HOME}/checks/{made.pk}")


@writes(*STAFF)
def take(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """采用: the picture that was looked at becomes the student's."""
    found = lists.check(visit.actor, pk)
    if found is None or found.upload.by_id != visit.actor.user_id or found.upload.total != 1:
        raise Http404
    if found.student is None or lists.student(visit.actor, found.student.pk) is None:
        raise Http404  # the student has left this centre since the picture was looked at
    done = singles.take_it(found.upload)
    if done.outcome == "refused":
        return redirect(f"{HOME}/checks/{pk}")
    return redirect(f"{HOME}/students/{found.student_id}")
