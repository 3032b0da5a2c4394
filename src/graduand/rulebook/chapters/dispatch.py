"""From the college to the centre and into the student's hand (五.1, 六, 七.3, 七.4)."""

from graduand.rulebook.chapters.clause import CENTRE, COLLEGE, HQ, Clause

CLAUSES = (
    # Parcels (六) and the archive that goes with them (五.1).
    Clause(
        "PAPER-HELD",
        "六",
        "证书不在寄出单位",
        "证书现在「{has}」，不在「{need}」",
        COLLEGE,
        "清点入库后再寄出",
    ),
    Clause("PARCEL", "六", "不在此包裹中", "该生证书不在待签收的包裹中", COLLEGE, "核对装箱单"),
    Clause(
        "PARCEL-SHORT",
        "六",
        "包裹清点缺少",
        "包裹清点时没有此证书",
        COLLEGE,
        "差异已记在包裹上，由寄出单位查找；途中找到的再次清点，没有装进去的由寄出单位退回学院后重新寄出",
    ),
    Clause("TRACKING", "六", "缺少物流信息", "须填写承运单位和运单号", COLLEGE, "填写后再寄出"),
    Clause(
        "WAYBILL",
        "六",
        "运单已有包裹在用",
        "运单 {arg} 已有一个包裹，封好以后尚未全部签收，不再放入别的证书；一个运单只寄往一个学习中心",
        COLLEGE,
        "换一个运单号寄出",
    ),
    Clause("DOSSIER", "五.1", "毕业档案不齐", "毕业档案缺：{arg}", CENTRE, "补齐后随证书寄送"),
    Clause(
        "DOSSIER-UNKNOWN",
        "五.1",
        "档案到件没有登记",
        "本批次没有登记过档案到件，不能核对是否齐全",
        COLLEGE,
        "寄出前对照花名册核对纸质档案",
    ),
    # Handing over (七.3).
    Clause(
        "CONFIRM",
        "七.3",
        "学生未确认证书信息",
        "学生须确认证书与学信网信息一致",
        CENTRE,
        "请学生当面核对并确认",
    ),
    Clause(
        "HANDOVER",
        "七.3",
        "未说明领取方式",
        "须说明领取方式（{need}）",
        CENTRE,
        "登记本人、代领或邮寄",
    ),
    Clause(
        "PROXY",
        "七.3",
        "代领没有写明代领人",
        "代领须写明代领人姓名和证件号码",
        CENTRE,
        "填写代领人姓名、证件名称和号码，留存委托材料",
    ),
    Clause(
        "MAILED",
        "七.3",
        "邮寄没有写明运单",
        "邮寄给学生须填写承运单位和运单号",
        CENTRE,
        "填写后再签领",
    ),
    Clause(
        "HANDOVER-MORE",
        "七.3",
        "领取方式与所填内容不符",
        "领取方式是「{need}」，却填写了{arg}",
        CENTRE,
        "清空多填的内容，或改选与之相符的领取方式",
    ),
    # The day of issue and the registration (七.4).
    Clause(
        "ISSUE-DAY",
        "七.4",
        "发证日期未到",
        "证书上的发证日期是 {need}，今天是 {has}",
        CENTRE,
        "可以先寄到学习中心保管；到发证日期再发给学生，要提前发的先与总部确认",
    ),
    Clause(
        "REG-QUERY",
        "七.4",
        "学历注册尚不可查询",
        "学历注册结果尚未读回为「可查询」",
        HQ,
        "导入「注册结果」，或等待学信网注册完成",
    ),
    Clause(
        "REG-CANCELLED",
        "七.4",
        "学历注册已注销",
        "该证书在学信网的注册已经注销，不能打印、寄出、发给学生，学位证书也不能编号",
        HQ,
        "由两人办理「作废重办」；要按原编号在学信网重新注册的，单独导出「重新注册」的文件上报，"
        "注册以后导入「注册结果」；登记错了的，由两人办理「撤销注销登记」",
    ),
)
