"""Designed students: each edge of the audit's rules on a small plan, the findings worked out by
hand.

Everybody starts with all courses of the plan passed (75, practices re-checked) and a suitable entry
term; a case drops results, puts others in their place, or changes the student. Hand sums for the
plans BJ21, BJ21L and BJ21B: all courses 36 credits (30 asked), HQ 19.5 (15.5), 公共 7 (4.5), 核心
14 (12), 拓展 7 (3), 实践 8 (5), cap base 18. The day of judgement is 2023-07-12, the batch 202307
(2021春, issue date 2023-07-20).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.oracle.judging import Row


@dataclass(frozen=True)
class R:
    """One result; an empty term is chosen by the builder, a different one for each result of a course."""

    mark: str
    how: str = ""
    review: str = ""
    term: str = ""
    published: str = "2023-01-15"
    attempt: str = ""
    void: str = ""


@dataclass(frozen=True)
class Case:
    """A designed student; `items` is 不满足项 as the CSV must print it."""

    name: str
    items: str = ""
    plan: str = "BJ21"
    drop: str = ""
    put: dict[str, tuple[R, ...]] = field(default_factory=dict)
    student: Row = field(default_factory=dict)


EX = "免修免考"
DOUBLE_PRACTICE = "CRED-MODULE:综合实践;PRACTICE:09902"
LOST_101 = "COURSE-MISSING:00101;CRED-MODULE:公共基础课"
NOTHING = (
    "COURSE-MISSING:00101;COURSE-MISSING:01201;CRED-HQ;CRED-MODULE:专业拓展课;CRED-MODULE:专业核心课;"
    "CRED-MODULE:公共基础课;CRED-MODULE:综合实践;CRED-TOTAL;PRACTICE:09901;PRACTICE:09902"
)


def one(code: str, *results: R) -> dict[str, tuple[R, ...]]:
    """The results of one course."""
    return {code: results}


def many(codes: str, result: R) -> dict[str, tuple[R, ...]]:
    """The same result for several courses."""
    return dict.fromkeys(codes.split(), (result,))


def entry(term: str) -> Row:
    """A student who entered in this term."""
    return {"入学年度学期": term}


def marks() -> list[Case]:
    """Rule 1: what passes."""
    good = ("60", "60.0", "60.5", "100", "优", "良", "中", "及格", "合格", "免考")
    bad = ("59.5", "59.99", "0", "不及格", "不合格", "缺考")
    made = [Case(f"成绩 {mark}", put=one("00101", R(mark))) for mark in good]
    made += [Case(f"成绩 {mark}", LOST_101, put=one("00101", R(mark))) for mark in bad]
    return made


def days() -> list[Case]:
    """Rule 1: what counts on the day of judgement."""
    on, after, late = "2023-07-12", "2023-07-13", "2023-09-15"
    return [
        Case("发布于审核当日", put=one("00101", R("75", published=on))),
        Case("发布于次日", LOST_101, put=one("00101", R("75", published=after))),
        Case("九月才发布", LOST_101, put=one("00101", R("75", published=late))),
        Case(
            "次日的及格不救今日的不及格",
            LOST_101,
            put=one("00101", R("40"), R("88", published=after)),
        ),
        Case("学期早于入学", put=one("00101", R("75", term="2012春")), student=entry("2019春")),
        Case("学期晚于批次", put=one("00101", R("75", term="2023秋"))),
        Case(
            "次日才有考试成绩,今日仍算免修",
            "CRED-EXEMPT",
            put=one("00103", R("免考"), R("80", published=after))
            | many("00102 01204", R("80", EX)),
        ),
        Case(
            "实践复核次日发布",
            DOUBLE_PRACTICE,
            put=one("09902", R("75", review="是", published=after)),
        ),
    ]


def several() -> list[Case]:
    """Rule 2 and the attempts of one term: passed when any passes; cancelled rows are nothing."""
    term = "2022秋"
    return [
        Case("先不及格后及格", put=one("00101", R("45"), R("61"))),
        Case("先及格后不及格", put=one("00101", R("61"), R("45"))),
        Case(
            "同学期第二次及格",
            put=one("00101", R("55", term=term), R("62", term=term, attempt="2")),
        ),
        Case(
            "同学期第二次更差",
            put=one("00101", R("80", term=term, attempt="1"), R("0", term=term, attempt="2")),
        ),
        Case("只有第二次", put=one("00101", R("62", term=term, attempt="2"))),
        Case("三次都不及格", LOST_101, put=one("00101", R("30"), R("缺考"), R("59.5"))),
        Case("唯一及格作废", LOST_101, put=one("00101", R("90", void="是"))),
        Case("作废一条另有及格", put=one("00101", R("90", void="是"), R("60", void="否"))),
        Case("作废及格剩不及格", LOST_101, put=one("00101", R("90", void="是"), R("50"))),
        Case("作废不及格", put=one("00101", R("20", void="是"), R("70"))),
        Case(
            "同一课程两次及格只计一次学分",
            "CRED-TOTAL",
            drop="00103 01204 01302 01303 01304",
            put=one("00104", R("80"), R("90"), R("合格")),
        ),
        Case(
            "作废的考试使课程成为免修",
            "CRED-EXEMPT",
            put=one("00103", R("免考"), R("80", void="是")) | many("00102 01204", R("80", EX)),
        ),
    ]


def sums() -> list[Case]:
    """Rules 3, 4, 7: totals, HQ, modules at and just under the edge, in half credits."""
    every = "00101 00102 00103 00104 01201 01202 01203 01204 01301 01302 01303 01304 09901 09902"
    return [
        Case("全部通过"),
        Case("总学分恰好", drop="01204 01302 01303 01304"),
        Case("总学分差半分", "CRED-TOTAL", drop="00103 01204 01302 01303 01304"),
        Case("总部学分恰好", drop="00102 01302"),
        Case("总部学分差半分", "CRED-HQ", drop="00102 01302 01304"),
        Case("总部学分差一门选修", "CRED-HQ;CRED-MODULE:专业核心课", drop="01202 01304"),
        Case("总部学分靠免修凑够", put=many("01202", R("免考"))),
        Case("模块恰好", drop="00102"),
        Case("模块差半分", "CRED-MODULE:公共基础课", drop="00102 00103"),
        Case("必须通过缺且模块缺", LOST_101, drop="00101"),
        Case("必须通过缺", "COURSE-MISSING:01201;CRED-MODULE:专业核心课", drop="01201"),
        Case(
            "两个模块同时不足",
            "CRED-MODULE:专业拓展课;CRED-MODULE:专业核心课;CRED-TOTAL",
            drop="01202 01301 01303",
        ),
        Case("没有任何成绩", NOTHING, drop=every),
        Case("全部不及格", NOTHING, put=many(every, R("59.5", review="是"))),
        Case(
            "计划外成绩不补学分",
            "CRED-TOTAL",
            drop="00103 01204 01302 01303 01304",
            put=many("02001 02002 77777", R("99")),
        ),
        Case("计划外成绩不是问题", put=many("77777 02001", R("45"))),
        Case("只有计划外成绩", NOTHING, drop=every, put=many("02001 77777", R("99"))),
    ]


def practices() -> list[Case]:
    """Rule 1: 综合实践 needs one single examined, passing, re-checked result."""
    return [
        Case("实践未复核", DOUBLE_PRACTICE, put=one("09902", R("75", review="否"))),
        Case("实践复核为空", DOUBLE_PRACTICE, put=one("09902", R("75"))),
        Case("实践不及格已复核", DOUBLE_PRACTICE, put=one("09902", R("59.5", review="是"))),
        Case("实践没有成绩", DOUBLE_PRACTICE, drop="09902"),
        Case("实践免修已复核", DOUBLE_PRACTICE, put=one("09902", R("90", EX, "是"))),
        Case("实践免考已复核", DOUBLE_PRACTICE, put=one("09902", R("免考", "", "是"))),
        Case("实践免考而写考试", DOUBLE_PRACTICE, put=one("09902", R("免考", "考试", "是"))),
        Case("实践合格已复核", put=one("09902", R("合格", "考试", "是"))),
        Case(
            "实践及格未复核加不及格已复核",
            DOUBLE_PRACTICE,
            put=one("09902", R("80", review="否"), R("50", review="是")),
        ),
        Case(
            "实践免修已复核加考试未复核",
            DOUBLE_PRACTICE,
            put=one("09902", R("80", EX, "是"), R("80", "考试", "否")),
        ),
        Case("实践免修加考试已复核", put=one("09902", R("80", EX, "是"), R("61", "考试", "是"))),
        Case("实践两次后一次复核", put=one("09902", R("80", review="否"), R("60", review="是"))),
        Case(
            "实践复核成绩作废",
            DOUBLE_PRACTICE,
            put=one("09902", R("80", review="是", void="是"), R("80", review="否")),
        ),
        Case("必须通过的实践只报一项", "PRACTICE:09901", put=one("09901", R("75"))),
        Case(
            "两门实践都缺",
            "CRED-MODULE:综合实践;CRED-TOTAL;PRACTICE:09901;PRACTICE:09902",
            drop="09901 09902",
        ),
        Case("普通课写复核否不影响", put=one("00101", R("75", "考试", "否"))),
    ]


def exemptions() -> list[Case]:
    """Rules 2 and 5: what is exempted, and the cap exactly met and just passed."""
    return [*_what_is_exempted(), *_caps_of_plans()]


def _what_is_exempted() -> list[Case]:
    """The cap of BJ21 is 0.25 x 18 = 4.5."""
    at, over = many("00102 01204", R("70", EX)), many("00102 00103 01204", R("70", EX))
    return [
        Case("免修恰好到上限", put=at),
        Case("免修超上限半分", "CRED-EXEMPT", put=over),
        Case("免考字样不写方式", "CRED-EXEMPT", put=many("00102 00103 01204", R("免考"))),
        Case("免考字样写考试", "CRED-EXEMPT", put=many("00102 00103 01204", R("免考", "考试"))),
        Case("免修又考试及格不算免修", put=over | one("00103", R("合格", EX), R("60"))),
        Case(
            "免修又考试不及格仍算免修",
            "CRED-EXEMPT",
            put=over | one("00103", R("合格", EX), R("59.5")),
        ),
        Case("免修方式而不及格", LOST_101, put=one("00101", R("50", EX))),
        Case(
            "免修方式不及格再考及格",
            put=one("00102", R("50", EX), R("60")) | many("01204", R("免考")),
        ),
        Case("选修课免修也计入", "CRED-EXEMPT", put=many("01301 01303", R("良", EX))),
        Case(
            "超出上限的学分照计",
            "CRED-EXEMPT",
            drop="01204 01302 01303 01304",
            put=many("00101 00102", R("免考")),
        ),
        Case("计划外免修不计入", put=at | many("77777 02001", R("免考"))),
        Case(
            "实践通过且另有免修不计入",
            put=at | one("09902", R("80", EX, "是"), R("61", "考试", "是")),
        ),
        Case("未通过的实践免修不计入", DOUBLE_PRACTICE, put=at | one("09902", R("免考", EX, "是"))),
    ]


def _caps_of_plans() -> list[Case]:
    """No cap, a cap of nothing, of a third, of everything."""
    return [
        Case(
            "无上限", plan="BJ21K", put=many("00101 00102 01201 01202 01203 01204 09902", R("免考"))
        ),
        Case("上限为零有免修", "CRED-EXEMPT", "BJ21L", put=many("00103", R("免考"))),
        Case("上限为零无免修", plan="BJ21L"),
        Case("上限6.3免修6", plan="BJ21B", put=many("01201 01204", R("免考"))),
        Case("上限6.3免修6.5", "CRED-EXEMPT", "BJ21B", put=many("01201 00102", R("免考"))),
        Case("上限14.5恰好", plan="BJ21S", put=many("01201 01202 00103 00104", R("70", EX))),
        Case("上限14.5免修15", "CRED-EXEMPT", "BJ21S", put=many("01202 01203 01204", R("70", EX))),
        Case(
            "上限一全部免修18",
            "CRED-MODULE:通识课",
            "BJ21M",
            put=many("00101 00102 00103 01201 01202 01203", R("免考")),
        ),
        Case(
            "上限一免修18.5",
            "CRED-EXEMPT;CRED-MODULE:通识课",
            "BJ21M",
            put=many("00101 00102 00103 01201 01202 01203 01304", R("免考")),
        ),
    ]


def entries() -> list[Case]:
    """Rule 6, ELIG-*: cut-off, semesters, expiry, standing."""
    made = [
        Case("五学期恰好", student=entry("2021春")),
        Case("入学晚且学期不足只报一项", "ELIG-TERM", student=entry("2021秋")),
        Case("入学晚但学期够", "ELIG-TERM", "BJ21S", student=entry("2021秋")),
        Case("最短四学期未晚", plan="BJ21S", student=entry("2021春")),
        Case("七学期恰好", plan="BJ21B", student=entry("2020春")),
        Case("七学期差一", "ELIG-TERM", "BJ21B", student=entry("2020秋")),
        Case("七学期2021春", "ELIG-TERM", "BJ21B", student=entry("2021春")),
        Case("批次之后入学", "ELIG-TERM", student=entry("2023秋")),
        Case("当学期入学", "ELIG-TERM", student=entry("2023春")),
        Case("2015秋未过期", student=entry("2015秋")),
        Case("2015春已过期", "ELIG-EXPIRED", student=entry("2015春")),
        Case("2009秋学号零开头", "ELIG-EXPIRED", student=entry("2009秋")),
        Case("七年2016秋未过期", plan="BJ21B", student=entry("2016秋")),
        Case("七年2016春已过期", "ELIG-EXPIRED", "BJ21B", student=entry("2016春")),
        Case(
            "过期且退学且缺课",
            "COURSE-MISSING:00101;CRED-MODULE:公共基础课;ELIG-EXPIRED;ELIG-STATUS",
            drop="00101",
            student=entry("2014秋") | {"学籍状态": "超期清退"},
        ),
        Case(
            "晚入学且未注册",
            "ELIG-STATUS;ELIG-TERM",
            student=entry("2022春") | {"学籍状态": "未注册"},
        ),
    ]
    others = ("未注册", "毕业", "退学", "超期清退", "转出", "开除学籍", "取消学籍")
    return made + [
        Case(f"学籍{word}", "ELIG-STATUS", student={"学籍状态": word}) for word in others
    ]


def other_plans() -> list[Case]:
    """Rule 3 and 4: course codes shared between plans, modules without courses, odd module names."""
    odd = "CRED-MODULE:通识课;CRED-MODULE:（选修）拓展;CRED-MODULE:𬭩材料拓展;CRED-TOTAL"
    return [
        Case("共用课程全部通过", plan="BJ21K"),
        Case(
            "共用课程在此为实践未复核",
            "CRED-MODULE:综合实践;PRACTICE:01301",
            "BJ21K",
            put=one("01301", R("75")),
        ),
        Case(
            "总部考试的实践未复核",
            "CRED-HQ;CRED-MODULE:综合实践;PRACTICE:09901",
            "BJ21K",
            put=one("09901", R("75")),
        ),
        Case("共用实践在此为普通课", plan="BJ21K", put=one("09902", R("75", "考试", "否"))),
        Case("共用课程在此必须通过", "COURSE-MISSING:09902;CRED-TOTAL", "BJ21K", drop="09902"),
        Case("共用课程学分不同恰好", plan="BJ21K", drop="00103 00104 01204 01304"),
        Case("共用课程学分不同差半分", "CRED-TOTAL", "BJ21K", drop="00104 01204 01302"),
        Case("无课程的模块", "CRED-MODULE:通识课", "BJ21M"),
        Case("怪名模块按码位排序", odd, "BJ21M", drop="01301 01302 01303 01304"),
        Case("逗号模块", "CRED-MODULE:健康,护理;CRED-MODULE:通识课", "BJ21M", drop="00104"),
    ]


def all_cases() -> list[Case]:
    """Every designed student once."""
    return [
        *marks(),
        *days(),
        *several(),
        *sums(),
        *practices(),
        *exemptions(),
        *entries(),
        *other_plans(),
    ]
