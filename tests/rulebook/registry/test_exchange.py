"""The 学历注册 profile: what each field says, what keeps a record out, and profiles from a file."""

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from graduand.rulebook.calendar import Term
from graduand.rulebook.certificates.certificate_content import Person, graduation
from graduand.rulebook.registry import exchange
from graduand.rulebook.registry.exchange import ExchangeRecord, Hold, record
from graduand.rulebook.registry.exchange_profile import (
    PROFILE,
    YEARS,
    ExchangeProfile,
    ProfileRefused,
)
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import Desk, IdKind, Level, Sex

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
POLICY_DATA = tomllib.loads((EXAMPLES / "202307.toml").read_text(encoding="utf-8"))
POLICY = BatchPolicy.from_dict(POLICY_DATA)
PERSON = Person(
    student_no="2021101400001",
    exam_no="",
    name="欧阳玥",
    sex=Sex.FEMALE,
    birth=date(1990, 3, 7),
    id_kind=IdKind.RESIDENT,
    id_no="11010519900307002X",
    major_code="520801",
    major_name="健康管理",
    years="2.5 年",
    min_semesters=5,
    level=Level.JUNIOR,
    entry=Term.parse("2021春").ordinal,
)
CONTENT = graduation(PERSON, POLICY, "511618202306000001", "a" * 64)
ANOTHER_WAY = "按学信网对生僻字的约定单独办理；约定用 GB18030 或 ?? 代替的，写进导出方案后重新导出"


def fields(profile=PROFILE, **changes):
    made = record(replace(CONTENT, **changes), profile)
    assert made.holds == ()
    return dict(zip([field.name for field in profile.fields], made.texts, strict=True))


def holds(profile=PROFILE, **changes):
    return record(replace(CONTENT, **changes), profile).holds


def hold(sentence, desk, todo):
    return Hold("DATA-EXPORT", sentence, "数据交换", desk, todo)


def changed(name, **values):
    """The built-in profile with one field changed."""
    rows = tuple(replace(row, **values) if row.name == name else row for row in PROFILE.fields)
    return replace(PROFILE, fields=rows)


def test_a_whole_record():
    assert fields() == {
        "KSH": "2021101400001",
        "XM": "欧阳玥",
        "XB": "女",
        "CSRQ": "19900307",
        "SFZH": "11010519900307002X",
        "YXDM": "51161",
        "YXMC": "国家开放大学",
        "ZYDM": "520801",
        "ZYMC": "健康管理",
        "XZ": "2.5",
        "XXXS": "开放教育",
        "CC": "专科",
        "RXRQ": "20210301",
        "BYRQ": "20230720",
        "BJYJL": "毕业",
        "ZSBH": "511618202306000001",
        "XZM": "卫知秋",
        "BZ": "",
    }


def test_the_published_widths():
    known = {
        "KSH": 18,
        "XM": 40,
        "XB": 2,
        "CSRQ": 8,
        "SFZH": 18,
        "YXDM": 5,
        "ZYDM": 6,
        "ZYMC": 50,
        "XZ": 3,
        "XXXS": 10,
        "CC": 12,
        "RXRQ": 8,
        "BYRQ": 8,
        "ZSBH": 18,
        "BZ": 40,
    }
    assert {field.name: field.width for field in PROFILE.fields if field.name in known} == known
    names = "KSH XM XB CSRQ SFZH YXDM YXMC ZYDM ZYMC XZ XXXS CC RXRQ BYRQ BJYJL ZSBH XZM BZ".split()
    assert [field.name for field in PROFILE.fields] == names


def test_the_student_number_stands_for_a_missing_exam_number():
    assert fields(exam_no="21110105150001")["KSH"] == "21110105150001"
    assert fields()["KSH"] == "2021101400001"


@pytest.mark.parametrize(
    ("level", "word"), [(Level.JUNIOR, "专科"), (Level.TOP_UP, "专升本"), (Level.BACHELOR, "本科")]
)
def test_levels_in_the_registrys_words(level, word):
    assert fields(level=level)["CC"] == word


def test_the_principal_of_the_issue_date():
    rows = [
        {"from": date(2020, 1, 1), "name": "卫知秋"},
        {"from": date(2023, 7, 21), "name": "后来人"},
    ]
    data = {**POLICY_DATA, "principals": rows}
    later = [BatchPolicy.from_dict({**data, "issue_date": date(2023, 7, day)}) for day in (20, 21)]
    assert [graduation(PERSON, policy, "1", "").principal for policy in later] == [
        "卫知秋",
        "后来人",
    ]
    assert fields()["XZM"] == "卫知秋"


@pytest.mark.parametrize(
    ("years", "semesters", "text"),
    [
        ("2.5", 5, "2.5"),
        ("2.5年", 5, "2.5"),
        ("3.0", 5, "3"),
        ("", 5, "2.5"),
        ("", 4, "2"),
        ("", 7, "3.5"),
        ("4", 5, "4"),
    ],
)
def test_schooling_in_years(years, semesters, text):
    assert fields(years=years, min_semesters=semesters)["XZ"] == text


def test_derived_schooling_is_said():
    said = exchange.derived_years(
        [CONTENT, replace(CONTENT, years=""), replace(CONTENT, years="", name="某人")]
    )
    assert said == (
        "专业 520801 健康管理 没有填写学制，按最短学期数 5 写为 2.5 年，请在上报前核对",
    )
    strict = changed("XZ", source="years")
    assert exchange.derived_years([replace(CONTENT, years="")], strict) == ()
    assert holds(profile=strict, years="") == (
        hold("缺少学制（XZ）", Desk.HQ, "在「专业规则」表里补上学制，作废重办证书后重新导出"),
    )


@pytest.mark.parametrize("dot", "·•・･‧∙⋅")
def test_every_dot_becomes_a1a4(dot):
    text = fields(name=f"买买提{dot}吐尔逊")["XM"]
    assert text == "买买提·吐尔逊"
    assert text.encode("gbk").count(b"\xa1\xa4") == 1


@pytest.mark.parametrize("char", ["䶮", "㛃", "㭎", "𬍛", "䲠", "㸆"])
def test_rare_characters_are_held_back(char):
    said = f"姓名里的「{char}」（U+{ord(char):04X}）不能用 GBK 表示（XM）"
    assert holds(name=f"张{char}{char}") == (hold(said, Desk.HQ, ANOTHER_WAY),)


@pytest.mark.parametrize("char", ["玥", "珺", "堃", "喆", "镕", "昇"])
def test_what_gbk_has_goes_out(char):
    assert fields(name=f"张{char}")["XM"] == f"张{char}"


def test_a_profile_may_agree_on_another_way():
    assert fields(profile=replace(PROFILE, substitute="??"), name="张䶮")["XM"] == "张??"
    assert fields(profile=replace(PROFILE, encoding="gb18030"), name="张䶮")["XM"] == "张䶮"


def test_widths_are_bytes():
    assert fields(name="汉" * 20)["XM"] == "汉" * 20
    todo = (
        "在「学生」表里核对姓名，改正的，作废重办证书后重新导出；学信网允许更宽的，改导出方案的宽度"
    )
    said = "姓名有 41 字节，超过字段 XM 的 40 字节（一个汉字 2 字节）"
    assert holds(name="汉" * 20 + "x") == (hold(said, Desk.CENTRE, todo),)
    four = replace(PROFILE, encoding="gb18030")
    assert [one.sentence for one in holds(profile=four, name="𬍛" * 11)] == [
        "姓名有 44 字节，超过字段 XM 的 40 字节（一个汉字 2 字节）"
    ]


@pytest.mark.parametrize(
    ("changes", "sentence", "desk", "todo"),
    [
        (
            {"id_no": ""},
            "缺少身份证号（SFZH）",
            Desk.CENTRE,
            "在「学生」表里补上身份证号，作废重办证书后重新导出",
        ),
        (
            {"major_code": ""},
            "缺少专业代码（ZYDM）",
            Desk.HQ,
            "在「专业规则」表里补上专业代码，作废重办证书后重新导出",
        ),
        (
            {"number": ""},
            "缺少证书编号（ZSBH）",
            Desk.HQ,
            "在编号制证里补上证书编号，作废重办证书后重新导出",
        ),
        (
            {"id_no": "1" * 19},
            "身份证号有 19 字节，超过字段 SFZH 的 18 字节（一个汉字 2 字节）",
            Desk.CENTRE,
            "在「学生」表里核对身份证号，改正的，作废重办证书后重新导出；学信网允许更宽的，改导出方案的宽度",
        ),
        (
            {"name": "张\n三"},
            "姓名含有换行等控制字符（XM）",
            Desk.CENTRE,
            "在「学生」表里删去控制字符，作废重办证书后重新导出",
        ),
    ],
)
def test_what_is_missing_or_wrong(changes, sentence, desk, todo):
    assert holds(**changes) == (hold(sentence, desk, todo),)


def test_a_schooling_that_the_registry_does_not_know():
    listed = "、".join(YEARS)
    said = f"学制「2.2」不是学信网接受的值（{listed}）"
    assert holds(years="2.2") == (
        hold(said, Desk.HQ, "在「专业规则」表里改正学制，作废重办证书后重新导出"),
    )


def test_no_principal_holds_everybody():
    todo = "在批次政策的 principals 里补上校长名，作废重办证书后重新导出"
    assert holds(principal="") == (hold("缺少校长名（XZM）", Desk.HQ, todo),)


def test_every_reason_is_said():
    said = [one.sentence for one in holds(name="张䶮", id_no="", years="9")]
    assert said == [
        "姓名里的「䶮」（U+4DAE）不能用 GBK 表示（XM）",
        "缺少身份证号（SFZH）",
        f"学制「9」不是学信网接受的值（{'、'.join(YEARS)}）",
    ]


def test_twins_are_all_held_back():
    one, other, alone = (ExchangeRecord((key, "x"), ()) for key in ("K1", "K1", "K2"))
    todo = "在「学生」表里核对考生号，改正重复的一个，作废重办证书后重新导出"
    twin = hold("考生号 K1 在本次导出中出现 2 次（KSH）", Desk.CENTRE, todo)
    assert exchange.without_twins([one, alone, other]) == [
        ExchangeRecord(("K1", "x"), (twin,)),
        alone,
        ExchangeRecord(("K1", "x"), (twin,)),
    ]


def test_the_example_is_the_built_in_profile():
    data = tomllib.loads((EXAMPLES / "xueli.toml").read_text(encoding="utf-8"))
    assert ExchangeProfile.from_dict(data) == PROFILE
    assert ExchangeProfile.from_dict({}) == PROFILE


def test_a_profile_of_ones_own():
    rows = [{"name": "ZJHM", "title": "证件号码", "width": 30, "source": "id_no"}]
    profile = ExchangeProfile.from_dict(
        {"encoding": "GB18030", "levels": {"top_up": "本科"}, "fields": rows}
    )
    assert record(CONTENT, profile) == ExchangeRecord(("11010519900307002X",), ())
    assert (profile.encoding, profile.levels["top_up"], profile.levels["junior"]) == (
        "gb18030",
        "本科",
        "专科",
    )


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        ({"encodign": "gbk"}, ["encodign：不认识的键"]),
        ({"encoding": "utf-8"}, ["encoding 应是 gbk、gb18030 之一，现为 'utf-8'"]),
        ({"substitute": "？"}, ["substitute 只能用半角字符"]),
        ({"levels": {"phd": "博士"}}, ["levels.phd：不认识的键"]),
        ({"levels": "专科"}, ["levels 应是一张表"]),
        ({"fields": {}}, ["fields 应是一列 [[fields]]", "fields 至少要有一项"]),
        (
            {"fields": [{"name": "XM", "width": 4, "source": "name"}]},
            ["fields 的每一项都要有 title", "fields 至少要有一项"],
        ),
        (
            {"fields": [{"name": "xm", "title": "", "width": 0, "source": "nom"}]},
            [
                "字段名 'xm' 应以大写字母开头，由不超过 10 个大写字母、数字组成",
                "xm.width 应是 1–254 字节，现为 0",
                f"xm.source 不认识 'nom'，可用：{'、'.join(exchange.SOURCES)}",
            ],
        ),
        (
            {"fields": [{"name": "XM", "title": "", "width": True, "source": "name"}] * 2},
            [
                "XM.width 应是 1–254 字节，现为 True",
                "XM.width 应是 1–254 字节，现为 True",
                "字段 XM 出现了不止一次",
            ],
        ),
    ],
)
def test_a_wrong_profile_names_every_problem(data, problems):
    with pytest.raises(ProfileRefused) as refused:
        ExchangeProfile.from_dict(data)
    assert refused.value.problems == problems
