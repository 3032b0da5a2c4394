"""The terms of accounts, of access to personal data, and of acts that need a second person's
consent.
"""

from __future__ import annotations

from graduand.rulebook.terms import Role, Verb
from graduand.rulebook.words import Word

# 三员分离: nobody holds two of these roles, nor one of them together with a role of the business.
OFFICERS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR)

# Acts for which identity must have been proved minutes ago: numbering, taking something back for
# good, and letting the certificate stand of somebody who fails a condition.
GUARDED = frozenset(
    {
        Verb.CERTIFY,
        Verb.VOID,
        Verb.REOPEN,
        Verb.DEREGISTER,
        Verb.REREGISTER,
        Verb.AMEND,
        Verb.DEGREE_CERTIFY,
        Verb.CONFIRM_ISSUE,
    }
)


class Function(Word):
    """What a role is for: every right belongs to one of these, never to the name of a level."""

    FILING = "filing", "申报毕业"
    REVIEWING = "reviewing", "毕业审核"
    LAST_REVIEW = "last_review", "最后一级审核"
    GRANTING = "granting", "授予学位"
    REGISTERING = "registering", "登记注册"
    ISSUING = "issuing", "编号制证"
    SENDING = "sending", "寄送证书"
    HANDING_OVER = "handing_over", "发放证书"
    TEACHING = "teaching", "班级工作"
    PUBLISHING = "publishing", "发布规定"
    KEEPING_ACCOUNTS = "keeping_accounts", "管理账号"


class Extent(Word):
    """How far the right to import a sheet goes."""

    WHOLE = "whole", "全部"
    CONTACTS = "contacts", "只改手机、邮箱、班级"
    OWN_CLASSES = "own_classes", "只限所带班级"
    TOLD = "told", "不含前置学历核验"
    OWN_TOLD = "own_told", "只限所带班级，不含前置学历核验"
    CHECKS = "checks", "只填前置学历核验"
    SUPPLIED = "supplied", "标明「中心提供」，不作为学信网照片的证明"


class Deed(Word):
    """What happened to an account or to a whole batch, and what a person did; the audit trail
    consists of these.
    """

    SIGNED_IN = "signed_in", "登录"
    SIGN_IN_FAILED = "sign_in_failed", "登录失败"
    SLOWED = "slowed", "登录被限速"
    SIGNED_OUT = "signed_out", "退出"
    VERIFIED = "verified", "再次验证身份"
    SESSION_ENDED = "session_ended", "结束会话"
    CODE_MADE = "code_made", "发放激活码"
    PASSWORD_SET = "password_set", "设置密码"
    FACTOR_ADDED = "factor_added", "启用二次验证"
    FACTOR_REMOVED = "factor_removed", "停用二次验证"
    RECOVERY_MADE = "recovery_made", "生成恢复码"
    CREATED = "created", "建立账号"
    DISABLED = "disabled", "停用账号"
    ENABLED = "enabled", "恢复账号"
    GRANTED = "granted", "授予岗位"
    GRANT_ENDED = "grant_ended", "收回岗位"
    UNIT_CHANGED = "unit_changed", "修改单位"
    ASKED = "asked", "提出申请"
    CONSENTED = "consented", "同意申请"
    DECLINED = "declined", "不同意申请"
    NOT_DONE = "not_done", "同意后没有办成"
    WITHDRAWN = "withdrawn", "撤回申请"
    EXPORTED = "exported", "导出名单"
    STOPPED = "stopped", "停止后台任务"
    RESUMED = "resumed", "继续后台任务"
    BATCH_CREATED = "batch_created", "建立批次"
    POLICY_SAVED = "policy_saved", "保存批次规定"
    BATCH_CLOSED = "batch_closed", "关闭批次"
    BATCH_REOPENED = "batch_reopened", "重新开放批次"
    BATCH_FINISHED = "batch_finished", "办结批次"
    BATCH_RESUMED = "batch_resumed", "批次不再办结"
    BATCH_DELETED = "batch_deleted", "删除批次"
    ROUND_CLOSED = "round_closed", "提前关闭轮次"
    ROUND_OPENED = "round_opened", "重新开放轮次"
    ACTED = "acted", "办理"
    IMPORTED = "imported", "导入数据"
    PHOTO_DECIDED = "photo_decided", "审核照片"
    PHOTO_RESTORED = "photo_restored", "恢复以前的照片"
    FACES_ORDERED = "faces_ordered", "开关照片比对"
    ROSTER_FROZEN = "roster_frozen", "确定花名册"
    GRADES_DECLARED = "grades_declared", "申报成绩"
    GRADES_TAKEN = "grades_taken", "撤回成绩申报"
    PUBLISHED = "published", "发布通知"
    EXPLAINED = "explained", "说明未办结原因"
    COMMANDED = "commanded", "命令行办理"


class ConsentKind(Word):
    """What a second person has to agree to before it happens."""

    GRANT = "grant", "授予总部岗位"
    FACTOR = "factor", "停用他人的二次验证"
    EXPORT = "export", "导出含个人信息的名单"
    ACT = "act", "办理须两人的事项"
    POLICY = "policy", "批次规定的改动（含延长期限）"
    BATCH = "batch", "关闭、重新开放或办结批次"
    SWAP = "swap", "互换两名学生的照片"


class LookKind(Word):
    """How somebody came to see a person's data."""

    FILE = "file", "查看档案"
    PHOTO = "photo", "查看照片"
    REVEAL = "reveal", "查看明文"
    EXPORT = "export", "导出名单"
    PAPER = "paper", "查看材料"


class Purpose(Word):
    """Why masked data are shown in full; one has to be named."""

    IDENTITY = "identity", "核对身份"
    CORRECTION = "correction", "更正信息"
    CONTACT = "contact", "联系学生"
    REGISTRATION = "registration", "学历注册与制证"
    DISPATCH = "dispatch", "邮寄与发放"
    INSPECTION = "inspection", "检查与审计"


class FileState(Word):
    """The state of a file that leaves the program; it is not offered before it is written."""

    WRITING = "writing", "正在写"
    WRITTEN = "written", "已写成"
    FAILED = "failed", "未成"


class Leaves(Word):
    """What leaves in bulk and is not a list of a page; such a list is on record under its own key."""

    ACCOUNT_CODES = "account-codes", "激活码"
    ACT_REFUSED = "act-refused", "未办理名单"
    ACT_RESULT = "act-result", "办理结果"
    AUDIT = "audit", "毕业审核结果（CSV）"
    CASES = "cases", "身份复核名单"
    IMPORT_RETURNED = "import-returned", "导入退回的工作簿"
    LOSSES = "losses", "未获证书名单"
    PHOTO_IMPORT = "photo-import", "照片导入结果"
    PHOTOS_REFUSED = "photos-refused", "不能导入的照片"
    POLICY_MOVED = "policy-moved", "规定变更影响名单"
    PRINT_SNAGS = "print-snags", "不能打印和提醒名单"
    REGISTRY_HELD_BACK = "registry-held-back", "暂不导出名单"
    SKIPPED = "skipped", "将跳过名单"


class FieldLevel(Word):
    """数据分级: from what everybody in the office may read to what is never shown on a page."""

    L1 = "L1", "L1 一般"
    L2 = "L2", "L2 内部"
    L3 = "L3", "L3 敏感"
    L4 = "L4", "L4 高度敏感"
