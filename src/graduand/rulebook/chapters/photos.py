"""The graduation photo: there, in time, to the standard, the one reviewed (四.2, 附件3)."""

from graduand.rulebook.chapters.clause import CENTRE, COLLEGE, Clause

CLAUSES = (
    Clause(
        "PHOTO-PLATFORM",
        "四.2(2)",
        "一平台无毕业照片",
        "一平台没有毕业照片",
        CENTRE,
        "按附件3的规格上传毕业照片（规格见「学生照片管理」）",
    ),
    Clause(
        "PHOTO-SPEC",
        "附件3.2",
        "毕业照片不合规格",
        "毕业照片不合规格：{arg}",
        CENTRE,
        "按附件3的规格重新上传毕业照片",
    ),
    Clause(
        "PHOTO-REVIEW",
        "附件3.2",
        "毕业照片待人工审核",
        "毕业照片待人工审核",
        COLLEGE,
        "学院在「照片审核」中查看照片，作出合格或不合格的决定",
    ),
    Clause(
        "PHOTO-SAME",
        "四.2(3)",
        "照片与学信网可能不一致",
        "毕业照片与学信网学历照片：{arg}",
        CENTRE,
        "与学信网学历照片比对；一致的在申请时声明「已核查学信网」",
    ),
    Clause(
        "PHOTO-LATE",
        "四.2(2)",
        "毕业照片提交过期",
        "本轮照片截止 {need}，该生照片于 {has}",
        CENTRE,
        "不能进入本轮初审名单；核对提交日期，按上面所说的轮次或批次申请",
    ),
    Clause(
        "PHOTO-CHANGED",
        "四.2(3)",
        "照片在审核后被更换",
        "现照片与准予毕业时审核的照片不同",
        CENTRE,
        "退回后按新照片重新审核",
    ),
)
