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


def accounts(
    wanted: dict[str, tuple[Role, Unit, str]], password: str | None = None
) -> dict[str, User]:
    """Accounts with one grant each, by their usernames; all are stored at once, since thousands of
    tests make them.
    """
    users = [User(username=username, name=name) for username, (_, _, name) in wanted.items()]
    for user in users:
        user.set_password(password)
    grants = [
        Grant(user=user, role=role.value, unit=unit)
        for user, (role, unit, _) in zip(
            User.objects.bulk_create(users), wanted.values(), strict=True
        )
    ]
    Grant.objects.bulk_create(grants)
    return {user.username: user for user in users}


def staff(hq: Unit, college: Unit, centres: list[Unit]) -> Staff:
    """Make an account for each desk of the organisation."""
    clerks = [f"clerk{n}" for n in range(1, len(centres) + 1)]
    made = accounts(
        {
            "hq1": (Role.HQ_REVIEWER, hq, "总部甲"),
            "hq2": (Role.HQ_ADMIN, hq, "总部乙"),
            "hq3": (Role.HQ_REVIEWER, hq, "总部丙"),
            "college1": (Role.COLLEGE_REVIEWER, college, "学院甲"),
            "college2": (Role.COLLEGE_REVIEWER, college, "学院乙"),
            "dispatch1": (Role.COLLEGE_DISPATCH, college, "学院发放"),
            **{
                name: (Role.CENTRE_CLERK, unit, name)
                for name, unit in zip(clerks, centres, strict=True)
            },
        }
    )
    desks = ("hq1", "hq2", "hq3", "college1", "college2", "dispatch1")
    return Staff(*(made[name] for name in desks), clerks=tuple(made[name] for name in clerks))


def actor(user: User) -> Actor:
    """The actor that the account is today."""
    found = actor_of(user, clock.today())
    assert found is not None
    return found
