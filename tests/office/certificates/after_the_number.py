"""What tests of files beyond the number do: correct a mark, judge, let it stand, and look at the lists."""

from graduand.models import (
    Candidate,
    Student,
)
from graduand.office.audit import auditing
from graduand.office.records.importing import import_sheet
from graduand.queries.basis import basis_of
from graduand.queries.filing.candidate_criteria import asked_for
from graduand.queries.scope import visible
from graduand.rulebook.calendar import Term
from graduand.rulebook.terms import SheetKind, Verb
from tests import people
from tests.acting import act, register, walk
from tests.factories import enrol
from tests.office.records.files import table

NOTE = "教务会议纪要〔2023〕9号：以编号时的成绩为准"


# What the mark of A1 takes along.
MISSING = ["COURSE-MISSING:A1", "CRED-TOTAL", "CRED-HQ", "CRED-MODULE:公共基础"]


def at(season, stage, count=1):
    ids = walk(season, enrol(season, count), stage)
    register(ids)
    auditing.refresh(ids, basis_of(season.batch))
    return ids


def correct(season, folder, pk, *, void):
    """The college brings the mark of A1 once more: void, or as it was."""
    student = Student.objects.get(candidates=pk)
    row = {
        "学号": student.number,
        "课程代码": "A1",
        "成绩": "80",
        "取得方式": "考试",
        "学期": str(Term.from_ordinal(4046)),
        "发布日期": "2023-07-01",
        "作废": "是" if void else "否",
    }
    tally = import_sheet(SheetKind.RESULTS, table(folder / "marks.csv", [row]), by=None)
    assert not tally.problems, tally.problems
    judge(season)


def judge(season):
    auditing.mark_stale(list(Student.objects.values_list("id", flat=True)))
    auditing.run(season.batch)


def lists(season):
    """(who is named as failing, who is not), of all files, as the lists have it."""
    everybody = visible(people.actor(season.staff.hq), Candidate.objects.all())
    return [
        set(everybody.filter(asked_for(unqualified=word).where()).values_list("id", flat=True))
        for word in ("1", "0")
    ]


def let_stand(season, ids, **more):
    return act(season, Verb.CONFIRM_ISSUE, ids, second=season.staff.second, **{"note": NOTE} | more)


def stands(pk):
    """Whether what is missing by the last verdict is what was let stand; None where nothing is."""
    now, then = Candidate.objects.values_list("judgement__grounds", "confirmed_grounds").get(pk=pk)
    assert now or not then
    return now == then if now else None
