"""身份核查: the cases that a doubt of the registry opened, and what has to be done (notice 四.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from graduand.pages.door.access import STAFF, Visit, reads
from graduand.pages.frame.base import Page, address
from graduand.pages.frame.lists.list_spec import (
    Button,
    Column,
    ListNotes,
    ListSpec,
    OtherLists,
    register_list,
)
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.offers import Offer, held_offers, side_offers
from graduand.pages.frame.shell import LIST
from graduand.pages.frame.tags import IDLE, OK, WARN, Tag, case_tag
from graduand.queries import stations
from graduand.queries.identity import case_files, cases
from graduand.queries.listing import (
    Criterion,
    ListFilter,
    at_centre,
    before,
    chosen,
    criteria,
    pasted,
    plain,
    searched,
    yes_no,
)
from graduand.queries.season import batches
from graduand.rulebook.steps import Track
from graduand.rulebook.terms import CaseState, ChsiVerdict, Desk, Level

VERDICT = {word.value: word.label for word in ChsiVerdict}
TONE = {ChsiVerdict.NORMAL.value: OK}
LEVEL = {word.value: word.label for word in Level}
NO_FILE = "该学生没有毕业档案：还没有列入任何批次"
SHORT = {
    "case_submit": "提交材料",
    "case_report": "上报总部",
    "case_return": "退回",
    "case_clear": "备案通过",
    "case_uphold": "维持存疑",
}


def _state(line: Any) -> Tag:
    return case_tag(CaseState(line.state))


def _said(line: Any) -> Tag:
    """The registry's newest word: it closes nothing, so it does not take the place of the state."""
    if line.said is None:
        return Tag(IDLE, "无反馈数据")
    word = f"{VERDICT[line.said]} {line.said_on}"
    return Tag(TONE.get(line.said, WARN), word, f"数据日期 {line.said_on}")


def _desk(line: Any) -> str:
    desk = cases.desk_of(CaseState(line.state), normal_since=line.normal_since)
    return desk.label if desk else ""


COLUMNS = (
    Column("number", "学号", lambda line: line.student__number, ("student__number",), css="no"),
    Column(
        "name", "姓名", lambda line: line.student__name, ("student__name",), css="name", linked=True
    ),
    Column(
        "verdict",
        "立案核验结果",
        lambda line: Tag(WARN, VERDICT[line.verdict]),
        ("verdict",),
        narrow="立案",
    ),
    Column("said", "学信网最新", _said, (), narrow="学信网"),
    Column("state", "我方案卷", _state, ("state",), css="at", narrow="案卷"),
    Column("desk", "由谁办理", _desk, (), narrow="由"),
    Column(
        "opened",
        "立案时间",
        lambda line: line.opened_at,
        ("opened_at",),
        css="nowrap",
        narrow="立案",
    ),
    Column(
        "centre",
        "学习中心",
        lambda line: line.student__centre__name,
        ("student__centre__code",),
        css="clip",
        narrow="中心",
    ),
    Column("level", "层次", lambda line: LEVEL[line.student__level], (), narrow="层次"),
    Column("major", "专业", lambda line: line.student__plan__major_name, (), css="clip less"),
    Column("note", "依据", lambda line: line.note, (), css="clip", narrow="依据"),
    Column(
        "filed", "办结时间", lambda line: line.filed_at, ("filed_at",), css="nowrap", narrow="办结"
    ),
    Column(
        "by", "办结人", lambda line: line.filed_by__name or "", (), shown=False, narrow="办结人"
    ),
)
CRITERIA = criteria(
    searched("student__number", "student__name"),
    chosen("state", "办理状态", "state", CaseState.choices()),
    chosen(
        "verdict",
        "核验结果",
        "verdict",
        [pair for pair in ChsiVerdict.choices() if pair[0] != ChsiVerdict.NORMAL],
    ),
    yes_no("open", "是否办结", cases.undecided, "未办结", "已办结"),
    Criterion("desk", "由谁办理", cases.lying_at, tuple(Desk.choices()[:3])),
    yes_no("holds", "是否暂停办理", cases.holding, "暂停", "已备案放行", rare=True),
    yes_no("normal", "学信网最新", cases.normal_by_now, "已转为正常", "仍然存疑", rare=True),
    Criterion("graduates", "已准予毕业的批次", batches.graduating_in, check=plain, rare=True),
    at_centre("student__centre"),
    before("before", "立案早于", "opened_at", rare=True),
    pasted("student__number"),
)


def _acts(
    visit: Visit, asked: ListFilter, page: Page, lines: Sequence[Any]
) -> dict[int, list[Button]]:
    """The steps of my desk on each case; they are about named people, so they stand on the line."""
    return {line.id: [_button(line, offer) for offer in _offers(visit, line)] for line in lines}


def _offers(visit: Visit, line: Any) -> tuple[Offer, ...]:
    return held_offers(
        visit.actor, side_offers(Track.CASE, visit.actor.desk, CaseState(line.state))
    )


def _button(line: Any, offer: Offer) -> Button:
    url = f"{LIST}/confirm?list=identity&verb={offer.key}&chosen={line.candidate_id}"
    why = ""
    if line.candidate_id is None:
        why = NO_FILE
    return Button(offer.label, SHORT.get(offer.key, offer.label), url, why)


def _more(visit: Visit) -> dict[str, Any]:
    return {
        "candidate_id": case_files.file_of_case(
            visit.actor, case_files.begun(visit.seasons, visit.today)
        ),
        "said": cases.newest_word("verdict", visit.today),
        "said_on": cases.newest_word("day", visit.today),
        "normal_since": cases.is_normal_since(visit.today),
    }


def _beside(visit: Visit, asked: ListFilter) -> ListNotes:
    """What a case means, and how many each desk has: every open case is visible.

    The cases at the visitor's own desk are its to-do.
    """
    halted = "没有备案通过的（维持存疑的也一样），毕业审核、制证、上报学信网、寄出、签领都暂停；"
    return ListNotes(
        note=f"{halted}材料由学习中心提交学院，学院上报总部，总部备案后自动恢复。学信网转为正常不会自己结案。",
        also=_open_ones(visit),
    )


def _open_ones(visit: Visit) -> tuple[OtherLists, ...]:
    """The open cases by the desk at which they lie, each with its list."""
    rows = stations.cases(visit.actor, case_files.begun(visit.seasons, visit.today)).filter(
        cases.undecided(True, visit.today)
    )
    found = cases.at_desks(rows)
    if not found:
        return ()
    every = sum(n for _, n in found)
    links = [
        (f"{desk.label} {n} 件", address("/identity", [("open", "1"), ("desk", desk.value)]))
        for desk, n in found
    ]
    return (
        OtherLists(
            "未办结的案卷在", [*links, (f"全部 {every} 件", address("/identity", [("open", "1")]))]
        ),
    )


IDENTITY = register_list(
    ListSpec(
        key="identity",
        path="/identity",
        title="身份核查",
        group="毕业管理",
        noun="件",
        rows=lambda visit: stations.cases(
            visit.actor, case_files.begun(visit.seasons, visit.today)
        ),
        criteria=CRITERIA,
        columns=COLUMNS,
        order=("-opened_at",),
        more=_more,
        number="student__number",
        acts=_acts,
        notes=_beside,
        link=lambda line: f"/identity/{line.id}",
        paths=(
            "id",
            "student__number",
            "student__name",
            "verdict",
            "state",
            "opened_at",
            "student__centre__name",
            "student__level",
            "student__plan__major_name",
            "note",
            "filed_at",
            "filed_by__name",
        ),
        empty=("没有身份存疑的学生", "学信网反馈导入后，存疑的会自动立案并列在这里"),
    )
)


@reads(*STAFF)
def identity(request: HttpRequest, visit: Visit) -> HttpResponse:
    """身份核查."""
    return show(request, visit, IDENTITY)
