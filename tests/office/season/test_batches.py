"""Batches: versions of a policy, everybody listed, closing, the order of the roster."""

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import Batch, Candidate, PolicyVersion, Roster, Round
from graduand.office.refusal import Refused
from graduand.office.season import batches, extensions, listing
from graduand.queries import clock
from graduand.queries.basis import policy_of
from graduand.rulebook.season.policy import PolicyRefused
from graduand.rulebook.terms import Level, Stage
from tests.acting import candidate_at, stages, walk
from tests.factories import EXAMPLE, enrol, other_batch, policy_data

pytestmark = pytest.mark.django_db


def test_loading_the_same_policy_twice_changes_nothing(season):
    first = PolicyVersion.objects.get()
    again = batches.load_file(EXAMPLE, season.staff.hq.pk)
    assert (again.changed, again.version, PolicyVersion.objects.get()) == (False, 1, first)


def test_a_changed_policy_is_the_next_version_and_the_old_one_stays(season):
    again = batches.load(policy_data(self_appraisal_min_chars=300), season.staff.hq.pk)
    season.batch.refresh_from_db()
    assert (again.changed, again.version, season.batch.policy.number) == (True, 2, 2)
    assert list(
        PolicyVersion.objects.order_by("number").values_list(
            "source__self_appraisal_min_chars", flat=True
        )
    ) == [200, 300]
    assert policy_of(season.batch).self_appraisal_min_chars == 300


def test_a_file_that_is_no_toml_is_refused_with_a_sentence(tmp_path: Path):
    bad = tmp_path / "x.toml"
    for content in (b"code = ", b"\xff\xfe\x00", "code = 「".encode()):
        bad.write_bytes(content)
        with pytest.raises(PolicyRefused, match=r"x\.toml 第 1 行.*不是合格的 TOML：[^a-z]+$"):
            batches.load_file(bad, None)
    assert Batch.objects.count() == 0


def test_a_refused_policy_leaves_nothing(db):
    with pytest.raises(PolicyRefused):
        batches.load(policy_data(numbering="random"), None)
    assert (Batch.objects.count(), PolicyVersion.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "read", [lambda told: batches.load(told, None), extensions.list_extensions]
)
def test_what_is_loaded_is_looked_at_as_what_is_typed_on_the_page(season, read):
    """The command line asks first what the file makes longer, and then loads it."""
    told = policy_data(contacts={"phone": "010\u200b1"})
    with pytest.raises(PolicyRefused, match=r"contacts\.phone：文字中含有看不见的零宽字符"):
        read(told)
    assert PolicyVersion.objects.count() == 1


def test_a_closed_batch_keeps_its_policy(season):
    Batch.objects.update(closed_at=clock.now())
    with pytest.raises(Refused, match="批次 202307 已关闭，不能改政策"):
        batches.load(policy_data(self_appraisal_min_chars=300), None)


def test_every_student_is_listed_once_in_every_open_batch(season):
    enrol(season, 3)
    assert (listing.list_newcomers(), Candidate.objects.count()) == (0, 3)
    other_batch(season)
    assert (listing.list_newcomers(), Candidate.objects.count()) == (0, 6)
    assert Candidate.objects.values("batch", "student").distinct().count() == 6


def test_rounds_stand_in_the_order_in_which_they_end(season):
    assert list(Round.objects.order_by("position").values_list("name", flat=True)) == [
        "首批",
        "续读本科",
        "第二批",
    ]


@pytest.mark.parametrize(
    "stage", [Stage.LISTED, Stage.RETURNED, Stage.DEFERRED, Stage.APPLIED, Stage.ENDORSED], ids=str
)
def test_a_batch_with_files_in_motion_does_not_close(season, stage):
    candidate_at(season, stage)
    with pytest.raises(Refused):
        batches.close(season.batch)
    assert Batch.objects.get().closed_at is None


def test_the_roster_takes_the_approved_of_each_round_only(season):
    approved = walk(season, enrol(season, 2), Stage.APPROVED)
    candidate_at(season, Stage.ENDORSED)
    candidate_at(season, Stage.LISTED)
    made = batches.freeze_roster(season.batch, season.staff.hq.pk)
    assert [(r.size, r.round.name, r.frozen_by) for r in made] == [(2, "首批", season.staff.hq)]
    assert (
        list(
            Candidate.objects.filter(roster=made[0])
            .order_by("roster_no")
            .values_list("id", flat=True)
        )
        == approved
    )
    assert (
        batches.freeze_roster(season.batch, season.staff.hq.pk, "第二批"),
        Roster.objects.count(),
    ) == ([], 1)


def test_freezing_a_roster_takes_a_constant_number_of_statements(season):
    counts = []
    for size in (1, 60):
        ids = walk(season, enrol(season, size, level=Level.TOP_UP), Stage.APPROVED)
        with CaptureQueriesContext(connection) as asked:
            batches.freeze_roster(season.batch, season.staff.hq.pk)
        counts.append(len(asked))
        assert stages(ids) == [Stage.APPROVED] * size
    assert counts[0] == counts[1]
