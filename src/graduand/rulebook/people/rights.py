"""Which desk a role sits at, which verbs it has there, what its functions are, and which facts
these may bring in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graduand.rulebook.people.account_terms import Extent, Function
from graduand.rulebook.terms import Desk, PhotoKind, Role, SheetKind, Verb

Importable = SheetKind | PhotoKind

DESK_OF_ROLE: Mapping[Role, Desk] = {
    Role.HQ_ADMIN: Desk.HQ,
    Role.HQ_REVIEWER: Desk.HQ,
    Role.COLLEGE_REVIEWER: Desk.COLLEGE,
    Role.COLLEGE_DISPATCH: Desk.COLLEGE,
    Role.CENTRE_CLERK: Desk.CENTRE,
    Role.CLASS_TEACHER: Desk.CENTRE,
    Role.STUDENT: Desk.STUDENT,
    Role.SYSTEM_ADMIN: Desk.ADMIN,
    Role.SECURITY_ADMIN: Desk.ADMIN,
    Role.AUDITOR: Desk.ADMIN,
}
# A role that only hands certificates on does not decide who gets one. A role that is not named here
# has all verbs of its desk.
ONLY: Mapping[Role, frozenset[Verb]] = {
    Role.COLLEGE_DISPATCH: frozenset({Verb.SHIP, Verb.RECALL}),
    Role.CLASS_TEACHER: frozenset({Verb.COLLECT}),
}


def may(roles: Iterable[Role], desk: Desk, verb: Verb) -> bool:
    """Whether one of the roles at `desk` has `verb`; whether the desk has it is for the journey to
    say.
    """
    return any(role_has(role, verb) for role in roles if DESK_OF_ROLE[role] is desk)


def may_rejudge(roles: Iterable[Role]) -> bool:
    """Whether one of the roles reviews or publishes and may press 重新审核, which is never needed."""
    wanted = {Function.REVIEWING, Function.LAST_REVIEW, Function.PUBLISHING}
    return any(FUNCTIONS.get(role, frozenset()) & wanted for role in roles)


def may_switch_rounds(roles: Iterable[Role]) -> bool:
    """Whether one of the roles publishes or makes the last review, and so may close a round early
    and open it again.
    """
    wanted = {Function.LAST_REVIEW, Function.PUBLISHING}
    return any(FUNCTIONS.get(role, frozenset()) & wanted for role in roles)


def may_swap_photos(roles: Iterable[Role]) -> bool:
    """Whether one of the roles files, reviews or publishes, and so may find two photos that stand
    in each other's place.
    """
    wanted = {Function.FILING, Function.REVIEWING, Function.LAST_REVIEW, Function.PUBLISHING}
    return any(FUNCTIONS.get(role, frozenset()) & wanted for role in roles)


def only_tells_students(roles: Iterable[Role]) -> bool:
    """Whether one of the roles teaches and none files: they tell the students what others do for
    them.
    """
    held: set[Function] = set()
    for role in roles:
        held |= FUNCTIONS.get(role, frozenset())
    return Function.TEACHING in held and Function.FILING not in held


def may_audit(roles: Iterable[Role]) -> bool:
    """Whether one of the roles looks at what everybody did, saw and took out: 审计 alone."""
    return Role.AUDITOR in roles


def role_has(role: Role, verb: Verb) -> bool:
    """Whether a role has `verb` as far as its desk does."""
    return role not in ONLY or verb in ONLY[role]


# One setting of the organisation: today's ten roles. 系统管理 hands out codes and ends sessions,
# and brings no accounts; the other officers look, a student has the own file.
FUNCTIONS: Mapping[Role, frozenset[Function]] = {
    Role.HQ_ADMIN: frozenset({Function.PUBLISHING, Function.KEEPING_ACCOUNTS, Function.ISSUING}),
    Role.HQ_REVIEWER: frozenset(
        {Function.LAST_REVIEW, Function.GRANTING, Function.REGISTERING, Function.ISSUING}
    ),
    Role.COLLEGE_REVIEWER: frozenset({Function.REVIEWING, Function.KEEPING_ACCOUNTS}),
    Role.COLLEGE_DISPATCH: frozenset({Function.SENDING}),
    Role.CENTRE_CLERK: frozenset(
        {Function.FILING, Function.HANDING_OVER, Function.KEEPING_ACCOUNTS}
    ),
    Role.CLASS_TEACHER: frozenset({Function.HANDING_OVER, Function.TEACHING}),
}
_RULES = {Function.PUBLISHING: Extent.WHOLE, Function.REVIEWING: Extent.WHOLE}
_RESULTS = {Function.LAST_REVIEW: Extent.WHOLE, Function.REVIEWING: Extent.WHOLE}
_REGISTRY = {Function.REGISTERING: Extent.WHOLE}
_PERSONS = {Function.FILING: Extent.WHOLE, Function.TEACHING: Extent.OWN_CLASSES}
# QUALIF decides on 前置学历核验: it comes from the reviewing desk, the rest from the filing desk.
_PROFILES = {
    Function.FILING: Extent.TOLD,
    Function.TEACHING: Extent.OWN_TOLD,
    Function.LAST_REVIEW: Extent.CHECKS,
    Function.REVIEWING: Extent.CHECKS,
}
_COPIES = {Function.REGISTERING: Extent.WHOLE, Function.FILING: Extent.SUPPLIED}
# Facts belong to a function: nobody brings the evidence by which the own file is judged.
MAY_IMPORT: Mapping[Importable, Mapping[Function, Extent]] = {
    SheetKind.UNITS: _RULES,
    SheetKind.PLANS: _RULES,
    SheetKind.MODULES: _RULES,
    SheetKind.COURSES: _RULES,
    SheetKind.STUDENTS: {**_RULES, Function.FILING: Extent.CONTACTS},
    SheetKind.RESULTS: _RESULTS,
    SheetKind.DEGREES: _RESULTS,
    SheetKind.CHSI: _REGISTRY,
    SheetKind.NUMBERS: _REGISTRY,
    SheetKind.REGISTERED: _REGISTRY,
    SheetKind.PROFILES: _PROFILES,
    SheetKind.HISTORIES: _PERSONS,
    SheetKind.CONFIRMATIONS: _PERSONS,
    SheetKind.USERS: {Function.KEEPING_ACCOUNTS: Extent.WHOLE},
    PhotoKind.GRADUATION: {Function.FILING: Extent.WHOLE},
    PhotoKind.ADMISSION: _COPIES,
    PhotoKind.CREDENTIAL: _COPIES,
}


def import_extent(roles: Iterable[Role], desk: Desk, kind: Importable) -> Extent | None:
    """How far the roles that sit at `desk` may import `kind`; None when they may not."""
    held = {
        function
        for role in roles
        if DESK_OF_ROLE[role] is desk
        for function in FUNCTIONS.get(role, ())
    }
    allowed = MAY_IMPORT[kind]
    return next((extent for function, extent in allowed.items() if function in held), None)


def extent_of(role: Role, kind: Importable) -> Extent | None:
    """How far a role may import `kind`."""
    return import_extent((role,), DESK_OF_ROLE[role], kind)


def importers(kind: Importable) -> tuple[Role, ...]:
    """The roles that may import `kind`: those that may all of it, then the others, in the order of
    the table.
    """
    extents = tuple(dict.fromkeys((Extent.WHOLE, *MAY_IMPORT[kind].values())))
    able = {role: extent_of(role, kind) for role in Role}
    return tuple(role for extent in extents for role, so_far in able.items() if so_far is extent)


def who_imports(kind: Importable) -> str:
    """`总部管理、学院审核；学习中心（只改手机、邮箱、班级）`."""
    whole = "、".join(
        role.label for role in importers(kind) if extent_of(role, kind) is Extent.WHOLE
    )
    limited = [(role, extent_of(role, kind)) for role in importers(kind)]
    rest = [
        f"{role.label}（{extent.label}）"
        for role, extent in limited
        if extent not in (None, Extent.WHOLE)
    ]
    return "；".join([whole, *rest] if whole else rest)


def import_refusal(roles: Iterable[Role], kind: Importable) -> str:
    """The sentence for somebody who may not import `kind`: who may, and what to do."""
    held = "、".join(role.label for role in Role if role in set(roles))
    yours = "您今天没有可用的角色，不能导入"
    if held:
        yours = f"您的角色「{held}」不能导入"
    return f"「{kind.label}」由{who_imports(kind)}导入；{yours}，请把文件交给上述岗位"


def desk_of_import(kind: Importable) -> Desk:
    """The desk that a sheet comes from when no person is named: that of the first role that may
    import all of it.
    """
    return DESK_OF_ROLE[importers(kind)[0]]
