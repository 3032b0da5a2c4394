"""One file from application to hand-over, every step pressed on the pages by its own desk."""

from graduand.models import Certificate, Event
from graduand.office import acts
from graduand.office.season import batches
from graduand.rulebook.terms import Stage
from tests.pages.lists.picking import opened
from tests.pages.lists.test_bulk import confirmed

WAY = (
    ("a", "apply", "listed", {"same_checked": "1"}, Stage.APPLIED),
    ("college", "endorse", "applied", {}, Stage.ENDORSED),
    ("hq", "approve", "endorsed", {}, Stage.APPROVED),
    ("hq", "certify", "approved", {}, Stage.CERTIFIED),
    (
        "college",
        "ship",
        "certified",
        {"carrier-101": "邮政", "tracking-101": "YZ001"},
        Stage.SHIPPED,
    ),
    ("a", "receive", "shipped", {}, Stage.RECEIVED),
    ("a", "collect", "received", {"handover": "in_person", "confirmed": "1"}, Stage.COLLECTED),
)


def test_from_application_to_hand_over(world, at):
    student = world.student(1)
    world.judge()
    for name, verb, stage, form, target in WAY:
        if verb == "certify":
            batches.freeze_roster(world.batch, world.users["hq"].pk)
        if verb == "collect":
            Certificate.objects.update(queryable=True)  # what 注册结果 brings
        page = opened(at(name), f"verb={verb}&all=1&stage={stage}").content.decode()
        assert [field for field in form if f'name="{field}"' not in page] == []
        assert confirmed(at(name), f"verb={verb}&all=1&stage={stage}", **form).status_code == 302
        acts.resume(world.batch)
        assert (verb, world.file(student).stage) == (verb, target.value)
    shown = at("hq").get(f"/candidates/{world.file(student).pk}").content.decode()
    assert Event.objects.count() == len(WAY)
    assert "这份档案已办结" in shown
    assert "这里出现「更正证书内容」" in shown
    assert "证书编号 511618202306000001" in shown
    assert "邮政 YZ001" in shown
