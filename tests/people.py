"""The staff of an invented season: one account for each desk, two where two people must act, and strangers."""

from dataclasses import dataclass

from graduand.models import Grant, Student, Unit, User
from graduand.queries import clock
from graduand.queries.scope import Actor, actor_of
from graduand.rulebook.terms import Role


@dataclass(frozen=True)
class Staff:
    """Accounts by desk; `clerks` belong to the centres in their order."""

    hq: User
    second: User
    hq_third: User
    college: User
    college_two: User
    dispatch: User
    clerks: tuple[User, ...]


def account(
    username: str, role: Role, unit: Unit, name: str = "", student: Student | None = None
) -> User:
    """An account with one grant."""
    user = User.objects.create_user(username=username, name=name or username, student=student)
    Grant.objects.create(user=user, role=role.value, unit=unit)
    return user


def staff(hq: Unit, college: Unit, centres: list[Unit]) -> Staff:
    """One account for each desk of the tree."""
    return Staff(
        hq=account("hq1", Role.HQ_REVIEWER, hq, "总部甲"),
        second=account("hq2", Role.HQ_ADMIN, hq, "总部乙"),
        hq_third=account("hq3", Role.HQ_REVIEWER, hq, "总部丙"),
        college=account("college1", Role.COLLEGE_REVIEWER, college, "学院甲"),
        college_two=account("college2", Role.COLLEGE_REVIEWER, college, "学院乙"),
        dispatch=account("dispatch1", Role.COLLEGE_DISPATCH, college, "学院发放"),
        clerks=tuple(
            account(f"clerk{n}", Role.CENTRE_CLERK, unit) for n, unit in enumerate(centres, 1)
        ),
    )


def actor(user: User) -> Actor:
    """What the office knows of the account today."""
    found = actor_of(user, clock.today())
    assert found is not None
    return found
