"""重新试判: whoever wrote a policy down has it tried again on the facts of the day."""

import copy
from datetime import date, timedelta

import pytest

from graduand.models import Grant, PolicyDraft, Result, User
from graduand.office.audit import auditing
from graduand.office.season import extensions
from graduand.rulebook.terms import Role
from tests.pages.world import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(world):
    """Another person of headquarters."""
    user = world.users["hq2"] = User.objects.create_user("hq2", "总部钱老师", PASSWORD)
    Grant.objects.create(
        user=user, role=Role.HQ_REVIEWER.value, unit=world.centres[0].parent.parent
    )
    return user


def test_四_2_2_the_asker_tries_an_extension_again_when_facts_have_changed(world, second, at):
    """The second person then agrees at once: the trial is that of today's facts, and both have it before them."""
    student = world.student(1)
    world.judge()
    data = copy.deepcopy(world.batch.policy.source)
    turn = next(one for one in data["rounds"] if one.get("photo_deadline"))
    turn["photo_deadline"] = (
        date.fromisoformat(turn["photo_deadline"]) + timedelta(days=1)
    ).isoformat()
    row = extensions.ask(data, world.actor("hq"), "照片晚到")
    draft = PolicyDraft.objects.get()
    page = f"/batches/drafts/{draft.pk}"
    fresh = at("hq").get(page).content.decode()
    assert ("重新试判" in fresh, "按今天的资料重新试判" in fresh, draft.tried["fit"]) == (
        True,
        False,
        [1, 1],
    )
    Result.objects.filter(student=student).delete()
    auditing.mark_stale([student.pk], "成绩作废")
    world.judge()
    shown = {name: at(name).get(page).content.decode() for name in ("hq", "hq2")}
    assert {name: "按今天的资料重新试判" in text for name, text in shown.items()} == {
        "hq": True,
        "hq2": True,
    }
    assert {name: f'action="{page}/renew"' in text for name, text in shown.items()} == {
        "hq": True,
        "hq2": False,
    }
    assert at("hq2").post(f"{page}/renew").status_code == 404
    assert at("hq").post(f"{page}/renew")["Location"] == page
    draft.refresh_from_db()
    assert draft.tried["fit"] == [0, 0]
    assert at("hq2").post(f"/consents/{row.pk}", {"agree": "1"}).status_code == 302
    assert PolicyDraft.objects.get().saved is not None
    assert at("hq").post(f"{page}/renew").status_code == 409  # it is in force
