"""学生照片管理 of annex 3: the list with its three photo states, the pictures themselves, and 导出照片."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, urlencode
from uuid import uuid4

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render

from graduand.gateways import hashed_files
from graduand.gateways.photos import images
from graduand.office.outgoing import personal_exports
from graduand.office.outgoing.privacy import LookRecord
from graduand.office.photos import exports, uploads
from graduand.pages.door import visitors
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.door.access_records import seen
from graduand.pages.frame import downloads, pictures, tags
from graduand.pages.frame.base import Page
from graduand.pages.frame.lists.cells import uploaded
from graduand.pages.frame.lists.list_spec import Button, Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.shell import any_shell
from graduand.queries.listing import BadFilter, ListFilter
from graduand.queries.photos import gallery as lists
from graduand.queries.photos.gallery import PhotoLine
from graduand.rulebook.people.account_terms import LookKind, Purpose
from graduand.rulebook.photos.spec import PhotoSpec
from graduand.rulebook.terms import Desk, PhotoKind, PhotoNaming

LIST = "/photos"


def _registry(line: PhotoLine) -> tags.Tag:
    """学信网学历照片: what the registry says, and whether its copy is held here."""
    if line.at_registry is False:
        return tags.Tag(tags.BAD, "不存在", "学信网没有学历照片")
    if line.registry:
        return tags.Tag(tags.OK, "已存副本", "已存学信网学历照片副本，可以比对")
    if line.at_registry:
        return tags.Tag(tags.OK, "存在")
    return tags.Tag(tags.IDLE, "未知", "还没有学信网反馈数据")


COLUMNS = (
    Column("number", "学号", lambda line: line.number, ("number",), css="no"),
    Column("name", "姓名", lambda line: line.name, ("name",), css="name", linked=True),
    Column("entry", "入学年度学期", lambda line: f"{line.entry}季", ("entry",), narrow="入学"),
    Column("standing", "学籍状态", lambda line: line.standing.label, (), css="less"),
    Column("branch", "分部", lambda line: line.branch, (), css="less clip"),
    Column("college", "分校/学院", lambda line: line.college, (), css="less clip"),
    Column(
        "centre", "学习中心", lambda line: line.centre, ("centre__code",), css="clip", narrow="中心"
    ),
    Column("category", "学生类别", lambda line: line.category, (), css="less"),
    Column("level", "专业层次", lambda line: line.level.label, ("level",), narrow="层次"),
    Column("major", "专业名称", lambda line: line.major, (), css="clip"),
    Column("class", "班级", lambda line: line.class_name, ("class_name",), css="less fold"),
    Column(
        "admission",
        "入学照片状态",
        lambda line: uploaded(line.admission),
        narrow="入学照片",
    ),
    Column(
        "graduation",
        "毕业照片状态",
        lambda line: pictures.state_tag(line.graduation),
        css="at",
        narrow="毕业照片",
    ),
    Column("registry", "学信网照片", _registry, narrow="学信网"),
)


def _beside(visit: Visit, asked: ListFilter) -> ListNotes:
    spec = PhotoSpec()
    if visit.unfinished:
        spec = visit.unfinished[0].policy.photo
    rules = [
        ("规格", f"{spec.width}×{spec.height}"),
        ("大小", f"不超过 {spec.max_bytes // 1024} KB"),
        ("底色", f"{spec.colour}色"),
        ("格式", "jpg"),
        ("批量上传的文件名", "学号"),
    ]
    links = [
        ("学生照片导入", f"{LIST}/import"),
        ("导入记录", f"{LIST}/imports"),
        ("导出照片", f"{LIST}/export?{_query(asked)}"),
    ]
    return ListNotes(rules=rules, links=links)


def _query(asked: ListFilter) -> str:
    return "&".join(f"{name}={quote(value)}" for name, value in asked.pairs())


def _acts(
    visit: Visit, asked: ListFilter, page: Page, shown: Sequence[PhotoLine]
) -> dict[int, list[Button]]:
    return {line.id: [_button(line)] for line in shown}


def _button(line: PhotoLine) -> Button:
    """To the pictures of one student, where one is sent too."""
    short = "照片"
    if line.graduation == "none":
        short = "上传照片"
    return Button("查看和上传照片", short, f"{LIST}/students/{line.id}", plain=True)


PHOTOS = register_list(
    ListSpec(
        key="photos",
        path=LIST,
        title="学生照片管理",
        group="学籍与照片",
        rows=lambda visit: lists.students(visit.actor),
        criteria=lists.CRITERIA,
        columns=COLUMNS,
        order=("number",),
        lines=lists.lines,
        number="number",
        link=lambda line: f"{LIST}/students/{line.id}",
        acts=_acts,
        notes=_beside,
        empty=("还没有学生", "导入学生以后列在这里"),
    )
)


@reads(*STAFF)
def photos(request: HttpRequest, visit: Visit) -> HttpResponse:
    """学生照片管理."""
    return show(request, visit, PHOTOS)


# -- the pictures themselves -----------------------------------------------------------------------


@reads(*STAFF, Desk.STUDENT)
def file(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """A stored picture: the stripped copy, never the file that was sent."""
    row = lists.photo(visit.actor, pk)
    if row is None:
        raise Http404
    data = _bytes(row.sha256)
    seen(
        request,
        LookRecord(visit.actor, (row.student_id,), LookKind.PHOTO, PhotoKind(row.kind).label),
    )
    return pictures.jpeg(data, row.student.number)


def _bytes(sha256: str) -> bytes:
    try:
        return hashed_files.place_of(Path(settings.MEDIA_ROOT) / "photos", sha256).read_bytes()
    except OSError:
        raise Http404 from None


@reads(*STAFF)
def check_file(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """A picture of an upload, encoded anew: what was sent is never handed out as it came."""
    check = lists.check(visit.actor, pk)
    if check is None:
        raise Http404
    data = uploads.bytes_of(check)
    if data is None:
        raise Http404
    try:
        shown = images.preview(data)
    except images.PictureRefused:
        raise Http404 from None
    if check.student_id is not None:
        seen(request, LookRecord(visit.actor, (check.student_id,), LookKind.PHOTO, "上传的照片"))
    return pictures.jpeg(shown, f"check-{check.pk}")


# -- 导出照片 ------------------------------------------------------------------------------------------


@reads(*STAFF, fresh=True)
def export(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What would leave, counted; asks for the naming and the purpose."""
    asked = PHOTOS.asked(request.GET)
    namings = exports.namings_for(visit.actor)
    count = PHOTOS.found(visit, asked).count()
    context = {
        "shell": any_shell(visit, LIST),
        "asked": asked.pairs(),
        "count": count,
        "kinds": PhotoKind.choices(),
        "namings": [(naming.value, naming.label) for naming in namings],
        "purposes": Purpose.choices(),
        "back": LIST,
        "chosen": {name: request.GET.get(name, "") for name in ("kind", "naming", "purpose")},
        "key": uuid4().hex,
        "limit": personal_exports.WITHOUT_CONSENT,
        "two": PhotoNaming.ID_NO in namings and count > personal_exports.WITHOUT_CONSENT,
    }
    return render(request, "pages/photos/export.html", context)


@writes(*STAFF, fresh=True)
def take_out(request: HttpRequest, visit: Visit) -> HttpResponse | StreamingHttpResponse:
    """The zip, written while it is sent; with `ask` the question to the second person instead."""
    asked = PHOTOS.asked(request.POST)
    leaving = _leaving(request, asked)
    found = PHOTOS.found(visit, asked)
    if request.POST.get("ask") == "1":
        exports.ask(
            visit.actor,
            found,
            leaving,
            request.POST.get("reason", ""),
            address=visitors.address(request),
            key=request.POST.get("key", "")[:64],
        )
        return redirect("/consents")
    parcel = exports.photos_zip(visit.actor, found, leaving, visitors.address(request))
    name = (
        f"{leaving.kind.label}-按{leaving.naming.label}-{parcel.photos}张-第{parcel.serial}号.zip"
    )
    return downloads.recorded_zip(parcel.pieces, "photos", name, parcel.length)


def _leaving(request: HttpRequest, asked: ListFilter) -> exports.LeavingPhotos:
    """Which pictures are to leave, named how, what for. Raises BadFilter."""
    kind = PhotoKind.of(request.POST.get("kind", ""))
    naming = PhotoNaming.of(request.POST.get("naming", ""))
    purpose = Purpose.of(request.POST.get("purpose", ""))
    if kind is None or naming is None or purpose is None:
        raise BadFilter("请选择照片种类、命名方式和用途。")
    chosen = [("kind", kind.value), ("naming", naming.value), ("purpose", purpose.value)]
    back = f"{LIST}/export?{urlencode([*asked.pairs(), *chosen])}"
    return exports.LeavingPhotos(kind, naming, purpose, asked.pairs(), back)
