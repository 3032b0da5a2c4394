"""What is known of a picture's place before it is looked at: said by the preview, by the import, and of
a single picture alike.
"""

import re
from uuid import uuid4

import pytest

from graduand.models import PhotoCheck, PhotoRow
from graduand.office.photos.by_hand import reviews
from graduand.office.photos.importing import import_photos
from graduand.rulebook.photos.places import IN_THE_WAY, MAY_BE_IN_THE_WAY, OWN_PHOTO, STAYS
from graduand.rulebook.photos.words import PhotoReason
from graduand.rulebook.terms import PhotoKind, Verb
from tests import jobs
from tests.material.portraits import face, zipped
from tests.pages.photos.photo_uploads import ONE, TWO, imported, send, text, three
from tests.pages.photos.test_photos_of_one import look

__all__ = ["three"]  # a fixture

pytestmark = pytest.mark.django_db
APPROVED, HELD = "2115100000011", "2115100000012"


def bring(client, entries, key, **more):
    """The same as `imported`, with whatever else is to be done, done before."""
    while jobs.work_once("worker"):
        pass
    return imported(client, entries, key, **more)


def refuse(world, number, note="", reason=PhotoReason.BACKDROP):
    """The college says of the current picture that it is not good."""
    row = PhotoRow.objects.get(student__number=number, kind="graduation", current=True)
    PhotoRow.objects.filter(pk=row.pk).update(review="pending")
    said = reviews.PictureDecision(False, reason, note, uuid4().hex)
    reviews.decide(row.pk, world.actor("college"), said)
    return row


@pytest.fixture
def four(world, three):
    """Beside two without a picture: one with 准予毕业, and one who has another picture."""
    approved = world.student(11)
    world.student(12)
    world.judge()
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, approved)
    return [f"{number}.jpg" for number in (ONE, TWO, APPROVED, HELD)]


def told(page):
    """Whom the preview counts out and why, and what the button promises."""
    reasons = re.findall(r"<li>([^<]+)<b>(\d+) 张</b></li>", page)
    return reasons, re.search(r">导入 (\d+) 张</button>", page)[1]


@pytest.mark.parametrize(("overwrite", "fit"), [("", 2), ("1", 3)])
def test_the_preview_counts_out_and_names_whoever_can_get_no_other_picture(
    at, world, four, overwrite, fit
):
    entries = {name: face(place) for place, name in enumerate(four)}
    url = send(at("a"), entries, overwrite=overwrite).headers["Location"]
    reasons, button = told(text(at("a").get(url)))
    away = [(f"学生11号（{APPROVED}）：{STAYS}", "1")]
    if not overwrite:
        away.append((f"学生12号（{HELD}）：{MAY_BE_IN_THE_WAY}", "1"))
    assert (reasons, button) == (away, str(fit))
    made = bring(at("a"), entries, key="a2", overwrite=overwrite)
    refused = made.checks.filter(outcome="refused").order_by("place")
    assert [row.findings[-1][4] for row in refused] == [STAYS, IN_THE_WAY][: len(away)]
    assert made.checks.filter(outcome__in=["created", "updated"]).count() == fit


def test_a_single_picture_that_could_not_be_kept_is_not_offered(at, world, four):
    student = PhotoRow.objects.get(student__number=APPROVED).student
    page = text(at("a").get(look(at("a"), student, face(5)).headers["Location"]))
    assert (STAYS in page, "采用这张照片" in page) == (True, False)


def test_a_picture_that_a_person_refused_is_refused_when_it_comes_again(at, world, three, tmp_path):
    """By the zip, alone, by command, and after another one took its place: never 未变, and who said it."""
    client = at("a")
    entries = {f"{ONE}.jpg": face(1)}
    bring(client, entries, "a1")
    refuse(world, ONE, "有边框")
    who = world.users["college"].name
    said = f"这张照片已被学院（{who}）审核为不合格（背景不合格：有边框），请换一张"
    for key, overwrite in (("a2", ""), ("a3", "1")):
        (check,) = bring(client, entries, key, overwrite=overwrite).checks.all()
        assert (check.outcome, [row[4] for row in check.findings]) == ("refused", [said])
    page = text(client.get(look(client, three[0], face(1)).headers["Location"]))
    assert (said in page, "采用这张照片" in page) == (True, False)
    bring(client, {f"{ONE}.jpg": face(2)}, "a4", overwrite="1")
    again = import_photos(
        zipped(tmp_path / "again.zip", entries),
        PhotoKind.GRADUATION,
        by=world.users["a"],
        overwrite=True,
    )
    assert (again.refused, again.problems) == (1, (f"{ONE}.jpg：{said}",))
    assert PhotoCheck.objects.filter(outcome="unchanged").count() == 0


def test_what_was_refused_for_the_registrys_copy_may_come_again_once_replaced(at, world, three):
    """That copy may be another one by now: a person looks again."""
    client = at("a")
    bring(client, {f"{ONE}.jpg": face(1)}, "a1")
    refuse(world, ONE, reason=PhotoReason.REGISTRY)
    bring(client, {f"{ONE}.jpg": face(2)}, "a2", overwrite="1")
    made = bring(client, {f"{ONE}.jpg": face(1)}, "a3", overwrite="1")
    assert made.checks.get().outcome == "updated"


def test_nobodys_own_picture_is_promised(at, world, three):
    world.users["a"].student = three[0]
    world.users["a"].save()
    url = send(at("a"), {f"{ONE}.jpg": face(1), f"{TWO}.jpg": face(2)}).headers["Location"]
    assert told(text(at("a").get(url))) == ([(f"学生1号（{ONE}）：{OWN_PHOTO}", "1")], "1")


def test_the_figures_of_a_second_run_add_up(at, three):
    """What is there already is neither imported nor refused."""
    for key in ("a1", "a2"):
        made = bring(at("a"), {f"{ONE}.jpg": face(1), "x.jpg": face(2)}, key)
    page = text(at("a").get(f"/photos/imports/{made.pk}"))
    figures = re.findall(r"<dt>(\w+)</dt><dd>(\d+)</dd>", page[: page.index("<progress")])
    assert figures == [("导入", "0"), ("未变", "1"), ("未导入", "1"), ("共", "2")]
