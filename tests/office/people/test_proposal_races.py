"""What takes two people is put to the second one once: of two who propose it at the same moment the later one is refused."""

import threading

import pytest
from django.db import connections, transaction

from graduand.models import Candidate, Consent, Counter
from graduand.office.acts import ActRequest
from graduand.office.people.second_person import consents, second_requests
from graduand.office.refusal import Refused
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.terms import ReasonCode, Stage, Verb
from tests import people
from tests.acting import walk
from tests.factories import enrol
from tests.office.races.two_connections import run_concurrently

QUESTIONS = {
    ConsentKind.ACT: {"verb": "void", "file": 1, "seen": 5, "said": {}, "student": "李一（2117）"},
    ConsentKind.POLICY: {"draft": 1, "code": "202307"},
    ConsentKind.BATCH: {"do": "close", "batch": 1, "version": 3, "explained": []},
    ConsentKind.SWAP: {
        "one": 1,
        "two": 2,
        "photos": [1, 2],
        "students": ["李一（2117）", "李二（2118）"],
    },
}
# Not about what the question is about: how that stood, and on which day it was asked.
LATER = {"on": "2023-07-13"}


def two(season):
    return people.actor(season.staff.hq), people.actor(season.staff.hq_third)


def refused(asking) -> str:
    try:
        asking()
    except Refused as problem:
        return str(problem)
    return ""


def asked_beside(first, second) -> list[str]:
    """`second` asks within the transaction in which `first` has asked; what it is refused with."""
    return run_concurrently(first, lambda: refused(second))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", QUESTIONS)
def test_while_one_question_waits_nobody_puts_another_about_the_same(season, kind):
    first, second = two(season)
    detail = QUESTIONS[kind]
    row = consents.ask(first, kind, detail, "理由", key="k1")
    assert refused(lambda: consents.ask(second, kind, detail | LATER, "理由", key="k2")).endswith(
        "另有意见的，请在那里答复"
    )
    assert refused(lambda: consents.ask(first, kind, detail | LATER, "理由", key="k3")).endswith(
        "请先撤回那一项，再重新提出"
    )
    assert (
        consents.ask(first, kind, detail, "理由", key="k1")
        == consents.ask(first, kind, detail, "理由", key="k4")
        == row
    )
    consents.withdraw(first, row.pk)
    assert consents.ask(second, kind, detail | LATER, "理由", key="k5").pk > row.pk


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (ConsentKind.ACT, "file", 2),
        (ConsentKind.ACT, "verb", "amend"),
        (ConsentKind.ACT, "seen", 6),
        (ConsentKind.POLICY, "draft", 2),
        (ConsentKind.BATCH, "do", "finish"),
        (ConsentKind.BATCH, "version", 4),
        (ConsentKind.SWAP, "two", 3),
        (ConsentKind.SWAP, "photos", [1, 3]),
    ],
)
def test_a_question_about_something_else_or_as_it_is_by_now_is_another_one(
    season, kind, name, value
):
    first, second = two(season)
    consents.ask(first, kind, QUESTIONS[kind], "理由", key="k1")
    consents.ask(second, kind, QUESTIONS[kind] | {name: value}, "理由", key="k2")
    assert Consent.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", QUESTIONS)
def test_of_two_who_ask_at_the_same_moment_the_second_waits_and_is_refused(open_season, kind):
    first, second = two(open_season)
    detail = QUESTIONS[kind]
    [said] = asked_beside(
        lambda: consents.ask(first, kind, detail, "理由", key="k1"),
        lambda: consents.ask(second, kind, detail, "理由", key="k2"),
    )
    assert said.endswith("等待另一位总部人员在「待同意事项」中答复；另有意见的，请在那里答复")
    assert [row.asked_by_id for row in Consent.objects.all()] == [first.user_id]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_commands_about_the_same_files_are_one_question_a_file(open_season):
    ids = walk(open_season, enrol(open_season, 2), Stage.CERTIFIED)
    first, second = two(open_season)
    request = ActRequest(
        Verb.VOID, answers={"reason": ReasonCode.DETAILS.value, "note": "姓名有误"}
    )
    told = []
    said = asked_beside(
        lambda: second_requests.ask(open_season.batch, ids, first, request, ""),
        lambda: told.extend(second_requests.ask(open_season.batch, ids, second, request, "")),
    )
    made, left = told
    assert said == [""]  # the command goes on: it tells who was left out
    assert made == []
    known = (
        Candidate.objects.filter(id__in=ids)
        .order_by("student__number")
        .values_list("student__number", flat=True)
    )
    assert [(one.number, "作废" in one.why) for one in left] == [(number, True) for number in known]
    assert sorted(Consent.objects.values_list("asked_by", "detail__file")) == [
        (first.user_id, pk) for pk in ids
    ]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", QUESTIONS)
def test_the_control_where_nobody_waits_both_questions_are_stored(open_season, kind, monkeypatch):
    monkeypatch.setattr(Counter, "reserve", lambda *_: 1)
    first, second = two(open_season)
    outcome = []

    def other():
        try:
            outcome.append(
                refused(lambda: consents.ask(second, kind, QUESTIONS[kind], "理由", key="k2"))
            )
        finally:
            connections.close_all()

    thread = threading.Thread(target=other)
    with transaction.atomic():
        consents.ask(first, kind, QUESTIONS[kind], "理由", key="k1")
        thread.start()
        thread.join(60)
    assert (outcome, Consent.objects.count()) == ([""], 2)
