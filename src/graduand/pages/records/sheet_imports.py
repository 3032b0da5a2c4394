"""数据导入 step by step: 下载模板, 上传, 校验预览, 结果; what is confirmed is what was looked at."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from graduand.models import SheetUpload, User
from graduand.office.outgoing import drafts
from graduand.office.records import uploads
from graduand.office.records.files import returning, sealed_sheets
from graduand.office.records.files.tallies import SHOWN
from graduand.office.records.import_rights import sheets_for
from graduand.office.refusal import Refused, not_allowed
from graduand.pages.door import visitors
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.frame import downloads
from graduand.pages.frame.base import is_form_key, number_of
from graduand.pages.frame.queue.halting import halt_of
from graduand.pages.frame.queue.sheet_upload import goes_back, stand_of
from graduand.pages.frame.queue.unfinished_files import unfinished_files
from graduand.pages.frame.season.deadlines import StepMark
from graduand.pages.frame.shell import shell
from graduand.papers.workbooks.import_templates import template_workbook
from graduand.queries.listing import BadFilter
from graduand.queries.records import intakes
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import Extent
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.records.sheet_extents import spec_of, template_of
from graduand.rulebook.records.sheets import SheetSpec
from graduand.rulebook.terms import SheetKind

HOME = "/imports/new"
BEING_MADE = "带「错误原因」的工作簿还在准备，请稍等几秒再下载"
NOT_MADE = "带「错误原因」的工作簿没有做成，请在原文件里改好后重新导入"
STEPS = ("下载模板", "上传", "校验预览", "结果")
# Rows of these decide about accounts or carry numbers: the last step asks for a proof of identity.
GUARDED = frozenset({SheetKind.UNITS, SheetKind.USERS, SheetKind.NUMBERS})


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind of sheet that may be imported here."""

    value: str
    label: str
    note: str
    required: str
    template: str


@reads(*STAFF)
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """步骤 1 和 2: the templates, and the form that sends a file."""
    kinds = [_choice(visit, kind) for kind in sheets_for(visit.actor)]
    wanted = request.GET.get("kind", "")
    context = {
        "shell": shell(visit, HOME),
        "kinds": kinds,
        "wanted": wanted,
        "key": uuid4().hex,
        "steps": _steps(1),
        "most": settings.MOST_SHEET_BYTES >> 20,
        "others": _others(visit),
        "waiting": unfinished_files(visit.actor, every=request.GET.get("files") == "all"),
    }
    return render(request, "pages/records/new_import.html", context)


def _choice(visit: Visit, kind: SheetKind) -> Choice:
    extent = rights.import_extent(visit.actor.roles, visit.actor.desk, kind)
    spec = SPECS[kind]
    note = spec.note
    if extent is not None and extent is not Extent.WHOLE:
        spec = spec_of(kind, extent)
        note = extent.label
    required = "、".join(spec.required_headers)
    return Choice(kind.value, kind.label, note, required, f"/imports/templates/{kind.value}.xlsx")


def _others(visit: Visit) -> list[tuple[str, str]]:
    """What others import, and who they are: `学信网反馈`, `由总部审核导入`."""
    own_sheets = sheets_for(visit.actor)
    return [
        (kind.label, f"由{rights.who_imports(kind)}导入")
        for kind in SheetKind
        if kind not in own_sheets
    ]


def _offered(visit: Visit, kind: SheetKind) -> SheetSpec:
    """The columns of the visitor's template."""
    extent = rights.import_extent(visit.actor.roles, visit.actor.desk, kind)
    return template_of(kind, extent or Extent.WHOLE)


def _steps(now: int) -> list[StepMark]:
    """The bar of steps; `now` is 0-based, 4 when all is over."""
    notes = ("带下拉列表和填写说明", "Excel 或 CSV", "不写入，先核对", "新增、更新、未变")
    return [
        StepMark(label, note, _state(place, now))
        for place, (label, note) in enumerate(zip(STEPS, notes, strict=True))
    ]


def _state(place: int, now: int) -> str:
    """How the step at `place` stands in the bar.

    Nobody knows whether a file was made from a template of ours: the first step is never done.
    """
    if place == now:
        return "now"
    if 0 < place < now:
        return "done"
    return ""


@reads(*STAFF)
def template(request: HttpRequest, visit: Visit, kind: str) -> HttpResponse | FileResponse:
    """The template of one kind, with the codes that this desk may use."""
    found = _kind(visit, kind)
    if found is None:
        raise Http404
    with tempfile.TemporaryDirectory(dir=drafts.folder()) as folder:
        target = template_workbook(
            Path(folder) / "template.xlsx", _offered(visit, found), intakes.codes(visit.actor)
        )
        return downloads.of_nobody(
            target.read_bytes(), downloads.XLSX, "template.xlsx", f"{found.label}导入模板.xlsx"
        )


def _kind(visit: Visit, value: str) -> SheetKind | None:
    return next((kind for kind in sheets_for(visit.actor) if kind.value == value), None)


@writes(*STAFF)
def send(request: HttpRequest, visit: Visit) -> HttpResponse:
    """上传, and the trial of it; the same form sent twice is one upload."""
    kind = SheetKind.of(request.POST.get("kind", ""))
    key = request.POST.get("key", "")
    if not is_form_key(key):
        raise BadFilter("请从页面上选择要导入的文件。")
    if kind is None:
        raise Refused("没有选择导入内容，请先选择一种表")
    if kind not in sheets_for(visit.actor):
        raise not_allowed(rights.import_refusal(visit.actor.roles, kind))
    return redirect(f"/imports/{_received(request, visit, kind, key).pk}")


def _received(request: HttpRequest, visit: Visit, kind: SheetKind, key: str) -> SheetUpload:
    """The file of the form, kept and tried. Raises Refused for none, and for a too large one."""
    sent = request.FILES.get("file")
    if not isinstance(sent, UploadedFile) or not sent.name:
        raise Refused("没有选择文件，请选择一个 .xlsx 或 .csv 文件")
    if (sent.size or 0) > settings.MOST_SHEET_BYTES:
        raise Refused(uploads.too_large(sent.size or 0))
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder) as draft:
        for piece in sent.chunks():
            draft.write(piece)
        draft.flush()
        by = User.objects.get(pk=visit.actor.user_id)
        clear = request.POST.get("clear") == "1"
        return uploads.receive(Path(draft.name), kind, sent.name, by, key, clear=clear)


@reads(*STAFF)
def upload_page(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """步骤 3 and 4: what the file would do, then what it did; while it runs, how far it is."""
    stand = stand_of(_mine(visit, pk), number_of(request.GET.get("poll")))
    if visitors.for_a_part(request) and request.GET.get("poll"):
        progress = {"stand": stand, "halt": halt_of(stand.job, visit)}
        answer = render(request, "pages/records/import_progress.html", progress)
        if not stand.polling:
            answer["HX-Refresh"] = "true"
        return answer
    place = {"done": 4, "undone": 3, "writing": 3}.get(stand.phase, 2)
    context = {
        "shell": shell(visit, HOME),
        "stand": stand,
        "steps": _steps(place),
        "halt": halt_of(stand.job, visit),
        "most": SHOWN,
    }
    return render(request, "pages/records/import.html", context)


def _mine(visit: Visit, pk: int) -> SheetUpload:
    found = intakes.upload(visit.actor, pk)
    if found is None:
        raise Http404
    return found


@writes(*STAFF)
def begin(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """导入 what was looked at; `partial` leaves out the rows with errors."""
    found = _mine(visit, pk)
    if SheetKind(found.kind) in GUARDED:
        visit.prove(f"/imports/{pk}")
    uploads.begin(found, partial=request.POST.get("partial") == "1")
    return redirect(f"/imports/{pk}")


@writes(*STAFF)
def check(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """重新校验: the same file, against what is on record now."""
    uploads.look_again(_mine(visit, pk))
    return redirect(f"/imports/{pk}")


@writes(*STAFF)
def errors(request: HttpRequest, visit: Visit, pk: int) -> FileResponse:
    """The sender's own workbook with a column 错误原因."""
    found = _mine(visit, pk)
    if uploads.owes_a_workbook(found):
        raise Refused(BEING_MADE if goes_back(found) else NOT_MADE)
    about = found.done or found.checked
    if not found.errors or about is None:
        raise Http404
    try:
        with sealed_sheets.opened(found.errors) as place:
            name = f"{Path(found.name).stem}-错误.xlsx"
            return downloads.returned(visit, returning.leaving(about), place, name)
    except FileNotFoundError as gone:
        raise Refused(uploads.GONE) from gone


ADDRESSES = [
    path("imports/new", new),
    path("imports/send", send),
    path("imports/templates/<slug:kind>.xlsx", template),
    path("imports/<int:pk>", upload_page),
    path("imports/<int:pk>/begin", begin),
    path("imports/<int:pk>/check", check),
    path("imports/<int:pk>/errors.xlsx", errors),
]
