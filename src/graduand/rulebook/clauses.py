"""The rows that every refusal cites: where a rule comes from, who can clear it, what to do next."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from graduand.rulebook.terms import Desk, Severity, Stage


@dataclass(frozen=True, slots=True)
class Clause:
    """A rule of the notice, or of the field, that can stop a file.

    `source` is where it stands (四.1 = part 四, point 1 of the notice); `text` takes {arg}, {need},
    {has}; `desk` can clear it; `todo` says how. `turns`: the other desks whose turn it may be, and
    what each does then.
    """

    code: str
    source: str
    title: str
    text: str
    desk: Desk
    todo: str
    turns: tuple[tuple[Desk, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason against (or a warning about) one step for one person; `turn` is one of the
    clause's, None for its desk.

    `about` tells one fact from another where the words of both are the same: a short word, never
    shown and never stored with the finding, in which nothing of a person can be read.
    """

    code: str
    arg: str = ""
    need: str = ""
    has: str = ""
    severity: Severity = Severity.BLOCK
    turn: Desk | None = None
    about: str = ""

    @property
    def clause(self) -> Clause:
        return CLAUSES[self.code]

    @property
    def desk(self) -> Desk:
        """Who can clear it."""
        return self.turn or self.clause.desk

    @property
    def todo(self) -> str:
        """What that desk does next."""
        return dict(self.clause.turns).get(self.desk, self.clause.todo)

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.BLOCK

    @property
    def item(self) -> str:
        """`CODE` or `CODE:argument`, as the audit's CSV prints it."""
        return f"{self.code}:{self.arg}" if self.arg else self.code

    @property
    def sentence(self) -> str:
        """What is wrong, in words and numbers."""
        return self.clause.text.format(arg=self.arg, need=self.need, has=self.has)

    def as_row(self) -> list[str]:
        """[code, argument, need, has, severity], and the turn where there is one: how a finding is stored."""
        row = [self.code, self.arg, self.need, self.has, self.severity.value]
        return [*row, self.turn.value] if self.turn else row

    @classmethod
    def from_row(cls, row: list[str]) -> Finding:
        """The inverse of `as_row`."""
        code, arg, need, has, severity, *turn = row
        return cls(code, arg, need, has, Severity(severity), Desk(turn[0]) if turn else None)


_C, _L, _H, _S = Desk.CENTRE, Desk.COLLEGE, Desk.HQ, Desk.STUDENT
# Whose credits are short only because a 综合实践 that was passed has not been reviewed.
_REVIEW = ((Desk.COLLEGE, "学院完成综合实践成绩复核后计入，学分即达到要求"),)

_ACADEMIC = (
    Clause(
        "ELIG-TERM",
        "二.2",
        "入学学期或学习年限不够",
        "要求{need}，该生{has}",
        _S,
        "不属于本批次毕业对象，请等待符合的毕业批次",
    ),
    Clause(
        "ELIG-EXPIRED",
        "学籍规定",
        "超过最长学习年限",
        "学籍有效期至 {need}，证书日期 {has} 已超期",
        _L,
        "核对入学年度学期；确已超期的不能毕业",
    ),
    Clause(
        "ELIG-STATUS",
        "学籍规定",
        "学籍状态不是在籍",
        "学籍状态为「{has}」，须为「{need}」",
        _L,
        "核对学籍异动，恢复在籍后重新审核",
    ),
    Clause(
        "CRED-TOTAL",
        "附件2.2",
        "总学分不足",
        "总学分要求 {need}，已获 {has}",
        _S,
        "补修课程，或由学习中心核对未发布的成绩",
        _REVIEW,
    ),
    Clause(
        "CRED-HQ",
        "附件2.2",
        "总部考试学分不足",
        "总部考试学分要求 {need}，已获 {has}",
        _S,
        "补修总部考试课程，或核对未发布的成绩",
        _REVIEW,
    ),
    Clause(
        "CRED-MODULE",
        "附件2.2",
        "模块学分不足",
        "模块「{arg}」要求 {need} 学分，已获 {has}",
        _S,
        "补修该模块课程，或核对未发布的成绩",
        _REVIEW,
    ),
    Clause(
        "COURSE-MISSING",
        "附件2.2",
        "必须通过的课程未通过",
        "课程 {arg} 必须通过，现为{has}",
        _S,
        "重修或重考该课程，或核对未发布的成绩",
    ),
    Clause(
        "PRACTICE",
        "三.1",
        "综合实践未通过或未复核",
        "综合实践课程 {arg} 必须{need}，现为{has}",
        _L,
        "学院完成综合实践成绩复核并提交",
        (
            (
                _S,
                "重做该综合实践并重新提交，合格后由学院复核；已经合格的，由学习中心核对未发布的成绩",
            ),
        ),
    ),
    Clause(
        "CRED-EXEMPT",
        "学籍规定",
        "免修免考学分超过上限",
        "免修免考学分上限 {need}，已用 {has}",
        _C,
        "以考试方式取得部分课程成绩",
    ),
)

_GATES = (
    Clause(
        "PHOTO-PLATFORM",
        "四.2(2)",
        "一平台无毕业照片",
        "一平台没有毕业照片",
        _C,
        "按附件3的规格上传毕业照片（规格见「学生照片管理」）",
    ),
    Clause(
        "PHOTO-SPEC",
        "附件3.2",
        "毕业照片不合规格",
        "毕业照片不合规格：{arg}",
        _C,
        "按附件3的规格重新上传毕业照片",
    ),
    Clause(
        "PHOTO-SAME",
        "四.2(3)",
        "照片与学信网可能不一致",
        "毕业照片与学信网学历照片：{arg}",
        _C,
        "与学信网学历照片比对；一致的在申请时声明「已核查学信网」",
    ),
    Clause(
        "PHOTO-LATE",
        "四.2(2)",
        "毕业照片提交过期",
        "本轮照片截止 {need}，该生照片于 {has}",
        _C,
        "不能进入本轮初审名单；核对提交日期，按上面所说的轮次或批次申请",
    ),
    Clause(
        "CHSI-ADMISSION",
        "四.2(3)",
        "学信网缺录取照片",
        "学信网没有录取照片（{has}）",
        _C,
        "按学信网要求补报录取照片，更新反馈数据后重试",
    ),
    Clause(
        "CHSI-CREDENTIAL",
        "四.2(3)",
        "学信网缺学历照片",
        "学信网没有学历照片（{has}）",
        _C,
        "联系学生到指定单位采集学历照片，上网后更新反馈数据",
    ),
    Clause(
        "CHSI-DOUBT",
        "四.1",
        "学信网身份存疑",
        "学信网核验结果为「{has}」，尚未{need}",
        _C,
        "提交学生身份复核表等材料，经学院上报总部备案",
        (
            (_L, "审核复核材料，上报总部备案"),
            (_H, "作出备案决定；还没有立案的，重新导入学信网反馈"),
        ),
    ),
    Clause(
        "INFO-ID",
        "个人信息",
        "证件信息有误",
        "证件信息：{arg}",
        _C,
        "核对证件原件；登记有误的，把证明材料书面报总部留存；本系统暂时不能更正，更正以前不编号制证",
    ),
    Clause(
        "INFO-MATCH",
        "个人信息",
        "与学信网信息不一致",
        "与学信网不一致：{arg}",
        _C,
        "核对后更正本系统或学信网信息",
    ),
    Clause(
        "INFO-CONFIRM",
        "个人信息",
        "学生未确认个人信息",
        "学生尚未确认个人信息",
        _S,
        "请学生核对并确认姓名、性别、出生日期和证件号",
    ),
    Clause(
        "QUALIF",
        "学籍规定",
        "前置学历未核验通过",
        "前置学历核验：{has}",
        _L,
        "由学习中心补交前置学历证明，学院核验后导入「报名与学习经历」表的前置学历核验",
    ),
    Clause(
        "MORAL",
        "学籍规定",
        "思想品德鉴定未合格",
        "思想品德鉴定没有合格记录",
        _C,
        "完成思想品德鉴定",
    ),
    Clause(
        "DATA-EXPORT",
        "数据交换",
        "姓名等含交换格式不能表示的字",
        "「{arg}」不能写入学信网交换文件",
        _H,
        "按学信网约定处理生僻字",
    ),
    Clause(
        "DEGREE-AVERAGE",
        "学位规定",
        "学位课程平均分不够",
        "平均分要求 {need}，现为 {has}",
        _S,
        "可只申请毕业",
    ),
    Clause(
        "DEGREE-THESIS",
        "学位规定",
        "论文成绩不够",
        "学位论文成绩要求 {need}，学位材料中{has}（课程成绩不能代替）",
        _S,
        "可只申请毕业；学位论文成绩由学院导入「学位材料」表",
    ),
    Clause(
        "DEGREE-LANGUAGE",
        "学位规定",
        "学位外语不够",
        "学位外语要求 {need}，现为 {has}",
        _S,
        "可只申请毕业",
    ),
    Clause("DEGREE-LEVEL", "学位规定", "该层次不授学位", "{has}不授予学士学位", _S, "可只申请毕业"),
    Clause(
        "DEGREE-ONCE",
        "学位规定",
        "学位申请已退回过一次",
        "学位申请只能退回一次",
        _L,
        "作出授予或不授予的决定",
    ),
    Clause(
        "PHOTO-REVIEW",
        "附件3.2",
        "毕业照片待人工审核",
        "毕业照片待人工审核",
        _L,
        "学院在「照片审核」中查看照片，作出合格或不合格的决定",
    ),
    Clause(
        "INFO-LEVEL",
        "个人信息",
        "学历层次与专业规则不一致",
        "学历层次为「{has}」，专业规则是「{need}」",
        _L,
        "核对学历层次和专业规则，更正后重新导入学生信息",
    ),
)

_PROCESS = (
    Clause(
        "STAGE",
        "办理流程",
        "当前状态不能办理",
        "当前状态为「{has}」，此操作要求「{need}」",
        _C,
        "刷新后查看最新状态",
    ),
    Clause(
        "STALE",
        "办理流程",
        "档案在打开后已有变化",
        "打开页面以后，此档案又有人办理过，或该生资料有变化",
        _C,
        "刷新后按最新内容重新核对",
    ),
    Clause(
        "RIGHTS",
        "办理流程",
        "办理人已没有权限",
        "办理还没有完成，办理人的权限就已结束，或学生已转出其单位",
        _C,
        "由现在有权限的人员重新办理",
    ),
    Clause(
        "ROUND-CLOSED",
        "三.4",
        "不在申请时间内",
        "{arg}的申请时间为 {need}，今天是 {has}",
        _L,
        "在申请时间内提交；没有以后的轮次的，转入下一毕业批次",
    ),
    Clause(
        "ROUND-NONE",
        "三.4",
        "没有开放的轮次",
        "今天（{has}）没有可以申请的轮次；{need}",
        _L,
        "等待轮次开放；没有以后的轮次的，转入下一毕业批次",
    ),
    Clause(
        "ROUND-EARLY",
        "三.3",
        "不属于续读本科单独上报",
        "单独上报只收续读本科的专科学生",
        _C,
        "在正常轮次申请；确属续读的请更正「续读本科」",
    ),
    Clause(
        "BATCH-CLOSED",
        "七.1",
        "批次已截止",
        "本批次已于 {need} 截止，今天是 {has}",
        _H,
        "转入下一毕业批次",
    ),
    Clause(
        "BATCH-RESTORING",
        "七.1",
        "批次正在恢复名单",
        "批次 {arg} 正在重新开放，名单还没有恢复完",
        _H,
        "恢复完成后再办理；进度见「查缺补漏与关闭」",
    ),
    Clause(
        "BATCH-CLOSING",
        "七.1",
        "批次正在关闭",
        "两位总部人员已同意关闭批次 {arg}，正在结转未办结的人",
        _H,
        "等关闭完成，转入下一毕业批次；关闭没有办成的，名单恢复后再办理",
    ),
    Clause(
        "REVIEW-LATE",
        "三.1",
        "已过审核时间",
        "{arg}的审核时间为 {need}，今天是 {has}",
        _L,
        "尽快从列表逐份打开，核对后通过，并向总部说明；批量通过不含有提醒的",
    ),
    Clause(
        "REVIEW-EARLY",
        "三.1",
        "未到审核时间",
        "{arg}的审核时间为 {need}，今天是 {has}",
        _L,
        "确需提前的可以办理；不急的，到审核时间再通过",
    ),
    Clause(
        "REFUSED-BEFORE",
        "七.2",
        "以前被退回补正或审核不通过",
        "该生曾于 {arg}",
        _L,
        "逐份打开，核对当时的原因已经消除后再通过；批量通过不含有提醒的",
    ),
    Clause(
        "FILE-LIVE",
        "二",
        "另一批次已有在办档案",
        "该学号在 {arg} 批次有在办档案",
        _C,
        "一个学号只能有一份在办档案：先在该批次撤回或办结",
    ),
    Clause(
        "GRADUATED",
        "二",
        "已有毕业证书",
        "该学号在 {arg} 批次已颁发毕业证书",
        _H,
        "无须再办；证书内容有误的，先在该批次作废重办",
    ),
    Clause(
        "DUTY",
        "职责分离",
        "不能审核自己办理的档案",
        "您已以「{has}」办理过此档案，不能再办理「{need}」",
        _H,
        "请另一位同事办理",
    ),
    Clause(
        "OWN-FILE",
        "职责分离",
        "不能办理本人的档案",
        "这是办理人（或共同办理的第二人）本人的档案，须由其他同事办理",
        _H,
        "请本岗位的另一位同事办理；本单位没有其他同事的，由上一级办理",
    ),
    Clause(
        "SECOND",
        "双人办理",
        "需要第二人",
        "「{need}」须由两人共同办理：{has}",
        _H,
        "请另一位总部同事共同办理",
    ),
    Clause(
        "REASON",
        "办理流程",
        "缺少原因",
        "须选择原因；选「其他」须写明",
        _C,
        "选择原因；选「其他」的，在说明里写清楚",
    ),
    Clause(
        "REASON-FIT",
        "办理流程",
        "原因不适用",
        "原因「{has}」不适用于这一步，可选{need}",
        _C,
        "另选原因，或选「其他」并写明",
    ),
    Clause(
        "STATEMENT",
        "暂缓规定",
        "缺少暂缓声明",
        "暂缓毕业须登记学生签署的声明",
        _C,
        "登记签字声明后再办理",
    ),
    Clause(
        "ROSTER",
        "五.3",
        "不在毕业生花名册上",
        "该生尚未列入已冻结的花名册",
        _H,
        "先生成并冻结花名册",
    ),
    Clause(
        "PHOTO-CHANGED",
        "四.2(3)",
        "照片在审核后被更换",
        "现照片与准予毕业时审核的照片不同",
        _C,
        "退回后按新照片重新审核",
    ),
    Clause(
        "IMPORT-RUNNING",
        "办理流程",
        "资料正在导入",
        "该生还有资料没有写完：{arg}",
        _H,
        "等这项导入写完再办理；不要写完的，由能导入这张表的人员在「我的任务」终止",
    ),
    Clause(
        "PRINCIPAL",
        "七.4",
        "没有发证日期在任的院（校）长",
        "政策没有写明发证日期在任的院（校）长",
        _H,
        "在批次政策里补上 principals 后重新编号制证",
    ),
    Clause(
        "NUMBER-IMPORT",
        "证书编号",
        "编号由总部导入",
        "本批次证书编号由总部导入",
        _H,
        "导入「证书编号」表",
    ),
    Clause(
        "PAPER-HELD",
        "六",
        "证书不在寄出单位",
        "证书现在「{has}」，不在「{need}」",
        _L,
        "清点入库后再寄出",
    ),
    Clause("PARCEL", "六", "不在此包裹中", "该生证书不在待签收的包裹中", _L, "核对装箱单"),
    Clause(
        "PARCEL-SHORT",
        "六",
        "包裹清点缺少",
        "包裹清点时没有此证书",
        _L,
        "差异已记在包裹上，由寄出单位查找；途中找到的再次清点，没有装进去的由寄出单位退回学院后重新寄出",
    ),
    Clause("TRACKING", "六", "缺少物流信息", "须填写承运单位和运单号", _L, "填写后再寄出"),
    Clause("DOSSIER", "五.1", "毕业档案不齐", "毕业档案缺：{arg}", _C, "补齐后随证书寄送"),
    Clause(
        "DOSSIER-UNKNOWN",
        "五.1",
        "档案到件没有登记",
        "本批次没有登记过档案到件，不能核对是否齐全",
        _L,
        "寄出前对照花名册核对纸质档案",
    ),
    Clause(
        "CONFIRM",
        "七.3",
        "学生未确认证书信息",
        "学生须确认证书与学信网信息一致",
        _C,
        "请学生当面核对并确认",
    ),
    Clause(
        "HANDOVER", "七.3", "未说明领取方式", "须说明领取方式（{need}）", _C, "登记本人、代领或邮寄"
    ),
    Clause(
        "PROXY",
        "七.3",
        "代领没有写明代领人",
        "代领须写明代领人姓名和证件号码",
        _C,
        "填写代领人姓名、证件名称和号码，留存委托材料",
    ),
    Clause(
        "MAILED", "七.3", "邮寄没有写明运单", "邮寄给学生须填写承运单位和运单号", _C, "填写后再签领"
    ),
    Clause(
        "HANDOVER-MORE",
        "七.3",
        "领取方式与所填内容不符",
        "领取方式是「{need}」，却填写了{arg}",
        _C,
        "清空多填的内容，或改选与之相符的领取方式",
    ),
    Clause(
        "ISSUE-DAY",
        "七.4",
        "发证日期未到",
        "证书上的发证日期是 {need}，今天是 {has}",
        _C,
        "可以先寄到学习中心保管；到发证日期再发给学生，要提前发的先与总部确认",
    ),
    Clause(
        "REG-QUERY",
        "七.4",
        "学历注册尚不可查询",
        "学历注册结果尚未读回为「可查询」",
        _H,
        "导入「注册结果」，或等待学信网注册完成",
    ),
    Clause(
        "REG-CANCELLED",
        "七.4",
        "学历注册已注销",
        "该证书在学信网的注册已经注销，不能打印、寄出、发给学生，学位证书也不能编号",
        _H,
        "由两人办理「作废重办」；学信网重新注册的，导入「注册结果」；登记错了的，由两人办理「撤销注销登记」",
    ),
    Clause(
        "EXPLAIN",
        "七.3",
        "未说明未办原因",
        "结转前须说明每一份在办档案未办结的原因",
        _L,
        "逐一说明或办结",
    ),
    Clause(
        "BATCH-OPEN",
        "七.1",
        "批次尚未截止",
        "本批次到 {need} 截止，今天是 {has}；此前只能结转逐一说明了原因的档案",
        _H,
        "截止后再结转，或点名并写明原因（--students、--note）",
    ),
    Clause(
        "DEGREE-WINDOW",
        "学位规定",
        "不在学位办理时间内",
        "学位申请和变更的时间为 {need}，今天是 {has}",
        _H,
        "在规定时间内办理，或由总部调整批次政策",
    ),
    Clause(
        "BASIS",
        "办理流程",
        "缺少依据",
        "须写明依据：文号、日期或所交材料",
        _C,
        "填写依据，材料可作为附件一并登记",
    ),
    Clause(
        "CASE-FILE",
        "四.1",
        "身份核查记在另一批次的档案里",
        "身份核查不分批次，此案记在该生 {need} 批次的档案里",
        _C,
        "到该批次的档案里继续办理",
    ),
    Clause(
        "CANCEL-DAY",
        "证书管理",
        "注销日期有误",
        "注销日期应在 {need} 之间，现为 {has}",
        _H,
        "按学信网的注销记录填写日期",
    ),
    Clause(
        "VOID-GROUND",
        "证书管理",
        "不具备作废条件",
        "已在学信网注册的证书，须先登记注册注销",
        _H,
        "登记学信网注销后再作废",
    ),
    Clause(
        "VOID-LOST",
        "证书管理",
        "签领后遗失的不重办",
        "学生签领以后遗失的证书不作废、不重办",
        _H,
        "按规定为学生出具毕业证明书（沿用原证书编号）",
    ),
    Clause(
        "AMEND-GROUND",
        "证书管理",
        "不具备更正条件",
        "没有在学信网注册的证书不能沿用原编号更正",
        _H,
        "内容有误的作废重办；已注册的先导入「注册结果」",
    ),
    Clause(
        "ANSWER",
        "证书管理",
        "缺少学信网的更正结果",
        "须登记学信网更正结果的扫描件",
        _H,
        "上传学信网更正结果（截图或复函）的扫描件",
    ),
    Clause(
        "ANSWER-DAY",
        "证书管理",
        "更正日期有误",
        "学信网更正的日期应在 {need} 之间，现为 {has}",
        _H,
        "按学信网的更正结果填写日期",
    ),
    Clause(
        "PAPER-REPRINT",
        "证书管理",
        "更正后尚未重新打印",
        "{has}内容已于 {need} 更正，还没有按新内容打印，旧证不能寄出",
        _H,
        "毕业证书由总部请系统管理员打印（命令见「证书」里的「更正后待重新打印」），学位证书由总部重制后在档案页登记；"
        "旧证由学院作废，新证到学院后再寄出",
    ),
    Clause(
        "PAPER-OLD",
        "证书管理",
        "纸质证书是更正以前的旧证",
        "{has}内容已于 {need} 更正，寄出的是旧证，不能发给学生",
        _L,
        "学院办理「退回学院」收回旧证，总部重新打印后再寄出",
    ),
    Clause(
        "PAPER-GIVEN",
        "证书管理",
        "学生已领取",
        "证书已由学生领取，内容没有更正，不用收回",
        _L,
        "证书有误的，由总部更正证书内容或作废重办",
    ),
    Clause(
        "ISSUED-LOST",
        "附件2.2",
        "编号制证以后不再符合毕业条件",
        "编号制证以后资料有变化，不再符合毕业条件：{has}；总部核实以前不上报、不打印证书，不能寄出和签领",
        _H,
        "核实，成绩有误的由学院更正后自动恢复；属实的由两人办理「作废重办」（原因：不满足毕业条件）；"
        "仍然有效的由两人办理「核实后维持」并写明依据",
    ),
    Clause(
        "GIVEN-LOST",
        "附件2.2",
        "学生领证以后不再符合毕业条件",
        "证书已在学生手中，资料有变化，不再符合毕业条件：{has}；总部核实以前不上报、不打印证书，不授予学位、不编学位证书",
        _H,
        "核实，成绩有误的由学院更正后自动恢复；属实的由两人办理「作废重办」（原因：不满足毕业条件；已注册的先登记注销）；"
        "仍然有效的由两人办理「核实后维持」并写明依据",
    ),
    Clause(
        "CONFIRM-GROUND",
        "证书管理",
        "注册已注销的证书不能维持",
        "该证书在学信网的注册已经注销，不能维持有效",
        _H,
        "办理「作废重办」；注销登记错了的，先撤销注销登记，再维持",
    ),
    Clause(
        "NUMBER-DEGREE",
        "证书编号",
        "学位证书编号由总部导入",
        "总部还没有给该生的学位证书编号",
        _H,
        "在「证书编号」表的「学位证书编号」列填写后导入",
    ),
    Clause(
        "CLOCK",
        "系统时钟",
        "业务时间早于上一步",
        "上一步办理于 {need}，现在是 {has}",
        _H,
        "检查系统时钟",
    ),
)

CLAUSES: dict[str, Clause] = {row.code: row for row in (*_ACADEMIC, *_GATES, *_PROCESS)}
ACADEMIC_CODES = tuple(row.code for row in _ACADEMIC)
# What the gate of personal data finds (`gates.personal`).
PERSONAL_CODES = ("INFO-ID", "INFO-LEVEL", "INFO-MATCH", "INFO-CONFIRM", "MORAL", "QUALIF")

# Bit numbers of the stored code mask. Append only: stored rows carry these numbers.
MASK_BITS: dict[str, int] = {row.code: bit for bit, row in enumerate((*_ACADEMIC, *_GATES))}


def mask_of(findings: tuple[Finding, ...]) -> int:
    """The bit mask of the codes found; process codes have no bit."""
    mask = 0
    for finding in findings:
        mask |= 1 << MASK_BITS[finding.code]
    return mask


def fingerprint(whose: str, findings: Iterable[Finding]) -> str:
    """A short word for exactly these findings about this 学号, in whatever order; "" for none.

    Another course, a greater shortfall, another status is another word: what was said of the one
    says nothing of the other. So is another name at the registry, or another wrong document, by
    what the finding is `about`.
    """
    rows = sorted(
        (one.code, one.arg, one.need, one.has, *((one.about,) if one.about else ()))
        for one in findings
    )
    if not rows:
        return ""
    return hashlib.sha256(json.dumps([whose, rows], ensure_ascii=False).encode()).hexdigest()[:16]


def lost_finding(stage: Stage, found: Iterable[Finding]) -> Finding:
    """What is said of a numbered certificate that `found` holds up; of one in the student's hand nothing is left to stop."""
    code = "GIVEN-LOST" if stage is Stage.COLLECTED else "ISSUED-LOST"
    return Finding(code, has="、".join(dict.fromkeys(one.clause.title for one in found)))


def against_degree(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What stands against the degree alone: it drops that half of an application and never the graduation."""
    return tuple(finding for finding in findings if finding.code.startswith("DEGREE-"))


def blocking(findings: tuple[Finding, ...]) -> Finding | None:
    """The first finding that stops the step, None when nothing does."""
    for finding in findings:
        if finding.severity is Severity.BLOCK:
            return finding
    return None
