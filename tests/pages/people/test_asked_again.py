"""The same form sent again, after its question has ended or with other words: nothing is asked, and that is said."""

from datetime import timedelta

import pytest

from graduand.models import Consent
from tests.pages.lists.picking import opened, token_of
from tests.pages.people.test_taking_back import handed
from tests.pages.world import NOON

__all__ = ["handed"]  # a fixture
FIRST = {"reason": "misrecorded", "note": "点错了行"}
OTHER = {"reason": "misrecorded", "note": "本人没有到场"}
RECEIPT = (302, "/consents?done=asked")


@pytest.fixture
def form(handed, at):
    """The dialog as it stands in the window of whoever asks; sends its answers."""
    shown = opened(at("a"), f"verb=uncollect&chosen={handed.file(handed.one).pk}")
    token = token_of(shown)

    def send(said):
        sent = at("a").post("/candidates/submit", {"token": token, **said})
        return (sent.status_code, sent.get("Location") or sent.content.decode())

    return send


def withdrawn(at):
    at("a").post(f"/consents/{Consent.objects.get().pk}/withdraw")
    return "这一次提出已撤回，没有再次提出"


def declined(at):
    at("hq2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "0", "why": "原因写得不清楚"})
    return "这一次提出没有获得同意，没有再次提出"


def unanswered(_at):
    Consent.objects.update(asked_at=NOON - timedelta(days=2))
    return "这一次提出一天内没有人答复，已失效，没有再次提出"


@pytest.mark.parametrize("ends", [withdrawn, declined, unanswered])
@pytest.mark.parametrize("said", [FIRST, OTHER], ids=["the same", "other words"])
def test_what_has_ended_is_not_asked_by_the_form_that_asked_it(form, at, ends, said):
    assert form(FIRST) == RECEIPT
    told = ends(at)
    status, page = form(said)
    assert (status, told in page, Consent.objects.count()) == (409, True, 1)


def test_while_it_waits_the_same_words_are_the_same_receipt_and_others_are_refused(form, at):
    assert [form(FIRST) for _ in range(2)] == [RECEIPT] * 2
    status, page = form(OTHER)
    assert (status, "要改原因或依据，请先撤回那一项，再重新提出" in page) == (409, True)
    assert Consent.objects.get().detail["said"]["note"] == "点错了行"
