"""X12: what a feedback file does not speak of stays as the newest one before it said, before the number just as after it."""

import pytest

from graduand.models import Candidate, ChsiReport, Student, key_ring
from graduand.office.records.importing import import_sheet
from graduand.queries.basis import basis_of
from graduand.queries.facts.gathering import gather
from graduand.queries.records import provenance
from graduand.rulebook.registry.registry_report import (
    COMPARED,
    NOTHING,
    Differences,
    carried_on,
    mask_of,
    speaks_of,
)
from graduand.rulebook.terms import SheetKind, Stage, Verb
from tests import people
from tests.acting import act
from tests.office.certificates.after_the_number import at, judge, let_stand, lists, stands
from tests.office.certificates.test_let_stand_exactly import ends, registrys_word
from tests.office.records.files import table

SILENT = ({}, {"证件号": ""})


def compared(season, pk):
    """What differs by the facts of today, and as the review desk shows it."""
    basis = basis_of(season.batch)
    [known] = gather([pk], basis.policy, basis.today).values()
    file = Candidate.objects.select_related("student").get(pk=pk)
    shown = provenance.sources(people.actor(season.staff.hq), file, (), basis)
    assert shown.mismatches == known.chsi.mismatches
    return known.chsi.mismatches


@pytest.mark.parametrize("silence", SILENT)
def test_a_file_that_does_not_speak_of_it_frees_nobody_and_ends_nothing(season, tmp_path, silence):
    ids = at(season, Stage.RECEIVED)
    registrys_word(season, tmp_path, ids[0], "2023-07-10", 证件号="E12345678")
    registrys_word(season, tmp_path, ids[0], "2023-07-11", **silence)
    assert (lists(season)[0], compared(season, ids[0])) == (set(ids), "证件号")
    assert act(season, Verb.COLLECT, ids).by_code == {"ISSUED-LOST": 1}
    assert let_stand(season, ids).done == 1
    registrys_word(season, tmp_path, ids[0], "2023-07-12", **silence)
    registrys_word(season, tmp_path, ids[0], "2023-07-13", 证件号="E12345678")
    registrys_word(season, tmp_path, ids[0], "2023-07-14", 性别="女")
    assert (stands(ids[0]), lists(season)[0], ends(ids[0])) == (True, set(), [])


@pytest.mark.parametrize("silence", SILENT)
def test_before_the_number_just_the_same(season, tmp_path, silence):
    ids = at(season, Stage.APPLIED)
    registrys_word(
        season, tmp_path, ids[0], "2023-07-10", 证件号="E12345678", 出生日期="1990-03-08"
    )
    registrys_word(season, tmp_path, ids[0], "2023-07-11", **silence, 出生日期="1990-03-07")
    assert compared(season, ids[0]) == "证件号"
    assert act(season, Verb.ENDORSE, ids).by_code == {"INFO-MATCH": 1}
    Student.objects.update(id_hash=key_ring().digest("E12345678"))
    registrys_word(season, tmp_path, ids[0], "2023-07-12", 证件号="E12345678")
    assert (compared(season, ids[0]), act(season, Verb.ENDORSE, ids).done) == ("", 1)


def test_a_file_of_an_earlier_day_counts_for_those_after_it_that_are_silent(season, tmp_path):
    ids = at(season, Stage.RECEIVED)
    registrys_word(season, tmp_path, ids[0], "2023-07-12")
    assert compared(season, ids[0]) == ""
    registrys_word(season, tmp_path, ids[0], "2023-07-10", 姓名="王小芳", 证件号="E12345678")
    assert (compared(season, ids[0]), lists(season)[0]) == (
        "证件号",
        set(ids),
    )  # every file speaks of the name
    Student.objects.update(id_hash=key_ring().digest("E7"))
    registrys_word(season, tmp_path, ids[0], "2023-07-11", 证件号="E7")
    assert (compared(season, ids[0]), lists(season)[0]) == ("", set())


def test_whoever_empties_cells_on_purpose_takes_the_difference_back(season, tmp_path):
    ids = at(season, Stage.RECEIVED)
    registrys_word(season, tmp_path, ids[0], "2023-07-10", 证件号="E12345678")
    student = Student.objects.get(candidates=ids[0])
    row = {
        "学号": student.number,
        "姓名": student.name,
        "录取照片": "有",
        "学历照片": "有",
        "核验结果": "正常",
        "数据日期": "2023-07-11",
        "证件号": "",
    }
    for clear, left in ((False, "证件号"), (True, "")):
        tally = import_sheet(SheetKind.CHSI, table(tmp_path / "c.csv", [row]), by=None, clear=clear)
        assert not tally.problems, tally.problems
        judge(season)
        assert compared(season, ids[0]) == left


def test_a_second_file_of_the_day_that_speaks_of_more_counts(season, tmp_path):
    ids = at(season, Stage.RECEIVED)
    registrys_word(season, tmp_path, ids[0], "2023-07-10", 证件号="E12345678", 性别="男")
    registrys_word(season, tmp_path, ids[0], "2023-07-11")
    registrys_word(season, tmp_path, ids[0], "2023-07-11", 性别="女")
    registrys_word(season, tmp_path, ids[0], "2023-07-11")
    assert compared(season, ids[0]) == "证件号"


def test_the_review_desk_names_the_file_that_spoke_of_it(season, tmp_path):
    ids = at(season, Stage.APPLIED)
    registrys_word(season, tmp_path, ids[0], "2023-07-10", 证件号="E12345678")
    registrys_word(season, tmp_path, ids[0], "2023-07-11")
    first, second = ChsiReport.objects.filter(student__candidates=ids[0]).order_by("day")[1:]
    file = Candidate.objects.select_related("student").get(pk=ids[0])
    shown = provenance.sources(people.actor(season.staff.hq), file, (), basis_of(season.batch))
    assert (shown.compared.record, shown.registry.record) == (
        first.brought_by_id,
        second.brought_by_id,
    )


ALL = mask_of(COMPARED.values())
BOTH = Differences("姓名、证件号", "a b")


@pytest.mark.parametrize(
    ("before", "one", "silent", "after"),
    [
        (NOTHING, NOTHING, ALL, NOTHING),
        (BOTH, NOTHING, ALL, BOTH),
        (BOTH, NOTHING, 0, NOTHING),
        (BOTH, NOTHING, mask_of(["姓名"]), Differences("姓名", "a")),
        (BOTH, Differences("性别", "c"), mask_of(["证件号"]), Differences("性别、证件号", "c b")),
        (
            Differences("证件号"),
            Differences("姓名", "a"),
            mask_of(["证件号"]),
            Differences("姓名、证件号", "a "),
        ),
        (BOTH, Differences("姓名", "d"), mask_of(["证件号"]), Differences("姓名、证件号", "d b")),
    ],
)
def test_what_is_carried_on(before, one, silent, after):
    assert carried_on(before, one, silent) == after
    assert carried_on(after, NOTHING, ALL) == after


def test_who_speaks_of_what_differs():
    assert [speaks_of(BOTH, mask_of(them)) for them in ((), ["姓名"], ["姓名", "证件号"])] == [
        True,
        True,
        False,
    ]
    assert speaks_of(NOTHING, ALL)
