"""A fact that changes after the number: who fails the conditions then gets no certificate, until headquarters has looked.

附件2 要求 2, 七: what is corrected frees by itself; what stands although the conditions fail is let stand with a note, by
what was missing then.
"""

import pytest

from graduand.models import Candidate, Event, Refusal, Student
from graduand.office import audit
from graduand.office.intake import import_sheet
from graduand.office.refusal import Refused
from graduand.queries import grounds, person
from graduand.queries.bench import bench_of
from graduand.queries.candidates import asked_for, stored
from graduand.queries.scope import visible
from graduand.rulebook.calendar import Term
from graduand.rulebook.clauses import MASK_BITS
from graduand.rulebook.terms import SheetKind, Stage, Verb
from tests import factories, people
from tests.factories import act, enrol, refusals, register, stages, walk
from tests.management.calling import graduand
from tests.office.intake.files import table

NOTE = "教务会议纪要〔2023〕9号：以编号时的成绩为准"
# What the mark of A1 takes along.
MISSING = ("CRED-TOTAL", "CRED-HQ", "CRED-MODULE", "COURSE-MISSING")


def at(season, stage, count=1):
    ids = walk(season, enrol(season, count), stage)
    register(ids)
    audit.refresh(ids, bench_of(season.batch))
    return ids


def correct(season, folder, pk, *, void):
    """The college brings the mark of A1 once more: void, or as it was."""
    student = Student.objects.get(candidates=pk)
    row = {"学号": student.number, "课程代码": "A1", "成绩": "80", "取得方式": "考试", "学期": str(Term.from_ordinal(4046)),
           "发布日期": "2023-07-01", "作废": "是" if void else "否"}  # fmt: skip
    tally = import_sheet(SheetKind.RESULTS, table(folder / "marks.csv", [row]), by=None)
    assert not tally.problems, tally.problems
    judge(season)


def judge(season):
    audit.mark_stale(list(Student.objects.values_list("id", flat=True)))
    audit.run(season.batch)


def lists(season):
    """(who is named as failing, who is not), of all files, as the lists have it."""
    everybody = visible(people.actor(season.staff.hq), Candidate.objects.all())
    return [set(everybody.filter(asked_for(unqualified=word).where()).values_list("id", flat=True)) for word in ("1", "0")]


def confirmed(pk):
    bits = Candidate.objects.values_list("confirmed_codes", flat=True).get(pk=pk)
    return {code for code, bit in MASK_BITS.items() if bits >> bit & 1}


@pytest.mark.parametrize(("stage", "verb"), [(Stage.CERTIFIED, Verb.SHIP), (Stage.RECEIVED, Verb.COLLECT)])
def test_what_is_numbered_goes_no_further_and_the_others_do(season, tmp_path, stage, verb):
    ids = at(season, stage, 2)
    correct(season, tmp_path, ids[0], void=True)
    assert lists(season) == [{ids[0]}, {ids[1]}]
    done = act(season, verb, ids)
    assert (done.done, done.by_code, refusals(done)) == (1, {"ISSUED-LOST": 1}, {ids[0]: ["ISSUED-LOST"]})
    assert stages(ids) == [stage, stage_after(verb)]


def stage_after(verb):
    return Stage.SHIPPED if verb is Verb.SHIP else Stage.COLLECTED


def test_a_mark_that_is_corrected_again_frees_by_itself(season, tmp_path):
    ids = at(season, Stage.RECEIVED)
    correct(season, tmp_path, ids[0], void=True)
    assert act(season, Verb.COLLECT, ids).by_code == {"ISSUED-LOST": 1}
    correct(season, tmp_path, ids[0], void=False)
    assert lists(season) == [set(), set(ids)]
    assert refusals(act(season, Verb.CONFIRM_ISSUE, ids, note=NOTE)) == {ids[0]: ["STAGE"]}
    assert act(season, Verb.COLLECT, ids).done == 1


def test_headquarters_lets_it_stand_with_a_note_and_by_what_was_missing_then(season, tmp_path):
    ids = at(season, Stage.CERTIFIED)
    correct(season, tmp_path, ids[0], void=True)
    assert refusals(act(season, Verb.CONFIRM_ISSUE, ids, note=" ")) == {ids[0]: ["BASIS"]}
    with pytest.raises(Refused, match="由总部办理，您的岗位是学院"):
        act(season, Verb.CONFIRM_ISSUE, ids, by=season.staff.college, note=NOTE)
    assert act(season, Verb.CONFIRM_ISSUE, ids, note=NOTE).done == 1
    event = Event.objects.latest("id")
    assert (event.verb, event.from_stage, event.to_stage, event.note) == ("confirm_issue", "lost", "confirmed", NOTE)
    assert (confirmed(ids[0]), lists(season), stages(ids)) == (set(MISSING), [set(), set(ids)], [Stage.CERTIFIED])
    assert act(season, Verb.CONFIRM_ISSUE, ids, note=NOTE).unchanged == 1
    assert [act(season, verb, ids).done for verb in (Verb.SHIP, Verb.RECEIVE, Verb.COLLECT)] == [1, 1, 1]


def test_something_else_that_is_missing_later_is_looked_at_anew(season, tmp_path):
    ids = at(season, Stage.RECEIVED)
    correct(season, tmp_path, ids[0], void=True)
    assert act(season, Verb.CONFIRM_ISSUE, ids, note=NOTE).done == 1
    Student.objects.update(standing="suspended")
    judge(season)
    assert lists(season) == [set(ids), set()]
    assert refusals(act(season, Verb.COLLECT, ids)) == {ids[0]: ["ISSUED-LOST"]}
    assert act(season, Verb.CONFIRM_ISSUE, ids, note=NOTE).done == 1
    assert (confirmed(ids[0]), lists(season)) == ({*MISSING, "ELIG-STATUS"}, [set(), set(ids)])
    assert act(season, Verb.COLLECT, ids).done == 1


def test_who_has_graduated_by_the_certificate_is_not_lost(season):
    """学籍状态 becomes 毕业 when the registration is done: that holds nobody's certificate."""
    ids = at(season, Stage.RECEIVED)
    Student.objects.update(standing="graduated")
    judge(season)
    assert (lists(season), act(season, Verb.COLLECT, ids).done) == ([set(), set(ids)], 1)


def test_what_was_let_stand_ends_with_the_certificate(season, tmp_path):
    ids = at(season, Stage.CERTIFIED)
    Candidate.objects.get(pk=ids[0]).certificates.update(queryable=False, registered_on=None)
    correct(season, tmp_path, ids[0], void=True)
    assert act(season, Verb.CONFIRM_ISSUE, ids, note=NOTE).done == 1
    assert act(season, Verb.VOID, ids, second=season.staff.second).done == 1
    assert (confirmed(ids[0]), lists(season)) == (set(), [set(), set(ids)])
    assert set(refusals(act(season, Verb.CERTIFY, ids))[ids[0]]) == set(MISSING)
    assert refusals(act(season, Verb.CONFIRM_ISSUE, ids, note=NOTE)) == {ids[0]: ["STAGE"]}


def test_what_the_student_has_is_not_let_stand_any_more(season, tmp_path):
    ids = at(season, Stage.COLLECTED)
    correct(season, tmp_path, ids[0], void=True)
    assert (lists(season)[0], refusals(act(season, Verb.CONFIRM_ISSUE, ids, note=NOTE))) == (set(), {ids[0]: ["STAGE"]})


def test_a_command_means_those_that_wait_for_it(season, tmp_path):
    ids = at(season, Stage.SHIPPED, 3)
    correct(season, tmp_path, ids[1], void=True)
    answer = graduand("act", "confirm_issue", "202307", "--note", NOTE, "--json")
    assert (answer.code, answer.json["done"], answer.json["unchanged"]) == (0, 1, 0)
    assert [bool(confirmed(pk)) for pk in ids] == [False, True, False]


def test_in_a_closed_batch_it_is_the_same(season, tmp_path):
    ids = at(season, Stage.RECEIVED)
    factories.shut(season.batch, people.actor(season.staff.hq))
    season.batch.refresh_from_db()
    correct(season, tmp_path, ids[0], void=True)
    assert (lists(season)[0], act(season, Verb.COLLECT, ids).by_code) == (set(ids), {"ISSUED-LOST": 1})
    assert act(season, Verb.CONFIRM_ISSUE, ids, note=NOTE).done == 1
    assert act(season, Verb.COLLECT, ids).done == 1


def test_a_page_holds_up_what_the_gate_does(season, tmp_path):
    """The stored findings, as a file's page has them, and the judgement of the moment say one sentence."""
    ids = at(season, Stage.RECEIVED)
    correct(season, tmp_path, ids[0], void=True)
    file = Candidate.objects.select_related("judgement", "student").get(pk=ids[0])
    [refusal] = Refusal.objects.filter(act=act(season, Verb.COLLECT, ids))
    [found] = [one for one in stored(refusal.findings) if one.blocks]
    assert grounds.against(file, person.judgement(file)[1]) == found
    act(season, Verb.CONFIRM_ISSUE, ids, note=NOTE)
    file.refresh_from_db()
    assert grounds.against(file, person.judgement(file)[1]) is None
