"""Every column of every sheet that can be imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from graduand.rulebook import cell_parsers as cells
from graduand.rulebook.code_tables import NATION_EXTRAS, NATIONS, POLITICS
from graduand.rulebook.sheets import Column, Problem, SheetSpec
from graduand.rulebook.terms import (
    ChsiVerdict,
    ConfirmedBy,
    CourseNature,
    GradeWord,
    IdKind,
    Level,
    ObtainedBy,
    PriorCheck,
    Role,
    Sex,
    SheetKind,
    Standing,
    UnitKind,
)

CREDIT_LIMIT = 300
LONG_TEXT = 2000
CHOSEN, TERM = "从列表中选择", "如 2021春、2021秋"
MARK = f"0–100 的数，或 {GradeWord.labels()}；「优秀、良好、中等」同「优、良、中」"
_NATIONS = (*(f"{nation}族" for nation in NATIONS), *NATION_EXTRAS)


def _student_no(*, required: bool = True) -> Column:
    return Column(
        "学号",
        "student_no",
        cells.student_no,
        required,
        raw=True,
        form="文本格式，完整的学号，如 2117151000123",
    )


def _text(header: str, name: str, limit: int = 200, *, required: bool = False) -> Column:
    return Column(
        header,
        name,
        cells.text(header, limit),
        required,
        default="",
        form=f"文字，不超过 {limit} 字",
    )


def _code(header: str, name: str, *, required: bool = True) -> Column:
    return Column(
        header,
        name,
        cells.code(header),
        required,
        default="",
        form="文本格式的代码，不超过 40 个字符",
    )


def _word(
    header: str, name: str, kind: type[Any], *, required: bool = False, default: Any = None
) -> Column:
    words = tuple(word.label for word in kind)
    return Column(
        header, name, cells.word(header, kind), required, default, form=CHOSEN, words=words
    )


def _yes_no(
    header: str, name: str, *, required: bool = False, default: bool | None = None
) -> Column:
    return Column(
        header, name, cells.yes_no(header), required, default, form=CHOSEN, words=("是", "否")
    )


def _there(header: str, name: str) -> Column:
    return Column(
        header,
        name,
        cells.yes_no(header, "有", "无"),
        required=True,
        form=CHOSEN,
        words=("有", "无"),
    )


def _day(header: str, name: str, *, required: bool = False) -> Column:
    return Column(header, name, cells.day, required, form="日期，如 1990-03-07")


def _phone(header: str, name: str, *aliases: str) -> Column:
    return Column(
        header, name, cells.phone, default="", aliases=aliases, form="文本格式，手机或带区号的电话"
    )


def _document_no(header: str, name: str, *aliases: str, required: bool = False) -> Column:
    form = "文本格式，按证件填写，不要写成数字"
    return Column(
        header,
        name,
        cells.document_no(header),
        required,
        default="",
        aliases=aliases,
        raw=True,
        form=form,
    )


def _digits(header: str, name: str, length: int, *, required: bool = False) -> Column:
    form = f"文本格式，{length} 位数字"
    return Column(
        header, name, cells.fixed_digits(header, length), required, default="", raw=True, form=form
    )


def _credits(header: str, name: str) -> Column:
    form = f"0–{CREDIT_LIMIT} 的数，最多 2 位小数"
    return Column(header, name, cells.decimal(header, 0, CREDIT_LIMIT, 2), required=True, form=form)


def _person(header: str = "姓名") -> Column:
    return Column(
        header, "name", cells.person_name, required=True, raw=True, form="与证件一致；间隔号用「·」"
    )


# ---------------------------------------------------------------- rules between the columns of a row


def _settle_unit(values: dict[str, Any]) -> Sequence[Problem]:
    if values["kind"] is UnitKind.HQ and values["parent_code"]:
        return (Problem("上级单位代码", "总部没有上级单位；请清空这一格"),)
    if values["kind"] is not UnitKind.HQ and not values["parent_code"]:
        return (Problem("上级单位代码", f"{values['kind'].label}必须填写上级单位代码"),)
    if values["code"] == values["parent_code"]:
        return (Problem("上级单位代码", "上级单位不能是单位自己"),)
    return ()


def _settle_result(values: dict[str, Any]) -> Sequence[Problem]:
    if values["obtained_by"] is None:
        exempt = values["grade"] is GradeWord.EXEMPT
        values["obtained_by"] = ObtainedBy.EXEMPTION if exempt else ObtainedBy.EXAM
    return ()


def _settle_history(values: dict[str, Any]) -> Sequence[Problem]:
    # 至今 sorts after every month
    if values["end"] < values["start"]:
        return (Problem("止", f"止（{values['end']}）早于起（{values['start']}）"),)
    return ()


def _settle_user(values: dict[str, Any]) -> Sequence[Problem]:
    problems = []
    is_student = values["role"] is Role.STUDENT
    if is_student and not values["student_no"]:
        problems.append(Problem("学号", "角色是学生时必须填写学号"))
    if not is_student and values["student_no"]:
        problems.append(Problem("学号", "只有角色是学生的账号才填学号；请清空这一格"))
    if values["classes"] and values["role"] is not Role.CLASS_TEACHER:
        problems.append(Problem("班级代码", "只有角色是班主任的账号才填班级代码；请清空这一格"))
    if values["starts"] and values["ends"] and values["ends"] < values["starts"]:
        problems.append(Problem("止", f"止（{values['ends']}）早于起（{values['starts']}）"))
    return problems


# ---------------------------------------------------------------- the kinds

_UNITS = SheetSpec(
    SheetKind.UNITS,
    ("code",),
    (
        _code("单位代码", "code"),
        _text("单位名称", "name", 100, required=True),
        _word("单位类型", "kind", UnitKind, required=True),
        _code("上级单位代码", "parent_code", required=False),
        _text("联系人", "contact", 100),
        _phone("联系电话", "phone"),
        _text("邮寄地址", "address", 300),
    ),
    _settle_unit,
    frozenset({"code", "kind", "parent_code"}),
)

_PLANS = SheetSpec(
    SheetKind.PLANS,
    ("code",),
    (
        _code("专业规则代码", "code"),
        _code("专业代码", "major_code"),
        _text("专业名称", "major_name", 100, required=True),
        _word("学历层次", "level", Level, required=True),
        _credits("最低总学分", "min_credits"),
        _credits("最低总部考试学分", "min_hq_credits"),
        Column(
            "最短学期数",
            "min_semesters",
            cells.integer("最短学期数", 0, 40),
            required=True,
            form="0–40 的整数",
        ),
        Column(
            "最长年限",
            "max_years",
            cells.integer("最长年限", 1, 40),
            required=True,
            form="1–40 的整数（年）",
        ),
        Column(
            "免修免考比例上限",
            "exemption_cap",
            cells.share("免修免考比例上限"),
            form="0–1 的数或百分比，如 0.4；空表示不限",
        ),
        _text("学制", "schooling", 20),
        _text("授予学位", "degree_name", 100),
        _text("学位门类", "degree_field", 100),
    ),
)

_MODULES = SheetSpec(
    SheetKind.MODULES,
    ("plan_code", "name"),
    (
        _code("专业规则代码", "plan_code"),
        _text("模块名称", "name", 100, required=True),
        _credits("最低学分", "min_credits"),
    ),
)

_COURSES = SheetSpec(
    SheetKind.COURSES,
    ("plan_code", "code"),
    (
        _code("专业规则代码", "plan_code"),
        _code("课程代码", "code"),
        _text("课程名称", "name", 100, required=True),
        _credits("学分", "credits"),
        _text("模块名称", "module", 100, required=True),
        _word("课程性质", "nature", CourseNature, required=True),
        _yes_no("总部考试", "hq_exam", required=True),
        _yes_no("综合实践", "practice", required=True),
        _yes_no("必须通过", "must_pass", required=True),
        _yes_no("学位课", "degree_course", default=False),
        _yes_no("毕业论文", "thesis", default=False),
    ),
)

_STUDENTS = SheetSpec(
    SheetKind.STUDENTS,
    ("student_no",),
    (
        _student_no(),
        _person(),
        _word("性别", "sex", Sex, required=True),
        _day("出生日期", "birth_date", required=True),
        Column(
            "民族",
            "nation",
            cells.nation,
            required=True,
            form="国家标准的民族名称，如 汉族",
            words=_NATIONS,
        ),
        _word("证件类型", "id_kind", IdKind, required=True),
        _document_no("证件号", "id_number", "证件号码", "身份证号", required=True),
        Column(
            "政治面貌",
            "politics",
            cells.politics,
            default="",
            form="国家标准的名称，如 群众",
            words=tuple(POLITICS),
        ),
        Column("入学年度学期", "entry_term", cells.term, required=True, form=TERM),
        _word("学籍状态", "standing", Standing, required=True),
        _code("学习中心代码", "centre_code"),
        _text("学生类别", "category", 40, required=True),
        _word("学历层次", "level", Level, required=True),
        _code("专业规则代码", "plan_code"),
        _text("班级名称", "class_name", 100),
        _code("班级代码", "class_code", required=False),
        _phone("手机", "phone", "手机号", "手机号码"),
        Column("邮箱", "email", cells.email, default="", form="邮箱地址"),
        _yes_no("续读本科", "goes_on", default=False),
        Column(
            "考生号",
            "exam_no",
            cells.exam_no,
            default="",
            aliases=("KSH",),
            raw=True,
            form="文本格式；没有考生号的留空，用学号代替；不能填身份证号",
        ),
        _text("培养分部", "branch", 100),
    ),
)

_RESULTS = SheetSpec(
    SheetKind.RESULTS,
    ("student_no", "course_code", "term", "sitting"),
    (
        _student_no(),
        _code("课程代码", "course_code"),
        Column("成绩", "grade", cells.mark_or_word("成绩"), required=True, form=MARK),
        _word("取得方式", "obtained_by", ObtainedBy),
        Column("学期", "term", cells.term, required=True, form=TERM),
        _day("发布日期", "published_on", required=True),
        _yes_no("复核通过", "reviewed"),
        Column(
            "考试次序",
            "sitting",
            cells.integer("考试次序", 1, 99),
            default=1,
            form="1–99 的整数；空表示 1",
        ),
        _yes_no("作废", "voided", default=False),
    ),
    _settle_result,
    frozenset({"grade", "obtained_by"}),
)

_CHSI = SheetSpec(
    SheetKind.CHSI,
    ("student_no", "as_of"),
    (
        _student_no(),
        _person(),
        _there("录取照片", "admission_photo"),
        _there("学历照片", "credential_photo"),
        _word("核验结果", "verdict", ChsiVerdict, required=True),
        _day("数据日期", "as_of", required=True),
        _word("性别", "sex", Sex),
        _day("出生日期", "birth_date"),
        _document_no("证件号", "id_number", "证件号码", "身份证号"),
        _text("专业名称", "major_name", 100),
        _word("层次", "level", Level),
    ),
)

_PROFILES = SheetSpec(
    SheetKind.PROFILES,
    ("student_no",),
    (
        _student_no(),
        _day("报名日期", "enrolled_on"),
        _text("前置学历层次", "prior_level", 40),
        _text("前置毕业学校", "prior_school", 100),
        Column(
            "前置毕业时间",
            "prior_graduated",
            cells.month_or_day,
            default="",
            form="年月或日期，如 2009-07",
        ),
        _document_no("前置证书编号", "prior_certificate_no"),
        _word("前置学历核验", "prior_check", PriorCheck),
        _text("家庭住址", "home_address", 300),
        _text("工作单位", "employer", 200),
        _phone("单位电话", "employer_phone"),
        _phone("家庭电话", "home_phone"),
        _text("毕业实习单位及内容", "internship", LONG_TEXT),
        _text("论文题目", "thesis_title", 300),
        _text("奖惩", "awards", LONG_TEXT),
        _text("职业", "occupation", 100),
        _text("初审意见", "first_opinion", LONG_TEXT),
        _day("初审日期", "first_opinion_on"),
        _text("复审意见", "second_opinion", LONG_TEXT),
        _day("复审日期", "second_opinion_on"),
        _text("终审意见", "final_opinion", LONG_TEXT),
        _day("终审日期", "final_opinion_on"),
    ),
)

_HISTORIES = SheetSpec(
    SheetKind.HISTORIES,
    ("student_no", "start"),
    (
        _student_no(),
        Column("起", "start", cells.month, required=True, form="年月，如 2006-09"),
        Column(
            "止", "end", cells.month_or_now, required=True, form="年月，如 2009-07；在读的填 至今"
        ),
        _text("地点与学校", "place", 200, required=True),
    ),
    _settle_history,
    frozenset({"start", "end"}),
)

_DEGREES = SheetSpec(
    SheetKind.DEGREES,
    ("student_no",),
    (
        _student_no(),
        Column("论文成绩", "thesis_grade", cells.mark_or_word("论文成绩"), form=MARK),
        _text("学位外语类别", "language_kind", 100),
        Column(
            "学位外语成绩",
            "language_score",
            cells.mark_or_word("学位外语成绩", 1000),
            form="0–1000 的数，或合格、不合格等",
        ),
        _day("学位外语取得日期", "language_on"),
        _day("证明有效期至", "language_valid_until"),
        _document_no("证书号", "language_certificate_no"),
    ),
)

_CONFIRMATIONS = SheetSpec(
    SheetKind.CONFIRMATIONS,
    ("student_no",),
    (
        _student_no(),
        _day("确认日期", "confirmed_on", required=True),
        _word("确认方式", "method", ConfirmedBy, required=True),
    ),
)

_USERS = SheetSpec(
    SheetKind.USERS,
    ("username",),
    (
        Column(
            "账号",
            "username",
            cells.account_name,
            required=True,
            form="登录用的账号，不超过 64 个字符",
        ),
        _person(),
        _code("单位代码", "unit_code"),
        _word("角色", "role", Role, required=True),
        _day("起", "starts"),
        _day("止", "ends"),
        Column("邮箱", "email", cells.email, default="", form="邮箱地址"),
        _student_no(required=False),
        Column(
            "班级代码",
            "classes",
            cells.codes("班级代码"),
            default="",
            form="只用于班主任；几个班用「、」隔开，空表示本中心全部班级",
        ),
    ),
    _settle_user,
    frozenset({"role", "student_no", "starts", "ends", "classes"}),
)

_NUMBERS = SheetSpec(
    SheetKind.NUMBERS,
    ("student_no",),
    (
        _student_no(),
        _digits("电子注册号", "registration_no", 18, required=True),
        _digits("学位证书编号", "degree_no", 16),
        Column("毕业批次", "batch_code", cells.batch, default="", form="6 位批次，如 202307"),
    ),
)

_REGISTERED = SheetSpec(
    SheetKind.REGISTERED,
    ("student_no",),
    (
        _student_no(),
        _person(),
        _digits("证书编号", "registration_no", 18, required=True),
        _day("毕业日期", "graduated_on", required=True),
        _yes_no("可查询", "queryable", required=True),
        _day("注册日期", "registered_on"),
    ),
)

SPECS: Mapping[SheetKind, SheetSpec] = MappingProxyType(
    {
        spec.kind: spec
        for spec in (
            _UNITS,
            _PLANS,
            _MODULES,
            _COURSES,
            _STUDENTS,
            _RESULTS,
            _CHSI,
            _PROFILES,
            _HISTORIES,
            _DEGREES,
            _CONFIRMATIONS,
            _USERS,
            _NUMBERS,
            _REGISTERED,
        )
    }
)
