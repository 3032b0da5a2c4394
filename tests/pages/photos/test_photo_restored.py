"""A former picture that was passed is put back: offered where what replaced it was refused, by the gate
of an import.
"""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from graduand.models import AccountEvent, Consent, PhotoCheck, PhotoRow, Stale
from graduand.office.people import own_accounts
from graduand.office.photos.by_hand import restoring, reviews
from graduand.office.photos.importing import import_photos
from graduand.office.refusal import Refused
from graduand.queries.records.story import story
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.photos.places import OWN_PHOTO, STAYS
from graduand.rulebook.photos.words import PhotoReason
from graduand.rulebook.terms import Desk, PhotoKind, Verb
from tests.material.portraits import face, zipped
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


def refusal(former, fresh, by):
    with pytest.raises(Refused) as caught:
        restoring.restore(former.student, former.pk, fresh.pk, by)
    return str(caught.value)


def promised(at, row):
    """Whether the reviewer reads that the centre can put back what the refused picture replaced."""
    return "学习中心可以在" in text(at("college").get(f"/photos/review/{row.pk}"))


def test_nothing_is_promised_that_the_centre_can_not_put_back(world, at, replaced):
    """The limits are others by now, or the picture is another student's."""
    former, _ = replaced
    fresh = refuse(world, ONE)
    by = world.users["a"]
    assert promised(at, fresh)  # the control
    spec = former.judged.spec
    PhotoCheck.objects.filter(pk=former.judged_id).update(spec="0" * 64)
    assert (promised(at, fresh), refusal(former, fresh, by)) == (False, restoring.OTHER_LIMITS)
    PhotoCheck.objects.filter(pk=former.judged_id).update(spec=spec)
    bring(at("a"), {f"{TWO}.jpg": face(1)}, "r3")
    assert (promised(at, fresh), refusal(former, fresh, by)) == (False, restoring.HELD)


def swapped(at, student, key):
    """The photos of both students change places."""
    page = f"/photos/students/{student.pk}"
    asked = {"number": TWO, "reason": "两人编号写反", "key": key}
    assert at("a").post(f"{page}/swap", asked).status_code == 302
    consent = Consent.objects.latest("id")
    assert at("hq").post(f"/consents/{consent.pk}", {"agree": "1"}).status_code == 302


def test_a_picture_that_was_swapped_away_is_neither_promised_nor_restored(world, at, three):
    bring(at("a"), {f"{ONE}.jpg": face(15), f"{TWO}.jpg": face(1)}, "r1")
    away = current()
    swapped(at, three[0], "s1")
    fresh = refuse(world, ONE)
    page = f"/photos/students/{three[0].pk}"
    assert (promised(at, fresh), "恢复这一张" in text(at("a").get(page))) == (False, False)
    bring(at("a"), {f"{TWO}.jpg": face(2)}, "r2", overwrite="1")  # nobody's picture any more
    assert refusal(away, fresh, world.users["a"]) == restoring.SWAPPED


def test_a_twin_of_a_picture_that_was_swapped_away_is_not_restored(world, at, three):
    """Brought again for the first student; unless the two were swapped back."""
    by = world.users["a"]
    bring(at("a"), {f"{ONE}.jpg": face(15), f"{TWO}.jpg": face(1)}, "r1")
    swapped(at, three[0], "s1")
    bring(at("a"), {f"{TWO}.jpg": face(2)}, "r2", overwrite="1")
    bring(at("a"), {f"{ONE}.jpg": face(15)}, "r3", overwrite="1")
    twin = current()
    bring(at("a"), {f"{ONE}.jpg": face(3)}, "r4", overwrite="1")
    assert refusal(twin, current(), by) == restoring.SWAPPED


def test_a_picture_that_was_swapped_back_is_restored(world, at, three):
    bring(at("a"), {f"{ONE}.jpg": face(15), f"{TWO}.jpg": face(1)}, "r1")
    for key in ("s1", "s2"):
        swapped(at, three[0], key)
    own = current()
    bring(at("a"), {f"{ONE}.jpg": face(3)}, "r2", overwrite="1")
    restoring.restore(three[0], own.pk, current().pk, world.users["a"])
    assert current().sha256 == own.sha256


def test_a_copy_of_the_registrys_hides_no_former_picture(at, hq_copy, replaced):
    former, _ = replaced
    hq_copy(face(1))
    assert "恢复这一张" in text(at("a").get(f"/photos/students/{former.student_id}"))


@pytest.fixture
def hq_copy(tmp_path):
    """Headquarters brings a 学历照片 of the first student."""

    def bring_copy(data):
        path = zipped(tmp_path / "copy.zip", {f"{ONE}.jpg": data})
        by = own_accounts.program(Desk.HQ)
        assert import_photos(path, PhotoKind.CREDENTIAL, by=by, overwrite=True).ok

    return bring_copy


def judge_accepts(world, row):
    PhotoRow.objects.filter(pk=row.pk).update(review="pending")
    said = reviews.PictureDecision(True, None, "", uuid4().hex)
    reviews.decide(row.pk, world.actor("college"), said)


def test_what_a_person_said_beside_the_registrys_copy_comes_back_with_it(world, at, hq_copy, three):
    """The copy came after the picture and before the person looked at both; a later copy is another question."""
    by = world.users["a"]
    bring(at("a"), {f"{ONE}.jpg": face(1)}, "r1")
    hq_copy(face(4))
    former = current_graduation()
    judge_accepts(world, former)
    assert current_graduation().same is True
    bring(at("a"), {f"{ONE}.jpg": face(2)}, "r2", overwrite="1")
    restoring.restore(former.student, former.pk, current_graduation().pk, by)
    now = current_graduation()
    assert (now.sha256, now.same, now.review) == (former.sha256, True, "accepted")
    bring(at("a"), {f"{ONE}.jpg": face(3)}, "r3", overwrite="1")
    hq_copy(face(5))
    restoring.restore(former.student, now.pk, current_graduation().pk, by)
    assert (current_graduation().same, current_graduation().review) == (None, "pending")


def current_graduation():
    return PhotoRow.objects.get(student__number=ONE, current=True, kind="graduation")


def test_a_restored_picture_is_called_restored_and_offered_once(world, at, replaced):
    former, fresh = replaced
    student = former.student
    page = f"/photos/students/{student.pk}"
    assert "恢复于" not in text(at("a").get(page))
    press(at("a"), former, fresh)
    restored = current()
    shown = text(at("a").get(page))
    name = world.users["a"].name
    assert (f"{name} 恢复于" in shown, f"{name} 上传于" in shown) == (True, False)
    told = [chapter.what for chapter in story(ONE).chapters if "毕业照片" in chapter.what]
    assert told == ["收到毕业照片", "收到毕业照片", "恢复毕业照片"]
    bring(at("a"), {f"{ONE}.jpg": face(3)}, "r3", overwrite="1")
    press(at("a"), restored, current())
    bring(at("a"), {f"{ONE}.jpg": face(4)}, "r4", overwrite="1")
    offered = re.findall(r'name="photo" value="(\d+)"', text(at("a").get(page)))
    pictures = PhotoRow.objects.filter(pk__in=offered).values_list("sha256", flat=True)
    assert sorted(pictures) == sorted(
        set(PhotoRow.objects.filter(current=False).values_list("sha256", flat=True))
    )


def test_a_decision_sent_again_after_the_restoring_leads_on(at, replaced):
    """The picture that was decided on stands no more: its page at the desk is gone."""
    former, fresh = replaced
    PhotoRow.objects.filter(pk=fresh.pk).update(review="pending")
    form = {"answer": "refuse", "reason": PhotoReason.BACKDROP.value, "note": "", "key": "d1"}
    address = f"/photos/review/{fresh.pk}/decide"
    at("college").post(address, form)
    press(at("a"), former, fresh)
    again = at("college").post(address, form)
    assert (again.status_code, again.headers["Location"]) == (302, "/photos/review")
