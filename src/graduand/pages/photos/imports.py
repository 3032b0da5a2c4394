"""学生照片导入 of annex 3: the dialog, what was understood of the file, 导入, progress, the report, 详情."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render

from graduand.models import PhotoCheck, PhotoUpload, User
from graduand.office.outgoing import list_exports
from graduand.office.photos import importing, retention, uploads
from graduand.office.photos.by_hand import singles
from graduand.office.records.import_rights import photos_for
from graduand.office.refusal import Refused
from graduand.pages.door import visitors
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.frame import downloads, pictures, tags
from graduand.pages.frame.base import Page, address, is_form_key, number_of, page_of
from graduand.pages.frame.queue.photo_report import (
    HOME,
    Report,
    kind_of,
    report_of,
    state_tag,
)
from graduand.pages.frame.shell import shell
from graduand.queries.listing import BadFilter
from graduand.queries.photos import gallery as lists
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import Extent, Leaves
from graduand.rulebook.photos.words import PhotoOutcome, PhotoSource
from graduand.rulebook.terms import Level, PhotoKind, PhotoNaming

MOST_SHOWN = 50
TABS = (
    ("", "全部"),
    ("refused", "未导入"),
    ("review", "待人工审核"),
    ("repairable", "可修复"),
    ("taken", "已导入"),
    ("unchanged", "未变"),
)


@dataclass(frozen=True, slots=True)
class ReportedPicture:
    """One picture of the report."""

    check: PhotoCheck
    url: str
    name: str
    number: str
    person: str
    outcome: tags.Tag
    reasons: list[pictures.PictureFinding]


@dataclass(frozen=True, slots=True)
class PhotoImportRecord:
    """One line of 导入记录."""

    url: str
    name: str
    kind: str
    person: str
    at: datetime
    total: int
    state: tags.Tag


@reads(*STAFF)
def dialog(request: HttpRequest, visit: Visit) -> HttpResponse:
    """上传类型, 专业层次, 命名方式, 是否覆盖, and whether folders are ignored."""
    context = {
        "kinds": [(kind.value, _offered(visit, kind)) for kind in photos_for(visit.actor)],
        "others": [
            f"{kind.label}由{rights.who_imports(kind)}导入"
            for kind in PhotoKind
            if kind not in photos_for(visit.actor)
        ],
        "levels": Level.choices(),
        "namings": PhotoNaming.choices(),
        "key": uuid4().hex,
        "spec": uploads.spec_in_force(),
        "most": uploads.MOST_BYTES >> 20,
    }
    if visitors.for_a_part(request):
        return render(request, "pages/photos/import_form.html", context)
    return render(request, "pages/photos/import.html", context | {"shell": shell(visit, "/photos")})


def _offered(visit: Visit, kind: PhotoKind) -> str:
    """The kind, and what its pictures are worth when this visitor brings them."""
    extent = rights.import_extent(visit.actor.roles, visit.actor.desk, kind)
    if extent is not Extent.SUPPLIED:
        return kind.label
    return f"{kind.label}（{extent.label}）"


@writes(*STAFF)
def upload(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Keep the file and read its directory and names; the same form sent twice is one upload."""
    sending = _sending(request)
    known = lists.upload_of(visit.actor, sending.key)
    if known is not None:
        return redirect(f"{HOME}/{known.pk}")
    sent = request.FILES.get("file")
    if sent is None or not sent.name:
        raise Refused("没有选择压缩包，请选择一个 zip 文件")
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".zip") as draft:
        for piece in sent.chunks():
            draft.write(piece)
        draft.flush()
        made = uploads.receive(
            Path(draft.name), sending, User.objects.get(pk=visit.actor.user_id), sent.name
        )
    return redirect(f"{HOME}/{made.pk}")


def _sending(request: HttpRequest) -> uploads.UploadChoices:
    form = request.POST
    kind = PhotoKind.of(form.get("kind", ""))
    naming = PhotoNaming.of(form.get("naming", ""))
    key = form.get("key", "")
    if kind is None or naming is None or not is_form_key(key):
        raise BadFilter("请从页面上选择上传类型和命名方式。")
    return uploads.UploadChoices(
        kind,
        naming,
        Level.of(form.get("level", "")),
        overwrite=form.get("overwrite") == "1",
        flatten=form.get("flatten") == "1",
        key=key,
    )


@writes(*STAFF)
def begin(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """导入."""
    found = lists.upload(visit.actor, pk)
    if found is None:
        raise Http404
    uploads.begin(found)
    return redirect(f"{HOME}/{pk}")


@writes(*STAFF)
def repair_all(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """修复全部: the allowed repairs on every repairable picture, as a task of its own."""
    found = lists.upload(visit.actor, pk)
    key = request.POST.get("key", "")
    if found is None or not is_form_key(key):
        raise Http404
    made = singles.repair_all(found, User.objects.get(pk=visit.actor.user_id), key)
    return redirect(f"{HOME}/{made.pk}")


@reads(*STAFF)
def imports(request: HttpRequest, visit: Visit) -> HttpResponse:
    """导入记录."""
    rows = lists.uploads(visit.actor)
    page = page_of(request.GET, HOME, [], rows.count())
    shown = list(rows[page.start : page.start + page.size])
    states = lists.job_states(shown)
    page.rows = [
        PhotoImportRecord(
            f"{HOME}/{upload.pk}",
            upload.name,
            kind_of(upload),
            upload.by.name,
            upload.at,
            upload.total,
            state_tag(upload, states.get(upload.pk)),
        )
        for upload in shown
    ]
    return render(request, "pages/photos/imports.html", {"shell": shell(visit, HOME), "page": page})


@reads(*STAFF)
def report(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """详情: what was understood, progress, and every picture with its reasons."""
    found = lists.upload(visit.actor, pk)
    if found is None:
        raise Http404
    made = report_of(found, visit, number_of(request.GET.get("poll")))
    if visitors.for_a_part(request) and request.GET.get("poll"):
        return _progress(request, made)
    tab = request.GET.get("shown", "")
    if tab not in dict(TABS):
        tab = ""
    context = {
        "shell": shell(visit, HOME),
        "report": made,
        "tabs": _tabs(made, tab),
        "page": _entries(request, visit, found, tab),
        "codes": _codes(found),
        "key": uuid4().hex,
    }
    return render(request, "pages/photos/report.html", context)


def _progress(request: HttpRequest, made: Report) -> HttpResponse:
    """The part that a poll replaces; at the end the page is loaded anew."""
    answer = render(request, "pages/photos/progress.html", {"report": made})
    if not made.polling:
        answer["HX-Refresh"] = "true"
    return answer


def _tabs(made: Report, tab: str) -> list[tuple[str, str, int, bool]]:
    """(label, address, count, whether it is the one shown)."""
    taken = made.counts["created"] + made.counts["updated"]
    counts = {"": made.upload.total, "taken": taken, **made.counts}
    return [
        (label, address(made.url, _narrowed(name)), counts[name], name == tab)
        for name, label in TABS
        if not name or counts[name] or name == tab
    ]


def _narrowed(tab: str) -> list[tuple[str, str]]:
    """The query of a report's address for the tab that is shown; "" for the first one."""
    if not tab:
        return []
    return [("shown", tab)]


def _entries(request: HttpRequest, visit: Visit, found: PhotoUpload, tab: str) -> Page:
    rows = lists.checks(found, tab)
    page = page_of(request.GET, f"{HOME}/{found.pk}", _narrowed(tab), rows.count())
    page.rows = list(_shown(visit, rows[page.start : page.start + page.size]))
    return page


def _shown(visit: Visit, found: Iterable[PhotoCheck]) -> Iterator[ReportedPicture]:
    """The pictures as lines; of a student of another unit by now only the name of the file."""
    left = iter(found)
    while piece := list(islice(left, 1_000)):
        own = lists.still_seen(visit.actor, piece)
        for check in piece:
            yield _entry(check, known=check.student_id in own)


def _entry(check: PhotoCheck, *, known: bool) -> ReportedPicture:
    """A picture of the report; `known` says whether its student may be named."""
    number = name = ""
    if known and check.student is not None:
        number = check.student.number
        name = check.student.name
    return ReportedPicture(
        check,
        f"/photos/checks/{check.pk}",
        check.name,
        number,
        name,
        pictures.outcome_tag(check),
        pictures.findings_in_words(pictures.findings_of(check.findings)),
    )


def _codes(found: PhotoUpload) -> list[tuple[str, int]]:
    """(finding, pictures refused with it), most first; none before the import has ended."""
    if found.finished_at is None:
        return []
    tally: Counter[str] = Counter()
    rows = found.checks.filter(outcome=PhotoOutcome.REFUSED.value).values_list(
        "findings", flat=True
    )
    for findings in rows.iterator(chunk_size=2_000):
        said = pictures.findings_of(findings)
        tally.update({finding.code.label for finding in said if finding.verdict.value == "fail"})
    return tally.most_common()


# -- what goes back to the sender ------------------------------------------------------------------


@writes(*STAFF)
def refused_zip(request: HttpRequest, visit: Visit, pk: int) -> StreamingHttpResponse:
    """The refused pictures, reasons in their names; the zip is written while it is sent."""
    found = _finished(visit, pk)
    if found.source != PhotoSource.ZIP:
        raise Http404
    if not retention.is_retained(found):
        raise Refused("上传的压缩包已过保存期，不能再下载，请以导入结果为准")
    pieces = importing.refused_pieces(visit.actor, found)
    return downloads.recorded_zip(pieces, "photos", f"{Path(found.name).stem}-未导入.zip")


@writes(*STAFF)
def workbook(request: HttpRequest, visit: Visit, pk: int) -> FileResponse:
    """Every picture of the import with its outcome and its reasons."""
    found = _finished(visit, pk)
    headers = ("序号", "文件名", "学号", "姓名", "结果", "结论", "原因", "可修复")
    leaving = list_exports.ListExport(
        Leaves.PHOTO_IMPORT,
        "照片导入结果",
        [("import", str(pk))],
        (),
        headers,
        (8, 30, 18, 12, 12, 14, 90, 8),
    )
    return downloads.table(
        visit, leaving, _rows(visit, found), found.total, f"{Path(found.name).stem}-导入结果.xlsx"
    )


def _rows(visit: Visit, found: PhotoUpload) -> Iterator[tuple[str, ...]]:
    for entry in _shown(visit, lists.checks(found, "").iterator(chunk_size=1_000)):
        check = entry.check
        yield (
            str(check.place + 1),
            entry.name,
            entry.number,
            entry.person,
            entry.outcome.text,
            pictures.verdict_tag(check.verdict).text,
            "；".join(finding.text for finding in entry.reasons),
            "是" if check.repairable else "",
        )


def _finished(visit: Visit, pk: int) -> PhotoUpload:
    found = lists.upload(visit.actor, pk)
    if found is None or found.finished_at is None:
        raise Http404
    if found.problem and not uploads.ended_early(found):
        raise Http404
    return found
