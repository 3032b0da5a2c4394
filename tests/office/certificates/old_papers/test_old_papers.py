"""更正以后的旧证: a paper that is not as the registry reaches no student, and is printed anew."""

from dataclasses import fields, replace
from datetime import timedelta

import openpyxl
import pytest

from graduand.models import (
    Batch,
    Candidate,
    Certificate,
    Export,
    Student,
)
from graduand.office.certificates.issuing import reprinting
from graduand.office.filing import statements
from graduand.office.papers import print_run
from graduand.office.season.ending import finishing
from graduand.papers.printed.certificate import certificate
from graduand.queries import clock
from graduand.queries.certificates import issued
from graduand.queries.season.batches import left_to_do
from graduand.rulebook.certificates.certificate_content import Content, prints_alike
from graduand.rulebook.terms import Sex, Stage, Verb
from tests import acting, factories, people
from tests.acting import act, refusals, register
from tests.factories import set_clock
from tests.office.certificates.issuing.test_amending import PDF
from tests.office.certificates.old_papers.old_papers import (
    amend,
    amended,
    as_read,
    old,
    says,
    season,
)
from tests.office.papers.print_runs import CERTIFICATE, at, names, print_file

__all__ = ["season"]  # a fixture

pytestmark = pytest.mark.django_db


def test_an_old_paper_is_printed_anew_before_it_is_sent(season, tmp_path):
    ids = amended(season, Stage.CERTIFIED, 2)
    assert refusals(act(season, Verb.SHIP, ids)) == {pk: ["PAPER-REPRINT"] for pk in ids}
    tally = print_file(season, CERTIFICATE, tmp_path)
    assert tally.notes == ["其中 2 份是更正后按新内容重新打印的，可以寄出；旧证请收回作废"]
    assert (old(ids), Certificate.objects.exclude(reprinted_at=None).count()) == ([None, None], 2)
    assert act(season, Verb.SHIP, ids).done == 2
    assert print_file(season, CERTIFICATE, tmp_path).notes == []


def test_those_alone_that_wait_for_it_are_printed_when_that_is_asked(season, tmp_path):
    ids = amended(season, Stage.CERTIFIED, 2)
    Certificate.objects.filter(candidate=ids[0]).update(old_paper_since=None, old_paper_sha256="")
    out = amended(season, Stage.SHIPPED)  # what is away comes back first
    tally = print_file(season, CERTIFICATE, tmp_path, amended=True)
    assert (tally.people, tally.written, tally.refused) == (1, 1, 0)
    assert [since is None for since in old([*ids, *out])] == [True, True, False]


def test_a_print_of_the_centre_s_whole_file_replaces_them_too(season, tmp_path):
    ids = amended(season, Stage.CERTIFIED, 2)
    print_file(season, CERTIFICATE, tmp_path, merge=True)
    assert old(ids) == [None, None]


def test_the_same_print_kept_from_before_is_put_anew_and_on_record(season, tmp_path):
    """A file that lies there from before the mark is no print of what stands since: nobody knows where its paper is."""
    ids = amended(season, Stage.CERTIFIED)
    print_file(season, CERTIFICATE, tmp_path)
    Certificate.objects.update(old_paper_since=clock.now(), reprinted_at=None)
    tally = print_file(season, CERTIFICATE, tmp_path)
    assert ((tally.written, tally.unchanged), old(ids)) == ((1, 0), [None])
    assert [(run.state, run.rows) for run in Export.objects.order_by("run")] == [("written", 1)] * 2


def test_what_can_not_be_printed_replaces_nothing(season, tmp_path):
    ids = amended(season, Stage.CERTIFIED, name="𱍐" + chr(0x31350))  # no font of ours has it
    tally = print_file(season, CERTIFICATE, tmp_path)
    assert (tally.by_code, tally.notes) == ({"GLYPH": 1}, [])
    assert None not in old(ids)


@pytest.mark.parametrize("kind", ["registration_form", "transcript"])
def test_another_paper_replaces_no_certificate(season, tmp_path, kind):
    ids = amended(season, Stage.CERTIFIED)
    print_file(season, type(CERTIFICATE)(kind), tmp_path)
    assert None not in old(ids)


def test_what_was_amended_once_more_while_it_was_printed_is_old_still(season):
    """Each is compared with what was printed of it, not with what was printed of another one."""
    ids = amended(season, Stage.CERTIFIED, 2)
    before = as_read(ids)
    amend(season, ids[:1], "2023-07-25 10:00", name="李再改")
    assert (reprinting.ended(before), [since is None for since in old(ids)]) == (
        (ids[1:], ids[:1]),
        [False, True],
    )
    assert says(ids) == ["", ""]  # of the first there are two papers now
    assert (reprinting.ended(as_read(ids[:1])), old(ids)) == ((ids[:1], []), [None, None])


@pytest.mark.parametrize("stage", [Stage.CERTIFIED, Stage.SHIPPED, Stage.COLLECTED])
def test_what_is_amended_back_to_what_the_paper_says_leaves_no_old_paper(season, stage):
    """From A to B to C and back to A: the paper in hand, which says A, is the right one again."""
    set_clock(factories.IN_FIRST)
    ids = at(season, stage)
    register(ids)
    name, first = Student.objects.get().name, issued.graduations(ids)[ids[0]].sha256
    amend(season, ids, "2023-07-25 09:00", name="李改名")
    amend(season, ids, "2023-07-26 09:00", name="李再改")
    assert (None in old(ids), says(ids)) == (False, [first])
    amend(season, ids, "2023-07-27 09:00", name=name)
    assert (old(ids), says(ids), issued.graduations(ids)[ids[0]].version) == ([None], [""], 4)
    if stage is Stage.COLLECTED:
        assert refusals(act(season, Verb.RECALL, ids, second=season.staff.second)) == {
            ids[0]: ["PAPER-GIVEN"]
        }


def test_what_was_printed_anew_is_what_the_next_amendment_is_compared_with(season, tmp_path):
    set_clock(factories.IN_FIRST)
    ids = at(season, Stage.CERTIFIED)
    register(ids)
    name = Student.objects.get().name
    amend(season, ids, "2023-07-25 09:00", name="李改名")
    second = issued.graduations(ids)[ids[0]].sha256
    print_file(season, CERTIFICATE, tmp_path)
    amend(
        season, ids, "2023-07-26 09:00", name=name
    )  # as at first; the paper says what came after that
    assert (None in old(ids), says(ids)) == (False, [second])


def test_what_is_amended_back_while_it_is_printed_is_old_again(season, tmp_path):
    """The print of B comes out when the certificate says A once more."""
    set_clock(factories.IN_FIRST)
    ids = at(season, Stage.CERTIFIED)
    register(ids)
    name = Student.objects.get().name
    amend(season, ids, "2023-07-25 09:00", name="李改名")
    read = as_read(ids)
    amend(season, ids, "2023-07-25 09:10", name=name)
    assert (reprinting.ended(read), None in old(ids), says(ids)) == (([], ids), False, [""])
    assert refusals(act(season, Verb.SHIP, ids)) == {ids[0]: ["PAPER-REPRINT"]}


def test_where_nobody_knows_what_the_old_paper_says_it_stays_old(season):
    set_clock(factories.IN_FIRST)
    ids = at(season, Stage.COLLECTED)
    register(ids)
    name = Student.objects.get().name
    amend(season, ids, "2023-07-25 09:00", name="李改名")
    Certificate.objects.update(old_paper_sha256="")
    amend(season, ids, "2023-07-26 09:00", name=name)
    assert (None in old(ids), says(ids)) == (False, [""])


@pytest.mark.parametrize("merge", [False, True])
def test_whoever_is_amended_during_a_long_print_keeps_the_mark(
    season, tmp_path, monkeypatch, merge
):
    monkeypatch.setattr(print_run, "CHUNK", 1)
    set_clock(factories.IN_FIRST)
    ids = [*at(season, Stage.CERTIFIED), *at(season, Stage.CERTIFIED, centre=1)]
    register(ids)
    amend(season, ids, "2023-07-25 09:00", name="李改名")

    def meanwhile(done, _all):
        if done == 1:
            amend(season, ids[:1], "2023-07-25 10:00", name="李再改")
            amend(season, ids[1:], "2023-07-25 10:05", name="王再改")

    print_file(season, CERTIFICATE, tmp_path, merge=merge, progress=meanwhile)
    assert [since is None for since in old(ids)] == [False, True]
    assert [refusals(act(season, Verb.SHIP, [pk])) for pk in ids] == [
        {ids[0]: ["PAPER-REPRINT"]},
        {},
    ]


def test_an_old_paper_on_its_way_is_counted_in_with_a_warning_and_goes_no_further(season):
    (pk,) = amended(season, Stage.SHIPPED)
    done = act(season, Verb.RECEIVE, [pk])
    assert (done.done, done.warned) == (1, 1)
    assert refusals(act(season, Verb.COLLECT, [pk])) == {pk: ["PAPER-OLD"]}


@pytest.mark.parametrize(
    ("stage", "where"),
    [(Stage.SHIPPED, "寄送途中"), (Stage.RECEIVED, "学习中心"), (Stage.COLLECTED, "学生手中")],
)
def test_one_number_has_one_paper_so_the_old_one_comes_back_first(season, tmp_path, stage, where):
    (pk,) = amended(season, stage)
    tally = print_file(season, CERTIFICATE, tmp_path)
    assert (tally.by_code, names(tmp_path, CERTIFICATE)) == ({"PAPER-OLD": 1}, [])
    said = f"证书内容已于 2023-07-25 更正，旧证还在{where}；一个编号只能有一份证书，收回旧证以后才打印新证"
    assert [
        row[5] for row in openpyxl.load_workbook(tally.file).active.iter_rows(values_only=True)
    ][1:] == [said]
    assert None not in old([pk])
    if stage is Stage.COLLECTED:
        assert refusals(act(season, Verb.RECALL, [pk], reason="replaced")) == {pk: ["SECOND"]}
    assert refusals(
        act(season, Verb.RECALL, [pk], second=season.staff.second, reason="missent")
    ) == {pk: ["REASON-FIT"]}
    assert act(season, Verb.RECALL, [pk], second=season.staff.second, reason="replaced").done == 1
    assert refusals(act(season, Verb.SHIP, [pk], tracking="SF2")) == {pk: ["PAPER-REPRINT"]}
    print_file(season, CERTIFICATE, tmp_path)
    assert act(season, Verb.SHIP, [pk], tracking="SF2").done == 1
    assert [act(season, verb, [pk]).done for verb in (Verb.RECEIVE, Verb.COLLECT)] == [1, 1]
    file = Candidate.objects.get(pk=pk)
    assert (file.stage, old([pk])) == (Stage.COLLECTED, [None])


@pytest.mark.parametrize("stage", [Stage.SHIPPED, Stage.RECEIVED, Stage.COLLECTED])
def test_a_lost_paper_does_not_come_back_so_no_second_one_is_printed(season, stage):
    (pk,) = amended(season, stage)
    lost = act(season, Verb.RECALL, [pk], second=season.staff.second, reason="lost")
    assert (refusals(lost), Candidate.objects.get(pk=pk).stage) == ({pk: ["REASON-FIT"]}, stage)


def test_a_damaged_paper_spends_no_number(season):
    set_clock(factories.IN_FIRST)
    (pk,) = at(season, Stage.RECEIVED)
    number = Certificate.objects.get().number
    assert refusals(act(season, Verb.VOID, [pk], second=season.staff.second, reason="damaged")) == {
        pk: ["REASON-FIT"]
    }
    assert act(season, Verb.RECALL, [pk], reason="damaged").done == 1
    assert Certificate.objects.get().number == number


def test_what_a_student_was_rightly_given_stays_there(season):
    set_clock(factories.IN_FIRST)
    ids = at(season, Stage.COLLECTED)
    assert refusals(act(season, Verb.RECALL, ids)) == {ids[0]: ["PAPER-GIVEN"]}


def test_a_correction_that_stands_on_no_paper_leaves_none_behind(season):
    ids = amended(season, Stage.RECEIVED, exam_no="K2023001")
    assert old(ids) == [None]
    assert act(season, Verb.COLLECT, ids).done == 1


def test_what_makes_two_prints_alike_is_all_that_the_print_shows(season):
    (pk,) = amended(season, Stage.CERTIFIED, sex=Sex.MALE.value)
    content = issued.graduations([pk])[pk].content
    others = {
        "sex": Sex.FEMALE,
        "birth": content.birth + timedelta(days=1),
        "issued": content.issued + timedelta(days=1),
    }
    for one in fields(Content):
        value = getattr(content, one.name)
        other = others.get(one.name, f"{value}改" if isinstance(value, str) else value)
        changed = replace(content, **{one.name: other})
        same_print = certificate(changed) == certificate(content)
        assert prints_alike(content, changed) is same_print, one.name


def test_an_old_paper_keeps_a_closed_batch_unfinished_and_takes_a_finished_one_up_again(
    season, tmp_path
):
    set_clock(factories.IN_FIRST)
    ids = at(season, Stage.COLLECTED)
    register(ids)
    acting.shut(season.batch, people.actor(season.staff.hq))
    finishing.settle()
    assert Batch.objects.get().finished_at is not None
    set_clock("2023-07-25 09:00")
    Student.objects.update(name="李改名")
    answer = statements.sealed(PDF, "学信网更正.pdf")
    assert act(season, Verb.AMEND, ids, second=season.staff.second, statement=answer).done == 1
    season.batch.refresh_from_db()
    assert (
        season.batch.finished_at,
        [(one.key, one.count) for one in left_to_do(season.batch)],
    ) == (None, [("old", 1)])
    assert act(season, Verb.RECALL, ids, second=season.staff.second, reason="replaced").done == 1
    print_file(season, CERTIFICATE, tmp_path)
    for verb in (Verb.SHIP, Verb.RECEIVE, Verb.COLLECT):
        act(season, verb, ids)
    assert Batch.objects.get().finished_at is not None
