"""Invented units, plans and courses: one college with six centres, two levels, four majors."""

from __future__ import annotations

from dataclasses import dataclass

HQ = "000"
COLLEGE = "310"
CENTRES = (
    ("3101", "城东学习中心"),
    ("3102", "河西学习中心"),
    ("3103", "松岭学习中心"),
    ("3104", "海棠学习中心"),
    ("3105", "云溪学习中心"),
    ("3106", "北埠学习中心"),
)
UNIT_HEADERS = (
    "单位代码",
    "单位名称",
    "单位类型",
    "上级单位代码",
    "联系人",
    "联系电话",
    "邮寄地址",
)


@dataclass(frozen=True, slots=True)
class Lesson:
    """One course of a plan; credits as they are written in the sheet."""

    code: str
    name: str
    credits: int
    module: str
    nature: str
    hq: bool = False
    practice: bool = False
    must: bool = False
    degree: bool = False
    thesis: bool = False


@dataclass(frozen=True, slots=True)
class Programme:
    """A plan: its requirements, and its courses. `cap` is the share of exemptions allowed."""

    code: str
    major: str
    name: str
    level: str
    total: int
    hq: int
    modules: tuple[tuple[str, int], ...]
    lessons: tuple[Lesson, ...]
    cap: str = "0.4"
    degree: str = ""
    field: str = ""

    def of(self, module: str) -> list[Lesson]:
        """The courses of a module, in the order of the plan."""
        return [lesson for lesson in self.lessons if lesson.module == module]


BASE = "公共基础课"
GROUND = "专业基础课"
CORE = "专业核心课"
MORE = "专业拓展课"
WIDE = "通识课"
PRACTICE = "综合实践"
_BASE = (
    ("学习指南", 1),
    ("思想道德与法治", 3),
    ("毛泽东思想概论", 4),
    ("计算机应用基础", 4),
    ("大学英语", 3),
)
_WIDE = ("中国传统文化概观", "社交礼仪概论", "健康与体育")


def _code_of(*, low: bool) -> str:
    """The first digit of a course's code, which says 专科 or 本科."""
    if low:
        return "5"
    return "2"


def _ground_lessons(major: str, ground: tuple[str, ...], *, low: bool) -> list[Lesson]:
    """The courses that everybody takes, and the basic courses of the subject."""
    weights: tuple[int, ...] = (4, 4, 4, 3)
    if low:
        weights += (5,)
    level = _code_of(low=low)
    prefix = f"{level}{major[-3:]}"
    base = [
        Lesson(f"{level}000{n}", title, worth, BASE, "统设必修", hq=n > 1, must=n == 2)
        for n, (title, worth) in enumerate(_BASE, start=1)
    ]
    own = [
        Lesson(
            f"{prefix}1{n}",
            title,
            weights[n],
            GROUND,
            "统设必修",
            hq=True,
            degree=not low and n < 2,
        )
        for n, title in enumerate(ground[: len(weights)])
    ]
    return [*base, *own]


def _core_lessons(
    major: str, core: tuple[str, ...], more: tuple[str, ...], *, low: bool
) -> list[Lesson]:
    """The core courses of the subject, and the electives."""
    level = _code_of(low=low)
    prefix = f"{level}{major[-3:]}"
    # The first counts five credits, the sixth three, the others four.
    worth = {0: 5, 5: 3}
    subject = [
        Lesson(
            f"{prefix}2{n}",
            title,
            worth.get(n, 4),
            CORE,
            "非统设必修",
            hq=n < 3,
            must=n == 0,
            degree=not low and n == 0,
        )
        for n, title in enumerate(core)
    ]
    chosen = [Lesson(f"{prefix}3{n}", title, 3, MORE, "选修") for n, title in enumerate(more)]
    wide = [Lesson(f"{level}090{n}", title, 2, WIDE, "选修") for n, title in enumerate(_WIDE)]
    return [*subject, *chosen, *wide]


def _practice(major: str, *, low: bool) -> tuple[Lesson, Lesson]:
    """The two works of the 综合实践."""
    level = _code_of(low=low)
    prefix = f"{level}{major[-3:]}"
    society = Lesson(f"{prefix}81", "社会实践", 3, PRACTICE, "统设必修", practice=True)
    title = "毕业论文"
    if low:
        title = "毕业作业"
    final = Lesson(f"{prefix}82", title, 5, PRACTICE, "统设必修", practice=True, thesis=not low)
    return society, final


def _programme(
    code: str,
    major: str,
    name: str,
    level: str,
    ground: tuple[str, ...],
    core: tuple[str, ...],
    more: tuple[str, ...],
    degree: tuple[str, str] = ("", ""),
) -> Programme:
    """A plan in which leaving out one or two courses makes exactly one requirement fail."""
    low = level == "专科"
    lessons = (
        *_ground_lessons(major, ground, low=low),
        *_core_lessons(major, core, more, low=low),
        *_practice(major, low=low),
    )
    more_ground = 0
    if low:
        more_ground = 5
    modules = (
        (BASE, 12),
        (GROUND, 11 + more_ground),
        (CORE, 20),
        (MORE, 6),
        (WIDE, 2),
        (PRACTICE, 8),
    )
    return Programme(
        code,
        major,
        name,
        level,
        71 + more_ground,
        37 + more_ground,
        modules,
        lessons,
        degree=degree[0],
        field=degree[1],
    )


PROGRAMMES = (
    _programme(
        "Z-XZGL",
        "590206",
        "行政管理",
        "专科",
        ("管理学基础", "政治学原理", "法学基础", "社会调查方法", "公文写作"),
        ("行政管理基础", "办公室管理", "人力资源管理", "秘书学", "监督学", "电子政务"),
        ("市政管理", "社区治理", "公共关系", "会议组织"),
    ),
    _programme(
        "Z-XQJY",
        "570102",
        "学前教育",
        "专科",
        ("学前教育学", "学前儿童心理", "学前卫生", "教育法规", "儿童文学"),
        ("幼儿园课程", "语言教育", "科学教育", "艺术教育", "游戏指导", "班级管理"),
        ("手工制作", "舞蹈基础", "钢琴基础", "家庭教育"),
    ),
    _programme(
        "B-HYYW",
        "050101",
        "汉语言文学",
        "专升本",
        ("古代汉语", "现代汉语专题", "文学理论", "语言学概论"),
        ("中国古代文学", "中国现当代文学", "外国文学", "美学", "写作", "民间文学"),
        ("影视鉴赏", "地域文化", "文献检索", "儿童文学研究"),
        ("文学学士", "文学"),
    ),
    _programme(
        "B-KJX",
        "120203",
        "会计学",
        "专升本",
        ("经济法概论", "统计学原理", "财务管理", "管理信息系统"),
        ("高级财务会计", "审计学", "管理会计", "税务筹划", "金融市场", "内部控制"),
        ("商务谈判", "资产评估", "会计职业道德", "电子商务"),
        ("管理学学士", "管理学"),
    ),
)


def unit_rows() -> list[tuple[str, ...]]:
    """The rows of headquarters, the college and its centres."""
    rows = [
        (HQ, "总部", "总部", "", "季安宁", "010-00000000", "示例市教育大道 1 号 总部毕业办公室"),
        (
            COLLEGE,
            "云岭学院",
            "学院",
            HQ,
            "穆清扬",
            "020-00000310",
            "云岭市书院路 31 号 云岭学院教务处",
        ),
    ]
    for place, (code, name) in enumerate(CENTRES, start=1):
        address = f"云岭市{name[:2]}区学府街 {place * 8} 号 {name}"
        rows.append((code, name, "学习中心", COLLEGE, "值班老师", f"020-0000{code}", address))
    return rows


PLAN_HEADERS = (
    "专业规则代码",
    "专业代码",
    "专业名称",
    "学历层次",
    "最低总学分",
    "最低总部考试学分",
    "最短学期数",
    "最长年限",
    "免修免考比例上限",
    "学制",
    "授予学位",
    "学位门类",
)
MODULE_HEADERS = ("专业规则代码", "模块名称", "最低学分")
COURSE_HEADERS = (
    "专业规则代码",
    "课程代码",
    "课程名称",
    "学分",
    "模块名称",
    "课程性质",
    "总部考试",
    "综合实践",
    "必须通过",
    "学位课",
    "毕业论文",
)


def plan_rows() -> list[tuple[object, ...]]:
    """One line per plan, with at least five semesters and at most eight years."""
    return [
        (p.code, p.major, p.name, p.level, p.total, p.hq, 5, 8, p.cap, "2.5 年", p.degree, p.field)
        for p in PROGRAMMES
    ]


def module_rows() -> list[tuple[object, ...]]:
    """One line per module."""
    return [(p.code, name, least) for p in PROGRAMMES for name, least in p.modules]


def course_rows() -> list[tuple[object, ...]]:
    """One line per course of a plan."""
    return [
        (
            p.code,
            c.code,
            c.name,
            c.credits,
            c.module,
            c.nature,
            c.hq,
            c.practice,
            c.must,
            c.degree,
            c.thesis,
        )
        for p in PROGRAMMES
        for c in p.lessons
    ]
