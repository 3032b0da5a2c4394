"""Units, plans, modules and courses of the invented season: small plans for hand sums, large for bulk."""

from __future__ import annotations

from tests.oracle.judging import Row

UNIT_HEADERS = ("单位代码", "单位名称", "单位类型", "上级单位代码")
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
)
COURSE_HEADERS = (
    "课程代码",
    "学分",
    "模块名称",
    "课程性质",
    "总部考试",
    "综合实践",
    "必须通过",
    "课程名称",
)
LARGE_MODULES = ("公共基础课", "专业基础课", "专业核心课", "通识课", "专业拓展课", "综合实践")

UNITS = """
HQ00 虚构开放大学总部 总部 -
C100 虚构健康学院 学院 HQ00
X101 东海学习中心 学习中心 C100
X102 西岭学习中心 学习中心 C100
X103 南𬭎学习中心 学习中心 C100
X104 北苑学习中心 学习中心 C100
X105 中州学习中心 学习中心 C100
X106 䶮山学习中心 学习中心 C100
"""

# A dash is an empty cell. BJ… plans are made so that every sum can be done by hand.
PLANS = """
BJ21  520801 健康管理 专科   30 15.5 5 8 0.25
BJ21K 101101 护理学   专升本 32 21   5 8 -
BJ21L 520801 健康管理 专科   30 15.5 5 8 0
BJ21B 101101 护理学   本科   30 15.5 7 7 0.35
BJ21S 520802 老年保健 专科   30 15.5 4 8 0.58
BJ21M 520803 药膳食疗 专科   30 15.5 5 8 1
JK21Z 520801 健康管理 专科   76 40   5 8 0.35
HL21S 101101 护理学   专升本 71 36.5 5 8 0.4
YX21B 101102 健康服务 本科   76 40   7 8 -
"""

MODULES = {
    "BJ21": "公共基础课 4.5|专业核心课 12|专业拓展课 3|综合实践 5",
    "BJ21K": "公共基础课 4.5|专业核心课 12|专业拓展课 2|综合实践 6",
    "BJ21M": (
        "公共基础课 4|专业核心课 12|健康,护理 0.5|（选修）拓展 3|𬭩材料拓展 2|综合实践 5|通识课 2|第二课堂 0"
    ),
}
MODULES |= dict.fromkeys(("BJ21L", "BJ21B", "BJ21S"), MODULES["BJ21"])

SMALL = """
00101 3   公共基础课 统设必修   是 否 是 思想道德与法治
00102 2.5 公共基础课 统设必修   是 否 否 实用心理学
00103 0.5 公共基础课 统设必修   否 否 否 国家开放大学学习指南
00104 1   公共基础课 选修       否 否 否 中国文化概论
01201 4   专业核心课 统设必修   是 否 是 健康管理学
01202 4   专业核心课 统设必修   是 否 否 预防医学概论
01203 4   专业核心课 统设必修   是 否 否 健康评估
01204 2   专业核心课 非统设必修 否 否 否 健康沟通
01301 3   专业拓展课 选修       否 否 否 膳食指导
01302 1.5 专业拓展课 选修       是 否 否 运动与健康
01303 2   专业拓展课 选修       否 否 否 中医养生
01304 0.5 专业拓展课 选修       是 否 否 急救常识
09901 3   综合实践   统设必修   否 是 是 毕业实习
09902 5   综合实践   非统设必修 否 是 否 毕业作业
"""

# The same course codes in another plan: other credits, 01301 is a practice here, 09902 is none, and
# the practice 09901 is a 总部考试 course. All courses 36 (32 asked), HQ 22.5 (21), 综合实践 6 (6).
SMALL_K = """
00101 4   公共基础课 统设必修   是 否 是 思想道德与法治
00102 2.5 公共基础课 统设必修   是 否 否 实用心理学
00103 0.5 公共基础课 统设必修   否 否 否 国家开放大学学习指南
00104 1   公共基础课 选修       否 否 否 中国文化概论
01201 3   专业核心课 统设必修   是 否 是 健康管理学
01202 4   专业核心课 统设必修   是 否 否 预防医学概论
01203 4   专业核心课 统设必修   是 否 否 健康评估
01204 2   专业核心课 非统设必修 否 否 否 健康沟通
09902 5   专业核心课 非统设必修 否 否 是 毕业作业
01302 1.5 专业拓展课 选修       是 否 否 运动与健康
01303 2   专业拓展课 选修       否 否 否 中医养生
01304 0.5 专业拓展课 选修       是 否 否 急救常识
09901 3   综合实践   统设必修   是 是 是 毕业实习
01301 3   综合实践   选修       否 是 否 膳食指导
"""

MOVED_IN_M = {
    "00104": "健康,护理",
    "01301": "（选修）拓展",
    "01302": "（选修）拓展",
    "01303": "𬭩材料拓展",
    "01304": "𬭩材料拓展",
}
HEAVIER_IN_S = {"01201": "6", "01202": "7", "01203": "6"}

# Large plans: module, how many courses, their credits in turn, nature, how many are 总部考试,
# minimum.
LARGE = {
    "JK21Z": (
        ("公共基础课", 5, "3 2.5 4 0.5 2", "统设必修", 3, "10"),
        ("专业基础课", 6, "4 3", "统设必修", 5, "17"),
        ("专业核心课", 6, "4 5 3.5", "统设必修", 6, "21"),
        ("通识课", 4, "1 2", "选修", 0, "2"),
        ("专业拓展课", 6, "2 3", "非统设必修", 2, "9"),
        ("综合实践", 2, "3 5", "统设必修", 0, "8"),
    ),
}
LARGE["HL21S"] = tuple(spec for spec in LARGE["JK21Z"] if spec[0] != "通识课")
LARGE["YX21B"] = LARGE["JK21Z"]


def blank(cell: str) -> str:
    """A dash in the tables above is an empty cell."""
    return "" if cell == "-" else cell


def units() -> list[Row]:
    """Rows of the sheet 单位, parents first."""
    lines = UNITS.strip().splitlines()
    rows = [dict(zip(UNIT_HEADERS, map(blank, line.split()), strict=True)) for line in lines]
    for place, row in enumerate(rows):
        address = f"虚构市想象路{place + 1}号"
        row |= {"联系人": "文若水", "联系电话": f"000-6000{place:04d}", "邮寄地址": address}
    return rows


def plans() -> list[Row]:
    """Rows of the sheet 专业规则."""
    lines = PLANS.strip().splitlines()
    return [dict(zip(PLAN_HEADERS, map(blank, line.split()), strict=True)) for line in lines]


def modules() -> list[Row]:
    """Rows of the sheet 模块."""
    rows = []
    for plan, text in MODULES.items():
        for part in text.split("|"):
            name, _, least = part.rpartition(" ")
            rows.append({"专业规则代码": plan, "模块名称": name, "最低学分": least})
    for plan, specs in LARGE.items():
        rows += [{"专业规则代码": plan, "模块名称": spec[0], "最低学分": spec[5]} for spec in specs]
    return rows


def small_courses(plan: str) -> list[Row]:
    """The fourteen courses of a BJ… plan."""
    rows = []
    for line in (SMALL_K if plan == "BJ21K" else SMALL).strip().splitlines():
        row = {"专业规则代码": plan} | dict(zip(COURSE_HEADERS, line.split(), strict=True))
        if plan == "BJ21M":
            row["模块名称"] = MOVED_IN_M.get(row["课程代码"], row["模块名称"])
        if plan == "BJ21S":
            row["学分"] = HEAVIER_IN_S.get(row["课程代码"], row["学分"])
        rows.append(row)
    return rows


def large_courses(plan: str) -> list[Row]:
    """The courses of a large plan; codes are shared between the large plans."""
    rows = []
    for place, (module, number, worths, nature, examined, _) in enumerate(LARGE[plan]):
        turn = worths.split()
        group = 20 + LARGE_MODULES.index(module)
        for index in range(number):
            practice = module == "综合实践"
            values = (
                f"{group:03d}{index + 1:02d}",
                turn[(index + (plan == "YX21B")) % len(turn)],
                module,
                nature,
                "是" if index < examined else "否",
                "是" if practice else "否",
                "是" if practice or (place < 3 and index == 0) else "否",
                f"{module}之{'甲乙丙丁戊己'[index]}",
            )
            rows.append({"专业规则代码": plan} | dict(zip(COURSE_HEADERS, values, strict=True)))
    return rows


def courses() -> list[Row]:
    """Rows of the sheet 课程."""
    rows = []
    for plan in MODULES:
        rows += small_courses(plan)
    for plan in LARGE:
        rows += large_courses(plan)
    return rows
