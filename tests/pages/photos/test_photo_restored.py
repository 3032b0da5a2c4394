"""A former picture that was passed is put back: offered where what replaced it was refused, by the gate
of an import.
"""

from datetime import timedelta
from uuid import uuid4

import pytest

from graduand.models import AccountEvent, PhotoRow, Stale
from graduand.office.photos.by_hand import restoring
from graduand.office.refusal import Refused
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.photos.places import OWN_PHOTO, STAYS
from graduand.rulebook.photos.words import PhotoReason
from graduand.rulebook.terms import Verb
from tests.material.portraits import face
from tests.pages.photos.photo_uploads import ONE, TWO, text, three
from tests.pages.photos.test_photo_places import bring, refuse

__all__ = ["three"]  # a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def replaced(at, three):
    """(former, current): a good picture, and another one that took its place."""
    bring(at("a"), {f"{ONE}.jpg": face(1)}, "r1")
    PhotoRow.objects.update(since=PhotoRow.objects.get().since - timedelta(days=20))
    bring(at("a"), {f"{ONE}.jpg": face(2)}, "r2", overwrite="1")
    return list(PhotoRow.objects.order_by("id"))


def press(client, former, current):
    form = {"photo": former.pk, "instead": current.pk}
    return client.post(f"/photos/students/{former.student_id}/restore", form)


def current():
    return PhotoRow.objects.get(student__number=ONE, current=True)


def test_a_refusal_offers_the_passed_picture_that_was_replaced(world, at, replaced):
    former, fresh = replaced
    PhotoRow.objects.filter(pk=fresh.pk).update(review="pending")
    form = {"answer": "refuse", "reason": PhotoReason.BACKDROP.value, "note": "", "key": "d1"}
    answer = at("college").post(f"/photos/review/{fresh.pk}/decide", form)
    assert answer.headers["Location"] == f"/photos/review/{fresh.pk}"
    assert "学习中心可以在" in text(at("college").get(f"/photos/review/{fresh.pk}"))
    page = f"/photos/students/{former.student_id}"
    offered = [text(at(name).get(page)).count("恢复这一张") for name in ("a", "college")]
    assert offered == [2, 0]  # beside the refusal and in the list of former ones; not who reviews
    Stale.objects.all().delete()
    for _ in range(2):  # a double click
        assert press(at("a"), former, fresh).status_code == 302
    now = current()
    assert (now.sha256, now.since, now.problems, now.review) == (
        former.sha256,
        former.since,
        "",
        "",
    )
    assert (now.stored_by, PhotoRow.objects.count()) == (world.users["a"], 3)
    event = AccountEvent.objects.get(deed=Deed.PHOTO_RESTORED.value)
    assert (event.actor, event.detail) == (world.users["a"], {"photo": now.pk})
    assert Stale.objects.filter(candidate__student=former.student).exists()
    assert "恢复以前的照片" in text(at("auditor").get("/trail"))
    assert "恢复这一张" not in text(at("a").get(page))  # it stands there


def test_who_brings_no_photos_restores_none(world, at, replaced):
    former, fresh = replaced
    codes = [press(at(name), former, fresh).status_code for name in ("college", "b")]
    assert (codes, current()) == ([403, 404], fresh)


def test_Z19_no_former_picture_after_the_approval(world, at, replaced):
    former, fresh = replaced
    PhotoRow.objects.filter(pk=fresh.pk).update(same=True)
    world.judge()
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, former.student)
    assert "恢复这一张" not in text(at("a").get(f"/photos/students/{former.student_id}"))
    assert STAYS in text(press(at("a"), former, fresh))
    assert current() == fresh


def test_what_an_import_could_not_bring_is_not_restored_either(world, at, replaced):
    """Refused by a person, somebody else's picture by now, changed since the page, one's own."""
    former, fresh = replaced
    by = world.users["a"]
    student = former.student

    def said(photo=former, instead=fresh):
        with pytest.raises(Refused) as caught:
            restoring.restore(student, photo.pk, instead.pk, by)
        return str(caught.value)

    assert said(instead=former) == restoring.MOVED
    PhotoRow.objects.filter(pk=former.pk).update(review="pending")
    assert said() == restoring.NOT_PASSED
    PhotoRow.objects.filter(pk=former.pk).update(review="")
    bring(at("a"), {f"{TWO}.jpg": face(1)}, "r3")
    assert said() == restoring.HELD
    PhotoRow.objects.filter(student__number=TWO).delete()
    by.student = student
    by.save()
    assert said() == OWN_PHOTO
    by.student = None
    by.save()
    restoring.restore(student, former.pk, fresh.pk, by)
    assert current().sha256 == former.sha256
    refuse(world, ONE)
    assert "审核为不合格" in said(instead=current())


def test_another_students_picture_is_not_there(world, at, replaced, three):
    former, fresh = replaced
    form = {"photo": former.pk, "instead": fresh.pk, "key": uuid4().hex}
    assert at("a").post(f"/photos/students/{three[1].pk}/restore", form).status_code == 404
