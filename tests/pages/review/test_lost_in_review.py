"""申请以后资料有变化: whom no review passes is an alarm with its list at each desk that can act, and a tag on the page."""

import pytest

from graduand.models import Candidate, ChsiReport, PhotoRow, Result, Student
from graduand.office.audit import auditing
from graduand.queries.filing.candidate_criteria import asked_for
from graduand.queries.scope import visible
from graduand.rulebook.terms import Verb
from tests.pages.home.test_home import alarmed, listed
from tests.pages.reading import text

_SAID = "申请以后资料有变化，不再符合条件，审核不能通过："
TOLD = {
    "a": f"{_SAID}请核对未发布、未导入的成绩，补材料，并告诉学生",
    "college": f"{_SAID}成绩有误的请更正，一时补不齐的请退回补正（已到总部的，由总部退回）",
    "hq": f"{_SAID}请等学院更正成绩，或退回补正",
}
BOTH, MINE = (
    "/candidates?batch=202307&lost_in_review=1",
    "/candidates?batch=202307&stage=endorsed&lost_in_review=1",
)
LISTS = {"a": BOTH, "college": BOTH, "hq": MINE}
CHANGES = {
    "mark": lambda pk: Result.objects.filter(student=pk, course="002").update(pass_key=""),
    "registry": lambda pk: ChsiReport.objects.filter(student=pk).update(mismatches="姓名"),
    "copy": lambda pk: ChsiReport.objects.filter(student=pk).update(admission_photo=False),
    "picture": lambda pk: PhotoRow.objects.filter(student=pk, kind="graduation").update(same=False),
    "standing": lambda pk: Student.objects.filter(pk=pk).update(standing="suspended"),
}
LOOKED_INTO = {
    "doubt": lambda pk: ChsiReport.objects.filter(student=pk).update(verdict="unsure"),
    "undecided picture": lambda pk: PhotoRow.objects.filter(student=pk, kind="graduation").update(
        same=None
    ),
}


@pytest.fixture
def filed(world):
    """Four of 杭州: two with the college, one with headquarters, one not filed; one of 成都 with the college."""
    students = [world.student(n) for n in (1, 2, 3, 4)] + [world.student(5, centre=1)]
    world.judge()
    world.do("a", Verb.APPLY, *students[:3])
    world.do("b", Verb.APPLY, students[4])
    world.do("college", Verb.ENDORSE, students[2])
    return students


def judged(world, students):
    auditing.mark_stale([student.pk for student in students])
    auditing.run(world.batch)


def told(at):
    return {
        desk: alarmed(at(desk), TOLD[desk].replace("（", "[（]").replace("）", "[）]"))
        for desk in TOLD
    }


def test_whom_no_review_passes_is_an_alarm_with_its_list_at_the_desks_that_can_act(
    world, at, filed
):
    """Whatever the change: each of them hits one with the college, one with headquarters, one not filed."""
    hit = {
        change: [world.student(number + n) for number in (20, 40, 60)]
        for n, change in enumerate(CHANGES)
    }
    world.judge()
    applied, endorsed, _ = zip(*hit.values(), strict=True)
    world.do("a", Verb.APPLY, *applied, *endorsed)
    world.do("college", Verb.ENDORSE, *endorsed)
    assert told(at) == dict.fromkeys(TOLD)
    for change, students in hit.items():
        for student in students:
            CHANGES[change](student.pk)
    judged(world, [student for students in hit.values() for student in students])
    n = len(CHANGES)
    assert told(at) == {"a": (BOTH, 2 * n), "college": (BOTH, 2 * n), "hq": (MINE, n)}
    assert {desk: listed(at(desk), url) for desk, url in LISTS.items()} == {
        "a": 2 * n,
        "college": 2 * n,
        "hq": n,
    }
    for url, students in ((BOTH, applied), (MINE, endorsed)):
        shown = at("hq").get(url).content.decode()
        assert dict(
            zip(hit, [one.number in shown for one in students], strict=True)
        ) == dict.fromkeys(hit, True)
    assert alarmed(at("b"), TOLD["a"]) is None
    everybody = visible(world.actor("hq"), Candidate.objects.all())
    parts = [
        everybody.filter(asked_for(lost_in_review=word).where()).count() for word in ("1", "0")
    ]
    assert parts == [2 * n, n + len(filed)]


def test_its_page_says_what_each_desk_does_about_it(world, at, filed):
    CHANGES["mark"](filed[0].pk)
    judged(world, filed)
    for desk, words in TOLD.items():
        shown, clean = (
            text(at(desk).get(f"/candidates/{world.file(one).pk}")) for one in filed[:2]
        )
        assert (f"{words}。" in shown, "已申请 不再符合条件" in shown) == (True, True)
        assert (_SAID in clean, "不再符合条件" in clean) == (False, False)


@pytest.mark.parametrize("change", LOOKED_INTO)
def test_what_somebody_looks_into_already_has_an_alarm_of_its_own(world, at, filed, change):
    LOOKED_INTO[change](filed[0].pk)
    judged(world, filed)
    assert told(at) == dict.fromkeys(TOLD)


def test_whoever_qualifies_again_is_told_of_no_more(world, at, filed):
    before = Result.objects.get(student=filed[0], course="002").pass_key
    CHANGES["mark"](filed[0].pk)
    judged(world, filed)
    assert told(at)["college"] == (BOTH, 1)
    Result.objects.filter(student=filed[0], course="002").update(pass_key=before)
    judged(world, filed)
    assert told(at) == dict.fromkeys(TOLD)
