"""A policy file that gives more time: at the command line too it is asked by one person and agreed to by another."""

import pytest

from graduand.models import Consent, PolicyDraft, PolicyVersion
from graduand.office.people.second_person import consent_answers
from graduand.queries import clock, scope
from tests.factories import EXAMPLE
from tests.management.calling import graduand
from tests.management.people.test_second_person import production

pytestmark = pytest.mark.django_db
PHOTO, CLOSES = (
    "「第二批」照片截止 2023-08-30 改为 2023-09-09",
    "批次截止 2023-10-12 改为 2023-10-31",
)
BOTH = ("--as", "hq1", "--reason", "停电三天")


@pytest.fixture
def later(season, tmp_path):
    """The policy in force, with a photo deadline ten days later."""
    path = tmp_path / "later.toml"
    text = EXAMPLE.read_text(encoding="utf-8").replace(
        "photo_deadline = 2023-08-30", "photo_deadline = 2023-09-09"
    )
    path.write_text(text, encoding="utf-8")
    return path


def versions():
    return list(
        PolicyVersion.objects.order_by("number").values_list(
            "number", "loaded_by__username", "second__username"
        )
    )


def test_in_production_nobody_brings_the_second_person_along(season, later):
    production()
    before = versions()
    answer = graduand("batch", "load", later, *BOTH, "--second", "hq2")
    told = "正式系统里第二人须登录网页，在「待同意事项」中同意；请去掉 --second 再提出\n"
    assert (answer.code, answer.err, versions(), Consent.objects.count()) == (1, told, before, 0)


def test_it_is_a_draft_that_was_tried_and_is_in_force_when_the_other_one_agrees(season, later):
    production()
    before = versions()
    answer = graduand("batch", "load", later, *BOTH, "--json")
    row, draft = Consent.objects.get(), PolicyDraft.objects.get()
    assert (answer.code, answer.json) == (
        1,
        {"batch": "202307", "code": "WAITS-SECOND", "consent": row.pk},
    )
    assert (row.kind, row.detail["draft"], row.detail["later"], row.reason) == (
        "policy",
        draft.pk,
        [PHOTO],
        "停电三天",
    )
    assert (draft.tried_at is not None, versions()) == (True, before)
    again = graduand("batch", "load", later, *BOTH, "--json")  # the same question, not another one
    assert (again.json, PolicyDraft.objects.count()) == (answer.json, 1)
    consent_answers.decide(scope.actor_of(season.staff.second, clock.today()), row.pk, agree=True)
    assert versions() == [*before, (2, "hq1", "hq2")]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), f"{PHOTO}：须由两位总部人员共同办理，用 --as 说明由谁提出，用 --reason 写明原因\n"),
        (
            ("--as", "hq1", "--reason", "\u200b"),
            f"{PHOTO}：请用 --reason 写明原因，再由第二人在网页上同意\n",
        ),
        (
            ("--as", "college1", "--reason", "停电"),
            "批次政策由总部载入，账号「college1」属于学院\n",
        ),
    ],
    ids=["nobody", "no reason", "college"],
)
def test_without_somebody_of_headquarters_and_a_reason_nothing_is_asked(season, later, more, said):
    answer = graduand("batch", "load", later, *more)
    assert (answer.code, answer.err, PolicyDraft.objects.count(), Consent.objects.count()) == (
        1,
        said,
        0,
        0,
    )


def test_what_takes_two_in_the_pages_takes_two_here(season, later):
    text = EXAMPLE.read_text(encoding="utf-8").replace(
        "closes_at = 2023-10-12", "closes_at = 2023-10-31"
    )
    later.write_text(text, encoding="utf-8")
    assert graduand("batch", "load", later, *BOTH).code == 1
    assert (Consent.objects.get().detail["later"], PolicyVersion.objects.count()) == ([CLOSES], 1)


def test_in_the_demo_the_second_person_may_be_named(season, later):
    assert graduand("batch", "load", later, *BOTH, "--second", "hq2").code == 0
    assert versions()[1:] == [(2, "hq1", "hq2")]
