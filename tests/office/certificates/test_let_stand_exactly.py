"""核实后维持 is exactly what two people looked at: no other name, no other document; in hand, too; and its end is told."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from graduand.models import Candidate, ChsiReport, Judgement, LetStandEnd, Student
from graduand.office.audit import auditing
from graduand.office.records.importing import import_sheet
from graduand.queries.basis import basis_of
from graduand.queries.facts.gathering import gather
from graduand.queries.filing.candidate_criteria import asked_for
from graduand.queries.filing.candidates import stored
from graduand.queries.records import person
from graduand.queries.review import grounds
from graduand.queries.scope import visible
from graduand.rulebook.clauses import fingerprint
from graduand.rulebook.gates import NOBODY
from graduand.rulebook.identity.person_gates import still_qualified
from graduand.rulebook.terms import SheetKind, Stage, Verb
from tests import acting, people
from tests.acting import act, stages
from tests.machine import migration_modules
from tests.office.certificates.after_the_number import at, correct, judge, let_stand, lists, stands
from tests.office.certificates.test_marks_after_the_number import key_of, lose, wrong_document
from tests.office.records.files import table


def registrys_word(season, folder, pk, day, **cells):
    """A feedback file of the registry about one student."""
    student = Student.objects.get(candidates=pk)
    row = {
        "学号": student.number,
        "姓名": student.name,
        "录取照片": "有",
        "学历照片": "有",
        "核验结果": "正常",
        "数据日期": day,
    } | cells
    tally = import_sheet(SheetKind.CHSI, table(folder / "chsi.csv", [row]), by=None)
    assert not tally.problems, tally.problems
    judge(season)


@pytest.mark.parametrize(
    ("cell", "first", "second"),
    [
        ("姓名", "王小芳", "李小芳"),
        ("证件号", "E12345678", "E12345679"),
        ("出生日期", "1990-03-08", "1990-03-09"),
    ],
)
def test_another_difference_at_the_registry_is_looked_at_anew_and_the_same_is_not(
    season, tmp_path, cell, first, second
):
    ids = at(season, Stage.RECEIVED)
    registrys_word(season, tmp_path, ids[0], "2023-07-10", **{cell: first})
    assert (lists(season)[0], let_stand(season, ids).done) == (set(ids), 1)
    registrys_word(season, tmp_path, ids[0], "2023-07-11", **{cell: first})
    assert (lists(season)[0], stands(ids[0])) == (set(), True)
    registrys_word(season, tmp_path, ids[0], "2023-07-12", **{cell: second})
    assert Judgement.objects.get(candidate=ids[0]).unmet.count("INFO-MATCH") == 1
    assert (lists(season)[0], act(season, Verb.COLLECT, ids).by_code) == (
        set(ids),
        {"ISSUED-LOST": 1},
    )
    assert (let_stand(season, ids).done, act(season, Verb.COLLECT, ids).done) == (1, 1)


def test_a_difference_with_another_record_of_ours_is_another_one(season, tmp_path):
    ids = at(season, Stage.RECEIVED)
    registrys_word(season, tmp_path, ids[0], "2023-07-10", 姓名="王小芳")
    assert let_stand(season, ids).done == 1
    Student.objects.filter(candidates=ids[0]).update(name="王晓芳")
    registrys_word(season, tmp_path, ids[0], "2023-07-11", 姓名="王小芳")
    assert lists(season)[0] == set(ids)


def test_of_what_differs_nothing_can_be_read(season, tmp_path):
    ids = at(season, Stage.RECEIVED)
    registrys_word(season, tmp_path, ids[0], "2023-07-10", 姓名="王小芳", 证件号="E12345678")
    report = ChsiReport.objects.get(student__candidates=ids[0], day="2023-07-10")
    assert (report.mismatches, [len(word) for word in report.differs.split(" ")]) == (
        "姓名、证件号",
        [9, 9],
    )
    assert not {"王小芳", "E12345678"} & set(report.differs.split(" "))
    assert report.differs not in Judgement.objects.get(candidate=ids[0]).unmet


@pytest.mark.parametrize("change", [{"id_hash": "another"}, {"birth": "1991-03-07"}])
def test_another_wrong_document_is_looked_at_anew(season, change):
    ids = at(season, Stage.RECEIVED)
    wrong_document(ids[0])
    judge(season)
    assert let_stand(season, ids).done == 1
    Student.objects.filter(candidates=ids[0]).update(**change)
    judge(season)
    assert (lists(season)[0], act(season, Verb.COLLECT, ids).by_code) == (
        set(ids),
        {"ISSUED-LOST": 1},
    )


def test_homes_from_before_keep_what_was_let_stand_of_a_document(season):
    """The word of it is told anew as it is from now on; whatever else was let stand, or is not, stays as it was."""
    ids = at(season, Stage.RECEIVED, 3)
    for pk in ids[:2]:
        wrong_document(pk)
    lose(season, ids[2], "E1")
    for pk in (ids[0], ids[2]):
        assert let_stand(season, [pk]).done == 1
    told = Candidate.objects.order_by("id").values_list("judgement__grounds", "confirmed_grounds")
    now = list(told)
    for file in Candidate.objects.filter(pk__in=ids[:2]).select_related("judgement", "student"):
        before = fingerprint(
            file.student.number, stored(file.judgement.unmet)
        )  # without what it is about
        Judgement.objects.filter(pk=file.pk).update(grounds=before)
        Candidate.objects.filter(pk=file.pk).exclude(confirmed_grounds="").update(
            confirmed_grounds=before
        )
    assert list(told.all()) != now
    migration_modules.migration("what_a_finding_is_about").say_what_it_is_about(apps, None)
    assert list(told.all()) == now
    judge(season)
    assert (list(told.all()), lists(season)[0]) == (now, {ids[1]})


# -- what the student has in hand


def in_hand(season):
    """Who is named as failing with the certificate in hand."""
    everybody = visible(people.actor(season.staff.hq), Candidate.objects.all())
    return set(
        everybody.filter(asked_for(unqualified="given").where()).values_list("id", flat=True)
    )


@pytest.mark.parametrize("closed", [False, True])
def test_what_the_student_has_in_hand_stops_nothing_and_waits_for_headquarters(
    season, tmp_path, closed
):
    """Of a closed batch nobody is followed but who is held up: a correction frees there, too."""
    ids = at(season, Stage.COLLECTED, 2)
    if closed:
        acting.shut(season.batch, people.actor(season.staff.hq))
        season.batch.refresh_from_db()
    correct(season, tmp_path, ids[0], void=True)
    assert (lists(season), in_hand(season)) == ([set(), {ids[1]}], {ids[0]})
    correct(season, tmp_path, ids[0], void=False)
    assert (lists(season), in_hand(season)) == ([set(), set(ids)], set())
    correct(season, tmp_path, ids[0], void=True)
    assert let_stand(season, ids[:1]).done == 1
    assert (stands(ids[0]), lists(season), in_hand(season)) == (True, [set(), set(ids)], set())
    Student.objects.filter(candidates=ids[0]).update(standing="expelled")
    judge(season)
    assert (in_hand(season), stages(ids)) == ({ids[0]}, [Stage.COLLECTED] * 2)


def test_a_page_says_of_what_is_in_hand_that_there_is_nothing_left_to_stop(season, tmp_path):
    ids = at(season, Stage.COLLECTED)
    correct(season, tmp_path, ids[0], void=True)
    file = Candidate.objects.select_related("judgement", "student").get(pk=ids[0])
    found = grounds.against(file, person.judgement(file)[1])
    basis = basis_of(season.batch)
    [known] = gather(ids, basis.policy, basis.today).values()
    assert (found.code, (found,)) == ("GIVEN-LOST", still_qualified(known, basis, NOBODY))
    assert found.sentence.startswith(
        "证书已在学生手中，资料有变化，不再符合毕业条件：必须通过的课程未通过、"
    )


# -- the end of it


def ends(pk):
    """What the history of the file says of the end of what was let stand, which is the program's."""
    history = person.history(Candidate.objects.get(pk=pk))
    told = [(one.start, one.end, one.note) for one in history if one.verb == "核实后维持结束"]
    assert len(told) == LetStandEnd.objects.filter(candidate=pk).count()
    assert [one.at for one in history] == sorted(one.at for one in history)
    return told


def test_the_end_of_what_two_let_stand_stands_in_the_history(season):
    """Once for each end, in as many queries for many as for one, and nothing for whom nothing was let stand."""
    ids = at(season, Stage.RECEIVED, 4)
    for pk in ids[:3]:
        lose(season, pk, "E1")
    assert let_stand(season, ids[:1]).done == let_stand(season, ids[1:2]).done == 1
    Student.objects.filter(candidates__in=ids[:2]).update(standing="suspended")
    judge(season)
    changed = [
        (
            "已核实维持",
            "不再符合毕业条件",
            "原先核实后维持的事项已有变化，维持不再有效，由总部重新核实",
        )
    ]
    assert [ends(pk) for pk in ids] == [changed, changed, [], []]
    judge(season)
    assert [len(ends(pk)) for pk in ids] == [1, 1, 0, 0]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        LetStandEnd.objects.update(gone=True)


def test_what_is_in_order_again_is_let_stand_no_more(season):
    ids = at(season, Stage.RECEIVED)
    mark = key_of(ids[0], "E1")
    lose(season, ids[0], "E1")
    assert let_stand(season, ids).done == 1
    lose(season, ids[0], "E1", mark)
    assert ends(ids[0]) == [
        ("已核实维持", "没有不符合的事项", "原先核实后维持的事项已经消除，维持到此为止")
    ]


def test_what_ends_together_takes_as_many_queries_as_one(season):
    ids = at(season, Stage.RECEIVED, 4)
    Candidate.objects.filter(pk__in=ids).update(confirmed_grounds="x")
    asked = []
    for files in (ids[:1], ids):
        with CaptureQueriesContext(connection) as queries:
            auditing.end_let_stand(dict.fromkeys(files, "x"))
        asked.append(len(queries))
    assert (asked[0], LetStandEnd.objects.count()) == (asked[1], 4)


def test_what_two_people_let_stand_beside_a_judging_is_not_ended_by_it(season):
    ids = at(season, Stage.RECEIVED)
    lose(season, ids[0], "E1")
    assert let_stand(season, ids).done == 1
    read = auditing.marks_of(ids)
    Candidate.objects.filter(pk=ids[0]).update(
        confirmed_grounds="newer"
    )  # the judging has read the older one
    auditing.end_let_stand(read)
    assert (Candidate.objects.get(pk=ids[0]).confirmed_grounds, ends(ids[0])) == ("newer", [])
    auditing.end_let_stand(auditing.marks_of(ids))  # the control: read after it
    assert (Candidate.objects.get(pk=ids[0]).confirmed_grounds, len(ends(ids[0]))) == ("", 1)
