"""Single cells: what is read, what is kept with a note, and the sentence for what is refused."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduand.rulebook.calendar import Term
from graduand.rulebook.canon import BadText
from graduand.rulebook.records import cell_parsers, day_parsers
from graduand.rulebook.records.cells import RUNNABLE, NotedValue, UnusableCell, safe_text, text_of
from graduand.rulebook.terms import GradeWord


def refusal(parse, cell):
    with pytest.raises(BadText) as caught:
        parse(cell)
    return caught.value.message


def test_X01_an_id_as_number_is_refused_never_repaired():
    parse = cell_parsers.document_no("证件号")
    lost = "证件号被 Excel 改成数字，末位已丢失；请设为文本后重新填写"
    assert refusal(parse, 110105199003071234.0) == lost
    assert refusal(parse, 12345.0) == lost
    assert parse("１１０１０５ 19900307123ｘ") == "11010519900307123X"
    number = cell_parsers.fixed_digits("电子注册号", 18)
    assert refusal(number, 511611202306000001.0).startswith("电子注册号被 Excel 改成数字")
    assert (
        refusal(number, "5116120230600001")
        == "电子注册号应为 18 位数字，现为「5116120230600001」（16 位）"
    )


def test_X02_scientific_refused_exact_integer_noted():
    parse = cell_parsers.student_no
    assert parse(2117151000123.0) == NotedValue(
        "2117151000123", "学号是数字格式，已按 13 位数字读取；建议设为文本"
    )
    assert parse("2117151000123.0").value == "2117151000123"
    assert (
        refusal(parse, "2.117E+12")
        == "学号「2.117E+12」是科学计数法，后面的数字已丢失；请设为文本后重新填写"
    )
    lost = "学号被 Excel 改成了数字且不是完整的 13 位，可能丢失前导零或末位；请设为文本后重新填写"
    assert refusal(parse, 117151000123.0) == lost  # a leading zero lost
    assert refusal(parse, 2117151000123.5) == lost
    assert refusal(parse, -1.0) == lost
    assert refusal(parse, 2.0**60) == lost
    assert cell_parsers.code("班级代码")("21E01") == "21E01"


def test_X07_a_formula_and_an_error_value_are_refused():
    for parse in (
        cell_parsers.student_no,
        cell_parsers.person_name,
        day_parsers.day,
        cell_parsers.mark_or_word("成绩"),
    ):
        assert refusal(parse, UnusableCell.FORMULA).startswith("单元格是公式，不能导入")
        assert refusal(parse, UnusableCell.ERROR).startswith("单元格是 Excel 错误值")
        assert refusal(parse, "【公式】").startswith("单元格是公式，不能导入")


@given(st.sampled_from(RUNNABLE), st.text(max_size=8))
def test_X08_what_is_written_safely_comes_back_as_it_was(start, rest):
    written = safe_text(start + rest)
    assert written == "'" + start + rest
    if "\ufffd" not in rest:
        assert text_of(written) == start + rest


def test_X08_a_runnable_text_is_stored_as_text():
    parse = cell_parsers.text("工作单位")
    assert parse('=HYPERLINK("http://x","y")') == '=HYPERLINK("http://x","y")'
    assert (safe_text("@SUM"), safe_text("+cmd|x"), safe_text("＝1"), safe_text("甲-乙")) == (
        "'@SUM",
        "'+cmd|x",
        "'＝1",
        "甲-乙",
    )


def test_X09_a_lost_character_is_refused():
    message = "有无法识别的字符（显示为 �），文件编码混乱或内容已损坏；请在原始数据中重新填写这一格"
    assert refusal(cell_parsers.person_name, "张\ufffd三") == message
    assert refusal(cell_parsers.text("地址"), "北\ufffd") == message


def test_X14_dates_and_terms_are_strict():
    for good in (
        "2023-07-20",
        "20230720",
        "2023/7/20",
        20230720.0,
        date(2023, 7, 20),
        datetime(2023, 7, 20),
    ):
        assert day_parsers.day(good) == date(2023, 7, 20)
    assert day_parsers.day("2024-02-29") == date(2024, 2, 29)
    for bad in (
        "2023-02-29",
        "2021.3",
        "20/07/2023",
        date(1899, 12, 30),
        date(1900, 1, 5),
        2021.3,
        True,
        time(0),
    ):
        refusal(day_parsers.day, bad)
    assert day_parsers.day(45127.0) == date(2023, 7, 20)
    assert day_parsers.day_1904(45127.0 - 1462) == date(2023, 7, 20)
    for good in ("2021春", "2021春季", "2021年春", "２０２１春", 202103.0):
        assert day_parsers.term(good) == Term(2021, 0)
    for bad in ("2021.3", 2021.3, "2021", datetime(2021, 3, 1)):
        refusal(day_parsers.term, bad)
    assert refusal(cell_parsers.text("班级名称"), datetime(2021, 3, 1)) == (
        "被 Excel 改成了日期；请把该列设为文本格式后重新填写"
    )


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("76", "76"),
        ("76.0", "76"),
        ("７６", "76"),
        (76.0, "76"),
        (2.5, "2.5"),
        ("0", "0"),
        (300.0, "300"),
        (" 1.5 ", "1.5"),
    ],
)
def test_X19_credits_accepted(cell, value):
    assert cell_parsers.decimal("学分", 0, 300, 2)(cell) == Decimal(value)


@pytest.mark.parametrize(
    "cell",
    [
        "-1",
        "1e3",
        "NaN",
        "76,5",
        "inf",
        "300.5",
        -1.0,
        float("nan"),
        float("inf"),
        "1.255",
        True,
        "七十六",
        "+5",
        "٧",
    ],
)
def test_X19_credits_refused(cell):
    refusal(cell_parsers.decimal("学分", 0, 300, 2), cell)


def test_X19_the_messages():
    parse = cell_parsers.decimal("学分", 0, 300, 2)
    assert refusal(parse, "76,5") == "学分「76,5」不是数；请写成 76 或 76.5 这样的数"
    assert refusal(parse, "-1") == "学分「-1」超出范围；应在 0–300 之间"
    assert refusal(parse, "1.255") == "学分「1.255」的小数太长；最多 2 位小数"


def test_marks_and_words():
    parse = cell_parsers.mark_or_word("成绩")
    assert (parse("60"), parse(100.0), parse("优"), parse("及格")) == (
        Decimal(60),
        Decimal(100),
        GradeWord.EXCELLENT,
        GradeWord.PASS,
    )
    assert refusal(parse, "101") == "成绩「101」超出范围；应在 0–100 之间"
    assert refusal(parse, "差") == (
        "成绩「差」不认识；应为 0–100 的数，或：优、良、中、及格、合格、免考、不及格、不合格、缺考"
    )


def test_shares_and_integers():
    share = cell_parsers.share("比例")
    assert (share("40%"), share(0.4), share("1")) == (Decimal("0.4"), Decimal("0.4"), Decimal(1))
    assert refusal(share, "1.01") == "比例「1.01」不对；应为 0–1 之间的数，最多 8 位小数"
    years = cell_parsers.integer("最长年限", 1, 40)
    assert (years(8.0), years("8")) == (8, 8)
    assert refusal(years, "8.5") == "最长年限「8.5」不是整数"


def test_yes_no_says_what_may_be_written():
    parse = cell_parsers.yes_no("续读本科")
    assert (parse("是"), parse("否 "), parse(True)) == (True, False, True)
    assert refusal(parse, "Y") == "续读本科「Y」不认识；只能填「是」或「否」"


def test_one_and_true_are_not_confused_by_memory():
    parse = cell_parsers.integer("考试次序", 1, 99)
    assert parse(1.0) == 1
    refusal(parse, True)


def test_what_can_be_stored_is_kept_with_a_note():
    assert cell_parsers.nation("汉") == "汉族"
    assert cell_parsers.nation("穿青人族") == NotedValue(
        "穿青人族", "民族「穿青人族」不在国家标准 GB/T 3304 的名称里"
    )
    assert cell_parsers.politics("共青团员") == "共青团员"
    assert cell_parsers.politics("党员").value == "党员"
    assert cell_parsers.email("a@b").note == "邮箱「a@b」的写法不像邮箱地址"
    assert cell_parsers.phone(13800138000.0) == "13800138000"
    refusal(cell_parsers.phone, 1088888888.0)


@pytest.mark.parametrize("number", ["110105199003071234", "11010519900307123x", "110105900307123"])
def test_an_identity_number_is_no_exam_number(number):
    """考生号 stands in the open: a 证件号 in it would be one nobody sealed."""
    said = "考生号一栏填的是身份证号；证件号请只填在「证件号」一栏，没有考生号的留空（用学号代替）"
    assert refusal(cell_parsers.exam_no, number) == said


@pytest.mark.parametrize(
    "number",
    [
        "21110105150001",
        "2023110105123456",
        "110105199013071234",
        "990105199003071234",
        "110105901307123",
        "K20230001",
    ],
)
def test_exam_numbers_of_other_shapes_stay(number):
    """The registry's KSH has up to 18 places: only what holds a region and a birth date is an identity number."""
    assert cell_parsers.exam_no(number) == number


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("2015.10", "2015-10"),
        ("2015.09", "2015-09"),
        ("2021年3月", "2021-03"),
        ("2021/03", "2021-03"),
        (201510, "2015-10"),
    ],
)
def test_months_as_people_write_them(cell, read):
    assert day_parsers.month(cell) == read


@pytest.mark.parametrize("cell", [2015.1, 2018.7, 2015.12])
@pytest.mark.parametrize("parse", [day_parsers.month, day_parsers.month_or_now])
def test_a_month_that_became_a_number_is_refused(parse, cell):
    with pytest.raises(BadText, match="是数字，分不清 1 月和 10 月；请把该列设为文本"):
        parse(cell)


def test_a_month_that_may_have_been_october_is_read_with_a_note():
    assert day_parsers.month("2015.1") == NotedValue(
        "2015-01", "年月「2015.1」读作 2015-01；如果是 10 月，请写成 2015-10"
    )


def test_a_name_with_what_names_hardly_hold_is_kept_with_a_note():
    note = "姓名「张三/1」的第 3 个字符「/」、第 4 个字符「1」在姓名里少见；请与证件核对"
    assert cell_parsers.person_name("张三/1") == NotedValue("张三/1", note)
