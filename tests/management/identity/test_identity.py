"""`graduand identity`: the cases that hold, the filed ones when asked for, whose turn it is, the workbook."""

import openpyxl
import pytest

from graduand.models import Candidate, ChsiReport, IdentityCase
from graduand.office.identity import cases as casework
from graduand.queries import clock
from graduand.rulebook.terms import CaseState
from tests import acting, factories
from tests.management.calling import graduand


@pytest.fixture
def cases(season):
    """Three students of two centres with a case each; the last one's is filed, the second one's registry is content."""
    ids = [*factories.enrol(season, 2), *factories.enrol(season, 1, centre=1)]
    for file in Candidate.objects.filter(pk__in=ids):
        IdentityCase.objects.create(
            student_id=file.student_id, verdict="unsure", opened_at=clock.now()
        )
    ChsiReport.objects.exclude(student__candidates=ids[1]).update(verdict="unsure")
    acting.case_to(season, ids[1:2], CaseState.SUBMITTED)
    acting.case_to(season, ids[2:], CaseState.CLEARED)
    return season


def test_the_ones_that_hold_with_the_registry_s_word_beside_and_whose_turn_it_is(cases):
    answer = graduand("identity", "202307")
    assert (answer.code, answer.out) == (
        0,
        (
            "2021000000001 学生000001　第1学习中心　立案：身份核验不确定　学信网最新：身份核验不确定（2023-07-01）　"
            "待核实（2023-07-12 立案）　由学习中心办理\n"
            "2021000000002 学生000002　第1学习中心　立案：身份核验不确定　学信网最新：正常（2023-07-01）　"
            "学习中心已提交（2023-07-12 立案）　由学院办理\n"
            "批次 202307 身份复核 2 件\n"
        ),
    )


def test_an_upheld_one_holds_and_waits_for_nobody_until_the_registry_says_normal(cases):
    IdentityCase.objects.exclude(state="cleared").update(state=CaseState.UPHELD.value)
    listed = graduand("identity", "202307", "--json").json["cases"]
    assert [(case["state"], case["desk"]) for case in listed] == [
        ("维持存疑", ""),
        ("维持存疑", "总部"),
    ]


def test_the_filed_ones_when_asked_for_and_only_ones_own(cases, tmp_path):
    answer = graduand(
        "identity", "202307", "--all", "--as", "clerk2", "--out", tmp_path / "cases.xlsx", "--json"
    )
    [case] = answer.json["cases"]
    assert (case["student_no"], case["state"], case["desk"], case["filed"], case["note"]) == (
        "2021000000003",
        "备案通过",
        "",
        "2023-07-12",
        "教学备〔2023〕8号",
    )
    rows = list(openpyxl.load_workbook(answer.json["file"]).active.iter_rows(values_only=True))
    assert rows == [
        casework.HEADERS,
        (
            "2021000000003",
            "学生000003",
            "第2学习中心",
            "未申请",
            "身份核验不确定",
            "身份核验不确定（2023-07-01）",
            "备案通过",
            "2023-07-12",
            None,
            "2023-07-12",
            "教学备〔2023〕8号",
        ),
    ]
