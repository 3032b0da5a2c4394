"""Who the student is: the registry, its doubts, and the person's own data (四.1, 四.2)."""

from graduand.rulebook.chapters.clause import CENTRE, COLLEGE, HQ, STUDENT, Clause

CLAUSES = (
    # The registry (四.1, 四.2(3)).
    Clause(
        "CHSI-ADMISSION",
        "四.2(3)",
        "学信网缺录取照片",
        "学信网没有录取照片（{has}）",
        CENTRE,
        "按学信网要求补报录取照片，更新反馈数据后重试",
    ),
    Clause(
        "CHSI-CREDENTIAL",
        "四.2(3)",
        "学信网缺学历照片",
        "学信网没有学历照片（{has}）",
        CENTRE,
        "联系学生到指定单位采集学历照片，上网后更新反馈数据",
    ),
    Clause(
        "CHSI-DOUBT",
        "四.1",
        "学信网身份存疑",
        "学信网核验结果为「{has}」，尚未{need}",
        CENTRE,
        "提交学生身份复核表等材料，经学院上报总部备案",
        (
            (COLLEGE, "审核复核材料，上报总部备案"),
            (HQ, "作出备案决定"),
        ),
    ),
    Clause(
        "CASE-FILE",
        "四.1",
        "身份核查记在另一批次的档案里",
        "身份核查不分批次，此案记在该生 {need} 批次的档案里",
        CENTRE,
        "到该批次的档案里继续办理",
    ),
    # The person's own data.
    Clause(
        "INFO-ID",
        "个人信息",
        "证件信息有误",
        "证件信息：{arg}",
        CENTRE,
        "核对证件原件；登记有误的，把证明材料书面报总部留存；本系统暂时不能更正，更正以前不编号制证",
    ),
    Clause(
        "INFO-MATCH",
        "个人信息",
        "与学信网信息不一致",
        "与学信网不一致：{arg}",
        CENTRE,
        "核对后更正本系统或学信网信息",
    ),
    Clause(
        "INFO-CONFIRM",
        "个人信息",
        "学生未确认个人信息",
        "学生尚未确认个人信息",
        STUDENT,
        "请学生核对并确认姓名、性别、出生日期和证件号",
    ),
    Clause(
        "INFO-LEVEL",
        "个人信息",
        "学历层次与专业规则不一致",
        "学历层次为「{has}」，专业规则是「{need}」",
        COLLEGE,
        "核对学历层次和专业规则，更正后重新导入学生信息",
    ),
    Clause(
        "QUALIF",
        "学籍规定",
        "前置学历未核验通过",
        "前置学历核验：{has}",
        COLLEGE,
        "由学习中心补交前置学历证明，学院核验后导入「报名与学习经历」表的前置学历核验",
    ),
    Clause(
        "MORAL",
        "学籍规定",
        "思想品德鉴定未合格",
        "思想品德鉴定没有合格记录",
        CENTRE,
        "完成思想品德鉴定",
    ),
    Clause(
        "DATA-EXPORT",
        "数据交换",
        "姓名等含交换格式不能表示的字",
        "「{arg}」不能写入学信网交换文件",
        HQ,
        "按学信网约定处理生僻字",
    ),
)
