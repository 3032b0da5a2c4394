"""学生: who is enrolled, as 学籍管理 of annex 3 lists them, with what pictures there are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from graduand.pages.door.access import STAFF, Visit, reads
from graduand.pages.frame.lists.cells import uploaded, yes_or_no
from graduand.pages.frame.lists.list_spec import Column, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.shell import LIST
from graduand.pages.frame.tags import OK, WARN, Tag
from graduand.queries import stations
from graduand.queries.listing import at_centre, chosen, criteria, pasted, searched, yes_no
from graduand.rulebook.calendar import Term
from graduand.rulebook.identity.id_documents import mask_id, mask_phone
from graduand.rulebook.people.account_terms import FieldLevel
from graduand.rulebook.terms import Level, PhotoKind, Standing

STANDING = {word.value: word.label for word in Standing}
LEVEL = {word.value: word.label for word in Level}


def _standing(line: Any) -> Tag:
    if line.standing == Standing.ENROLLED.value:
        return Tag(OK, STANDING[line.standing])
    return Tag(WARN, STANDING[line.standing])


def _link(line: Any) -> str:
    """To the student's file; "" where there is none yet."""
    if not line.file:
        return ""
    return f"{LIST}/{line.file}"


COLUMNS = (
    Column("number", "学号", lambda line: line.number, ("number",), css="no"),
    Column("name", "姓名", lambda line: line.name, ("name",), css="name", linked=True),
    Column(
        "id_no", "证件号", lambda line: mask_id(line.id_no), (), FieldLevel.L3, css="id muted less"
    ),
    Column(
        "entry",
        "入学年度学期",
        lambda line: str(Term.from_ordinal(line.entry)),
        ("entry",),
        narrow="入学",
    ),
    Column("standing", "学籍状态", _standing, ("standing",), css="at", narrow="学籍"),
    Column(
        "centre",
        "学习中心",
        lambda line: line.centre__name,
        ("centre__code",),
        css="clip",
        narrow="中心",
    ),
    Column("category", "学生类别", lambda line: line.category, (), css="less"),
    Column("level", "专业层次", lambda line: LEVEL[line.level], ("level",), narrow="层次"),
    Column(
        "major",
        "专业名称",
        lambda line: line.plan__major_name,
        ("plan__major_name",),
        css="clip",
        narrow="专业",
    ),
    Column("class", "班级", lambda line: line.class_name, ("class_name",), css="fold less"),
    Column("admission", "入学照片", lambda line: uploaded(line.admission), narrow="入学照片"),
    Column("photo", "毕业照片", lambda line: uploaded(line.photo), narrow="毕业照片"),
    Column("goes_on", "续读", lambda line: yes_or_no(line.goes_on), (), css="less"),
    Column(
        "mobile",
        "手机",
        lambda line: mask_phone(line.mobile),
        (),
        FieldLevel.L3,
        shown=False,
        css="muted",
        narrow="手机",
    ),
    Column("branch", "分部", lambda line: line.branch, (), shown=False, css="clip", narrow="分部"),
    Column(
        "class_code", "班级代码", lambda line: line.class_code, (), shown=False, narrow="班级代码"
    ),
)
CRITERIA = criteria(
    searched("number", "name"),
    chosen("standing", "学籍状态", "standing", Standing.choices()),
    chosen("level", "专业层次", "level", Level.choices()),
    yes_no("photo", "毕业照片状态", stations.has_picture(PhotoKind.GRADUATION), "已上传", "未上传"),
    yes_no(
        "admission", "入学照片状态", stations.has_picture(PhotoKind.ADMISSION), "已上传", "未上传"
    ),
    at_centre(),
    yes_no("goes_on", "是否续读本科", stations.going_on, rare=True),
    pasted("number"),
)


def _more(visit: Visit) -> dict[str, Any]:
    return {
        "photo": stations.pictured(PhotoKind.GRADUATION),
        "admission": stations.pictured(PhotoKind.ADMISSION),
        "file": stations.file_of(visit.actor, "pk"),
    }


STUDENTS = register_list(
    ListSpec(
        key="students",
        path="/students",
        title="学生",
        group="学籍管理",
        rows=lambda visit: stations.students(visit.actor),
        criteria=CRITERIA,
        columns=COLUMNS,
        order=("number",),
        more=_more,
        link=_link,
        number="number",
        paths=(
            "id",
            "number",
            "name",
            "id_no",
            "entry",
            "standing",
            "centre__name",
            "category",
            "level",
            "plan__major_name",
            "class_name",
            "class_code",
            "goes_on",
            "mobile",
            "branch",
        ),
    )
)


@reads(*STAFF)
def students(request: HttpRequest, visit: Visit) -> HttpResponse:
    """学生."""
    return show(request, visit, STUDENTS)
