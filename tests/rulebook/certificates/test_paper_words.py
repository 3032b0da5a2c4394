"""Days, years and the sentence of the certificate in the words of papers."""

from datetime import date

import pytest

from graduand.rulebook.certificates.paper_words import (
    certificate_text,
    day_text,
    entry_text,
    id_text,
    month_text,
    numeral_day,
    numeral_month,
    numeral_years,
    shown_years,
)
from graduand.rulebook.filing.registration_form import FormFinding
from graduand.rulebook.papers import printing
from graduand.rulebook.terms import IdKind, Level
from tests.papers.plain import graduand

ISSUED = date(2023, 7, 20)


def test_days():
    assert (day_text(ISSUED), day_text(None), month_text(ISSUED)) == (
        "2023年7月20日",
        "　　年　　月　　日",
        "2023年7月",
    )
    assert (entry_text(4042), entry_text(4043)) == ("2021年春季", "2021年秋季")


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (ISSUED, "二〇二三年七月二十日"),
        (date(1990, 10, 10), "一九九〇年十月十日"),
        (date(2000, 11, 11), "二〇〇〇年十一月十一日"),
        (date(2024, 12, 31), "二〇二四年十二月三十一日"),
        (date(2024, 1, 1), "二〇二四年一月一日"),
        (date(2024, 2, 29), "二〇二四年二月二十九日"),
    ],
)
def test_days_in_numerals(day, words):
    assert numeral_day(day) == words
    assert words.startswith(numeral_month(day))


def test_years():
    years = {
        "2": "二年",
        "2.5": "二年半",
        "10": "十年",
        "12.5": "十二年半",
        "2.25": "2.25年",
        "两": "两年",
        "0.5": "0.5年",
    }
    assert {text: numeral_years(text) for text in years} == years


def test_note_3_soldiers_and_foreigners_say_which_paper_it_is():
    kinds = (IdKind.RESIDENT, IdKind.HMT_RESIDENCE, IdKind.PASSPORT, IdKind.OFFICER)
    assert [id_text(kind, "E1") for kind in kinds] == ["E1", "E1", "护照 E1", "军官证 E1"]
    assert id_text(IdKind.PASSPORT, "") == ""


def test_the_sentence_says_the_level_as_papers_do():
    told = certificate_text(graduand(level=Level.TOP_UP, years="", min_semesters=5), ISSUED)
    assert told == (
        "学生王小明，性别女，一九九〇年三月七日生，于二〇二一年三月至二〇二三年七月在本校健康管理专业专科起点本科学习，"
        "学制二年半，修完教学计划规定的全部课程，成绩合格，准予毕业。"
    )


# each snag of a paper, and whether it stops the print
CODES = [
    ("ROSTER", True),
    ("PROOF", False),
    ("PHOTO-FILE", True),
    ("PHOTO-EMPTY", False),
    ("YEARS", False),
    ("CREDITS", False),
    ("FORM-EMPTY", False),
    ("FORM-THESIS", False),
    ("FORM-HISTORY", False),
    ("FIT", True),
    ("TYPESET", True),
    ("GLYPH", True),
    ("GLYPH", False),
]


def test_snags_say_what_to_do_and_whether_they_stop_the_print():
    gaps = (("FORM-EMPTY", "民族"), ("FORM-THESIS", ""), ("FORM-HISTORY", "空"))
    form = printing.form_snags((FormFinding(*gap) for gap in gaps), frozen=False)
    every = [
        printing.not_on_roster(),
        printing.proof(),
        printing.lost_picture(blocks=True),
        printing.no_picture("入学照片"),
        printing.derived_years(),
        printing.short_credits(),
        *form,
        printing.does_not_fit("工作单位"),
        printing.unprintable("x"),
        printing.missing_glyphs([("姓名", "\ue000")], blocks=True),
        printing.missing_glyphs([("姓名", "\ue000")], blocks=False),
    ]
    assert [(snag.code, snag.blocks) for snag in every] == CODES
    assert all(snag.sentence and snag.source and snag.todo for snag in every)
    assert [snag.sentence for snag in form] == [
        "登记表「民族」没有内容，留空由本人填写",
        "登记表「毕业论文及毕业设计题目」没有内容，专科印「无」",
        "登记表「主要学习经历」：空",
    ]
    assert [snag.sentence for snag in every[-2:]] == [
        "「姓名」里的\ue000（U+E000）字体里没有",
        "「姓名」里的\ue000（U+E000）字体里没有，印作「〓」",
    ]


def test_the_length_of_study_is_shown_with_its_unit_as_it_was_typed():
    shown = {"2.5": "2.5 年", "2.5年": "2.5 年", "三年": "三年", "三": "三年", " ": ""}
    assert {typed: shown_years(typed) for typed in shown} == shown
