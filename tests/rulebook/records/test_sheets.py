"""The columns of every sheet: headers found, rows read, each refusal a sentence."""

from datetime import date, datetime
from decimal import Decimal
from time import perf_counter

import pytest

from graduand.rulebook.calendar import Term
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.records.sheets import (
    ParsedRow,
    Problem,
    SheetSpec,
    column_letter,
    header_place,
    match_headers,
    parse_row,
    total_of,
)
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
            "raw": {
                "student_no": "2117151000123",
                "name": "古丽•阿依",
                "id_number": "11010519900307123x",
            },
            "blank": ["goes_on"],
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
        "blank": [],
    }


def test_an_empty_cell_of_an_optional_column_is_blank():
    parsed = read(SheetKind.STUDENTS, STUDENT | {"手机": " ", "邮箱": None, "班级名称": "一班"})
    assert parsed.values["blank"] == ["phone", "email", "goes_on"]


def test_成绩免考_implies_exemption_only_when_nothing_else_is_said():
    assert (
        read(SheetKind.RESULTS, RESULT | {"成绩": "免考"}).values["obtained_by"]
        is ObtainedBy.EXEMPTION
    )
    told = read(SheetKind.RESULTS, RESULT | {"成绩": "免考", "取得方式": "考试"}).values
    assert (told["grade"], told["obtained_by"]) == (GradeWord.EXEMPT, ObtainedBy.EXAM)


def test_every_reason_of_a_row_is_reported_not_the_first_only():
    parsed = read(
        SheetKind.STUDENTS, STUDENT | {"姓名": "", "性别": "雄", "证件号": 110105199003071234.0}
    )
    assert parsed.problems == [
        Problem("姓名", "姓名不能为空"),
        Problem("性别", "性别「雄」不认识；可填：男、女"),
        Problem("证件号", "证件号被 Excel 改成数字，末位已丢失；请设为文本后重新填写"),
    ]


def test_a_unit_is_read_and_a_code_that_was_a_number_is_noted():
    unit = read(SheetKind.UNITS, {"单位代码": 110.0, "单位名称": "甲", "单位类型": "总部"})
    assert (unit.values["code"], unit.values["kind"], unit.problems) == ("110", UnitKind.HQ, [])
    assert unit.notes == ["单位代码是数字格式，已按「110」读取；如有前导零请设为文本"]


def test_a_course_is_read():
    course = read(
        SheetKind.COURSES,
        {
            "专业规则代码": "p",
            "课程代码": "c",
            "课程名称": "名",
            "学分": 2.5,
            "模块名称": "公共",
            "课程性质": "统设必修",
            "总部考试": "是",
            "综合实践": "否",
            "必须通过": True,
        },
    ).values
    assert (course["plan_code"], course["credits"], course["nature"]) == (
        "P",
        Decimal("2.5"),
        CourseNature.CORE,
    )
    assert (course["hq_exam"], course["practice"], course["must_pass"]) == (True, False, True)
    assert (course["degree_course"], course["thesis"]) == (False, False)


def test_a_report_of_the_registry_is_read():
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
    assert (chsi["verdict"], chsi["as_of"], chsi["level"]) == (
        ChsiVerdict.FAILED,
        date(2023, 7, 1),
        None,
    )


def test_the_remaining_kinds_are_read():
    signed = read(
        SheetKind.CONFIRMATIONS, {"学号": "1", "确认日期": date(2023, 7, 1), "确认方式": "签字表"}
    )
    assert signed.values["method"] is ConfirmedBy.SIGNED
    history = read(
        SheetKind.HISTORIES,
        {"学号": "1", "起": datetime(2015, 9, 1), "止": "至今", "地点与学校": "北京"},
    )
    assert (history.values["start"], history.values["end"]) == ("2015-09", "至今")
    profile = read(
        SheetKind.PROFILES, {"学号": "1", "前置毕业时间": "2018年7月", "初审日期": "2021/3/1"}
    )
    assert (profile.values["prior_graduated"], profile.values["first_opinion_on"]) == (
        "2018-07",
        date(2021, 3, 1),
    )


def test_rules_between_the_columns_of_a_row():
    unit = {"单位代码": "1", "单位名称": "甲", "单位类型": "学院", "上级单位代码": ""}
    assert read(SheetKind.UNITS, unit).problems == [
        Problem("上级单位代码", "学院必须填写上级单位代码")
    ]
    hq = unit | {"单位类型": "总部", "上级单位代码": "2"}
    assert read(SheetKind.UNITS, hq).problems == [
        Problem("上级单位代码", "总部没有上级单位；请清空这一格")
    ]
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
    assert read(SheetKind.HISTORIES, history).problems == [
        Problem("止", "止（2015-07）早于起（2018-09）")
    ]


def test_a_row_is_settled_beside_a_bad_cell_unless_it_is_one_that_settling_needs():
    user = {"账号": "", "姓名": "李四", "单位代码": "1", "角色": "学生"}
    assert [p.message for p in read(SheetKind.USERS, user).problems] == [
        "账号不能为空",
        "角色是学生时必须填写学号",
    ]
    assert [p.column for p in read(SheetKind.USERS, user | {"角色": "院长"}).problems] == [
        "账号",
        "角色",
    ]


def test_X03_headers_are_matched_after_canon():
    spec = SPECS[SheetKind.CONFIRMATIONS]
    mapping = match_headers(
        spec, ["\ufeff 学号\u3000", "确认日期\u00a0*", "\t确认\u200b方式", "备注", ""]
    )
    assert mapping.errors == ()
    assert [(index, column.name) for index, column in mapping.readers] == [
        (0, "student_no"),
        (1, "confirmed_on"),
        (2, "method"),
    ]
    assert mapping.warnings == ("不认识的列已忽略：备注",)


def test_X04_reordered_renamed_missing_duplicated_and_below():
    spec = SPECS[SheetKind.CONFIRMATIONS]
    mapping = match_headers(spec, ["确认方式", "确认日期", "学号"])
    assert mapping.pairs == (("确认方式", "确认方式"), ("确认日期", "确认日期"), ("学号", "学号"))
    assert match_headers(spec, ["学籍号", "确认日期", "确认方式"]).errors == (
        "「学生确认」表缺少必需的列：学号；「学籍号」可能就是「学号」，请改成「学号」",
    )
    doubled = match_headers(spec, ["学号", "确认日期", "确认方式", "学 号"])
    assert doubled.errors == ("列「学号」出现了 2 次（A、D 列）；请只保留一列",)
    titled = match_headers(spec, ["2023 年学生确认表", "", ""], ["学号", "确认日期", "确认方式"])
    assert titled.errors == (
        "「学生确认」表缺少必需的列：学号、确认日期、确认方式；第二行看起来才是表头，请删去它上面的行，让表头成为第一行",
    )
    assert match_headers(spec, ["学号", "确认日期", "确认方式", "错误原因"]).warnings == ()
    renamed = match_headers(
        SPECS[SheetKind.CHSI], [*SPECS[SheetKind.CHSI].required_headers, "身份证号"]
    )
    assert renamed.readers[-1][1].name == "id_number"
    assert "birth_date" in renamed.absent


def test_an_unknown_column_beside_a_missing_one_is_named_as_its_likely_spelling():
    spec = SPECS[SheetKind.STUDENTS]
    typed = {"证件号": "身份证件号", "出生日期": "出生年月日", "学习中心代码": "中心代码"}
    headers = [typed.get(header, header) for header in spec.required_headers]
    mapping = match_headers(spec, [*headers, "手机电话", "备注"])
    assert mapping.errors == (
        "「学生」表缺少必需的列：出生日期、证件号、学习中心代码；「身份证件号」可能就是「证件号」，请改成「证件号」；"
        "「中心代码」可能就是「学习中心代码」，请改成「学习中心代码」；「出生年月日」可能就是「出生日期」，请改成「出生日期」",
    )
    assert mapping.warnings == (
        "不认识的列已忽略：出生年月日（可能是「出生日期」）、身份证件号（可能是「证件号」）、中心代码（可能是「学习中心代码」）、"
        "手机电话（可能是「手机」）、备注",
    )


def test_the_header_may_stand_under_a_title():
    spec = SPECS[SheetKind.CONFIRMATIONS]
    header, row = list(spec.headers), ["2117151000001", "2023-06-20", "签字表"]
    assert header_place(spec, [header, row]) == 0
    assert header_place(spec, [["2023 年学生确认表", "", ""], header, row]) == 1
    assert header_place(spec, [["确认表"], ["制表人：王老师", 45127.0], header, row]) == 2
    assert (
        header_place(spec, [["学号", "谁"], header]) == 0
    )  # what knows a column is a header, if a poor one
    assert header_place(spec, [row, row]) == 0
    assert header_place(spec, []) == 0


TOTALS = (["合计", "1人"], ["", "总 计：", 30.0], ["共 3 人"], ["本页小计", "", 12.0])


@pytest.mark.parametrize("row", TOTALS)
def test_a_row_that_only_sums_up_is_none(row):
    spec = SPECS[SheetKind.CONFIRMATIONS]
    mapping = match_headers(spec, list(spec.headers))
    assert total_of(mapping, row) == " ".join(
        f"{cell:g}" if isinstance(cell, float) else cell for cell in row if cell
    )


@pytest.mark.parametrize(
    "row",
    [["2117151000001", "合计"], ["合计", "2023-06-20", "签字表"], ["总务处", "", ""], [], [None]],
)
def test_a_row_that_may_be_somebody_is_one(row):
    spec = SPECS[SheetKind.CONFIRMATIONS]
    assert total_of(match_headers(spec, list(spec.headers)), row) == ""


@pytest.mark.parametrize(
    "typed", ['="2117151000001"', "'2117151000001", "＇2117151000001", '\'="2117151000001"']
)
def test_what_was_written_to_stay_text_is_read_with_a_note(typed):
    spec = SPECS[SheetKind.CONFIRMATIONS]
    parsed = parse_row(
        spec, match_headers(spec, list(spec.headers)), [typed, "2023-06-20", "签字表"]
    )
    assert (parsed.values["student_no"], parsed.problems, len(parsed.notes)) == (
        "2117151000001",
        [],
        1,
    )
    assert parsed.notes[0].startswith("学号带有 ")
    assert parsed.values["raw"] == {"student_no": typed}


def test_X14_a_workbook_of_1904_reads_its_serials_from_there():
    spec = SPECS[SheetKind.CONFIRMATIONS]
    mapping = match_headers(spec, ["学号", "确认日期", "确认方式"], epoch_1904=True)
    assert parse_row(spec, mapping, ["1", 43665.0, "签字表"]).values["confirmed_on"] == date(
        2023, 7, 20
    )


def test_column_letters():
    assert [column_letter(index) for index in (0, 25, 26, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "ZZ",
        "AAA",
    ]


def test_results_are_read_at_twenty_thousand_rows_a_second():
    spec = SPECS[SheetKind.RESULTS]
    mapping = match_headers(spec, list(RESULT))
    rows = [list((RESULT | {"学号": str(2117151000000 + n)}).values()) for n in range(20_000)]
    start = perf_counter()
    for row in rows:
        parse_row(spec, mapping, row)
    assert perf_counter() - start < 2  # twice the aim: the machine is shared


def test_a_sheet_that_is_nothing_but_its_key_is_read_by_its_key():
    columns = SPECS[SheetKind.CONFIRMATIONS].columns[:1]
    spec = SheetSpec(SheetKind.CONFIRMATIONS, ("student_no",), columns, note="只有学号")
    assert (match_headers(spec, ["学号"]).errors, spec.telling_headers) == ((), ("学号",))
