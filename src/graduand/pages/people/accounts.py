"""人员与岗位: the accounts that the visitor looks after, one account with its roles, a form for each
change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path

from graduand.models import User
from graduand.office.people import accounts as office
from graduand.office.people import granting
from graduand.office.refusal import RefusalKind, Refused
from graduand.pages.door import visitors
from graduand.pages.door.access import Visit, reads, writes
from graduand.pages.frame.acts.consent_words import factor_dropped
from graduand.pages.frame.lists.list_spec import Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.shell import any_shell
from graduand.pages.frame.words import account_tag, event_note, factor_tag, roles_text
from graduand.queries import clock
from graduand.queries.listing import criteria, searched
from graduand.queries.people import accounts
from graduand.queries.people.accounts import KEEPERS, LOOKERS
from graduand.queries.queue import standstill
from graduand.rulebook.terms import Role

HOME = "/people"
SAID = {
    "created": "账号已建立。请发放激活码，由本人设置密码。",
    "granted": "岗位已授予，立即生效。",
    "asked": "申请已提出，须由另一人在「待同意事项」中同意后生效。",
    "ended": "岗位已收回，立即生效。",
    "disabled": "账号已停用，登录中的设备已退出。",
    "enabled": "账号已恢复。",
    "out": "该账号已从所有设备退出。",
    "before": "这张表单先前已经办理过，这一次没有再办。账号现在的情况见下面，需要时请在本页重新办理。",
}
# Messages in an old address that are shown only while they are still true.
ONLY_WHILE = {"disabled": False, "enabled": True}


# -- the list --------------------------------------------------------------------------------------


def _lines(rows: QuerySet[User], first: int, size: int) -> Sequence[User]:
    """A page of accounts with their roles, their last sign-in in business time; three queries."""
    users = list(accounts.with_roles(rows)[first : first + size])
    ahead = clock.shift()
    for user in users:  # nobody saves these
        if user.last_login is not None:
            user.last_login += ahead
    return users


def _link(line: User, *_more: Any) -> str:
    return f"{HOME}/{line.pk}"


def _beside(visit: Visit, _asked: Any) -> ListNotes:
    links = []
    if accounts.may_give(visit.actor):
        links.append(("新建账号", f"{HOME}/new"))
    return ListNotes(links=links, note=_standstill(visit))


def _standstill(visit: Visit) -> str:
    """To whom the other pages refer: what nobody carries out, and where to look."""
    if Role.SYSTEM_ADMIN not in visit.actor.roles or not (left := standstill.ordered_by()):
        return ""
    return (
        f"后台处理没有进展：{len(left):,} 项任务等着办理，一分钟以上没有人办。请在服务器上查看 graduand serve"
        "（或单独运行的 graduand worker）是否在运行，没有运行的重新启动，恢复后自动接着办理；"
        "仍不恢复的，运行 graduand doctor 查原因。"
    )


PEOPLE = register_list(
    ListSpec(
        key="people",
        path=HOME,
        title="人员与岗位",
        group="系统管理",
        noun="个账号",
        rows=lambda visit: accounts.accounts(visit.actor),
        criteria=criteria(searched("username", "name", "账号 / 姓名"), *accounts.CRITERIA),
        columns=(
            Column(
                "username",
                "账号",
                lambda line: line.username,
                ("username",),
                css="name",
                linked=True,
            ),
            Column("name", "姓名", lambda line: line.name, ("name",), narrow="姓名"),
            Column("roles", "岗位", roles_text, narrow="岗位"),
            Column(
                "units",
                "单位",
                lambda line: "、".join(dict.fromkeys(g.unit.name for g in line.grants.all())),
                css="clip",
                narrow="单位",
            ),
            Column("factor", "二次验证", factor_tag, narrow="二次验证"),
            Column(
                "seen",
                "最近登录",
                lambda line: line.last_login,
                ("last_login",),
                css="nowrap",
                narrow="最近登录",
            ),
            Column("state", "状态", account_tag, css="at", narrow="状态"),
        ),
        order=("username",),
        lines=_lines,
        link=_link,
        notes=_beside,
        empty=("还没有账号", "新建账号以后列在这里"),
    )
)


@reads(*LOOKERS)
def accounts_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """人员与岗位."""
    return show(request, visit, PEOPLE)


# -- one account -----------------------------------------------------------------------------------


@reads(*LOOKERS)
def account_page(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """One account that the visitor looks after; 404 for another unit's."""
    user = accounts.visible_account(visit.actor, pk)
    return render(
        request, "pages/people/account.html", _page(visit, user, said=_said(request, user))
    )


def _said(request: HttpRequest, user: User) -> str:
    done = request.GET.get("done", "")
    return SAID.get(done, "") if ONLY_WHILE.get(done, user.is_active) is user.is_active else ""


def _page(visit: Visit, user: User, **more: Any) -> dict[str, Any]:
    held = accounts.roles_of(user.pk)
    keeps = not visit.actor.roles.isdisjoint(KEEPERS) and user.pk != visit.actor.user_id
    return {
        "shell": any_shell(visit, HOME),
        "person": user,
        "state": account_tag(user),
        "said": "",
        "code": None,
        "held": [(entry, entry.in_force(visit.today)) for entry in held],
        "sittings": [(visitors.browser_name(s.agent), s) for s in accounts.sittings(user.pk)],
        "protected": accounts.protected(user),
        "factor_dropped": factor_dropped(
            of_two=any(entry.role in accounts.BY_TWO for entry in held)
        ),
        "events": accounts.history(user.pk),
        "key": uuid4().hex,
        "keeps": keeps,
        "gives": keeps and bool(accounts.may_give(visit.actor)),
        "own": user.pk == visit.actor.user_id,
        "event_note": event_note,
        "typed": {},
        **_choices(visit),
        **more,
    }


def _choices(visit: Visit) -> dict[str, Any]:
    return {
        "roles": [(role.value, _role_label(role)) for role in accounts.may_give(visit.actor)],
        "units": [
            (unit.code, f"{unit.name}（{unit.code}）") for unit in accounts.places(visit.actor)
        ],
    }


def _role_label(role: Role) -> str:
    if role in accounts.BY_TWO:
        return f"{role.label}（须第二人同意）"
    return role.label


@reads(*KEEPERS)
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The form of a new account."""
    return _new(request, visit, {})


def _new(
    request: HttpRequest, visit: Visit, typed: Mapping[str, str], problem: str = ""
) -> HttpResponse:
    """The form, with what was typed and why it was not done."""
    page = {
        "shell": any_shell(visit, HOME),
        "key": uuid4().hex,
        "typed": typed,
        "problem": problem,
        **_choices(visit),
    }
    return render(request, "pages/people/new_account.html", page, status=409 if problem else 200)


def _sent(request: HttpRequest, visit: Visit) -> office.FormOrigin:
    return office.FormOrigin(
        visit.actor, visitors.address(request), request.POST.get("key", "")[:64]
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("日期无法识别，请按 年-月-日 填写") from None


def _place(visit: Visit, form: QueryDict) -> granting.RolePlace:
    """The role, the unit and the days that a form names. Raises Refused."""
    role = Role.of(form.get("role", ""))
    unit = next((u for u in accounts.places(visit.actor) if u.code == form.get("unit", "")), None)
    if role is None or unit is None:
        raise Refused("请选择岗位和单位")
    classes = tuple(
        dict.fromkeys(filter(None, re.split(r"[、,，;；\s]+", form.get("classes", ""))))
    )
    if role is Role.CLASS_TEACHER and bool(classes) is (form.get("whole") == "1"):
        raise Refused(
            "班主任请填写所带班级的班级代码（多个用顿号分隔），或者勾选「本单位全部班级」"
        )
    return granting.RolePlace(
        role, unit, _day(form.get("since", "")), _day(form.get("until", "")), classes
    )


@writes(*KEEPERS)
def create(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A new account with its first role; what was typed comes back with why it was refused."""
    form = request.POST
    try:
        user = office.create(
            _sent(request, visit),
            form.get("username", ""),
            form.get("name", ""),
            _place(visit, form),
        )
    except Refused as problem:
        if problem.kind not in (RefusalKind.STATE, RefusalKind.INPUT):
            raise
        return _new(request, visit, form.dict(), str(problem).rstrip("。"))
    return redirect(f"{HOME}/{user.pk}?done=created")


@writes(*KEEPERS)
def grant(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Give a role."""
    user = office.managed_account(visit.actor, pk)
    sent = _sent(request, visit)
    place = _place(visit, request.POST)
    before = office.sent_before(sent)
    office.grant(sent, user, place, request.POST.get("reason", ""))
    done = "granted"
    if place.role in accounts.BY_TWO:
        done = "asked"
    return _back(pk, done, before=before)


def _back(pk: int, done: str, *, before: bool) -> HttpResponse:
    """Redirects to the account, with what was done; a form that was carried out `before` did
    nothing now.
    """
    if before:
        done = "before"
    return redirect(f"{HOME}/{pk}?done={done}")


@writes(*KEEPERS)
def end_grant(request: HttpRequest, visit: Visit, pk: int, number: int) -> HttpResponse:
    """Take a role back, at once."""
    sent = _sent(request, visit)
    before = office.sent_before(sent)
    office.end_grant(sent, office.managed_account(visit.actor, pk), number)
    if not accounts.accounts(visit.actor).filter(pk=pk).exists():
        return redirect(HOME)  # without that role the account is out of the visitor's sight
    return _back(pk, "ended", before=before)


@writes(*KEEPERS)
def set_active(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """停用 or 恢复."""
    sent = _sent(request, visit)
    before = office.sent_before(sent)
    active = request.POST.get("active") == "1"
    office.set_active(sent, office.managed_account(visit.actor, pk), active=active)
    done = "disabled"
    if active:
        done = "enabled"
    return _back(pk, done, before=before)


@writes(*KEEPERS, fresh=True)
def code(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """A one-time code, shown in this response and never again."""
    user = office.managed_account(visit.actor, pk)
    made = office.hand_out_code(_sent(request, visit), user)
    if made is None:
        raise Refused("这次的激活码已经显示过，不能再看；需要时请重新发放")
    page = _page(
        visit, accounts.visible_account(visit.actor, pk), code={"text": made[0], "until": made[1]}
    )
    return render(request, "pages/people/account.html", page)


@writes(*KEEPERS)
def end_sessions(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """End every session of the account."""
    sent = _sent(request, visit)
    before = office.sent_before(sent)
    office.end_sessions(sent, office.managed_account(visit.actor, pk))
    return _back(pk, "out", before=before)


@writes(*KEEPERS, fresh=True)
def drop_factor(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Ask that a lost second factor be dropped."""
    user = office.managed_account(visit.actor, pk)
    office.ask_to_drop_factor(_sent(request, visit), user, request.POST.get("reason", ""))
    return redirect(f"{HOME}/{pk}?done=asked")


ADDRESSES = [
    path("people", accounts_page),
    path("people/new", new),
    path("people/create", create),
    path("people/<int:pk>", account_page),
    path("people/<int:pk>/grant", grant),
    path("people/<int:pk>/grants/<int:number>/end", end_grant),
    path("people/<int:pk>/active", set_active),
    path("people/<int:pk>/code", code),
    path("people/<int:pk>/sessions/end", end_sessions),
    path("people/<int:pk>/second-factor", drop_factor),
]
