"""通知: written from the policy, published to the centres with its files, read with a receipt."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path

from graduand.gateways import hashed_files
from graduand.models import Batch
from graduand.office.messages import notices as office
from graduand.office.refusal import Refused
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.frame import downloads
from graduand.pages.frame.base import is_form_key, keys_of
from graduand.pages.frame.lists.list_spec import Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.shell import shell
from graduand.pages.frame.tags import OK, WARN, Tag
from graduand.queries.listing import BadFilter, criteria, searched, yes_no
from graduand.queries.messages import notices
from graduand.queries.season import policies
from graduand.rulebook.messages import notice_text
from graduand.rulebook.terms import Desk

HOME = "/notices"
LOST = "这个附件已不在服务器上；请联系发布人重新发布，或由管理员用备份恢复"


def _rows(visit: Visit) -> Any:
    return notices.listed(visit.actor)


def _mine(line: Any) -> Tag | str:
    if line.mine is None:
        return "—"
    if line.mine:
        return Tag(OK, "已阅")
    return Tag(WARN, "未阅")


def _beside(visit: Visit, _asked: Any) -> ListNotes:
    if visit.actor.desk is Desk.HQ:
        return ListNotes(links=(("起草通知", f"{HOME}/new"),))
    unread = notices.unread(visit.actor).count()
    if not unread:
        return ListNotes()
    return ListNotes(note=f"有 {unread:,} 份通知还没有确认已阅。")


NOTICES = register_list(
    ListSpec(
        key="notices",
        path=HOME,
        title="通知",
        group="毕业管理",
        noun="份",
        rows=_rows,
        criteria=criteria(
            searched("title", label="标题"),
            yes_no("read", "我的回执", notices.was_read, "已阅", "未阅"),
        ),
        columns=(
            Column("title", "标题", lambda line: line.title, ("title",), css="name", linked=True),
            Column("batch", "批次", lambda line: line.batch__code, ("batch__code",), narrow="批次"),
            Column(
                "at",
                "发布时间",
                lambda line: line.published_at,
                ("published_at",),
                css="nowrap",
                narrow="发布",
            ),
            Column("by", "发布人", lambda line: line.by__name, (), narrow="发布人"),
            Column("mine", "我的回执", _mine, css="at"),
            Column("units", "已阅单位", lambda line: line.units_read, css="num", narrow="已阅单位"),
        ),
        order=("-published_at", "-id"),
        more=lambda _visit: notices.with_receipts(),
        notes=_beside,
        link=lambda line: f"{HOME}/{line.id}",
        paths=("id", "title", "batch__code", "published_at", "by__name", "mine"),
        empty=("还没有通知", "总部发布后列在这里"),
    )
)


@reads(*STAFF)
def notices_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """通知."""
    return show(request, visit, NOTICES)


@reads(*STAFF)
def notice_page(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """One notice, its files, and who has read it."""
    found = notices.visible_notice(visit.actor, pk)
    if found is None:
        raise Http404
    read = notices.receipts(found, visit.actor)
    context = {
        "shell": shell(visit, HOME),
        "notice": found,
        "files": list(found.files.order_by("id")),
        "read": read,
        "left": notices.not_read(found),
        "reader": visit.actor.desk is not Desk.HQ,
        "mine": next((row for row in read if row.user_id == visit.actor.user_id), None),
    }
    return render(request, "pages/messages/notice.html", context)


@writes(*STAFF)
def read(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """已阅."""
    office.confirm_read(pk, visit.actor)
    return redirect(f"{HOME}/{pk}")


@reads(*STAFF)
def attachment(
    request: HttpRequest, visit: Visit, pk: int, number: int
) -> HttpResponse | FileResponse:
    """An attachment, to be saved and never shown inside our pages."""
    found = notices.file(visit.actor, pk, number)
    if found is None:
        raise Http404
    try:
        stream = hashed_files.place_of(office.media(), found.sha256, ".bin").open("rb")
    except FileNotFoundError as gone:
        raise Refused(LOST) from gone
    return downloads.of_nobody(stream, "application/octet-stream", "attachment", found.name)


def _about(visit: Visit) -> Batch:
    """The batch that a new notice is about: the chosen one, else one that has begun."""
    begun = (season for season in visit.unfinished if season.begun(visit.today))
    about = visit.season(visit.batch) or next(begun, None) or next(iter(visit.unfinished), None)
    if about is None or (batch := policies.batch(about.code)) is None:
        raise Refused("没有未办结的毕业批次，请先建立批次再发通知")
    return batch


@reads(Desk.HQ)
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """起草: the text comes from the policy in force and may be amended."""
    batch = _about(visit)
    policy = policies.policy(batch)
    context = {
        "shell": shell(visit, HOME),
        "batch": batch,
        "batches": dict.fromkeys([*_codes(visit), batch.code]),
        "title": notice_text.title_of(policy),
        "body": notice_text.body_of(policy),
        "units": notices.receivers(),
        "key": uuid4().hex,
        "most": office.MOST_BYTES >> 20,
        "files": office.MOST_FILES,
        "kinds": ",".join(office.KINDS),
    }
    return render(request, "pages/messages/new_notice.html", context)


def _codes(visit: Visit) -> list[str]:
    """The batches that a notice may be about."""
    return [season.code for season in visit.unfinished]


@writes(Desk.HQ)
def publish(request: HttpRequest, visit: Visit) -> HttpResponse:
    """发布; sending the form twice makes one notice."""
    form = request.POST
    key = form.get("key", "")
    batch = policies.batch(form.get("batch", ""))
    units = _receivers(form)
    if batch is None or not is_form_key(key) or units is None:
        raise BadFilter("请从页面上发布通知。")
    if form.get("to") == "some" and not units:
        raise Refused("请选择收件单位，或发给全部单位")
    with ExitStack() as drafts:
        files = tuple(_kept(sent, drafts) for sent in request.FILES.getlist("files"))
        letter = office.Letter(
            form.get("title", ""), form.get("body", "").replace("\r\n", "\n"), tuple(units), files
        )
        made = office.publish(batch, letter, visit.actor, key)
    return redirect(f"{HOME}/{made.pk}")


def _receivers(form: QueryDict) -> list[int] | None:
    """The ticked units, none for all of them; None for a form that no page of ours sends."""
    if form.get("to") != "some":
        return []
    return keys_of(form.getlist("unit"))


def _kept(sent: UploadedFile[bytes], drafts: ExitStack) -> office.Attachment:
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = drafts.enter_context(tempfile.NamedTemporaryFile(dir=folder))  # noqa: SIM115  # the stack closes it
    for piece in sent.chunks():
        draft.write(piece)
    draft.flush()
    return office.Attachment(Path(sent.name or "附件").name, Path(draft.name), sent.size or 0)


ADDRESSES = [
    path("notices", notices_page),
    path("notices/new", new),
    path("notices/publish", publish),
    path("notices/<int:pk>", notice_page),
    path("notices/<int:pk>/read", read),
    path("notices/<int:pk>/files/<int:number>", attachment),
]
