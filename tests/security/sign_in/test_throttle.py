"""S15: guessing is slowed for an address, an account and both; nobody can lock a stranger out; a race can't cheat."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from graduand.models import AccountEvent, Throttle
from graduand.office.people import throttle
from graduand.office.people.throttle import ACCOUNT, ADDRESS, PAIR, Charge
from graduand.rulebook.people.account_terms import Deed
from tests.pages.world import PASSWORD

NOW = timezone.now()


@pytest.fixture(autouse=True)
def _one_factor_is_enough(settings):
    settings.SECOND_FACTOR = "optional"


def attempt(
    username: str, password: str = "wrong", address: str = "192.0.2.1", client: Client | None = None
) -> int:
    """The status of one try from an address."""
    client = client or Client()
    return client.post(
        "/login", {"username": username, "password": password}, REMOTE_ADDR=address
    ).status_code


def paid(charge: Charge, seconds: float = 0) -> throttle.ChargeOutcome:
    return throttle.pay((charge,), NOW + timedelta(seconds=seconds))


def test_S15_one_account_from_one_address(world):
    assert [attempt("a") for _ in range(7)] == [401] * 5 + [429] * 2
    assert attempt("a", PASSWORD) == 429
    assert attempt("b", PASSWORD) == 302


def test_S15_one_account_from_many_addresses_is_slowed_and_its_owner_still_gets_in(world):
    """The botnet's twenty-first try has to wait; a browser that knows the account does not."""
    owner = Client()
    assert attempt("a", PASSWORD, "198.51.100.7", owner) == 302
    owner.post("/logout")
    statuses = [attempt("a", address=f"192.0.2.{n}") for n in range(22)]
    assert (statuses[:20], statuses[20:]) == ([401] * 20, [429, 429])
    assert attempt("a", PASSWORD, "198.51.100.7", owner) == 302
    assert AccountEvent.objects.filter(deed=Deed.SLOWED, user=world.users["a"]).count() == 1


def test_S15_a_new_device_waits_half_a_minute_and_no_longer(db):
    """An attack that goes on does not make the wait of an account longer."""
    key = Charge(ACCOUNT, "a")
    for _ in range(20):
        paid(key)
    waits = [paid(key, 31.0 * n).wait for n in range(1, 200)]
    assert set(waits) == {0}
    assert paid(key, 31.0 * 199 + 1).wait <= 30


def test_S15_a_whole_campus_behind_one_address(world):
    """Ninety people who mistype once don't keep the ninety-first out, nor each other."""
    assert {attempt(f"student{n}") for n in range(90)} == {401}
    assert attempt("a", PASSWORD) == 302


def test_S15_many_accounts_from_one_address_are_slowed(world):
    for _ in range(100):
        throttle.pay((Charge(ADDRESS, "192.0.2.1"),))
    assert attempt("a", PASSWORD) == 429
    assert attempt("a", PASSWORD, "192.0.2.2") == 302


def test_the_wait_doubles_up_to_its_limit_and_the_window_forgets(db):
    key, at, waits = Charge(PAIR, "x"), 0.0, []
    for _ in range(16):
        answer = paid(key, at)
        if answer.wait:
            waits.append(answer.wait)
            at += answer.wait
            assert paid(key, at).wait == 0
    assert waits[:5] == [5, 10, 20, 40, 80]
    assert paid(key, at + PAIR.window + PAIR.most).wait == 0


def test_what_succeeds_is_paid_back(world):
    for _ in range(12):
        assert attempt("a", PASSWORD) == 302
    assert {row.spent for row in Throttle.objects.all()} <= {0, 1}


def test_the_same_answer_for_an_unknown_name(world):
    """Slowed or not, nothing says whether there is such an account (6.3.8)."""
    known, unknown = (
        [attempt(name, address=where) for _ in range(7)]
        for name, where in (("a", "::1"), ("nobody", "::2"))
    )
    assert known == unknown


def test_a_try_that_waits_costs_nothing(db):
    key = Charge(PAIR, "x")
    for _ in range(5):
        paid(key)
    before = Throttle.objects.get().spent
    assert {paid(key).wait for _ in range(50)} == {5}
    assert Throttle.objects.get().spent == before


def _twelve_at_once() -> int:
    """How many of twelve simultaneous tries may go on."""
    barrier, went, lock = threading.Barrier(12), [], threading.Lock()

    def work() -> None:
        try:
            barrier.wait(10)
            answer = throttle.pay((Charge(PAIR, "race"),))
            if not answer.wait:
                with lock:
                    went.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(went)


@pytest.mark.django_db(transaction=True)
def test_twelve_at_once_are_not_one():
    assert _twelve_at_once() <= PAIR.free


@pytest.mark.django_db(transaction=True)
def test_without_compare_and_set_twelve_at_once_would_get_through(monkeypatch):
    """The control: count after reading, as a cache does, and the limit is passed."""
    gate = threading.Barrier(12)

    def careless(charge: Charge, now) -> int:
        row = Throttle.objects.filter(key=charge.key).first()
        gate.wait(10)
        return (row.spent if row else 0) + 1

    monkeypatch.setattr(throttle, "_spend", careless)
    monkeypatch.setattr(throttle.transaction, "atomic", NoTransaction)
    assert _twelve_at_once() == 12


class NoTransaction:
    def __enter__(self) -> None: ...

    def __exit__(self, *_problem: object) -> None: ...


def test_old_rows_are_swept(db):
    paid(Charge(PAIR, "x"), -3 * 86_400)
    paid(Charge(PAIR, "y"))
    assert (throttle.sweep(NOW), Throttle.objects.count()) == (1, 1)
