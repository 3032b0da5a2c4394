"""A registered certificate whose record was amended, and the form that asks for it."""

from datetime import date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from graduand.models import (
    Certificate,
    Grant,
    Student,
    User,
)
from graduand.office.season import batches
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.terms import Role, Verb
from tests import once
from tests.pages.lists.picking import opened, token_of
from tests.pages.world import build, set_clock

LATER = datetime(2023, 7, 25, 12, 0, tzinfo=OFFICE_ZONE)


PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


def register_one():
    """A certificate that the registry shows, of a student whose name is corrected since; three people at headquarters."""
    world = build()
    unit = world.users["hq"].grants.get().unit
    for name, person in (("hq2", "总部吕老师"), ("hq3", "总部孙老师")):
        world.users[name] = User.objects.create_user(name, person, "x")
        Grant.objects.create(user=world.users[name], role=Role.HQ_REVIEWER.value, unit=unit)
    world.one = world.student(1, name="张叁")
    world.judge()
    for who, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq3", Verb.APPROVE)):
        world.do(who, verb, world.one)
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    world.do("hq", Verb.CERTIFY, world.one)
    Certificate.objects.update(queryable=True, registered_on=date(2023, 7, 21))
    set_clock(LATER)
    Student.objects.update(name="张三")
    return world


registered_once = once.made(register_one)


@pytest.fixture
def world(registered_once, plainly, settings, tmp_path):
    """The season with that certificate, and a folder of its own for what is attached."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return registered_once()


@pytest.fixture
def registered(world):
    return world


def pk_of(world):
    return world.file(world.one).pk


def form_of(shown, **changes):
    """What the dialog sends."""
    page = shown.content.decode()
    content = page.partition('name="content" value="')[2].partition('"')[0]
    scan = SimpleUploadedFile("更正结果.pdf", PDF)
    return {
        "token": token_of(shown),
        "reason": "details",
        "note": "学信函5号",
        "on": "2023-07-24",
        "answer": scan,
        "content": content,
        **changes,
    }


def asked(world, client, **changes):
    shown = opened(client, f"verb=amend&chosen={pk_of(world)}")
    return shown, client.post("/candidates/submit", form_of(shown, **changes))
