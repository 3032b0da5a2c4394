"""Deferring with a scan through the dialog, and stopping long work by its button, at both widths."""

import pytest

from graduand.models import Candidate, Job, Statement
from graduand.office import acts
from tests import jobs
from tests.pages.world import PASSWORD

pytestmark = pytest.mark.browser
PDF = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n"


@pytest.mark.parametrize("browser", ["desk", "phone"], indirect=True)
def test_附件2_deferred_with_a_scan_from_the_dialog(season, walk, request, tmp_path):
    size = request.node.callspec.params["browser"]
    (tmp_path / "声明.pdf").write_bytes(PDF)
    file = Candidate.objects.order_by("id").first()
    walk.sign_in("a", PASSWORD)
    walk.go(f"/candidates/{file.pk}")
    walk.press("a.btn[href*='verb=defer']")
    walk.until("#a-scan").send_keys(str(tmp_path / "声明.pdf"))
    walk.keep(f"defer-{size}")
    assert walk.sticks_out() == 0
    walk.press("#dialog footer .btn.main")
    walk.until("#job")
    acts.resume(season.batch)
    walk.go(f"/candidates/{file.pk}")
    assert walk.holds(".story", "学生签字的声明（PDF，1 KB）")
    walk.keep(f"deferred-{size}")
    assert (Statement.objects.get().kind, walk.sticks_out()) == ("pdf", 0)


@pytest.mark.parametrize("browser", ["desk", "phone"], indirect=True)
def test_W16_long_work_is_stopped_by_its_button_and_goes_on(season, walk, request):
    size = request.node.callspec.params["browser"]
    job = jobs.order_audit(season.batch, season.users["hq"].pk)
    walk.sign_in("hq", PASSWORD)
    walk.go("/jobs")
    walk.keep(f"tasks-{size}")
    walk.press(f"a[href='/jobs/{job.kind}/{job.subject}']")
    walk.keep(f"task-{size}")
    walk.press(f"form[action='/jobs/{job.kind}/{job.subject}/stop'] button")
    assert walk.holds("#job", "已由 总部何老师 于 2023-07-12")
    walk.keep(f"stopped-{size}")
    assert (Job.objects.get().state, walk.sticks_out()) == ("cancelled", 0)
    walk.press(f"form[action='/jobs/{job.kind}/{job.subject}/resume'] button")
    assert walk.holds("#job", "排队中")
    assert Job.objects.get().state == "waiting"
