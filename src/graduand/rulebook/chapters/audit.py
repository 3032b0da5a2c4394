"""What the audit finds: the entrance, credits, courses and the practice (二.2, 附件2.2)."""

from graduand.rulebook.chapters.clause import CENTRE, COLLEGE, STUDENT, Clause

# For people whose credits are short only because a passed 综合实践 has not been reviewed.
AFTER_REVIEW = ((COLLEGE, "学院完成综合实践成绩复核后计入，学分即达到要求"),)

CLAUSES = (
    Clause(
        "ELIG-TERM",
        "二.2",
        "入学学期或学习年限不够",
        "要求{need}，该生{has}",
        STUDENT,
        "不属于本批次毕业对象，请等待符合的毕业批次",
    ),
    Clause(
        "ELIG-EXPIRED",
        "学籍规定",
        "超过最长学习年限",
        "学籍有效期至 {need}，证书日期 {has} 已超期",
        COLLEGE,
        "核对入学年度学期；确已超期的不能毕业",
    ),
    Clause(
        "ELIG-STATUS",
        "学籍规定",
        "学籍状态不是在籍",
        "学籍状态为「{has}」，须为「{need}」",
        COLLEGE,
        "核对学籍异动，恢复在籍后重新审核",
    ),
    Clause(
        "CRED-TOTAL",
        "附件2.2",
        "总学分不足",
        "总学分要求 {need}，已获 {has}",
        STUDENT,
        "补修课程，或由学习中心核对未发布的成绩",
        AFTER_REVIEW,
    ),
    Clause(
        "CRED-HQ",
        "附件2.2",
        "总部考试学分不足",
        "总部考试学分要求 {need}，已获 {has}",
        STUDENT,
        "补修总部考试课程，或核对未发布的成绩",
        AFTER_REVIEW,
    ),
    Clause(
        "CRED-MODULE",
        "附件2.2",
        "模块学分不足",
        "模块「{arg}」要求 {need} 学分，已获 {has}",
        STUDENT,
        "补修该模块课程，或核对未发布的成绩",
        AFTER_REVIEW,
    ),
    Clause(
        "COURSE-MISSING",
        "附件2.2",
        "必须通过的课程未通过",
        "课程 {arg} 必须通过，现为{has}",
        STUDENT,
        "重修或重考该课程，或核对未发布的成绩",
    ),
    Clause(
        "PRACTICE",
        "三.1",
        "综合实践未通过或未复核",
        "综合实践课程 {arg} 必须{need}，现为{has}",
        COLLEGE,
        "学院完成综合实践成绩复核并提交",
        (
            (
                STUDENT,
                "重做该综合实践并重新提交，合格后由学院复核；已经合格的，由学习中心核对未发布的成绩",
            ),
        ),
    ),
    Clause(
        "CRED-EXEMPT",
        "学籍规定",
        "免修免考学分超过上限",
        "免修免考学分上限 {need}，已用 {has}",
        CENTRE,
        "以考试方式取得部分课程成绩",
    ),
)
