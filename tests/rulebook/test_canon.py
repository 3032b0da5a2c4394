"""Canonical forms: N05, N06, N09–N11, N14, N15, X03 and the idempotency property; how sentences name
the first of many.
"""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduand.rulebook.canon import (
    NAME_MAX,
    BadText,
    canon_header,
    canon_name,
    canon_number,
    canon_print,
    canon_text,
    canon_waybill,
    hidden_in,
    odd_in_name,
    spelt_waybill,
)
from graduand.rulebook.terms import Verb
from graduand.rulebook.words import label_of, name_and_count, name_some, stored_value

ANY = st.text(st.characters(exclude_categories=()), max_size=12)
TRICKY = "张三林\uf9f4\ue863·•.． \u3000\u00a0\u200b\ufeffAa\u030a-⽅ｱＡ"
NAMELIKE = st.text(st.sampled_from(TRICKY), max_size=10)


def refused(function, raw):
    with pytest.raises(BadText) as caught:
        function(raw)
    assert caught.value.message == str(caught.value)
    return caught.value.message


@given(st.one_of(ANY, NAMELIKE))
def test_N14_canonical_names_are_stable_and_composed(raw):
    try:
        name = canon_name(raw)
    except BadText:
        return
    assert canon_name(name) == name
    assert unicodedata.normalize("NFC", name) == name


@given(ANY)
def test_canonical_numbers_texts_and_headers_are_stable(raw):
    for canon in (
        canon_number,
        canon_text,
        canon_print,
        canon_header,
        canon_waybill,
        spelt_waybill,
    ):
        try:
            once = canon(raw)
        except BadText:
            continue
        assert canon(once) == once


def test_N05_compatibility_ideograph_is_the_same_person():
    assert canon_name("\uf9f4小明") == canon_name("林小明") == "林小明"


@pytest.mark.parametrize("dot", ["•", "・", ".", "．", "‧", "･", "·", " · ", "\u00a0•"])
def test_N06_every_separator_is_the_standard_one(dot):
    assert canon_name(f"买买提{dot}阿布都") == "买买提\u00b7阿布都"


def test_N06_a_separator_separates():
    assert canon_name("阿依古丽·买买提.") == canon_name("·阿依古丽•买买提") == "阿依古丽·买买提"


def test_N07_a_name_of_25_characters_is_kept_whole():
    name = "阿卜杜热西提" * 4 + "江"
    assert (len(name), canon_name(name)) == (25, name)


def test_N08_rare_characters_stay():
    assert canon_name("𬭩𡈽㛃") == "𬭩𡈽㛃"


def test_N09_the_known_private_character_is_mapped():
    assert canon_name("\ue863文") == "䶮文"


def test_N09_other_private_characters_are_refused_with_their_place():
    assert refused(canon_name, "张\ue123明") == (
        "姓名第 2 个字符是自造字，换一台电脑就会变成别的字，请按身份证上的规范汉字重新输入（U+E123）"
    )


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("张\u202e三", "姓名第 2 个字符是改变书写方向的隐藏字符，请删除（U+202E）"),
        ("\u202e张三", "姓名第 1 个字符是改变书写方向的隐藏字符，请删除（U+202E）"),
        ("张三\u2069", "姓名第 3 个字符是改变书写方向的隐藏字符，请删除（U+2069）"),
        ("张\u200b三", "姓名第 2 个字符是看不见的零宽字符，请删除（U+200B）"),
        ("张\u200d三", "姓名第 2 个字符是看不见的零宽字符，请删除（U+200D）"),
        ("张\x00三", "姓名第 2 个字符是控制字符，请删除（U+0000）"),
        ("张\n三", "姓名第 2 个字符是控制字符，请删除（U+000A）"),
        ("张三😀", "姓名第 3 个字符是表情或图形符号，请删除（U+1F600）"),
        ("张\u3164三", "姓名第 2 个字符是看不见的填充字符，请删除（U+3164）"),
        ("张三\U000e0100", "姓名第 3 个字符是异体选择符，请删除（U+E0100）"),
        ("张三\ud800", "姓名第 3 个字符是不完整的编码，请重新输入（U+D800）"),
        ("张\uffff三", "姓名第 2 个字符是未定义的字符，请重新输入（U+FFFF）"),
    ],
)
def test_N10_invisible_and_foreign_marks_are_refused(raw, message):
    assert refused(canon_name, raw) == message


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("", "姓名为空"),
        (" \u3000\u200b", "姓名为空"),
        ("张", "姓名「张」只有一个字，请核对是否漏字"),
        ("无", "「无」不是姓名，请填写真实姓名"),
        ("NULL", "「NULL」不是姓名，请填写真实姓名"),
        ("张三" * 51, f"姓名超过 {NAME_MAX} 个字符，请核对"),
    ],
)
def test_N11_no_name(raw, message):
    assert refused(canon_name, raw) == message


def test_N14_decomposed_and_composed_are_one():
    assert canon_name("Jose\u0301 A\u030a") == canon_name("José Å") == "José Å"


@pytest.mark.parametrize("name", ["Anne-Marie O'Neil", "J. R. Smith", "Smith Jr.", "Nguyễn Văn An"])
def test_N15_latin_names_keep_spaces_hyphens_and_full_stops(name):
    assert canon_name(f"  {name}\u00a0") == name


def test_padding_between_two_characters_is_no_part_of_the_name():
    assert [canon_name(raw) for raw in ("张　三", "张  三", "Li   Ming")] == [
        "张三",
        "张三",
        "Li Ming",
    ]


def test_radicals_from_a_pdf_become_ideographs():
    assert canon_name("⽅⼀") == "方一"


def test_new_ideographs_unknown_to_this_python_are_kept():
    assert canon_name("李\U0002ebf0\U000323b0") == "李\U0002ebf0\U000323b0"


def test_X08_a_formula_typed_as_a_name_is_stored_as_text():
    assert canon_name("=HYPERLINK(1)") == "=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (" １１０１０５19491231002x ", "11010519491231002X"),
        ("\u202a2117151000123\u202c", "2117151000123"),
        ("2117 1510\u00a000123\t", "2117151000123"),
        ("军字第1234567号", "军字第1234567号"),
        ("", ""),
    ],
)
def test_numbers(raw, number):
    assert canon_number(raw) == number


def test_numbers_refuse_what_no_number_holds():
    assert refused(canon_number, "211\x007") == "号码中含有无法识别的字符（U+0000），请重新录入"
    assert refused(canon_number, "211\ud8007") == "号码中含有无法识别的字符（U+D800），请重新录入"


def test_free_text_keeps_its_lines():
    assert canon_text(" 一等奖\r\n三好\t学生 \r") == "一等奖\n三好 学生"


def test_free_text_refuses_controls_and_direction_marks():
    assert refused(canon_text, "奖\x07项") == "文字中含有控制字符（U+0007），请删除后重填"
    assert (
        refused(canon_text, "奖\u202e项")
        == "文字中含有改变书写方向的隐藏字符（U+202E），请删除后重填"
    )


@pytest.mark.parametrize("mark", "\u200b\u200f\u2060\ufeff\u00ad\u2028\u2029\u3164\ufe0f\U000e0100")
def test_what_is_printed_holds_nothing_that_nobody_sees(mark):
    """It comes with what is copied; what it looks like stays."""
    seen = {"\u2028": "\n", "\u2029": "\n", "\u3164": " "}.get(mark, "")
    assert canon_print(f"{mark}健康{mark}管理{mark}") == f"健康{seen}管理"
    assert hidden_in(f"健康{mark}管理").endswith(f"（U+{ord(mark):04X}）")
    assert canon_text(f"健康{mark}管理") == f"健康{mark}管理"  # what is only looked for


def test_what_is_printed_keeps_its_lines():
    assert canon_print("\u200b一等奖①、2℃\r\n三好\t学生 ●") == "一等奖①、2℃\n三好 学生 ●"


@pytest.mark.parametrize("raw", ["\ufeff学号", "学 号*", "　学号\u200b", "学\n号＊"])
def test_X03_headers_match_after_canon(raw):
    assert canon_header(raw) == "学号"


def test_X03_headers_fold_width_and_case():
    assert canon_header("Ｅ－Ｍａｉｌ（个人）") == "e-mail(个人)"


@pytest.mark.parametrize("name", ["王??", "张？", "?李四"])
def test_a_question_mark_is_a_lost_character(name):
    with pytest.raises(BadText, match="个字符是问号，原来的字已在转换编码时丢失"):
        canon_name(name)


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        ("张三1", [(3, "1")]),
        ("张三/李四", [(3, "/")]),
        ("阿卜杜拉*买买提", [(5, "*")]),
        ("阿卜杜拉—买买提", [(5, "—")]),
        ("阿卜杜拉-买买提", [(5, "-")]),
        ("张三，", [(3, "，")]),
        ("张三(大)", [(3, "("), (5, ")")]),
        ("阿卜杜拉·买买提", []),
        ("Anna-Maria O'Brien", []),
        ("J. Smith", []),
        ("𬭩𡈽", []),
        ("欧阳䶮之", []),
    ],
)
def test_what_names_hardly_hold_is_told_with_its_place(name, odd):
    assert odd_in_name(canon_name(name)) == odd


@pytest.mark.parametrize(
    ("names", "total", "some", "counted"),
    [
        ([], 0, "", ""),
        (["甲", "乙"], 0, "甲、乙", "甲、乙"),
        (["甲", "乙", "丙"], 0, "甲、乙等", "甲、乙 等 3 人"),
        (["甲", "乙"], 9, "甲、乙等", "甲、乙 等 9 人"),
    ],
)
def test_a_sentence_names_the_first_two_of_many(names, total, some, counted):
    assert (name_some(names, 2, total), name_and_count(names, 2, "人", total)) == (some, counted)


def test_a_word_that_is_missing_has_an_empty_value_and_label():
    assert (stored_value(None), label_of(None)) == ("", "")
    assert (stored_value(Verb.APPLY), label_of(Verb.APPLY)) == ("apply", Verb.APPLY.label)
