"""还没有办完的文件: each says how the work on it stands, and all of them can be reached."""

import re

import pytest

from graduand.models import Job, SheetUpload
from graduand.pages.frame.queue.unfinished_files import FEW
from graduand.queries import clock
from tests import jobs
from tests.pages.records.uploads import send, students


@pytest.fixture
def sent(world, at, settings):
    """A workbook of three students that waits for its trial; its job."""
    settings.SHEET_AT_ONCE_BYTES = 10
    send(at("college"), students(3))
    return Job.objects.get(kind="sheet")


def listed(client, address="/imports/new"):
    """The tags of the unfinished files."""
    shown = client.get(address).content.decode()
    _, _, card = shown.partition('id="n-wait"')
    return re.findall(r'class="tag[^"]*">([^<]+)<', card.partition("</section>")[0])


def test_a_file_is_listed_with_the_state_of_the_work_on_it(world, at, sent):
    client, address = at("college"), f"/imports/{sent.subject}"
    seen = [listed(client)]
    for state in ("running", "failed"):
        Job.objects.filter(pk=sent.pk).update(state=state)
        seen.append(listed(client))
    Job.objects.filter(pk=sent.pk).update(state="waiting")
    assert jobs.stop(sent.pk, world.actor("college"))
    seen.append(listed(client))
    client.post(f"{address}/check")
    assert jobs.work_once("worker")
    seen.append(listed(client))
    client.post(f"{address}/begin")
    seen.append(listed(client))
    assert jobs.stop(sent.pk, world.actor("college"))
    seen.append(listed(client))
    assert seen == [
        ["等待校验"],
        ["正在校验"],
        ["出错停止"],
        ["已停止"],
        ["待核对"],
        ["等待写入"],
        ["已停止"],
    ]


def test_all_of_them_are_counted_and_one_click_away(world, at, sent):
    client = at("college")
    by = world.users["college"]
    SheetUpload.objects.bulk_create(
        SheetUpload(
            key=f"more{n}", kind="students", name="x.csv", sha256="0", size=1, by=by, at=clock.now()
        )
        for n in range(FEW + 2)
    )
    shown = client.get("/imports/new").content.decode()
    link = '<a href="/imports/new?files=all">全部</a>'
    assert (len(listed(client)), f"共 {FEW + 3} 个，列出最近 {FEW} 个" in shown, link in shown) == (
        FEW,
        True,
        True,
    )
    every = client.get("/imports/new?files=all").content.decode()
    assert (len(listed(client, "/imports/new?files=all")), f"共 {FEW + 3} 个" in every) == (
        FEW + 3,
        True,
    )
    assert link not in every
