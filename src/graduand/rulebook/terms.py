"""Every word of the field that the program uses, once, with its Chinese label.

The only door by which a domain word enters the code: a stable English value and the label that
staff read; `of` finds it.
"""

from __future__ import annotations

from graduand.rulebook.words import Word


class UnitKind(Word):
    """单位类型: who may hold a file. 分部 of an industry college is the college itself."""

    HQ = "hq", "总部"
    COLLEGE = "college", "学院"
    CENTRE = "centre", "学习中心"


class Desk(Word):
    """The desk that acts, or that can clear a finding."""

    CENTRE = "centre", "学习中心"
    COLLEGE = "college", "学院"
    HQ = "hq", "总部"
    STUDENT = "student", "学生本人"
    ADMIN = "admin", "系统管理岗"


class Role(Word):
    """角色 of an account."""

    HQ_ADMIN = "hq_admin", "总部管理"
    HQ_REVIEWER = "hq_reviewer", "总部审核"
    COLLEGE_REVIEWER = "college_reviewer", "学院审核"
    COLLEGE_DISPATCH = "college_dispatch", "学院发放"
    CENTRE_CLERK = "centre_clerk", "学习中心"
    CLASS_TEACHER = "class_teacher", "班主任"
    SYSTEM_ADMIN = "system_admin", "系统管理", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理", "安全管理员"
    AUDITOR = "auditor", "审计", "审计管理员"
    STUDENT = "student", "学生"


class Level(Word):
    """学历层次 of a plan and of a student."""

    JUNIOR = "junior", "专科"
    TOP_UP = "top_up", "专升本", "专科起点本科", "本科(专科起点)", "本科（专科起点）"
    BACHELOR = "bachelor", "本科", "高起本"


class Sex(Word):
    """性别, GB/T 2261.1 (only the two values that a certificate can carry)."""

    MALE = "1", "男"
    FEMALE = "2", "女"


class Standing(Word):
    """学籍状态: only 在籍 can graduate."""

    ENROLLED = "enrolled", "在籍"
    UNREGISTERED = "unregistered", "未注册"
    GRADUATED = "graduated", "毕业"
    WITHDRAWN = "withdrawn", "退学"
    EXPIRED = "expired", "超期清退"
    TRANSFERRED = "transferred", "转出"
    EXPELLED = "expelled", "开除学籍"
    CANCELLED = "cancelled", "取消学籍"
    SUSPENDED = "suspended", "休学"


class CourseNature(Word):
    """课程性质; 统设必修 is the base of the exemption cap."""

    CORE = "core", "统设必修"
    REQUIRED = "required", "非统设必修"
    ELECTIVE = "elective", "选修"


class ObtainedBy(Word):
    """取得方式 of a result."""

    EXAM = "exam", "考试"
    EXEMPTION = "exemption", "免修免考"


class GradeWord(Word):
    """成绩 written as a word, best first: the order in which the best one is shown."""

    EXCELLENT = "excellent", "优", "优秀"
    GOOD = "good", "良", "良好"
    FAIR = "fair", "中", "中等"
    PASS = "pass", "及格"
    QUALIFIED = "qualified", "合格"
    EXEMPT = "exempt", "免考"
    FAIL = "fail", "不及格"
    UNQUALIFIED = "unqualified", "不合格"
    ABSENT = "absent", "缺考"


PASSING_WORDS = frozenset(
    {
        GradeWord.EXCELLENT,
        GradeWord.GOOD,
        GradeWord.FAIR,
        GradeWord.PASS,
        GradeWord.QUALIFIED,
        GradeWord.EXEMPT,
    }
)


class ChsiVerdict(Word):
    """核验结果 of the national registry; everything but 正常 is a doubt (notice 四.1)."""

    NORMAL = "normal", "正常", "通过"
    UNSURE = "unsure", "身份核验不确定", "身份复核不确定"
    FAILED = "failed", "身份核验未通过", "身份复核不通过"
    ABNORMAL = "abnormal", "身份核验异常"


# A worse verdict after a filing opens a new case.
VERDICT_RANK = {
    ChsiVerdict.NORMAL: 0,
    ChsiVerdict.UNSURE: 1,
    ChsiVerdict.ABNORMAL: 2,
    ChsiVerdict.FAILED: 3,
}


class CaseState(Word):
    """State of an identity case (身份复核)."""

    OPEN = "open", "待核实"
    COLLECTING = "collecting", "材料收集中"
    SUBMITTED = "submitted", "学习中心已提交"
    AT_COLLEGE = "at_college", "学院审核"
    REPORTED = "reported", "已报总部"
    CLEARED = "cleared", "备案通过"
    UPHELD = "upheld", "维持存疑"

    @property
    def holds(self) -> bool:
        """Whether a case in this state holds the person's files: only a filing lets go of them."""
        return self is not CaseState.CLEARED


class IdKind(Word):
    """证件类型, JY/T 1001 (SFZJLX)."""

    RESIDENT = (
        "1",
        "居民身份证",
        "身份证",
        "二代身份证",
        "第二代居民身份证",
        "中华人民共和国居民身份证",
        "二代证",
    )
    OFFICER = "2", "军官证"
    SOLDIER = "3", "士兵证"
    CIVILIAN_CADRE = "4", "文职干部证"
    RETIRED = "5", "部队离退休证"
    HONG_KONG = "6", "香港特区护照/身份证明"
    MACAO = "7", "澳门特区护照/身份证明"
    TAIWAN = "8", "台湾居民来往大陆通行证", "台胞证", "台湾通行证", "台湾居民往来大陆通行证"
    FOREIGN_RESIDENT = (
        "9",
        "境外永久居住证",
        "外国人永久居留身份证",
        "外国人永久居留证",
        "永久居留身份证",
    )
    HMT_RESIDENCE = "H", "港澳台居民居住证", "港澳台居住证", "港澳居民居住证", "台湾居民居住证"
    HMT_PERMIT = (
        "C",
        "港澳居民来往内地通行证",
        "回乡证",
        "港澳通行证",
        "港澳居民往来内地通行证",
        "港澳同胞回乡证",
    )
    PASSPORT = "A", "护照", "普通护照", "因私护照", "外国护照", "中国护照"
    HOUSEHOLD = "B", "户口簿", "户口本", "居民户口簿"
    OTHER = "Z", "其他"


class Stage(Word):
    """Where a candidate's file stands. The columns of the journey table."""

    LISTED = "listed", "未申请"
    DEFERRED = "deferred", "暂缓毕业"
    APPLIED = "applied", "已申请"
    RETURNED = "returned", "退回补正"
    ENDORSED = "endorsed", "学院已通过"
    APPROVED = "approved", "准予毕业"
    REJECTED = "rejected", "审核不通过"
    LAPSED = "lapsed", "未办结转"
    CERTIFIED = "certified", "已编号制证"
    SHIPPED = "shipped", "已寄出"
    RECEIVED = "received", "中心已签收"
    COLLECTED = "collected", "学生已签领"


# Where the paper has left the house that printed it.
SENT_STAGES = (Stage.SHIPPED, Stage.RECEIVED, Stage.COLLECTED)
# From the certificate on, and from 准予毕业 on.
GRADUATED_STAGES = (Stage.CERTIFIED, *SENT_STAGES)
APPROVED_STAGES = (Stage.APPROVED, *GRADUATED_STAGES)
# Between 准予毕业 and 签领: the certificate is awaited.
AWAITED_STAGES = (Stage.APPROVED, Stage.CERTIFIED, Stage.SHIPPED, Stage.RECEIVED)
# One live file per 学号 over all batches.
LIVE_STAGES = (Stage.APPLIED, Stage.RETURNED, Stage.ENDORSED, *APPROVED_STAGES)
# Where nobody goes on with a file by itself.
ENDED_STAGES = (Stage.REJECTED, Stage.LAPSED, Stage.COLLECTED)


class Verb(Word):
    """What can be done to a file. Button, URL, office function, CLI verb and event are one word."""

    APPLY = "apply", "申请毕业"
    WITHDRAW = "withdraw", "撤回申请"
    DEFER = "defer", "暂缓毕业"
    RESUME = "resume", "恢复"
    ENDORSE = "endorse", "学院审核通过"
    APPROVE = "approve", "准予毕业"
    SEND_BACK = "send_back", "退回补正"
    REJECT = "reject", "审核不通过"
    REOPEN = "reopen", "申诉重审"
    LAPSE = "lapse", "未办结转"
    RELIST = "relist", "恢复到名单"
    RELIST_DEFERRED = "relist_deferred", "恢复暂缓"
    RELIST_RETURNED = "relist_returned", "恢复退回补正"
    RELIST_APPLIED = "relist_applied", "恢复申请"
    RELIST_ENDORSED = "relist_endorsed", "恢复学院审核通过"
    CERTIFY = "certify", "编号制证"
    VOID = "void", "作废重办"
    SHIP = "ship", "寄出"
    RECEIVE = "receive", "签收"
    COLLECT = "collect", "签领"
    UNCOLLECT = "uncollect", "撤销签领"
    RECALL = "recall", "退回学院"
    # The other columns of a file: the degree, the identity case, the registration of the
    # certificate.
    DEGREE_APPLY = "degree_apply", "申请学位"
    DEGREE_RETURN = "degree_return", "退回学位材料"
    DEGREE_GRANT = "degree_grant", "授予学位"
    DEGREE_DECLINE = "degree_decline", "不授予学位"
    CASE_SUBMIT = "case_submit", "提交复核材料"
    CASE_REPORT = "case_report", "上报总部备案"
    CASE_RETURN = "case_return", "退回补充复核材料"
    CASE_CLEAR = "case_clear", "备案通过"
    CASE_UPHOLD = "case_uphold", "维持存疑"
    DEREGISTER = "deregister", "登记注册注销"
    REREGISTER = "reregister", "撤销注销登记"
    AMEND = "amend", "更正证书内容"
    DEGREE_CERTIFY = "degree_certify", "学位证书编号"
    DEGREE_REPLACE = "degree_replace", "登记学位证书重制"
    CONFIRM_ISSUE = "confirm_issue", "核实后维持"


class DegreeState(Word):
    """The second decision on the same candidate, never a second journey."""

    NONE = "none", "未申请"
    APPLIED = "applied", "已申请学位"
    RETURNED = "returned", "学位材料退回"
    GRANTED = "granted", "授予学位"
    DECLINED = "declined", "不授予学位"


class RoundKind(Word):
    """A normal round, or the early one for 专科 students who go on to 本科 (notice 三.3)."""

    NORMAL = "normal", "正常批次"
    EARLY = "early", "续读本科单独上报"


class Severity(Word):
    """How much a finding weighs."""

    BLOCK = "block", "不能办理"
    WARN = "warn", "提醒"


class ReasonCode(Word):
    """Why a file is sent back, rejected, voided …"""

    PHOTO = "photo", "照片问题"
    DETAILS = "details", "信息有误"
    RESULT = "result", "成绩有误"
    MATERIALS = "materials", "材料不全"
    IDENTITY = "identity", "身份存疑"
    LOST = "lost", "遗失"
    DAMAGED = "damaged", "损毁"
    MISSENT = "missent", "寄错或漏装"
    UNCLAIMED = "unclaimed", "无人领取"
    MISRECORDED = "misrecorded", "登记有误"
    REPLACED = "replaced", "更正后收回旧证"
    UNQUALIFIED = "unqualified", "不满足毕业条件"
    OTHER = "other", "其他"


class PhotoKind(Word):
    """Which picture: 上传类型 of annex 3."""

    GRADUATION = "graduation", "毕业照片"
    ADMISSION = "admission", "入学照片", "录取照片"
    CREDENTIAL = "credential", "学历照片"


class PhotoNaming(Word):
    """导入文件的命名方式 of annex 3."""

    STUDENT_NO = "student_no", "学号"
    ID_NO = "id_no", "证件号"
    EXAM_NO = "exam_no", "考生号"


class PaperKind(Word):
    """Papers of the season; the first three make the archive (notice 五.1)."""

    REGISTRATION_FORM = "registration_form", "登记表", "毕业生登记表", "国家开放大学毕业生登记表"
    TRANSCRIPT = "transcript", "成绩单"
    ENROLMENT_FORM = "enrolment_form", "报名登记表", "国家开放大学报名登记表"
    CERTIFICATE = "certificate", "毕业证书"
    ROSTER = "roster", "花名册"
    PACKING_LIST = "packing_list", "装箱单"
    SIGN_OFF = "sign_off", "签领表"


class HandoverMethod(Word):
    """How a certificate reached the student's hand."""

    IN_PERSON = "in_person", "本人"
    PROXY = "proxy", "代领"
    MAIL = "mail", "邮寄"


class Numbering(Word):
    """Where registration numbers come from."""

    MINTED = "minted", "本系统编号"
    IMPORTED = "imported", "总部编号导入"


class PriorCheck(Word):
    """前置学历核验."""

    PASSED = "passed", "通过"
    FAILED = "failed", "未通过"
    UNCHECKED = "unchecked", "未查"


class ConfirmedBy(Word):
    """确认方式 of the student's own check of the data."""

    ONLINE = "online", "本人在线"
    SIGNED = "signed", "签字表"


class SheetKind(Word):
    """KIND of a sheet that can be imported."""

    UNITS = "units", "单位"
    PLANS = "plans", "专业规则"
    MODULES = "modules", "模块"
    COURSES = "courses", "课程"
    STUDENTS = "students", "学生"
    RESULTS = "results", "成绩"
    CHSI = "chsi", "学信网反馈"
    PROFILES = "profiles", "报名与学习经历"
    HISTORIES = "histories", "学习经历"
    DEGREES = "degrees", "学位材料"
    CONFIRMATIONS = "confirmations", "学生确认"
    USERS = "users", "账号"
    NUMBERS = "numbers", "证书编号"
    REGISTERED = "registered", "注册结果"


class JobState(Word):
    """State of long work."""

    WAITING = "waiting", "排队中"
    RUNNING = "running", "处理中"
    DONE = "done", "已完成"
    FAILED = "failed", "出错停止"
    CANCELLED = "cancelled", "已停止"
