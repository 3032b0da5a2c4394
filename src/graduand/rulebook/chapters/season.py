"""The days of rounds and batches, and which batch has the student (二, 三, 七.1)."""

from graduand.rulebook.chapters.clause import CENTRE, COLLEGE, HQ, Clause

CLAUSES = (
    # Rounds: when centres apply and reviewers review (三).
    Clause(
        "ROUND-CLOSED",
        "三.4",
        "不在申请时间内",
        "{arg}的申请时间为 {need}，今天是 {has}",
        COLLEGE,
        "在申请时间内提交",
    ),
    Clause(
        "ROUND-NONE",
        "三.4",
        "没有开放的轮次",
        "今天（{has}）没有可以申请的轮次；{need}",
        COLLEGE,
        "等待轮次开放",
        ((HQ, "在批次规定里补回这一轮"),),
    ),
    Clause(
        "ROUND-EARLY",
        "三.3",
        "不属于续读本科单独上报",
        "单独上报只收续读本科的专科学生",
        CENTRE,
        "在正常轮次申请；确属续读的请更正「续读本科」",
    ),
    Clause(
        "REVIEW-LATE",
        "三.1",
        "已过审核时间",
        "{arg}的审核时间为 {need}，今天是 {has}",
        COLLEGE,
        "尽快从列表逐份打开，核对后通过，并向总部说明；「批量通过无问题的」不含有提醒的",
        ((HQ, "尽快从列表逐份打开，核对后通过；「批量通过无问题的」不含有提醒的"),),
    ),
    Clause(
        "REVIEW-EARLY",
        "三.1",
        "未到审核时间",
        "{arg}的审核时间为 {need}，今天是 {has}",
        COLLEGE,
        "确需提前的可以办理；不急的，到审核时间再通过",
        ((HQ, "确需提前的可以办理；不急的，到审核时间再通过"),),
    ),
    # The batch: open, being closed, closed (七.1, 七.3).
    Clause(
        "BATCH-CLOSED",
        "七.1",
        "批次已截止",
        "本批次已于 {need} 截止，今天是 {has}",
        HQ,
        "转入下一毕业批次",
    ),
    Clause(
        "BATCH-RESTORING",
        "七.1",
        "批次正在恢复名单",
        "批次 {arg} 正在重新开放，名单还没有恢复完",
        HQ,
        "恢复完成后再办理；进度见「查缺补漏与关闭」",
    ),
    Clause(
        "BATCH-CLOSING",
        "七.1",
        "批次正在关闭",
        "两位总部人员已同意关闭批次 {arg}，正在结转未办结的人",
        HQ,
        "等关闭完成，转入下一毕业批次；关闭没有办成的，名单恢复后再办理",
    ),
    Clause(
        "BATCH-OPEN",
        "七.1",
        "批次尚未截止",
        "本批次到 {need} 截止，今天是 {has}；此前只能结转逐一说明了原因的档案",
        HQ,
        "截止后再结转，或点名并写明原因（--students、--note）",
    ),
    Clause(
        "EXPLAIN",
        "七.3",
        "未说明未办原因",
        "结转前须说明每一份在办档案未办结的原因",
        COLLEGE,
        "逐一说明或办结",
    ),
    # One live file and one certificate a student number (二).
    Clause(
        "FILE-LIVE",
        "二",
        "另一批次已有在办档案",
        "该学号在 {arg} 批次有在办档案",
        CENTRE,
        "一个学号只能有一份在办档案：先在该批次撤回或办结",
    ),
    Clause(
        "GRADUATED",
        "二",
        "已有毕业证书",
        "该学号在 {arg} 批次已颁发毕业证书",
        HQ,
        "无须再办；证书内容有误的，先在该批次作废重办",
    ),
)
