"""A closed batch whose list is not back yet, as its pages show it."""

from graduand.models import Job
from graduand.office.season.ending import closing, reopening
from tests import jobs
from tests.acting import shut


def test_a_list_that_did_not_come_back_whole_is_said_and_can_be_gone_on_with(world, at):
    """Stopped, it is continued; refused, it says why, and two people ask once more."""
    world.student(1)
    world.judge()
    closing.explain(world.batch, "unfiled", None, "联系不上", world.actor("hq"))
    shut(world.batch, world.actor("hq"))
    reopening.order(world.batch, world.actor("hq"))
    reopening.advance(world.batch.pk)
    pages = [at("hq").get(f"/batches/202307{where}").content.decode() for where in ("", "/closing")]
    assert [
        word
        for word in ("未申请<b>", "还没有办结", "关闭时未办结转")
        for page in pages
        if word in page
    ] == []
    job = Job.objects.get(kind="reopening")
    jobs.stop(job.pk, world.actor("hq"))
    page = at("hq").get("/batches/202307/closing").content.decode()
    assert "名单没有恢复完，批次还没有重新开放，不能申请和审核。" in page
    assert f'action="/jobs/reopening/{job.subject}/resume"' in page
    Job.objects.filter(pk=job.pk).update(
        state="failed", message="提出人已不在岗位", stop_at=None, stop_by=None
    )
    page = at("hq").get("/batches/202307/closing").content.decode()
    assert "提出人已不在岗位" in page
    assert "提出重新开放批次" in page
    assert "提出办结批次" not in page
