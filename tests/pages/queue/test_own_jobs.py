"""What comes by itself, on the page of jobs: administrators see when it ran, what it did, whether it failed; old addresses."""

import pytest

from graduand.models import Act, Job
from graduand.office import acts
from graduand.office.acts import ActRequest
from graduand.office.duties.periodic import SweepDrafts
from graduand.office.queue import orders
from graduand.rulebook.queue.work_terms import PERIODIC
from graduand.rulebook.terms import Verb
from tests import jobs

HEADING = "自动运行的任务"


@pytest.fixture
def ran(world, monkeypatch):
    """Everything has run once; the drafts could not be swept."""

    def broken(_self):
        raise PermissionError(13, "Permission denied", "/home/graduand/tmp/old")

    monkeypatch.setattr(SweepDrafts, "work", broken)
    orders.arm(PERIODIC)
    while jobs.work_once():
        pass


def shown(client, address="/jobs"):
    return " ".join(client.get(address).content.decode().split())


def test_administrators_see_when_each_ran_what_it_did_and_what_failed(ran, at, boss):
    page = shown(at("boss"))
    assert page.count('href="/jobs/look/0"') == 1
    assert "删除过期的上传文件 0 个，人脸特征 0 份；下次 2023-07-13" in page
    assert "没有办成：没有读写权限（/home/graduand/tmp/old）。到时自动再试" in page
    assert (page.count(">正常<"), page.count(">出错<"), page.count("上次 2023-07-12")) == (4, 1, 5)
    one = shown(at("boss"), "/jobs/sweep/0")
    assert ("由后台自动运行" in one, "没有读写权限" in one, "停止</button>" in one) == (
        True,
        True,
        False,
    )


def test_the_page_before_anything_ran_and_the_page_of_a_worker_that_did_not_start(world, at, boss):
    assert HEADING not in shown(at("boss"))
    orders.arm(PERIODIC)
    assert "还没有运行" in shown(at("boss"), "/jobs/look/0")
    Job.objects.update(beat_at=world.batch.versions.get().loaded_at)  # long ago
    page = shown(at("boss"))
    assert (page.count(">没有运行<"), page.count("后台处理可能没有启动")) == (5, 5)


def test_nobody_else_sees_it_and_nobody_stops_it(ran, at, boss):
    for name in ("a", "college", "hq"):
        assert HEADING not in shown(at(name))
        assert at(name).get("/jobs/look/0").status_code == 404
    statuses = [at("boss").post(f"/jobs/look/0/{verb}").status_code for verb in ("stop", "resume")]
    assert statuses == [403, 403]
    assert Job.objects.get(kind="look").state == "done"


def test_a_kind_that_there_is_not_has_no_page(world, at, boss):
    assert [
        at("boss").get(f"/jobs/{kind}/1").status_code for kind in ("nothing", "audit", "act")
    ] == [404] * 3


def test_old_addresses_lead_to_the_new(world, at):
    world.student(1)
    world.judge()
    files = [one.pk for one in world.batch.candidates.all()]
    acts.confirm(world.batch, files, world.actor("a"), ActRequest(Verb.APPLY), job=True)
    act, job = Act.objects.get(), Job.objects.get(kind="act")
    client, new = at("a"), f"/jobs/act/{act.pk}"
    old = (
        f"/jobs/{act.pk}",
        f"/jobs/{act.pk}/refused.xlsx",
        f"/jobs/{act.pk}/result.xlsx",
        f"/tasks/{job.pk}",
    )
    assert [client.get(address)["Location"] for address in old] == [new] * 4
    assert [at("b").get(address).status_code for address in old] == [404] * 4
    assert client.get(new).status_code == 200
