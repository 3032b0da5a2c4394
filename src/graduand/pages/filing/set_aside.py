"""在其他批次办理: files of a batch's list whose person is worked on, or has the certificate, in another
one.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from graduand.models import Candidate
from graduand.pages.door.access import STAFF, Visit, reads
from graduand.pages.frame.lists.list_spec import Column, Link, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.one_file.other_batches import ASIDE
from graduand.pages.frame.shell import LIST, files
from graduand.pages.frame.tags import Tag, stage_tag
from graduand.queries.filing import set_aside
from graduand.queries.listing import ListFilter
from graduand.rulebook.terms import Stage

NOTE = (
    "这些学生在另一批次已有在办档案或毕业证书，在这里的档案因此搁置：不列入名单、不计数、不能办理。"
    "另一批次的档案没有发证就结束的（撤回、不通过、未办结），这里的自动恢复；批次关闭后不再恢复。"
)


def _rows(visit: Visit) -> QuerySet[Candidate]:
    return files(visit).filter(aside=True)


def _more(visit: Visit) -> dict[str, Any]:
    return {
        "live": set_aside.live_column("id", files(visit)),
        "live_batch": set_aside.live_column("batch__code"),
        "live_stage": set_aside.live_column("stage"),
        "live_centre": set_aside.live_column("centre__name"),
    }


def _where(line: Any) -> Link | str:
    """The batch with the link to the file there; only its name where the visitor may not see that
    file's centre.

    Empty where that file has ended since this batch was closed.
    """
    if line.live_batch is None:
        return ""
    name = f"{line.live_batch} 批次"
    if line.live:
        return Link(name, f"{LIST}/{line.live}")
    return f"{name}（{line.live_centre}）"


def _state(line: Any) -> Tag | str:
    if not line.live_stage:
        return ""
    return stage_tag(Stage(line.live_stage))


def _beside(_visit: Visit, _asked: ListFilter) -> ListNotes:
    return ListNotes(note=NOTE)


FILES = register_list(
    ListSpec(
        key="aside",
        batch=True,
        path=ASIDE,
        title="在其他批次办理的学生",
        group="毕业管理",
        rows=_rows,
        criteria=set_aside.CRITERIA,
        order=("number",),
        number="student__number",
        more=_more,
        notes=_beside,
        columns=(
            Column("number", "学号", lambda line: line.student__number, ("number",), css="no"),
            Column(
                "name",
                "姓名",
                lambda line: line.student__name,
                ("student__name",),
                css="name",
                linked=True,
            ),
            Column(
                "batch",
                "批次",
                lambda line: line.batch__code,
                ("batch__code",),
                shown=False,
                narrow="批次",
            ),
            Column(
                "stage",
                "在本批次",
                lambda line: stage_tag(Stage(line.stage)),
                ("stage",),
                css="at",
                narrow="本批次",
            ),
            Column("where", "办理批次", _where, narrow="在"),
            Column("now", "在那里", _state, narrow="在那里"),
            Column(
                "centre",
                "学习中心",
                lambda line: line.centre__name,
                ("centre__code",),
                css="clip",
                narrow="中心",
            ),
            Column(
                "major",
                "专业",
                lambda line: line.student__plan__major_name,
                ("student__plan__major_name",),
                css="clip",
            ),
            Column(
                "class",
                "班级",
                lambda line: line.student__class_name,
                ("student__class_name",),
                css="fold less",
            ),
        ),
        paths=(
            "id",
            "batch__code",
            "student__number",
            "student__name",
            "stage",
            "centre__name",
            "student__plan__major_name",
            "student__class_name",
        ),
        link=lambda line: f"{LIST}/{line.id}",
        empty=("没有在其他批次办理的学生", "在另一批次申请以后，在这里的档案搁置"),
    )
)


@reads(*STAFF)
def set_aside_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """在其他批次办理."""
    return show(request, visit, FILES)
