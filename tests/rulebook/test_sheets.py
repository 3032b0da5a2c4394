"""The columns of every sheet: headers found, rows read, each refusal a sentence (hazards X and N)."""

from datetime import date, datetime, time
from decimal import Decimal
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduand.rulebook import cell_parsers
from graduand.rulebook.calendar import Term
from graduand.rulebook.canon import BadText
from graduand.rulebook.cells import RUNNABLE, Mark, Noted, safe_text, text_of
from graduand.rulebook.sheet_columns import SPECS
from graduand.rulebook.sheets import ParsedRow, Problem, column_letter, match_headers, parse_row
from graduand.rulebook.terms import (
    ChsiVerdict,
    ConfirmedBy,
    CourseNature,
    GradeWord,
    IdKind,
    Level,
    ObtainedBy,
    Role,
    Sex,
    SheetKind,
    Standing,
    UnitKind,
)

STUDENT = {
    "学号": "2117151000123",
    "姓名": "古丽•阿依",
    "性别": "女",
    "出生日期": "1990-03-07",
    "民族": "维吾尔",
    "证件类型": "居民身份证",
    "证件号": "11010519900307123x",
    "入学年度学期": "2021春季",
    "学籍状态": "在籍",
    "学习中心代码": "11001",
    "学生类别": "开放",
    "学历层次": "专科",
    "专业规则代码": "21Z-01",
    "续读本科": "",
}
RESULT = {
    "学号": "2117151000123",
    "课程代码": "00815",
    "成绩": "59.5",
    "学期": "2021秋",
    "发布日期": "2022-01-20",
}


def read(kind, row):
    spec = SPECS[kind]
    mapping = match_headers(spec, list(row))
    assert mapping.errors == ()
    return parse_row(spec, mapping, list(row.values()))


def refusal(parse, cell):
    with pytest.raises(BadText) as caught:
        parse(cell)
    return caught.value.message


def test_every_kind_has_its_sheet_and_its_key_among_its_columns():
    assert set(SPECS) == set(SheetKind)
    for kind, spec in SPECS.items():
        assert spec.kind is kind
        names = [column.name for column in spec.columns]
        assert len(set(names)) == len(names)
        assert len(set(spec.headers)) == len(spec.headers)
        assert set(spec.key) <= set(names)


def test_a_student_row_becomes_values_and_keeps_what_was_typed():
    parsed = read(SheetKind.STUDENTS, STUDENT)
    assert parsed == ParsedRow(
        values={
            "student_no": "2117151000123",
            "name": "古丽·阿依",
            "sex": Sex.FEMALE,
            "birth_date": date(1990, 3, 7),
            "nation": "维吾尔族",
            "id_kind": IdKind.RESIDENT,
            "id_number": "11010519900307123X",
            "politics": "",
            "entry_term": Term(2021, 0),
            "standing": Standing.ENROLLED,
            "centre_code": "11001",
            "category": "开放",
            "level": Level.JUNIOR,
            "plan_code": "21Z-01",
            "class_name": "",
            "class_code": "",
            "phone": "",
            "email": "",
            "goes_on": False,
            "exam_no": "",
            "branch": "",
            "raw": {"student_no": "2117151000123", "name": "古丽•阿依", "id_number": "11010519900307123x"},
        },
        problems=[],
        notes=[],
    )


def test_a_result_row_takes_its_defaults():
    values = read(SheetKind.RESULTS, RESULT).values
    assert values == {
        "student_no": "2117151000123",
        "course_code": "00815",
        "grade": Decimal("59.5"),
        "obtained_by": ObtainedBy.EXAM,
        "term": Term(2021, 1),
        "published_on": date(2022, 1, 20),
        "reviewed": None,
        "sitting": 1,
        "voided": False,
        "raw": {"student_no": "2117151000123"},
    }


def test_成绩免考_implies_exemption_only_when_nothing_else_is_said():
    assert read(SheetKind.RESULTS, RESULT | {"成绩": "免考"}).values["obtained_by"] is ObtainedBy.EXEMPTION
    told = read(SheetKind.RESULTS, RESULT | {"成绩": "免考", "取得方式": "考试"}).values
    assert (told["grade"], told["obtained_by"]) == (GradeWord.EXEMPT, ObtainedBy.EXAM)


def test_every_reason_of_a_row_is_reported_not_the_first_only():
    parsed = read(SheetKind.STUDENTS, STUDENT | {"姓名": "", "性别": "雄", "证件号": 110105199003071234.0})
    assert parsed.problems == [
        Problem("姓名", "姓名不能为空"),
        Problem("性别", "性别「雄」不认识；可填：男、女"),
        Problem("证件号", "证件号被 Excel 改成数字，末位已丢失；请设为文本后重新填写"),
    ]


def test_other_kinds_are_read():
    unit = read(SheetKind.UNITS, {"单位代码": 110.0, "单位名称": "甲", "单位类型": "总部"})
    assert (unit.values["code"], unit.values["kind"], unit.problems) == ("110", UnitKind.HQ, [])
    assert unit.notes == ["单位代码是数字格式，已按「110」读取；如有前导零请设为文本"]
    course = read(
        SheetKind.COURSES,
        {
            "专业规则代码": "p", "课程代码": "c", "课程名称": "名", "学分": 2.5, "模块名称": "公共",
            "课程性质": "统设必修", "总部考试": "是", "综合实践": "否", "必须通过": True,
        },
    ).values  # fmt: skip
    assert (course["plan_code"], course["credits"], course["nature"]) == (
        "P",
        Decimal("2.5"),
        CourseNature.CORE,
    )
    assert (course["hq_exam"], course["practice"], course["must_pass"]) == (True, False, True)
    assert (course["degree_course"], course["thesis"]) == (False, False)
    chsi = read(
        SheetKind.CHSI,
        {
            "学号": "1",
            "姓名": "王涵",
            "录取照片": "有",
            "学历照片": "无",
            "核验结果": "身份复核不通过",
            "数据日期": "20230701",
        },
    ).values
    assert (chsi["admission_photo"], chsi["credential_photo"]) == (True, False)
    assert (chsi["verdict"], chsi["as_of"], chsi["level"]) == (ChsiVerdict.FAILED, date(2023, 7, 1), None)
    signed = read(SheetKind.CONFIRMATIONS, {"学号": "1", "确认日期": date(2023, 7, 1), "确认方式": "签字表"})
    assert signed.values["method"] is ConfirmedBy.SIGNED
    history = read(
        SheetKind.HISTORIES, {"学号": "1", "起": datetime(2015, 9, 1), "止": "至今", "地点与学校": "北京"}
    )
    assert (history.values["start"], history.values["end"]) == ("2015-09", "至今")
    profile = read(SheetKind.PROFILES, {"学号": "1", "前置毕业时间": "2018年7月", "初审日期": "2021/3/1"})
    assert (profile.values["prior_graduated"], profile.values["first_opinion_on"]) == (
        "2018-07",
        date(2021, 3, 1),
    )


def test_rules_between_the_columns_of_a_row():
    unit = {"单位代码": "1", "单位名称": "甲", "单位类型": "学院", "上级单位代码": ""}
    assert read(SheetKind.UNITS, unit).problems == [Problem("上级单位代码", "学院必须填写上级单位代码")]
    hq = unit | {"单位类型": "总部", "上级单位代码": "2"}
    assert read(SheetKind.UNITS, hq).problems == [Problem("上级单位代码", "总部没有上级单位；请清空这一格")]
    user = {
        "账号": "li",
        "姓名": "李四",
        "单位代码": "1",
        "角色": "学生",
        "起": "2023-02-01",
        "止": "2023-01-01",
    }
    parsed = read(SheetKind.USERS, user)
    assert parsed.values["role"] is Role.STUDENT
    assert parsed.problems == [
        Problem("学号", "角色是学生时必须填写学号"),
        Problem("止", "止（2023-01-01）早于起（2023-02-01）"),
    ]
    history = {"学号": "1", "起": "2018-09", "止": "2015-07", "地点与学校": "北京"}
    assert read(SheetKind.HISTORIES, history).problems == [Problem("止", "止（2015-07）早于起（2018-09）")]


def test_X01_an_id_as_number_is_refused_never_repaired():
    parse = cell_parsers.document_no("证件号")
    lost = "证件号被 Excel 改成数字，末位已丢失；请设为文本后重新填写"
    assert refusal(parse, 110105199003071234.0) == lost
    assert refusal(parse, 12345.0) == lost
    assert parse("１１０１０５ 19900307123ｘ") == "11010519900307123X"
    number = cell_parsers.fixed_digits("电子注册号", 18)
    assert refusal(number, 511611202306000001.0).startswith("电子注册号被 Excel 改成数字")
    assert (
        refusal(number, "5116120230600001") == "电子注册号应为 18 位数字，现为「5116120230600001」（16 位）"
    )


def test_X02_scientific_refused_exact_integer_noted():
    parse = cell_parsers.student_no
    assert parse(2117151000123.0) == Noted(
        "2117151000123", "学号是数字格式，已按 13 位数字读取；建议设为文本"
    )
    assert parse("2117151000123.0").value == "2117151000123"
    assert (
        refusal(parse, "2.117E+12") == "学号「2.117E+12」是科学计数法，后面的数字已丢失；请设为文本后重新填写"
    )
    lost = "学号被 Excel 改成了数字且不是完整的 13 位，可能丢失前导零或末位；请设为文本后重新填写"
    assert refusal(parse, 117151000123.0) == lost  # a leading zero lost
    assert refusal(parse, 2117151000123.5) == lost
    assert refusal(parse, -1.0) == lost
    assert refusal(parse, 2.0**60) == lost
    assert cell_parsers.code("班级代码")("21E01") == "21E01"


def test_X03_headers_are_matched_after_canon():
    spec = SPECS[SheetKind.CONFIRMATIONS]
    mapping = match_headers(spec, ["\ufeff 学号\u3000", "确认日期\u00a0*", "\t确认\u200b方式", "备注", ""])
    assert mapping.errors == ()
    assert [(index, column.name) for index, column in mapping.readers] == [
        (0, "student_no"), (1, "confirmed_on"), (2, "method"),
    ]  # fmt: skip
    assert mapping.warnings == ("不认识的列已忽略：备注",)


def test_X04_reordered_renamed_missing_duplicated_and_below():
    spec = SPECS[SheetKind.CONFIRMATIONS]
    mapping = match_headers(spec, ["确认方式", "确认日期", "学号"])
    assert mapping.pairs == (("确认方式", "确认方式"), ("确认日期", "确认日期"), ("学号", "学号"))
    assert match_headers(spec, ["学籍号", "确认日期", "确认方式"]).errors == (
        "「学生确认」表缺少必需的列：学号",
    )
    doubled = match_headers(spec, ["学号", "确认日期", "确认方式", "学 号"])
    assert doubled.errors == ("列「学号」出现了 2 次（A、D 列）；请只保留一列",)
    titled = match_headers(spec, ["2023 年学生确认表", "", ""], ["学号", "确认日期", "确认方式"])
    assert titled.errors == (
        "「学生确认」表缺少必需的列：学号、确认日期、确认方式；第二行看起来才是表头，请删去它上面的行，让表头成为第一行",
    )
    assert match_headers(spec, ["学号", "确认日期", "确认方式", "错误原因"]).warnings == ()
    renamed = match_headers(SPECS[SheetKind.CHSI], [*SPECS[SheetKind.CHSI].required_headers, "身份证号"])
    assert renamed.readers[-1][1].name == "id_number"
    assert "birth_date" in renamed.absent


def test_X07_a_formula_and_an_error_value_are_refused():
    for parse in (
        cell_parsers.student_no,
        cell_parsers.person_name,
        cell_parsers.day,
        cell_parsers.mark_or_word("成绩"),
    ):
        assert refusal(parse, Mark.FORMULA).startswith("单元格是公式，不能导入")
        assert refusal(parse, Mark.ERROR).startswith("单元格是 Excel 错误值")
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
        "'@SUM", "'+cmd|x", "'＝1", "甲-乙",
    )  # fmt: skip


def test_X09_a_lost_character_is_refused():
    message = "有无法识别的字符（显示为 �），文件编码混乱或内容已损坏；请在原始数据中重新填写这一格"
    assert refusal(cell_parsers.person_name, "张\ufffd三") == message
    assert refusal(cell_parsers.text("地址"), "北\ufffd") == message


def test_X14_dates_and_terms_are_strict():
    for good in ("2023-07-20", "20230720", "2023/7/20", 20230720.0, date(2023, 7, 20), datetime(2023, 7, 20)):
        assert cell_parsers.day(good) == date(2023, 7, 20)
    assert cell_parsers.day("2024-02-29") == date(2024, 2, 29)
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
        refusal(cell_parsers.day, bad)
    assert cell_parsers.day(45127.0) == date(2023, 7, 20)
    assert cell_parsers.day_1904(45127.0 - 1462) == date(2023, 7, 20)
    for good in ("2021春", "2021春季", "2021年春", "２０２１春", 202103.0):
        assert cell_parsers.term(good) == Term(2021, 0)
    for bad in ("2021.3", 2021.3, "2021", datetime(2021, 3, 1)):
        refusal(cell_parsers.term, bad)
    assert refusal(cell_parsers.text("班级名称"), datetime(2021, 3, 1)) == (
        "被 Excel 改成了日期；请把该列设为文本格式后重新填写"
    )


def test_X14_a_workbook_of_1904_reads_its_serials_from_there():
    spec = SPECS[SheetKind.CONFIRMATIONS]
    mapping = match_headers(spec, ["学号", "确认日期", "确认方式"], epoch_1904=True)
    assert parse_row(spec, mapping, ["1", 43665.0, "签字表"]).values["confirmed_on"] == date(2023, 7, 20)


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
        Decimal(60), Decimal(100), GradeWord.EXCELLENT, GradeWord.PASS,
    )  # fmt: skip
    assert refusal(parse, "101") == "成绩「101」超出范围；应在 0–100 之间"
    assert refusal(parse, "差") == (
        "成绩「差」不认识；应为 0–100 的数，或：优、良、中、及格、合格、免考、不及格、不合格、缺考"
    )


def test_shares_and_integers():
    share = cell_parsers.share("比例")
    assert (share("40%"), share(0.4), share("1")) == (Decimal("0.4"), Decimal("0.4"), Decimal(1))
    assert refusal(share, "1.01") == "比例「1.01」不对；应为 0–1 之间的数，最多 4 位小数"
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
    assert cell_parsers.nation("穿青人族") == Noted(
        "穿青人族", "民族「穿青人族」不在国家标准 GB/T 3304 的名称里"
    )
    assert cell_parsers.politics("共青团员") == "共青团员"
    assert cell_parsers.politics("党员").value == "党员"
    assert cell_parsers.email("a@b").note == "邮箱「a@b」的写法不像邮箱地址"
    assert cell_parsers.phone(13800138000.0) == "13800138000"
    refusal(cell_parsers.phone, 1088888888.0)


def test_column_letters():
    assert [column_letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_results_are_read_at_twenty_thousand_rows_a_second():
    spec = SPECS[SheetKind.RESULTS]
    mapping = match_headers(spec, list(RESULT))
    rows = [list((RESULT | {"学号": str(2117151000000 + n)}).values()) for n in range(20_000)]
    start = perf_counter()
    for row in rows:
        parse_row(spec, mapping, row)
    assert perf_counter() - start < 2  # twice the aim: the machine is shared
