"""What two people finished is finished no more by one step: the step says so before, the record and home after it."""

import re

import pytest

from graduand.models import AccountEvent, Batch, Candidate
from graduand.office.season.ending import finishing
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.terms import Verb
from tests.acting import shut
from tests.pages.lists.picking import opened
from tests.pages.reading import text
from tests.pages.stations import bring, three

__all__ = ["three"]  # a fixture
WARNED = re.compile(r"批次 202307 已于 \S+ 办结。办理以后批次不再是「已办结」")
TOLD = re.compile(r"批次 202307 办结以后又有要办理的，已于 [^<]+ 恢复为「已关闭，办理中」")


@pytest.fixture
def finished(three):
    """Three certificates at 杭州, in a batch that was declared finished."""
    bring(three, Verb.RECEIVE, *three.three)
    Candidate.objects.filter(batch=three.batch).update(explanation="长期联系不上")
    shut(three.batch, three.actor("hq"))
    Candidate.objects.filter(batch=three.batch).update(explanation="长期联系不上")
    three.batch.refresh_from_db()
    finishing.declare(three.batch, three.users["hq"].pk)
    three.batch.refresh_from_db()
    return three


def confirmation(client, file, verb: str) -> str:
    return text(opened(client, f"verb={verb}&chosen={file.pk}"))


def test_whoever_recalls_from_a_finished_batch_is_told_before_and_headquarters_after(finished, at):
    file = finished.file(finished.three[0])
    assert WARNED.search(confirmation(at("college"), file, "recall"))
    assert not TOLD.search(at("hq").get("/").content.decode())
    finished.do("college", Verb.RECALL, finished.three[0], reason="other", note="寄错")
    batch = Batch.objects.get(code="202307")
    assert (batch.finished_at, batch.resumed_at is not None) == (None, True)
    event = AccountEvent.objects.get(deed=Deed.BATCH_RESUMED)
    assert (event.actor.username, event.detail["verb"], event.detail["file"]) == (
        "college",
        "recall",
        file.pk,
    )
    told = f"「退回学院」{file.student.number} {file.student.name}"
    record = text(at("hq").get("/batches/202307/closing")).partition("开关记录")[2]
    assert re.search(rf"批次不再是「已办结」 · {event.actor.name} .*{re.escape(told)}", record)
    assert TOLD.search(at("hq").get("/").content.decode())
    assert not TOLD.search(at("college").get("/").content.decode())
    assert not WARNED.search(confirmation(at("college"), file, "ship"))  # it is finished no more
    finishing.declare(batch_explained(), finished.users["hq"].pk)
    assert not TOLD.search(at("hq").get("/").content.decode())


def batch_explained() -> Batch:
    """The batch, with a reason for every file left."""
    Candidate.objects.filter(batch__code="202307").update(explanation="长期联系不上")
    return Batch.objects.get(code="202307")


def test_a_step_that_leaves_a_batch_finished_says_and_writes_nothing(finished, at):
    assert not WARNED.search(confirmation(at("a"), finished.file(finished.three[0]), "collect"))
    assert WARNED.search(confirmation(at("hq"), finished.file(finished.three[0]), "void"))
    assert not AccountEvent.objects.filter(deed=Deed.BATCH_RESUMED).exists()
