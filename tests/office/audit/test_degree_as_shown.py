"""A degree is taken back for what both were shown: an import moves no act, and may have put it in order meanwhile."""

import re

import pytest

from graduand.models import Consent, DegreeCertificate
from graduand.office.acts import ActRequest
from graduand.office.audit import auditing
from graduand.office.people.second_person import consent_answers, second_requests
from graduand.office.refusal import Refused
from graduand.pages.frame.acts import consent_words, outdated_questions
from graduand.rulebook.terms import DegreeState, Stage, Verb
from tests import people
from tests.acting import act
from tests.factories import make_season
from tests.office.audit.test_granted_degrees import bring, granted_at
from tests.office.degrees import WITH_WINDOW, degree_of, thesis
from tests.pages.conftest import prove
from tests.pages.lists.picking import opened, token_of
from tests.pages.review.test_being_judged import text

pytestmark = pytest.mark.django_db
MOVED = "提出以后该生的资料又有变化"


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_season(degree=WITH_WINDOW)


def asked(season, file):
    """The question of one of headquarters whether the degree is taken back."""
    said = {"reason": "result", "note": "论文成绩 40，不合格"}
    made, left = second_requests.ask(
        season.batch,
        [file.pk],
        people.actor(season.staff.hq),
        ActRequest(Verb.DEGREE_DECLINE, answers=said),
        "",
    )
    assert not left, left
    return Consent.objects.get(pk=made[0].consent)


def agree(season, row):
    return consent_answers.decide(people.actor(season.staff.second), row.pk, agree=True)


def stands(file):
    """The decision on the degree, and whether its certificate is valid."""
    return degree_of(file), DegreeCertificate.objects.filter(
        candidate=file, voided_at=None
    ).exists()


@pytest.mark.parametrize(
    ("then", "now"), [("40", "90"), ("90", "40"), ("40", "50")], ids=["mended", "failed", "other"]
)
def test_a_degree_that_is_not_as_it_was_shown_stays_granted(season, tmp_path, then, now):
    file = granted_at(season, Stage.CERTIFIED)
    assert act(season, Verb.DEGREE_CERTIFY, [file.pk]).done == 1
    bring(tmp_path, file, then)
    row = asked(season, file)
    assert outdated_questions.outdated([row]) == {}
    bring(tmp_path, file, now)
    assert outdated_questions.outdated([row])[row.pk].startswith(MOVED)
    with pytest.raises(Refused):
        agree(season, row)
    assert stands(file) == (DegreeState.GRANTED, True)
    row.refresh_from_db()
    assert (row.agreed, bool(row.problem)) == (None, True)


def test_what_was_left_behind_is_in_nobodys_way_and_as_shown_it_is_done(season, tmp_path):
    file = granted_at(season, Stage.CERTIFIED)
    act(season, Verb.DEGREE_CERTIFY, [file.pk])
    bring(tmp_path, file, "90")
    first = asked(season, file)
    bring(tmp_path, file, "40")
    again = asked(season, file)
    assert again.pk != first.pk
    assert agree(season, again).agreed is True
    assert stands(file) == (DegreeState.DECLINED, False)


def test_the_graduation_under_the_degree_is_part_of_what_was_shown(season):
    file = granted_at(season, Stage.RECEIVED)
    row = asked(season, file)
    type(file.student).objects.filter(pk=file.student_id).update(standing="expelled")
    with pytest.raises(Refused):
        agree(season, row)
    assert degree_of(file) == DegreeState.GRANTED


def test_the_second_person_reads_what_failed_then_and_what_fails_now(season, tmp_path, client):
    file = granted_at(season, Stage.RECEIVED)
    auditing.run(season.batch)
    row = asked(season, file)
    assert consent_words.places([row])[row.pk].endswith("各项条件均满足；学位各项条件均满足")
    client.force_login(season.staff.second)
    prove(client, season.staff.second)
    assert "提出时，学位各项条件均满足" in text(client.get("/consents"))
    thesis(file, "40")
    row = asked(season, file)
    assert consent_words.places([row])[row.pk].endswith("；学位不符合：论文成绩不够")
    page = text(client.get("/consents"))
    assert "提出时，学位有下面各项不符合" in page
    assert row.detail["said"]["fails"][0] in page


LOW = "学位论文成绩要求 80，学位材料中为 40（课程成绩不能代替）"
NONE = "学位已经授予，现在各项条件均满足"


def signed_in(client, user):
    client.force_login(user)
    prove(client, user)
    return client


def propose(client, dialog, **more):
    """The form that was opened is sent, with what it had shown."""
    page = dialog.content.decode()
    fields = {
        name: re.findall(rf'name="{name}" value="([^"]*)"', page) for name in ("against", "read")
    }
    form = {"token": token_of(dialog), "reason": "result", "note": "论文不合格"} | fields | more
    return client.post("/candidates/submit", form)


def test_who_asks_reads_what_fails_and_asks_for_nothing_else(season, tmp_path, client):
    """An import between the dialog and its form: the second person is asked about what was shown, or not at all."""
    file, client = granted_at(season, Stage.RECEIVED), signed_in(client, season.staff.hq)
    meant = f"verb=degree_decline&chosen={file.pk}"
    fine = opened(client, meant)
    assert (NONE in text(fine), LOW in text(fine)) == (True, False)
    bring(tmp_path, file, "40")
    refused = propose(client, fine)
    assert (refused.status_code, Consent.objects.count()) == (409, 0)
    assert f"或该生资料有变化。现在另有：{LOW}" in text(refused)
    assert "学位已经授予，现在有下面各项不符合：" in text(refused)  # the form again, as it is
    assert propose(client, refused)["Location"] == "/consents?done=asked"
    assert Consent.objects.get().detail["said"]["fails"] == [LOW]


def test_a_form_that_showed_nothing_of_the_degree_asks_nobody(season, client):
    file, client = granted_at(season, Stage.RECEIVED), signed_in(client, season.staff.hq)
    dialog = opened(client, f"verb=degree_decline&chosen={file.pk}")
    sent = client.post(
        "/candidates/submit", {"token": token_of(dialog), "reason": "result", "note": "不合格"}
    )
    assert (sent.status_code, Consent.objects.count()) == (409, 0)


def test_who_agrees_too_late_is_told_what_has_changed(season, tmp_path):
    file = granted_at(season, Stage.RECEIVED)
    bring(tmp_path, file, "40")
    row = asked(season, file)
    bring(tmp_path, file, "50")
    with pytest.raises(Refused) as refused:
        agree(season, row)
    told = f"。现在另有：{LOW.replace('40', '50')}。不再有：{LOW}"
    assert str(refused.value).rstrip("。").endswith(told)
    row.refresh_from_db()
    assert row.problem.endswith(told)
