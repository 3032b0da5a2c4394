"""A cases that the matrix does not ask: mass assignment, reading is not writing, own files, links, signing in as others."""

from django.test import Client

from graduand import urls
from graduand.models import Candidate, Event, Grant, PhotoRow, Student, User
from graduand.pages.door.access import READ, WRITE, rule_of
from graduand.queries import clock, scope
from graduand.rulebook.terms import Role, Stage, Verb
from tests.pages.lists.picking import opened
from tests.pages.world import account_for


def test_A05_a_student_who_moves_is_lost_to_the_old_centre_at_once(world, at):
    """What is not applied for yet goes with the student; the old centre has nothing left to open."""
    student = world.student(1)
    world.judge()
    file, client = world.file(student), at("a")
    assert client.get(f"/candidates/{file.pk}").status_code == 200
    Student.objects.filter(pk=student.pk).update(centre=world.centres[1])
    Candidate.objects.filter(pk=file.pk).update(centre=world.centres[1])
    assert client.get(f"/candidates/{file.pk}").status_code == 404
    assert at("b").get(f"/candidates/{file.pk}").status_code == 200


def test_A06_looking_and_doing_are_declared_apart():
    """A view answers looks, or is a form that is sent; both only on the pages about one's own sign-in."""
    mixed = {
        str(one.pattern)
        for one in urls.urlpatterns
        if set(rule_of(one.callback).methods) & set(READ)
        and set(rule_of(one.callback).methods) & set(WRITE)
    }
    assert {pattern.partition("/")[0] for pattern in mixed} == {"login", "activate", "account"}


def test_A07_what_a_form_does_not_ask_for_is_not_taken(world, at):
    """No field becomes an attribute by its name."""
    said = {
        "username": "n1",
        "name": "郑新",
        "role": "class_teacher",
        "unit": "101",
        "key": "k",
        "whole": "1",
        "password": "planted long one",
        "is_active": "0",
        "system": "1",
        "student": "1",
        "id": "99999",
    }
    assert at("a").post("/people/create", said).status_code == 302
    user = User.objects.get(username="n1")
    assert (
        user.has_usable_password(),
        user.is_active,
        user.system,
        user.student,
        user.pk == 99999,
    ) == (False, True, False, None, False)
    student = world.student(1)
    world.judge()
    at("a").post(
        "/candidates/submit", {"stage": "approved", "chosen": world.file(student).pk, "token": "x"}
    )
    assert world.file(student).stage == Stage.LISTED


def test_A08_a_member_of_staff_does_not_decide_on_the_own_file(world, at):
    """Whoever reviews for the college and studies there as well."""
    student = world.student(1)
    world.judge()
    world.do("a", Verb.APPLY, student, same_checked=True)
    User.objects.filter(username="college").update(student=student)
    world.users["college"].refresh_from_db()
    world.do("college", Verb.ENDORSE, student)
    assert world.file(student).stage == Stage.APPLIED
    assert Event.objects.filter(verb="endorse").count() == 0


def test_A13_nobody_signs_in_as_somebody_else():
    addresses = [str(one.pattern) for one in urls.urlpatterns]
    assert [
        page
        for page in addresses
        if any(word in page for word in ("hijack", "impersonate", "su/", "login_as"))
    ] == []


def test_A14_the_address_of_a_file_opens_nothing_by_itself(world, at):
    """A link that is passed on still asks who it is, and whether it is theirs."""
    student = world.student(1)
    world.judge()
    account_for(world, student)
    other = world.student(2)
    account_for(world, other, "other")
    link = f"/photos/files/{PhotoRow.objects.get(student=student).pk}.jpg"
    assert Client().get(link)["Location"].startswith("/login")
    assert [at(name).get(link).status_code for name in ("b", "other", "auditor")] == [404, 404, 404]


def test_A04_a_role_that_begins_tomorrow_or_ended_yesterday_counts_for_nothing(world):
    user, centre = world.users["a"], world.centres[0]
    today = clock.today()
    for since, until, counts in (
        (None, today.replace(day=1), False),
        (today.replace(day=28), None, False),
        (today, today, True),
    ):
        Grant.objects.filter(user=user).delete()
        Grant.objects.create(
            user=user, role=Role.CENTRE_CLERK.value, unit=centre, since=since, until=until
        )
        assert (scope.actor_of(user, today) is not None) == counts


def test_8_2_1_who_only_sends_parcels_sees_the_files_and_presses_nothing_of_the_review(world, at):
    student = world.student(1)
    world.judge()
    world.do("a", Verb.APPLY, student)
    pk = world.file(student).pk
    reviewer = at("college").get(f"/reviews/{pk}").content.decode()
    assert ('value="pass"' in reviewer, "您的角色没有审核的权限" in reviewer) == (True, False)
    assert "verb=endorse" in at("college").get(f"/candidates/{pk}").content.decode()
    Grant.objects.filter(user__username="college").update(role=Role.COLLEGE_DISPATCH.value)
    client = at("college")
    desk = client.get(f"/reviews/{pk}").content.decode()
    assert ('value="pass"' in desk, "您的角色没有审核的权限" in desk) == (False, True)
    for page in (
        "/candidates",
        f"/candidates/{pk}",
        "/reviews",
        "/certificates?stage=certified",
        "/handovers",
    ):
        answer = client.get(page)
        assert (answer.status_code, "verb=endorse" in answer.content.decode()) == (200, False), page
    assert opened(client, f"verb=endorse&chosen={pk}").status_code == 400
    assert Stage(world.file(student).stage) is Stage.APPLIED
