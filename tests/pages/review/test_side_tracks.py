"""What is decided beside the journey, from the list and from a student's page."""

import pytest

from graduand.models import DegreeMaterial, IdentityCase
from graduand.office.audit import auditing
from graduand.queries import clock
from graduand.rulebook.terms import Verb
from tests.pages.home.test_home import alarmed, listed
from tests.pages.lists.picking import opened
from tests.pages.reading import page, text


@pytest.fixture
def graduate(world):
    """A 专升本 student who has applied and whose thesis and language are enough."""
    world.plan.level = "top_up"
    world.plan.version += 1  # plans are remembered by their version, over tests too
    world.plan.save()
    student = world.student(1, level="top_up")
    DegreeMaterial.objects.create(
        student=student, thesis_mark="85", language_kind="大学英语四级", language_mark="430"
    )
    world.judge()
    world.do("a", Verb.APPLY, student)
    return student


def pressed(client, world, student, verb, **form):
    """Confirm and send one verb on one file."""
    shown = opened(client, f"verb={verb}&chosen={world.file(student).pk}")
    assert shown.status_code == 200
    token = shown.content.decode().partition('name="token" value="')[2].partition('"')[0]
    return client.post("/candidates/submit", {"token": token, **form})


def test_the_centre_applies_for_a_degree_later(world, at, graduate):
    client = at("a")
    assert "申请学位" in text(page(client, world, graduate))
    assert "申请学位" not in text(page(at("college"), world, graduate))
    assert pressed(client, world, graduate, "degree_apply").status_code == 302


def test_an_identity_case_is_moved_from_the_students_page(world, at, graduate):
    shown = text(page(at("a"), world, graduate))
    assert "提交复核材料" not in shown
    IdentityCase.objects.create(student=graduate, verdict="unsure", opened_at=clock.now())
    assert "提交复核材料" in text(page(at("a"), world, graduate))
    assert "备案通过" in text(page(at("hq"), world, graduate))
    confirm = opened(at("a"), f"verb=case_submit&chosen={world.file(graduate).pk}")
    assert "依据（文号、日期或所交材料）" in confirm.content.decode()


def test_a_degree_that_fails_after_the_grant_is_an_alarm_where_it_is_corrected_or_declined(
    world, at, graduate
):
    """At college and headquarters, with its list; at every desk the page of the file says so."""
    for desk, verb in (
        ("a", Verb.DEGREE_APPLY),
        ("college", Verb.ENDORSE),
        ("hq", Verb.APPROVE),
        ("hq", Verb.DEGREE_GRANT),
    ):
        world.do(desk, verb, graduate)
    fails = "授予学位以后成绩或材料有变化，不再符合学位条件"
    where = "/candidates?batch=202307&degree=granted&degree_lost=1"
    told = "授予学位以后不再符合学位条件，由总部核实"
    seen = []
    for mark in ("85", "40", "85"):
        DegreeMaterial.objects.update(thesis_mark=mark)
        auditing.mark_stale([graduate.pk])
        world.judge()
        seen.append(
            (
                [alarmed(at(desk), fails) for desk in ("hq", "college", "a")],
                listed(at("hq"), where),
                [told in text(page(at(desk), world, graduate)) for desk in ("hq", "college", "a")],
            )
        )
    nothing = ([None] * 3, 0, [False] * 3)
    assert seen == [nothing, ([(where, 1), (where, 1), None], 1, [True] * 3), nothing]
