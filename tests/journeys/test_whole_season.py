"""The notice played from end to end in a real browser: from the policy file to the certificate in the student's hand."""

from collections import Counter

import pytest

from graduand.demo import curriculum
from graduand.demo.people import invent
from graduand.models import (
    Batch,
    Candidate,
    Certificate,
    Event,
    Handover,
    Intake,
    Parcel,
    ParcelItem,
    PhotoRow,
    PolicyVersion,
    Roster,
    Student,
    Unit,
)
from graduand.queries import basis
from graduand.rulebook.terms import Role, Stage, UnitKind, Verb
from tests.factories import set_clock
from tests.invariants import violations
from tests.journeys.season_steps import Steps, account
from tests.machine import needs

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HQ, COLLEGE = curriculum.HQ, curriculum.COLLEGE
(FIRST, _), (SECOND, _) = curriculum.CENTRES[:2]
EACH, ALL = 6, 12
WAY = (Verb.APPLY, Verb.ENDORSE, Verb.APPROVE, Verb.CERTIFY, Verb.SHIP, Verb.RECEIVE, Verb.COLLECT)
DETOUR = (Verb.APPLY, Verb.SEND_BACK, *WAY)
# How many files of each kind came in: each centre sent its own profiles and pictures.
SENT = {
    "units": 1,
    "plans": 1,
    "modules": 1,
    "courses": 1,
    "students": 1,
    "profiles": 2,
    "graduation": 2,
    "results": 1,
    "chsi": 1,
    "registered": 1,
}
WHO = {
    Verb.SEND_BACK: {"xueyuan"},
    Verb.ENDORSE: {"xueyuan"},
    Verb.APPROVE: {"zongbu"},
    Verb.CERTIFY: {"zongbu"},
    Verb.SHIP: {"fafang"},
    **{verb: {"yi", "er"} for verb in (Verb.APPLY, Verb.RECEIVE, Verb.COLLECT)},
}


@pytest.fixture
def season(transactional_db, settings):
    """Headquarters with two accounts, and nothing else: all the rest comes through the pages."""
    needs.library("cv2")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SECOND_FACTOR = "optional"
    set_clock("2023-06-12 09:00")
    basis._audits.cache_clear()  # this season's plans may have the keys of another test's
    Unit.objects.create(code=HQ, name="总部", kind=UnitKind.HQ.value)
    account("guanli", Role.HQ_ADMIN, HQ, "柏见微")
    account("zongbu", Role.HQ_REVIEWER, HQ, "季安宁")


@pytest.fixture
def steps(walk, tmp_path):
    """Six of each of two centres, against whom nothing stands."""
    sound = [person for person in invent(120) if person.trouble is None and not person.goes_on]
    chosen = [
        p for centre in (FIRST, SECOND) for p in [q for q in sound if q.centre == centre][:EACH]
    ]
    yield Steps(walk, tmp_path, chosen)
    walk.keep("season-end")  # where it ended, also when it did not end well


def begin(steps):
    """The policy, the units, the plans; then the other desks have their accounts."""
    steps.at("2023-06-12 10:00", "guanli")
    steps.base_data()
    steps.load_policy()
    account("xueyuan", Role.COLLEGE_REVIEWER, COLLEGE, "穆清扬")
    account("fafang", Role.COLLEGE_DISPATCH, COLLEGE, "祁书言")
    account("yi", Role.CENTRE_CLERK, FIRST, "陆知秋")
    account("er", Role.CENTRE_CLERK, SECOND, "温景行")


def send_in(steps):
    """The college its students and marks, each centre profiles and pictures, headquarters what the registry says."""
    steps.at("2023-06-28 08:00", "xueyuan")
    steps.students()
    steps.keep("imported")
    for when, username, centre in (
        ("2023-06-28 09:00", "yi", FIRST),
        ("2023-06-28 10:00", "er", SECOND),
    ):
        steps.at(when, username)
        steps.profiles_of(centre)
        steps.photos_of(centre)
        steps.keep(f"photos-{centre}")
    steps.at("2023-06-29 09:00", "zongbu")
    steps.registry_report()
    set_clock("2023-07-05 22:00")
    steps.night()


def decide(steps):
    """Both centres apply, the college sends one back, it comes again, headquarters approves,
    freezes and numbers.

    Returns the name of the one who was sent back.
    """
    for when, username in (("2023-07-10 09:00", "yi"), ("2023-07-10 10:00", "er")):
        steps.at(when, username)
        steps.keep(f"home-{username}")
        steps.apply(EACH)
    back = steps.waiting()[2]
    steps.at("2023-07-11 09:00", "xueyuan")
    steps.review(back)
    steps.at("2023-07-12 09:00", "yi")
    steps.apply(1, Stage.RETURNED)
    steps.at("2023-07-13 09:00", "xueyuan")
    steps.review()
    steps.at("2023-07-14 09:00", "zongbu")
    steps.choose_all("/candidates?stage=endorsed", "approve", "approve")
    steps.confirm(ALL)
    steps.at("2023-07-17 09:00", "zongbu")
    steps.freeze_roster()
    steps.certify(ALL)
    return back


def deliver(steps):
    """Parcels out, the registry's answer, parcels in, hand-over."""
    steps.at("2023-07-24 09:00", "fafang")
    for centre in (FIRST, SECOND):
        steps.ship(centre, EACH)
    steps.at("2023-07-26 10:00", "zongbu")
    steps.registered()
    for when, username in (("2023-07-28 09:00", "yi"), ("2023-07-28 10:00", "er")):
        steps.at(when, username)
        steps.receive(EACH)
    for when, username in (("2023-08-04 09:00", "yi"), ("2023-08-04 10:00", "er")):
        steps.at(when, username)
        steps.hand_over(EACH)


def read_by_the_student(steps, name):
    """The whole story, in its order, on the student's own page."""
    student = Student.objects.get(name=name)
    account("xuesheng", Role.STUDENT, student.centre.code, student.name, student)
    steps.at("2023-08-05 20:00", "xuesheng")
    assert steps.walk.says("h1", "我的毕业进度")
    assert steps.walk.says("main > .slip > .note.ok", "已领取毕业证书。祝贺毕业！")
    assert [line.text for line in steps.walk.all("ol.story li b")] == [
        verb.label for verb in DETOUR
    ]
    steps.keep("student")


def test_the_notice_from_the_policy_to_the_hand_over(steps):
    begin(steps)
    send_in(steps)
    back = decide(steps)
    deliver(steps)
    read_by_the_student(steps, back)
    assert violations(Batch.objects.get()) == []
    everybody_went_the_way(back)
    numbers_have_no_gap()
    what_it_rests_on_stands()


def everybody_went_the_way(back):
    """Each file ends with its student, over one event an act, each by an account of the right desk."""
    assert list(Candidate.objects.values_list("stage", flat=True)) == [Stage.COLLECTED.value] * ALL
    for file in Candidate.objects.select_related("student"):
        told = list(
            Event.objects.filter(candidate=file).order_by("id").values_list("act_id", "verb")
        )
        assert tuple(verb for _, verb in told) == (DETOUR if file.student.name == back else WAY)
        assert len({act for act, _ in told}) == len(told)
    by = {}
    for verb, username in Event.objects.values_list("verb", "actor__username"):
        by.setdefault(Verb(verb), set()).add(username)
    assert by == WHO


def numbers_have_no_gap():
    """In each book the serials run from 1 to its last."""
    rows = list(Certificate.objects.order_by("number").values_list("book", "serial", "number"))
    books = Counter(book for book, _, _ in rows)
    assert rows == [
        (b, n, f"{b}{n:06d}") for b, many in sorted(books.items()) for n in range(1, many + 1)
    ]
    assert (sum(books.values()), len(books)) == (ALL, 2)


def what_it_rests_on_stands():
    """One policy, one roster, twelve pictures, two parcels counted whole, twelve hand-overs; every sheet went in."""
    assert (PolicyVersion.objects.count(), list(Roster.objects.values_list("size", flat=True))) == (
        1,
        [ALL],
    )
    assert PhotoRow.objects.filter(current=True).count() == ALL
    sent = Intake.objects.filter(trial=False)
    assert Counter(sent.values_list("kind", flat=True)) == SENT
    assert sent.filter(kept=True, refused=0).count() == sum(SENT.values())
    assert list(Parcel.objects.filter(received_at=None)) == []
    assert list(ParcelItem.objects.values_list("counted", "open")) == [(True, False)] * ALL
    assert Handover.objects.filter(confirmed=True, method="in_person").count() == ALL
    assert Certificate.objects.filter(queryable=True, voided_at=None, held_by=None).count() == ALL
