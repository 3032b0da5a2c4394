"""A print of amended certificates that is cut off: its sheets lie there, and nobody knows which paper is in hand."""

import pytest

from graduand.models import Candidate, Certificate, Export, Round, Student
from graduand.pages.frame import words
from graduand.pages.frame.one_file.degree_words import left_open
from graduand.queries.basis import basis_of
from graduand.rulebook.terms import Stage, Verb
from tests import factories
from tests.acting import act, refusals, register
from tests.factories import make_season, set_clock
from tests.office.certificates.old_papers.old_papers import amend, old, says
from tests.office.papers.print_runs import CERTIFICATE, at, names, number_of, print_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    made = make_season()
    set_clock(factories.IN_FIRST)
    return made


def cut_off(_done, _all):
    """The operator breaks off when the sheets of a piece stand."""
    raise KeyboardInterrupt


def registered(season, stage=Stage.CERTIFIED):
    ids = at(season, stage)
    register(ids)
    return ids, Student.objects.get().name


@pytest.mark.parametrize("merge", [False, True])
@pytest.mark.parametrize("printed", [False, True])
def test_what_is_amended_back_after_a_print_was_cut_off_is_printed_anew(
    season, tmp_path, printed, merge
):
    """Where nothing was printed at first, the sheet of the broken print is the only paper there is."""
    ids, name = registered(season)
    if printed:
        print_file(season, CERTIFICATE, tmp_path / "first")
    amend(season, ids, "2023-07-25 09:00", name="李改名")
    with pytest.raises(KeyboardInterrupt):
        print_file(season, CERTIFICATE, tmp_path, merge=merge, progress=cut_off)
    assert len(names(tmp_path, CERTIFICATE)) == 1
    amend(season, ids, "2023-07-26 09:00", name=name)
    assert (None in old(ids), says(ids)) == (False, [""])
    assert refusals(act(season, Verb.SHIP, ids)) == {ids[0]: ["PAPER-REPRINT"]}
    print_file(season, CERTIFICATE, tmp_path, merge=merge)
    assert (old(ids), act(season, Verb.SHIP, ids).done) == ([None], 1)


def test_the_same_print_once_more_replaces_what_the_one_that_was_cut_off_did_not(season, tmp_path):
    ids, _ = registered(season)
    amend(season, ids, "2023-07-25 09:00", name="李改名")
    with pytest.raises(KeyboardInterrupt):
        print_file(season, CERTIFICATE, tmp_path, progress=cut_off)
    tally = print_file(season, CERTIFICATE, tmp_path)
    assert ((tally.written, tally.unchanged), old(ids), says(ids)) == ((1, 0), [None], [""])


@pytest.mark.parametrize("merge", [False, True])
def test_a_sheet_kept_from_before_another_content_is_no_print_of_the_one_that_is_back(
    season, tmp_path, merge
):
    """A, amended to B, printed elsewhere, amended back: A's first sheet was destroyed, and the paper in the house says B."""
    ids, name = registered(season)
    print_file(season, CERTIFICATE, tmp_path / "first", merge=merge)
    amend(season, ids, "2023-07-25 09:00", name="李改名")
    print_file(season, CERTIFICATE, tmp_path / "second", amended=True)
    assert old(ids) == [None]
    amend(season, ids, "2023-07-26 09:00", name=name)
    assert refusals(act(season, Verb.SHIP, ids)) == {ids[0]: ["PAPER-REPRINT"]}
    runs = Export.objects.count()
    tally = print_file(season, CERTIFICATE, tmp_path / "first", merge=merge, amended=True)
    assert (tally.written, tally.unchanged, Export.objects.count() - runs) == (1, 0, 1)
    assert (old(ids), act(season, Verb.SHIP, ids).done) == ([None], 1)
    again = print_file(season, CERTIFICATE, tmp_path / "first", merge=merge)
    assert (again.written, again.unchanged, Export.objects.count() - runs) == (0, 1, 1)


def test_a_print_says_nothing_of_an_old_paper_that_is_away(season, tmp_path):
    """What lies at the student's says what it said: amended back, it is the right one."""
    ids, name = registered(season, Stage.COLLECTED)
    amend(season, ids, "2023-07-25 09:00", name="李改名")
    first = says(ids)
    print_file(season, CERTIFICATE, tmp_path)
    assert (says(ids), first) == (first, [Certificate.objects.get().contents.get(version=1).sha256])
    amend(season, ids, "2023-07-26 09:00", name=name)
    assert old(ids) == [None]


def test_a_print_of_some_alone_does_not_speak_for_all_whose_print_was_cut_off(season, tmp_path):
    ids = at(season, Stage.CERTIFIED, 3)
    with pytest.raises(KeyboardInterrupt):
        print_file(season, CERTIFICATE, tmp_path, progress=cut_off)
    alone = [Candidate.objects.get(pk=ids[0]).student.number]
    print_file(season, CERTIFICATE, tmp_path, students=alone)
    for _ in range(2):
        assert print_file(season, CERTIFICATE, tmp_path).unchanged == 3
    runs = Export.objects.order_by("run").values_list("state", "rows")
    assert list(runs) == [("failed", 3), ("written", 1), ("written", 3)]


def test_a_print_of_another_centre_settles_nothing_of_the_one_that_was_cut_off(season, tmp_path):
    """Decision 32: what left the press stands on a run that was written, whoever was printed since."""
    one, other = season.centres[:2]
    at(season, Stage.CERTIFIED, 2, centre=0)
    at(season, Stage.CERTIFIED, 3, centre=1)
    with pytest.raises(KeyboardInterrupt):
        print_file(season, CERTIFICATE, tmp_path, centre=one, progress=cut_off)
    print_file(season, CERTIFICATE, tmp_path, centre=other)
    for _ in range(2):
        print_file(season, CERTIFICATE, tmp_path, centre=one)
    runs = list(Export.objects.order_by("run").values_list("state", "rows"))
    assert runs == [("failed", 2), ("written", 3), ("written", 2)]
    assert print_file(season, CERTIFICATE, tmp_path).unchanged == 5
    assert Export.objects.count() == 3  # that of the one centre was written since


def test_centre_by_centre_what_was_cut_off_for_all_is_put_on_record_once_each(season, tmp_path):
    one, other = season.centres[:2]
    at(season, Stage.CERTIFIED, 2, centre=0)
    at(season, Stage.CERTIFIED, 3, centre=1)
    with pytest.raises(KeyboardInterrupt):
        print_file(season, CERTIFICATE, tmp_path, progress=cut_off)
    for centre in (one, other, one, other):
        print_file(season, CERTIFICATE, tmp_path, centre=centre)
    runs = list(Export.objects.order_by("run").values_list("state", "rows"))
    assert runs == [("failed", 5), ("written", 2), ("written", 3)]


def test_two_others_settle_nothing_of_two_students_whose_print_was_cut_off(season, tmp_path):
    numbers = [number_of(pk) for pk in at(season, Stage.CERTIFIED, 4)]
    with pytest.raises(KeyboardInterrupt):
        print_file(season, CERTIFICATE, tmp_path, students=numbers[:2], progress=cut_off)
    print_file(season, CERTIFICATE, tmp_path, students=numbers[2:])
    for _ in range(2):
        print_file(season, CERTIFICATE, tmp_path, students=numbers[:2])
    runs = list(Export.objects.order_by("run").values_list("state", "rows"))
    assert runs == [("failed", 2), ("written", 2), ("written", 2)]


@pytest.mark.parametrize("first", ["students", "round_name"])
def test_what_was_cut_off_is_put_on_record_though_the_next_prints_are_limited_otherwise(
    season, tmp_path, first
):
    """Some students, or a round, and then centre by centre: somebody may be in both."""
    one, other = season.centres[:2]
    ids = at(season, Stage.CERTIFIED, 2, centre=0)
    limits = {"students": [number_of(pk) for pk in ids], "round_name": "首批"}
    if first == "round_name":
        at(season, Stage.CERTIFIED, 3, centre=1)
    with pytest.raises(KeyboardInterrupt):
        print_file(season, CERTIFICATE, tmp_path, **{first: limits[first]}, progress=cut_off)
    for centre in (one, other, one, other):
        print_file(season, CERTIFICATE, tmp_path, centre=centre)
    runs = list(Export.objects.order_by("run").values_list("state", "rows"))
    both = [("failed", 5), ("written", 2), ("written", 3)]
    assert runs == {"students": [("failed", 2), ("written", 2)], "round_name": both}[first]


@pytest.mark.parametrize("narrower", ["round_name", "amended"])
def test_a_print_of_a_round_or_of_what_was_amended_settles_nothing_of_all(
    season, tmp_path, narrower
):
    ids = at(season, Stage.CERTIFIED, 2)
    register(ids)
    amend(season, ids[:1], "2023-07-25 09:00", name="李改名")
    Candidate.objects.filter(pk=ids[1]).update(round=Round.objects.get(name="第二批"))
    with pytest.raises(KeyboardInterrupt):
        print_file(season, CERTIFICATE, tmp_path, progress=cut_off)
    limit = {"round_name": {"round_name": "首批"}, "amended": {"amended": True}}[narrower]
    print_file(season, CERTIFICATE, tmp_path, **limit)
    for _ in range(2):
        assert print_file(season, CERTIFICATE, tmp_path).unchanged == 2
    runs = Export.objects.order_by("run").values_list("state", "rows")
    assert list(runs) == [("failed", 2), ("written", 1), ("written", 2)]


def test_who_lost_the_registration_is_not_told_of_the_print_that_is_refused(season):
    (pk,), _ = registered(season)
    amend(season, [pk], "2023-07-25 09:00", name="李改名")
    act(season, Verb.DEREGISTER, [pk], second=season.staff.second, note="学信网注销回执")
    holder = words.stage_holder(Candidate.objects.get(pk=pk))
    assert holder.startswith("学信网注册已于 2023-07-25 注销，不能签领，现在由总部办理「作废重办」")


def test_what_was_collected_and_lost_its_registration_is_neither_kept_back_nor_at_its_end(season):
    (pk,), _ = registered(season, Stage.COLLECTED)
    set_clock("2023-07-25 09:00")
    told = [left_open(Candidate.objects.get(pk=pk), basis_of(season.batch))]
    act(season, Verb.DEREGISTER, [pk], second=season.staff.second, note="学信网注销回执")
    file = Candidate.objects.get(pk=pk)
    assert [*told, left_open(file, basis_of(season.batch))] == ["这份档案已办结", ""]
    holder = words.stage_holder(file)
    assert holder.startswith("学信网注册已于 2023-07-25 注销，现在由总部办理「作废重办」")
