"""审计记录 and 个人信息查看记录: what the auditor reads."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path

from graduand.models import AccountEvent, Consent, Look, PhotoRow, User
from graduand.pages.door.access import Visit, reads
from graduand.pages.frame import tags
from graduand.pages.frame.acts import consent_words
from graduand.pages.frame.acts.consent_words import drafts_of
from graduand.pages.frame.lists.cells import name_of
from graduand.pages.frame.lists.list_spec import Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.words import event_note
from graduand.queries.listing import Criterion, chosen, criteria, searched, since, until
from graduand.queries.people import accounts
from graduand.rulebook.people.account_terms import ConsentKind, Deed, LookKind, Purpose
from graduand.rulebook.people.rights import may_audit
from graduand.rulebook.terms import PhotoKind, Role

_WHY = {Deed.DECLINED: "不同意的原因", Deed.NOT_DONE: "没有办成的原因"}
_BAD = (Deed.SIGN_IN_FAILED, Deed.SLOWED, Deed.DISABLED, Deed.DECLINED, Deed.NOT_DONE)


def _trail(visit: Visit) -> Any:
    return _for_auditors(visit, AccountEvent.objects.select_related("actor", "user"))


def _looks(visit: Visit) -> Any:
    return _for_auditors(visit, Look.objects.select_related("user", "unit", "student"))


def _for_auditors(visit: Visit, rows: QuerySet[Any]) -> QuerySet[Any]:
    if not may_audit(visit.actor.roles):
        return rows.none()
    return rows


def _piece(rows: Any, first: int, size: int) -> Any:
    return list(rows[first : first + size])


def _events(rows: Any, first: int, size: int) -> Any:
    """Events with their questions, policies, pictures and second persons; one query for each of
    these.
    """
    found = _piece(rows, first, size)
    asked = Consent.objects.select_related("user", "asked_by").in_bulk(
        [event.detail.get("consent", 0) for event in found]
    )
    photos = _photos({event.detail["photo"] for event in found if "photo" in event.detail})
    drafts = drafts_of(asked.values())
    seconds = User.objects.in_bulk(
        {event.detail["second"] for event in found if event.detail.get("second")}
    )
    for event in found:
        event.second = seconds.get(event.detail.get("second"))
        event.question = asked.get(event.detail.get("consent"))
        event.draft = drafts.get(event.detail.get("consent"))
        event.photo = photos.get(event.detail.get("photo"), "")
    return found


def _photos(ids: set[int]) -> dict[int, str]:
    """Whose pictures they are and of which kind, in words; one query, none where there are no
    pictures.
    """
    if not ids:
        return {}
    rows = PhotoRow.objects.filter(pk__in=ids).values_list("id", "student__number", "kind")
    return {pk: f"{number} 的{PhotoKind(kind).label} 1 张" for pk, number, kind in rows}


def _told(event: Any) -> str:
    """What the event says, with the question that it is about."""
    return "，".join(filter(None, (event.photo, event_note(event), _question(event))))


def _question(event: Any) -> str:
    """What was asked for, by whom, and why it led to nothing; "" for another event."""
    asked = event.question
    if not asked:
        return ""
    parts = [f"{ConsentKind(asked.kind).label}：{consent_words.what(asked, event.draft)}"]
    if asked.asked_by_id != event.actor_id:
        parts.append(f"{_person(asked.asked_by)} 提出")
    if event.deed == Deed.ASKED:
        parts.append(consent_words.reason(asked))
    why = event.detail.get("why", "")
    if event.deed == Deed.DECLINED:
        why = asked.problem
    if why:
        parts.append(f"{_WHY[event.deed]}：{why}")
    return "；".join(parts)


def _person(user: User) -> str:
    return f"{user.name}（{user.username}）"


def _by(event: Any) -> str:
    """Who did it, with the account; both people where two did it together."""
    return "、".join(_person(user) for user in (event.actor, event.second) if user is not None)


def _of_person(value: str) -> Q:
    """Events about a person or done by one, by the beginning of the account or the name."""
    column = "name"
    if value.isascii() and value.isalnum():
        column = "username"
    did = Q(**{f"user__{column}__begins": value}) | Q(**{f"actor__{column}__begins": value})
    # The second person is stored with what was done.
    seconds = accounts.ids_of(Q(**{f"{column}__begins": value}))
    if not seconds:
        return did
    return did | Q(detail__second__in=seconds)


def _deed(line: Any) -> tags.Tag:
    deed = Deed(line.deed)
    if deed in _BAD:
        return tags.Tag(tags.WARN, deed.label)
    return tags.Tag(tags.INFO, deed.label)


def _username(line: Any) -> str:
    """The account that it happened to; "" where a typed name has none."""
    if line.user is None:
        return ""
    return str(line.user.username)


def _unit(line: Any) -> str:
    if line.unit is None:
        return ""
    return str(line.unit.name)


def _elsewhere(visit: Visit, _asked: Any) -> ListNotes:
    here = "这里记登录、账号、岗位、两人同意、批次、规定，"
    here += "以及每一次办理、导入、审核照片、确定花名册、申报成绩、发布通知、说明未办结原因："
    here += "一次一条，写明件数。办理了哪些学生，各人的办理经过里有（办理时间相同），由总部或学院查看；审计不看学生档案。"
    here += "登录失败而没有账号的，填的账号不存在；填了什么不记，因为常有人把密码填在那里。"
    return ListNotes(note=here, links=(("导出记录", "/outgoing"),))


TRAIL = register_list(
    ListSpec(
        key="trail",
        path="/trail",
        title="审计记录",
        group="系统管理",
        noun="条",
        rows=_trail,
        criteria=criteria(
            Criterion("q", "账号 / 姓名", _of_person),
            chosen("deed", "事项", "deed", Deed.choices()),
            since("from", "自", "at"),
            until("to", "至", "at"),
        ),
        columns=(
            Column("at", "时间", lambda line: line.at, ("at",), css="nowrap"),
            Column("deed", "事项", _deed),
            Column("user", "账号", _username, narrow="账号"),
            Column("name", "姓名", lambda line: name_of(line.user)),
            Column("actor", "办理人", _by, narrow="办理人"),
            Column("note", "内容", _told, css="wrap", narrow="内容"),
            Column("address", "来源地址", lambda line: line.address, css="nowrap", narrow="来源"),
        ),
        order=("-at",),
        lines=_events,
        notes=_elsewhere,
        empty=("还没有记录", "有人登录、授权或查看资料以后列在这里"),
    )
)
LOOKS = register_list(
    ListSpec(
        key="looks",
        path="/looks",
        title="个人信息查看记录",
        group="系统管理",
        noun="条",
        rows=_looks,
        criteria=criteria(
            searched("student__number", "student__name"),
            chosen("kind", "方式", "kind", LookKind.choices()),
            chosen("purpose", "用途", "purpose", Purpose.choices()),
            since("from", "自", "at"),
            until("to", "至", "at"),
        ),
        columns=(
            Column("at", "时间", lambda line: line.at, ("at",), css="nowrap"),
            Column("who", "查看人", lambda line: line.user.name, ("user__name",), narrow="查看人"),
            Column("unit", "单位", _unit, css="clip"),
            Column("kind", "方式", lambda line: LookKind(line.kind).label, narrow="方式"),
            Column("what", "内容", lambda line: line.what, narrow="内容"),
            Column("purpose", "用途", lambda line: Purpose.label_of(line.purpose)),
            Column(
                "student",
                "学号",
                lambda line: line.student.number,
                ("student__number",),
                css="no",
                narrow="学号",
            ),
            Column("address", "来源地址", lambda line: line.address, shown=False),
        ),
        order=("-at",),
        lines=_piece,
        empty=("还没有记录", "有人登录、授权或查看资料以后列在这里"),
    )
)


@reads(Role.AUDITOR)
def account_log_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """审计记录."""
    return show(request, visit, TRAIL)


@reads(Role.AUDITOR)
def looks(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Who looked at whom."""
    return show(request, visit, LOOKS)


ADDRESSES = [
    path("trail", account_log_page),
    path("looks", looks),
]
