"""The to-dos by key, and the pages of a menu that count nothing."""

from __future__ import annotations

from typing import Any

from graduand.pages.frame.menus.todo_entry import TodoEntry
from graduand.queries.audit.degrees import ASKED, GRANTING, NUMBERING
from graduand.queries.certificates import cancelled
from graduand.queries.filing.candidate_criteria import LISTABLE
from graduand.queries.filing.open_filings import DATA, EARLY, FILING, PHOTO, PREPARING, USUAL
from graduand.queries.season.returning_files import REFILE
from graduand.rulebook.terms import Desk, Verb


def _files(
    label: str, icon: str, said: dict[str, str], tone: str = "", note: str = "", **more: Any
) -> TodoEntry:
    return TodoEntry(label, icon, "candidates", tuple(said.items()), tone, note, **more)


def _cases(desk: Desk, note: str, clears: Verb) -> TodoEntry:
    """Open identity cases at a desk: those at other desks are not its to-do."""
    return TodoEntry(
        "身份核查",
        "shield",
        "identity",
        (("open", "1"), ("desk", desk.value)),
        "hot",
        note,
        clears=clears,
    )


_FREE = (
    ("doubt", "0"),
    ("unqualified", "0"),
    ("paper", "current"),
    (cancelled.NAME, "0"),
)  # nothing holds the certificate up


ENTRIES: dict[str, TodoEntry] = {
    "ready": _files(
        "满足全部条件、未申请",
        "check",
        {"stage": "listed", "clear": "1", FILING: USUAL},
        "mine",
        "核对后提交申请",
        heavy=True,
        verb=Verb.APPLY,
    ),
    "early": _files(
        "续读本科单独上报",
        "up",
        {"stage": "listed", "goes_on": "1", "clear": "1", FILING: EARLY},
        "mine",
        "有单独的轮次和截止日期",
        heavy=True,
        verb=Verb.APPLY,
        rare=True,
    ),
    "refile": _files(
        "重新开放后须重新申请",
        "back",
        {"stage": "listed", REFILE: "1"},
        "hot",
        "申请随关闭结转；曾被退回的先补正",
        clears=Verb.APPLY,
        came_back=True,
        rare=True,
    ),
    "returned": _files(
        "退回补正", "back", {"stage": "returned"}, "hot", "补正后重新提交", clears=Verb.APPLY
    ),
    "photo": _files(
        "缺毕业照片",
        "photo",
        {"stage": "listed", "photo": "0", PREPARING: PHOTO},
        "",
        "不能进入初审名单",
        heavy=True,
        clears=Verb.APPLY,
    ),
    "info": _files(
        "证件信息待核对",
        "people",
        {"stage": "listed", "code": "INFO-ID", PREPARING: DATA},
        "",
        "申请前改是更正，注册后改不了",
        heavy=True,
        clears=Verb.APPLY,
    ),
    "photo_review": TodoEntry(
        "照片审核",
        "check",
        "photo-review",
        (),
        "mine",
        "自动检查拿不准的照片",
        clears=Verb.SEND_BACK,
    ),
    "case_centre": _cases(Desk.CENTRE, "请向学生收材料，提交学院", Verb.CASE_SUBMIT),
    "case_college": _cases(Desk.COLLEGE, "请核对材料，上报总部", Verb.CASE_REPORT),
    "case_hq": _cases(Desk.HQ, "请备案，或维持存疑（维持后转为正常的，请备案）", Verb.CASE_CLEAR),
    "review": TodoEntry(
        "待学院审核",
        "check",
        "reviews",
        (),
        "mine",
        "按上报先后办理",
        verb=Verb.ENDORSE,
        review=True,
    ),
    "approve": TodoEntry(
        "待总部审核",
        "check",
        "reviews",
        (),
        "mine",
        "按上报先后办理",
        verb=Verb.APPROVE,
        review=True,
    ),
    "at_college": _files(
        "待学院审核", "clock", {"stage": "applied"}, "", "学院尚未审核", review=True
    ),
    "rostering": _files(
        "待列入花名册",
        "work",
        {"stage": "approved", "roster": "0", LISTABLE: "1"},
        "mine",
        "生成花名册后编号",
    ),
    "number": _files(
        "待编号制证",
        "paper",
        {"stage": "approved", "numbering": "1"},
        "mine",
        "已列入花名册",
        verb=Verb.CERTIFY,
    ),
    "grant": _files(
        "待授予学位",
        "cap",
        {"degree": "applied", "award": GRANTING, "doubt": "0"},
        "mine",
        "已准予毕业、已申请学位",
        verb=Verb.DEGREE_GRANT,
        rare=True,
    ),
    "degree_number": _files(
        "待学位证书编号",
        "paper",
        {"degree": "granted", "award": NUMBERING, "doubt": "0", cancelled.NAME: "0"},
        "mine",
        "已授予学位、已编号制证",
        verb=Verb.DEGREE_CERTIFY,
        rare=True,
    ),
    "degree_asked": _files(
        "学位待总部授予",
        "cap",
        {"degree": "applied", "award": ASKED},
        "",
        "材料有误的可退回一次",
        verb=Verb.DEGREE_RETURN,
        rare=True,
    ),
    "degree_back": _files(
        "学位材料退回",
        "back",
        {"degree": "returned"},
        "hot",
        "补齐后重新申请学位",
        clears=Verb.DEGREE_APPLY,
        rare=True,
    ),
    "registry": TodoEntry(
        "学信网尚不可查询",
        "shield",
        "certificates",
        (("registered", "0"), ("void", "0"), (cancelled.NAME, "0")),
        "",
        "导入「注册结果」后才能签领",
    ),
    "cancelled": TodoEntry(
        "注册已注销，待作废",
        "shield",
        "certificates",
        (("void", "0"), (cancelled.NAME, "1")),
        "hot",
        "两人作废重办；学信网重新注册的，导入「注册结果」",
        verb=Verb.VOID,
        rare=True,
    ),
    "ship": TodoEntry(
        "待寄出",
        "box",
        "certificates",
        (("stage", "certified"), ("void", "0"), *_FREE),
        "mine",
        "证书已编号",
        verb=Verb.SHIP,
    ),
    "reprint": TodoEntry(
        "更正后待重新打印",
        "paper",
        "certificates",
        (("void", "0"), ("paper", "reprint")),
        "hot",
        "毕业证书请系统管理员打印，学位证书重制后登记",
        verb=Verb.AMEND,
        rare=True,
    ),
    "old_paper": TodoEntry(
        "更正后旧证待收回",
        "back",
        "certificates",
        (("void", "0"), ("paper", "back")),
        "hot",
        "旧证到学院后办理「退回学院」，重新打印再寄",
        verb=Verb.RECALL,
        rare=True,
    ),
    "way": TodoEntry("在途包裹", "box", "parcels", (("way", "1"),), "", "等待签收"),
    "late_way": TodoEntry(
        "逾期未签收的包裹",
        "clock",
        "parcels",
        (("late", "1"),),
        "hot",
        "请与承运单位、学习中心核对",
        verb=Verb.SHIP,
        rare=True,
    ),
    "receive": TodoEntry(
        "待签收包裹", "box", "parcels", (("way", "1"),), "mine", "清点后签收", verb=Verb.RECEIVE
    ),
    "short": TodoEntry(
        "清点缺少的包裹",
        "box",
        "parcels",
        (("short", "1"),),
        "hot",
        "查找，或退回学院重新寄出",
        rare=True,
    ),
    # A class teacher hands over, and counts no parcel in.
    "short_here": TodoEntry(
        "清点缺少的包裹",
        "box",
        "parcels",
        (("short", "1"),),
        "hot",
        "找到后登记到件",
        verb=Verb.RECEIVE,
        rare=True,
    ),
    "collect": TodoEntry(
        "待签领",
        "hand",
        "handovers",
        (("stage", "received"), ("registered", "1"), *_FREE),
        "mine",
        "学生核对后领取",
        verb=Verb.COLLECT,
    ),
    "unread": TodoEntry("未阅通知", "paper", "notices", (("read", "0"),), "mine", "阅后请确认"),
}


# A page without a count: (label, address, icon).
PLAIN: dict[str, tuple[str, str, str]] = {
    "applications": ("毕业申请", "/candidates", "cap"),
    "lots": ("上报批次", "/lots", "work"),
    "grades": ("成绩申报", "/grades", "check"),
    "differences": ("差异名单", "/differences", "back"),
    "students": ("学生", "/students", "people"),
    "photos": ("学生照片管理", "/photos", "photo"),
    "photo_imports": ("照片导入记录", "/photos/imports", "up"),
    "archives": ("档案材料", "/archives", "paper"),
    "rosters": ("花名册", "/rosters", "work"),
    "certificates": ("证书", "/certificates", "paper"),
    "parcels": ("包裹", "/parcels", "box"),
    "handovers": ("签领", "/handovers", "hand"),
    "notices": ("通知", "/notices", "paper"),
    "batches": ("毕业批次", "/batches", "clock"),
    "import": ("导入数据", "/imports/new", "up"),
    "imports": ("导入记录", "/imports", "work"),
}
