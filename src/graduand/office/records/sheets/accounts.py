"""账号: one account per row, with one role at one unit; passwords are never imported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.contrib.auth.hashers import make_password
from django.db.models import F

from graduand.models import Grant, Student, Unit, User
from graduand.office.people import own_accounts
from graduand.office.people.granting import no_such_class
from graduand.office.records.rows import (
    UNKNOWN_STUDENT,
    Changes,
    Counts,
    ImportContext,
    ImportRow,
    RowBlock,
    SheetImporter,
    day_of,
)
from graduand.office.records.tables import RowRequest, insert, keep, settle, silent_about
from graduand.queries.people import accounts as people
from graduand.queries.people.accounts import BY_TWO, PLACES
from graduand.queries.scope import CLASS_SEPARATOR
from graduand.rulebook.terms import Role, SheetKind, UnitKind


class AccountPlace(NamedTuple):
    """What an account may do: role, unit, days, and for a class teacher which classes."""

    role: str
    unit_id: int
    since: date | None
    until: date | None
    classes: str


WHOLE_FILE = 1 << 30
NOT_ACTIVE = "没有密码，激活以前本人不能登录"
ACTIVATE = "graduand accounts activate --new --out 激活码.xlsx"


class Users(SheetImporter):
    """Accounts; the first sign-in is by an activation code, so a new one has no usable password."""

    kind = SheetKind.USERS
    chunk = WHOLE_FILE
    by_student = owned = False

    def take(self, rows: RowBlock) -> None:
        """A role that is given during the import waits for it, or comes before it: 三员分离, and what
        takes two people.
        """
        named = sorted({name for name in rows.columns["username"] if name})
        User.objects.filter(username__among=named).update(name=F("name"))

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        units = {u.code: u for u in Unit.objects.filter(code__among=_given(rows, "unit_code"))}
        users = {
            u.username: u for u in User.objects.filter(username__among=_given(rows, "username"))
        }
        numbers = Student.objects.filter(number__among=_given(rows, "student_no"))
        if context.centres is not None:
            numbers = numbers.filter(centre__in=context.centres)
        students = dict(numbers.values_list("number", "id"))
        high = {role.value for role in BY_TWO}
        guarded = set(
            Grant.objects.filter(
                user__among=sorted(u.id for u in users.values()), role__in=high
            ).values_list("user_id", flat=True)
        )
        # Until an installation has its two people, the operator of the machine may create them;
        # afterwards nobody replaces the second.
        context.cache.setdefault(
            "founded", own_accounts.headquarters_accounts() >= own_accounts.FIRST_ACCOUNTS
        )
        for row in rows:
            given = row.values
            user = row.resolved["user"] = users.get(given["username"])
            row.resolved["guarded"] = user is not None and user.id in guarded
            row.resolved["unit"] = units.get(given["unit_code"])
            row.resolved["student"] = students.get(given["student_no"])
            _check(row, context)
        _check_scope(rows, context)
        _check_classes(rows, context)
        _check_days(rows, context)

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        held = _held(rows)
        row_requests = [_row_request(row, context) for row in rows]
        if not context.intake_id:
            context.cache["new"] = sum(row_request.known is None for row_request in row_requests)
        changes = settle(User, rows, row_requests, context, absent=context.absent | _FIRST_ONLY)
        replaced = []
        for row in rows:
            before = []
            if row.resolved["user"]:
                before = held.get(row.resolved["user"].id, [])
            row.resolved["place"] = _place(row, before, context)
            if before != [row.resolved["place"]]:
                replaced.append(row)
        moved = [
            row
            for row in replaced
            if row.resolved["user"] is not None and not row.resolved["changed"]
        ]

        def write() -> None:
            changes.write()
            self._replace(replaced, held, context)

        counts = changes.counts
        counts = Counts(counts.created, counts.updated + len(moved), counts.unchanged - len(moved))
        return Changes(counts, [*changes.rows, *moved], write)

    def remarks(self, context: ImportContext) -> tuple[str, ...]:
        """New accounts have no password: what has to be done before anybody can sign in."""
        new = context.cache.get("new", 0)
        if not new:
            return ()
        many = f"人多的，请系统管理员在服务器上运行 {ACTIVATE}，一次做成工作簿"
        return (
            f"新建的 {new} 个账号{NOT_ACTIVE}：导入后在「人员与岗位」里逐个发放激活码，当面或电话告诉本人；{many}",
        )

    def _replace(
        self,
        replaced: Sequence[ImportRow],
        held: dict[int, list[AccountPlace]],
        context: ImportContext,
    ) -> None:
        """The row says all that the account may do: other grants end, and are kept in the history."""
        names = User.objects.filter(username__among=_given(replaced, "username"))
        ids = dict(names.values_list("username", "id"))
        rows = [(ids[row.values["username"]], row) for row in replaced]
        Grant.objects.filter(user__among=sorted(user for user, _ in rows)).delete()
        insert(Grant, [{"user_id": user, **row.resolved["place"]._asdict()} for user, row in rows])
        before = [(row.values["username"], held[user]) for user, row in rows if user in held]
        keep(
            context,
            [(name, {"grants": [place._asdict() for place in places]}) for name, places in before],
        )


def _held(rows: Sequence[ImportRow]) -> dict[int, list[AccountPlace]]:
    """What the accounts of these rows may do now; one query."""
    users = sorted(row.resolved["user"].id for row in rows if row.resolved["user"])
    grants = Grant.objects.filter(user__among=users).order_by("id")
    held: dict[int, list[AccountPlace]] = {}
    for user, *place in grants.values_list("user_id", *AccountPlace._fields):
        held.setdefault(user, []).append(AccountPlace(*place))
    return held


_FIRST_ONLY = frozenset({"password", "created_at", "system", "is_active"})


def _given(rows: Sequence[ImportRow], name: str) -> list[str]:
    return sorted({row.values[name] for row in rows} - {None, ""})


_PLACE = {"starts": "since", "ends": "until"}


def _place(row: ImportRow, held: Sequence[AccountPlace], context: ImportContext) -> AccountPlace:
    """What the row gives; of what it says nothing, the same role at the same unit keeps what it
    has.
    """
    given = row.values
    left = context.blank_of(row, _PLACE)
    place = AccountPlace(
        given["role"],
        row.resolved["unit"].id,
        day_of(given["starts"]),
        day_of(given["ends"]),
        given["classes"],
    )
    before = next(
        (grant for grant in held if (grant.role, grant.unit_id) == (place.role, place.unit_id)),
        None,
    )
    if before is None:
        return place
    return place._replace(
        **{name: getattr(before, name) for name in ("since", "until", "classes") if name in left}
    )


def _check(row: ImportRow, context: ImportContext) -> None:
    given = row.values
    unit = row.resolved["unit"]
    user = row.resolved["user"]
    if unit is None:
        message = f"没有代码为「{given['unit_code']}」的单位；请先导入单位表"
        context.refuse(row.number, "单位代码", message)
    elif given["role"] and unit.kind not in PLACES[Role(given["role"])]:
        wanted = "、".join(kind.label for kind in PLACES[Role(given["role"])])
        message = f"角色「{Role(given['role']).label}」应属于{wanted}，「{unit.name}」是{UnitKind(unit.kind).label}"
        context.refuse(row.number, "单位代码", message)
    if given["student_no"] and row.resolved["student"] is None:
        context.refuse(row.number, "学号", UNKNOWN_STUDENT)
    if user is not None and user.system:
        context.refuse(
            row.number, "账号", f"「{user.username}」是系统自用的账号，不能导入；请换一个账号名"
        )
    if user is not None and context.by is not None and user.id == context.by.id:
        context.refuse(row.number, "账号", "不能通过导入更改自己的账号；请由另一位管理员办理")
    elif context.actor is not None or context.cache["founded"]:
        _check_two_people(row, context)


def _check_two_people(row: ImportRow, context: ImportContext) -> None:
    """An import is the act of one person; the roles of headquarters take two (A10)."""
    if row.resolved["guarded"]:
        context.refuse(
            row.number,
            "账号",
            "该账号的岗位须由两人办理，不能通过导入更改；请在「人员与岗位」中办理",
        )
    elif row.values["role"] and Role(row.values["role"]) in BY_TWO:
        label = Role(row.values["role"]).label
        context.refuse(
            row.number, "角色", f"「{label}」须由两人授予，不能导入；请在「人员与岗位」中办理"
        )


def _check_scope(rows: Sequence[ImportRow], context: ImportContext) -> None:
    """Whoever looks after a part of the house gives its roles, at its units, to its people, as on
    the page.
    """
    actor = context.actor
    if actor is None or actor.centres is None:
        return
    units = {unit.id for unit in people.places(actor)}
    roles = {role.value for role in (*people.may_give(actor), Role.STUDENT)}
    known = sorted({row.resolved["user"].id for row in rows if row.resolved["user"]})
    own_accounts = set(people.accounts(actor).filter(pk__among=known).values_list("pk", flat=True))
    for row in rows:
        unit = row.resolved["unit"]
        user = row.resolved["user"]
        if unit is not None and unit.id not in units:
            row.resolved["elsewhere"] = True
            context.refuse(
                row.number,
                "单位代码",
                f"单位「{unit.code}」不在您的管理范围内；请由上级单位的管理员导入",
            )
        if row.values["role"] and row.values["role"] not in roles:
            label = Role(row.values["role"]).label
            context.refuse(row.number, "角色", f"您不能授予「{label}」；请由上级单位的管理员办理")
        if user is not None and user.id not in own_accounts:
            context.refuse(
                row.number,
                "账号",
                f"账号「{user.username}」不归您管理；请换一个账号名，或由上级单位的管理员办理",
            )


def _check_classes(rows: Sequence[ImportRow], context: ImportContext) -> None:
    """Classes that nobody of the centre is in, as on the page; what an account has may end. Of a
    centre that is not the sender's nothing is told.
    """
    bound = [row for row in rows if row.values["classes"] and row.resolved["unit"] is not None]
    bound = [row for row in bound if "elsewhere" not in row.resolved]
    taught = _taught(bound)
    users = sorted(row.resolved["user"].id for row in bound if row.resolved["user"] is not None)
    held = set(Grant.objects.filter(user__among=users).values_list("user", "unit", "classes"))
    problems: dict[tuple[int, str], str] = {}
    for row in bound:
        unit, classes = row.resolved["unit"], row.values["classes"]
        user = row.resolved["user"]
        if user is not None and (user.id, unit.id, classes) in held:
            continue
        codes = classes.split(CLASS_SEPARATOR)
        if all((unit.id, code) in taught for code in codes):
            continue
        if (unit.id, classes) not in problems:
            problems[unit.id, classes] = no_such_class(unit, codes)
        if problems[unit.id, classes]:
            context.refuse(row.number, "班级代码", problems[unit.id, classes])


def _check_days(rows: Sequence[ImportRow], context: ImportContext) -> None:
    """A day that the row leaves out stays as it is on record, and may stand after the other one."""
    held = _held(rows)
    for row in rows:
        user = row.resolved["user"]
        left_out = context.blank_of(row, _PLACE) & {"since", "until"}
        if user is None or row.resolved["unit"] is None or not left_out:
            continue
        place = _place(row, held.get(user.id, []), context)
        if place.since and place.until and place.until < place.since:
            message = f"止（{place.until}）早于起（{place.since}）；空着的一格保留原来的日期，请把起、止都填上"
            context.refuse(row.number, "止", message)


def _taught(rows: Sequence[ImportRow]) -> set[tuple[int, str]]:
    """(centre, class) of the students of the centres that are named, in one query."""
    codes = {code for row in rows for code in row.values["classes"].split(CLASS_SEPARATOR)}
    centres = sorted({row.resolved["unit"].id for row in rows})
    students = Student.objects.filter(centre__among=centres, class_code__in=sorted(codes))
    return set(students.values_list("centre", "class_code").distinct())


def _row_request(row: ImportRow, context: ImportContext) -> RowRequest:
    given = row.values
    known = row.resolved["user"]
    values: dict[str, Any] = {
        "username": given["username"],
        "name": given["name"],
        "email": given["email"],
        "student_id": row.resolved["student"],
        **_first_given(known, context),
        "is_active": True,
        "system": False,
    }
    row_request = silent_about(RowRequest(given["username"], known, values), context.blank_of(row))
    row.resolved["changed"] = known is not None and any(
        getattr(known, name) != row_request.values[name] for name in ("name", "email", "student_id")
    )
    return row_request


def _first_given(known: User | None, context: ImportContext) -> dict[str, Any]:
    """What an account has been given when it was made, and keeps."""
    if known:
        return {"password": known.password, "created_at": known.created_at}
    return {"password": make_password(None), "created_at": context.now}
