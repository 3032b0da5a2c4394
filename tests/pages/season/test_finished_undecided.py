"""Whoever fails with the certificate in hand is an alarm of home until it is decided, whether the batch was finished or not."""

import re

import pytest

from graduand.models import Consent, Result
from graduand.office.audit import auditing
from graduand.rulebook.terms import Verb
from tests.acting import register, shut
from tests.pages.certificates.after_the_number import ask, lose, three
from tests.pages.home.test_home import alarmed, listed
from tests.pages.lists.picking import opened
from tests.pages.reading import text
from tests.pages.stations import bring

__all__ = ["three"]  # a fixture
GIVEN = "学生领证以后[^<]*不再符合毕业条件[^<]*"
LIST = "/candidates?batch=202307&unqualified=given"


@pytest.fixture
def in_hand(three):
    """Everybody has the certificate in hand."""
    bring(three, Verb.RECEIVE, *three.three)
    register([three.file(student).pk for student in three.three])
    for student in three.three:
        three.do("a", Verb.COLLECT, student, handover="in_person", confirmed=True)
    return three


def close(world):
    shut(world.batch, world.actor("hq"))
    world.batch.refresh_from_db()


def test_a_batch_that_closes_meanwhile_says_who_is_left_and_where(in_hand, at):
    lose(in_hand)
    close(in_hand)
    assert (in_hand.batch.finished_at, alarmed(at("hq"), GIVEN)) == (None, (LIST, 1))
    told = "学生已领证、不再符合毕业条件，待总部核实"
    assert f"批次已关闭，还没有办结： {told} 1" in text(at("hq").get("/batches/202307"))
    body = at("hq").get("/batches/202307/closing").content.decode().replace("&amp;", "&")
    url = re.search(rf'{told}<b>1</b>\s*<small><a href="([^"]+)">去办理', body)[1]
    assert listed(at("hq"), url) == 1
    pk = in_hand.file(in_hand.three[0]).pk
    ask(at("hq"), pk, opened(at("hq"), f"verb=confirm_issue&chosen={pk}"))
    assert (
        at("hq2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"}).status_code == 302
    )
    in_hand.batch.refresh_from_db()
    assert (in_hand.batch.finished_at is not None, alarmed(at("hq"), GIVEN)) == (True, None)


def test_who_loses_after_the_end_is_known_on_every_desk_that_sees_the_file(in_hand, at):
    close(in_hand)
    assert in_hand.batch.finished_at is not None
    Result.objects.filter(student=in_hand.three[0], course="002").update(pass_key="")
    auditing.mark_stale([in_hand.three[0].pk])
    auditing.judge_due([in_hand.file(in_hand.three[0]).pk])  # as an import does
    assert [alarmed(at(desk), GIVEN) for desk in ("hq", "college")] == [(LIST, 1)] * 2
    assert listed(at("hq"), LIST) == 1
