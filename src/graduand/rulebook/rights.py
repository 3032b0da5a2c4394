"""Which desk a role sits at, and which verbs it has there: all of its desk's, or only those that its name says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graduand.rulebook.terms import Desk, Role, Verb

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
# Who only hands certificates on does not decide who gets one. A role that is not named here has its whole desk.
ONLY: Mapping[Role, frozenset[Verb]] = {
    Role.COLLEGE_DISPATCH: frozenset({Verb.SHIP, Verb.RECALL}),
    Role.CLASS_TEACHER: frozenset({Verb.COLLECT}),
}


def may(roles: Iterable[Role], desk: Desk, verb: Verb) -> bool:
    """Whether one of the roles that sit at `desk` has `verb`; whether the desk has it is the journey's to say."""
    return any(role_has(role, verb) for role in roles if DESK_OF_ROLE[role] is desk)


def role_has(role: Role, verb: Verb) -> bool:
    """Whether a role has `verb` as far as its desk does."""
    return role not in ONLY or verb in ONLY[role]
