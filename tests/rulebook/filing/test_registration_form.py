"""毕业生登记表: required fields, 「无」 for the starred, history, 自我鉴定 in characters (annex 1, W17)."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduand.rulebook.filing.registration_form import (
    REGISTRATION_NO,
    REQUIRED,
    STARRED,
    THESIS,
    FormFinding,
    RegistrationForm,
    SchoolingLine,
    appraisal_length,
    form_findings,
    history_findings,
    ordered_history,
    paper_category,
    paper_level,
    printed_fields,
)
from graduand.rulebook.terms import Level

UPPER = SchoolingLine(date(2012, 9, 1), date(2015, 7, 1), "某市第一中学")
JUNIOR = SchoolingLine(date(2015, 9, 1), date(2018, 7, 1), "某职业技术学院")
COMPLETE = RegistrationForm(
    Level.TOP_UP, dict.fromkeys((*REQUIRED, THESIS), "有"), (UPPER, JUNIOR), appraisal="好" * 200
)


def without(*labels, **changes):
    fields = {label: text for label, text in COMPLETE.fields.items() if label not in labels}
    return replace(COMPLETE, fields=fields, **changes)


def test_a_complete_form_needs_no_starred_field():
    assert form_findings(COMPLETE, 200) == []


@pytest.mark.parametrize("label", REQUIRED)
def test_附件1_note_2_nothing_stays_blank(label):
    spaces = replace(COMPLETE, fields={**COMPLETE.fields, label: " \u3000"})
    assert (
        form_findings(without(label), 200) == form_findings(spaces, 200) == [("FORM-EMPTY", label)]
    )


def test_附件1_note_2_starred_fields_are_printed_as_无():
    printed = printed_fields(replace(COMPLETE, fields={**COMPLETE.fields, "手机": "13800001234"}))
    assert {label: printed[label] for label in STARRED} == {
        **dict.fromkeys(STARRED, "无"),
        "手机": "13800001234",
    }
    assert printed[REGISTRATION_NO] == ""


@pytest.mark.parametrize(
    ("level", "finding", "printed"),
    [
        (Level.JUNIOR, FormFinding("FORM-THESIS", ""), "无"),
        (Level.TOP_UP, FormFinding("FORM-EMPTY", THESIS), ""),
        (Level.BACHELOR, FormFinding("FORM-EMPTY", THESIS), ""),
    ],
)
def test_no_thesis_is_a_warning_at_专科_only(level, finding, printed):
    form = without(THESIS, level=level)
    assert form_findings(form, 200) == [finding]
    assert finding.warns is (level is Level.JUNIOR)
    assert printed_fields(form)[THESIS] == printed


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("好" * 199, [("FORM-APPRAISAL", "199")]),
        ("好" * 200, []),
        ("好 " * 199 + "\u3000\n", [("FORM-APPRAISAL", "199")]),
        (" " * 400, [("FORM-APPRAISAL", "0")]),
        ("𬭩" * 199 + "\u200b", [("FORM-APPRAISAL", "199")]),
        ("", [("FORM-APPRAISAL", "0")]),
        (None, []),
    ],
)
def test_W17_the_appraisal_is_counted_in_characters(text, found):
    assert form_findings(replace(COMPLETE, appraisal=text), 200) == found


@given(st.text(max_size=60), st.text(" \u3000\n\t\u200b", max_size=20))
def test_W17_spaces_add_nothing(text, spaces):
    assert appraisal_length(spaces + text + spaces) == appraisal_length(text) <= len(text)


def test_附件1_note_6_the_history_is_printed_in_order():
    assert ordered_history([JUNIOR, UPPER]) == [UPPER, JUNIOR]
    assert history_findings([JUNIOR, UPPER]) == []


@pytest.mark.parametrize(
    ("history", "found"),
    [
        ((), [("FORM-HISTORY", "空")]),
        ((UPPER, replace(JUNIOR, place=" ")), [("FORM-HISTORY", "第2行没有学校")]),
        ((UPPER, replace(JUNIOR, until=date(2015, 8, 1))), [("FORM-HISTORY", "第2行止早于起")]),
        (
            (UPPER, replace(JUNIOR, since=date(2015, 6, 1))),
            [("FORM-HISTORY", "第2行与上一行时间重叠")],
        ),
        ((replace(UPPER, until=None), JUNIOR), [("FORM-HISTORY", "第2行与上一行时间重叠")]),
        ((UPPER, replace(JUNIOR, until=None)), []),
        ((JUNIOR,), [("FORM-HISTORY-START", "某职业技术学院")]),
    ],
)
def test_附件1_note_6_history(history, found):
    assert history_findings(history) == found


@pytest.mark.parametrize(
    ("place", "warned"),
    [
        ("某县实验小学", True),
        ("某县初级中学", True),
        ("某校初中部、高中部", False),
        ("师范大学附中", False),
        ("某大学", True),
        ("某市卫生学校", False),
        ("某职业学院中专部", False),
    ],
)
def test_附件1_note_6_the_first_school_is_upper_secondary(place, warned):
    found = history_findings([replace(UPPER, place=place)])
    assert found == ([("FORM-HISTORY-START", place)] if warned else [])
    assert [finding.warns for finding in found] == [True] * len(found)


def test_labels_on_paper():
    assert [paper_level(level) for level in Level] == ["专科", "专科起点本科", "本科"]
    categories = [("开放", Level.JUNIOR), ("开放", Level.TOP_UP), ("助力计划", Level.JUNIOR)]
    assert [paper_category(*pair) for pair in categories] == [
        "开放教育专科",
        "开放教育本科",
        "助力计划",
    ]
