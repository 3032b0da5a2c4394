"""What the list of batches says after a deletion."""

import re

from graduand.models import Job
from graduand.queries import clock
from graduand.queries.queue import standstill
from tests import jobs
from tests.pages.season.side_by_side.test_two_batches import text_of, three

__all__ = ["three"]  # a fixture


def told_at(client, url):
    return re.findall(r'<p class="note info" role="status">(.*?)</p>', text_of(client.get(url)))


def test_after_a_deletion_the_list_says_how_it_stands_and_nothing_of_what_was_not_deleted(
    three, at
):
    client, kept = at("hq"), "学生、成绩、照片和其他批次不受影响。"
    sent = client.post("/batches/202401/delete/confirmed", {"code": "202401"})
    assert told_at(client, sent.url) == [
        f"批次 202401 已删除，它的名单不再显示（还有 2 人没有清理，正在后台清理）。{kept}"
    ]
    Job.objects.update(beat_at=clock.real_now() - 2 * standstill.PATIENCE)  # nobody comes
    assert "没有清理，后台处理没有进展，请联系" in told_at(client, sent.url)[0]
    assert jobs.work_once("worker")
    assert told_at(client, sent.url) == [f"批次 202401 和它的名单已删除。{kept}"]
    others = [told_at(client, f"/batches?deleted={code}") for code in ("202307", "209901", "<b>x")]
    assert (others, told_at(at("college"), sent.url)) == ([[]] * 3, [])
