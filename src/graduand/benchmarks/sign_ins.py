"""People who sign in, one every second, while the pages of the served program are measured."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils.crypto import get_random_string

from graduand.benchmarks.measuring import asking
from graduand.benchmarks.measuring.timing import NotDone
from graduand.models import Grant, Student, User
from graduand.rulebook.terms import Role

EVERY = 1.0  # seconds between two sign-ins, however long each one takes
PEOPLE = 60
# How many sign-ins may wait at a time; a wait longer than that fails the measurement anyway.
AT_ONCE = 32
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A student with a password, who has not signed in yet."""

    username: str
    password: str


def newcomers() -> list[Newcomer]:
    """Make accounts of the first students, all with one hash: only the check of a password is
    measured.
    """
    password = get_random_string(20)
    hashed = make_password(password)
    people = Student.objects.order_by("number").values_list("id", "number", "name", "centre_id")
    found = list(people[:PEOPLE])
    users = User.objects.bulk_create(
        User(username=number, name=name, student_id=student, password=hashed)
        for student, number, name, _ in found
    )
    Grant.objects.bulk_create(
        Grant(user=user, role=Role.STUDENT.value, unit_id=centre)
        for user, (*_, centre) in zip(users, found, strict=True)
    )
    return [Newcomer(user.username, password) for user in users]


def until(over: threading.Event, port: int, people: list[Newcomer]) -> list[float]:
    """Let somebody sign in every second until `over`; returns the seconds that each has waited.
    Raises NotDone where a person was not let in.
    """
    begun: list[Future[float]] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for turn in count():
            begun.append(pool.submit(_seconds, port, people[turn % len(people)], turn))
            if over.wait(EVERY):
                break
    return [one.result() for one in begun]


def _seconds(port: int, person: Newcomer, turn: int) -> float:
    """The seconds that one person's form took; the request comes from an address of its own."""
    form = {"username": person.username, "password": person.password}
    address = f"10.0.{turn // 250 % 250}.{1 + turn % 250}"
    answer = asking.post(port, "/login", PATIENCE, form=form, address=address)
    let_in = any(settings.SESSION_COOKIE_NAME in cookie for cookie in answer.cookies)
    if answer.status != HTTPStatus.FOUND or not let_in:
        raise NotDone(f"没有测到：登录的回答是 {answer.status}")
    return answer.seconds
