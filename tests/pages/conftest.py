"""What the pages' tests share: the small season, and a client signed in at a desk."""

import re
import time
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


@pytest.fixture
def plainly(db, settings):
    """Passwords are hashed the quick way, and cookies are those of plain http."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "sessionid", "csrftoken"


@pytest.fixture
def world(plainly):
    """An empty season with its desks."""
    from tests.pages.world import build  # a conftest is read before Django's apps are ready

    return build()


# A line that ends or begins at a tag ends there for whoever reads the template, not the page. A row
# of a list or a table keeps a line of its own.
BREAK_AT_A_TAG = re.compile(
    rb"(?:(?<=>)(?:\s*\n\s*| {2,})|(?:\s*\n\s*| {2,})(?=<))(<(?:li|tr|section|form)\b)?"
)


LINES_OF_A_TAG = re.compile(rb"<[a-z][^<>]*(?:\n|  )[^<>]*>")


class PageClient(Client):
    """A client whose pages come without the line breaks of their templates in tags and beside them."""

    def request(self, **sent):
        answer = super().request(**sent)
        if answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming:
            on_one_line = LINES_OF_A_TAG.sub(_one_line, answer.content)
            answer.content = BREAK_AT_A_TAG.sub(_own_line, on_one_line)
        return answer


def _one_line(tag: re.Match[bytes]) -> bytes:
    return re.sub(rb"\s*\n\s*|  +", b" ", tag[0])


def _own_line(found: re.Match[bytes]) -> bytes:
    return b"\n" + found[1] if found[1] else b""


def prove(client: Client, user, ago: float = 0, method: str = "mfa") -> None:
    """The session says what a sign-in with a second factor leaves in it, `ago` seconds back."""
    session = client.session
    session["account_authentication_methods"] = [{"method": method, "at": time.time() - ago}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


@pytest.fixture
def at(world):
    """A client signed in as the user of that name a moment ago, second factor and all."""

    def signed_in(name: str, **more) -> Client:
        client = PageClient(**more)
        client.force_login(world.users[name])
        prove(client, world.users[name])
        return client

    return signed_in


@pytest.fixture
def boss(world):
    """An administrator of headquarters."""
    from graduand.models import Grant, User
    from graduand.rulebook.terms import Role
    from tests.pages.world import PASSWORD

    user = world.users["boss"] = User.objects.create_user("boss", "管理员", PASSWORD)
    Grant.objects.create(user=user, role=Role.HQ_ADMIN.value, unit=world.centres[0].parent.parent)
    return user


# The door's bookkeeping (sessions, who looked) and PostgreSQL's own clock are no questions of a
# page.
NOT_THE_PAGE = (
    "clock_timestamp()",
    "django_session",
    "graduand_sitting",
    "graduand_look",
    "SAVEPOINT",
)


@pytest.fixture
def asks():
    """asks(n): the block puts exactly n questions to the database, whatever the door keeps of the visit."""

    @contextmanager
    def counted(expected: int):
        with CaptureQueriesContext(connection) as seen:
            yield
        questions = [
            query["sql"] for query in seen if not any(word in query["sql"] for word in NOT_THE_PAGE)
        ]
        assert len(questions) == expected, "\n".join(questions)

    return counted


@pytest.fixture
def mixed(world):
    """Three ready, one without a photo, one without credits, one of another centre."""
    for number in (1, 2, 3):
        world.student(number)
    world.student(4, photo=False)
    world.student(5, credits=False)
    world.student(6, centre=1)
    world.judge()
    return world
