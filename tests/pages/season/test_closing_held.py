"""Every page says that a batch is being closed, and files nobody there."""

import pytest

from graduand.models import Act, Batch, Candidate
from graduand.office.season.ending import closing
from graduand.rulebook.terms import Verb
from tests import jobs

pytestmark = pytest.mark.django_db


def test_who_files_while_the_batch_is_being_closed_is_told_so_on_every_page(world, at):
    student = world.student(1)
    world.judge()
    Candidate.objects.update(explanation="联系不上")
    closing.order(world.batch, world.actor("hq"))
    world.do("a", Verb.APPLY, student)
    assert Act.objects.get().by_code["BATCH-CLOSING"] == 1
    where = {"a": "/batches/202307", "college": "/batches", "hq": "/batches/202307/closing"}
    said = {name: at(name).get(page).content.decode() for name, page in where.items()}
    assert {name: "正在关闭" in page for name, page in said.items()} == dict.fromkeys(where, True)
    assert "正在后台关闭：已结转 0 / 1 人。关闭完成以前不能申请和审核。" in said["hq"]
    assert ("提出关闭批次" in said["hq"], "/batches/202307/edit" in said["hq"]) == (False, False)
    page = at("a").get(f"/candidates/{world.file(student).pk}").content.decode()
    assert "两位总部人员已同意关闭批次 202307，正在结转未办结的人" in page
    assert jobs.work_once("worker")
    assert (Batch.objects.get().closed_at is not None, world.file(student).stage) == (
        True,
        "lapsed",
    )
