"""The degree: the second decision on the same file, which never stops the graduation."""

from graduand.rulebook.chapters.clause import COLLEGE, HQ, STUDENT, Clause

CLAUSES = (
    Clause(
        "DEGREE-COURSE",
        "学位规定",
        "学位课程未通过",
        "学位课程须通过，未通过的有：{has}",
        STUDENT,
        "可只申请毕业；已通过的由学院导入成绩",
    ),
    Clause(
        "DEGREE-AVERAGE",
        "学位规定",
        "学位课程平均分不够",
        "平均分要求 {need}，现为 {has}",
        STUDENT,
        "可只申请毕业",
    ),
    Clause(
        "DEGREE-THESIS",
        "学位规定",
        "论文成绩不够",
        "学位论文成绩要求 {need}，学位材料中{has}（课程成绩不能代替）",
        STUDENT,
        "可只申请毕业；学位论文成绩由学院导入「学位材料」表",
    ),
    Clause(
        "DEGREE-LANGUAGE",
        "学位规定",
        "学位外语不够",
        "学位外语要求 {need}，现为 {has}",
        STUDENT,
        "可只申请毕业",
    ),
    Clause(
        "DEGREE-LEVEL", "学位规定", "该层次不授学位", "{has}不授予学士学位", STUDENT, "可只申请毕业"
    ),
    Clause(
        "DEGREE-ONCE",
        "学位规定",
        "学位申请已退回过一次",
        "学位申请只能退回一次",
        COLLEGE,
        "作出授予或不授予的决定",
    ),
    Clause(
        "DEGREE-WINDOW",
        "学位规定",
        "不在学位办理时间内",
        "学位申请和变更的时间为 {need}，今天是 {has}",
        HQ,
        "在规定时间内办理，或由总部调整批次政策",
    ),
)
