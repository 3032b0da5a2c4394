"""批次: the list, one batch with its rounds, versions and what is left, its calendar file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from graduand.models import Batch, Round
from graduand.office.audit import rejudging
from graduand.office.season import rounds
from graduand.pages.door import visitors
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.frame import downloads
from graduand.pages.frame.base import address, batch_named
from graduand.pages.frame.lists.list_spec import Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.one_file.other_batches import ASIDE
from graduand.pages.frame.queue import judging_orders
from graduand.pages.frame.season import batch_work, deletion_note, open_work
from graduand.pages.frame.season.timeline import (
    by_month,
    last_day,
    months,
    place_of_today,
    timeline,
)
from graduand.pages.frame.shell import files, list_url, people, shell
from graduand.pages.frame.tags import BAD, IDLE, INFO, OK, WARN, Tag
from graduand.papers.calendar_file import CalendarEvent, calendar_file
from graduand.queries import clock, judging
from graduand.queries.basis import in_force, policy_of
from graduand.queries.filing import set_aside
from graduand.queries.filing.candidate_criteria import PHOTO_BY, asked_for
from graduand.queries.listing import BATCH, Criterion, criteria, searched
from graduand.queries.season import batches, gaps, policies
from graduand.rulebook.people import rights
from graduand.rulebook.season.agenda import agenda, day_words
from graduand.rulebook.season.batch_terms import BatchState
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.season.policy_parts import RoundPolicy
from graduand.rulebook.terms import Desk, Stage

HOME = "/batches"


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round with who is in it, and whether it can be closed or opened by hand."""

    round: Round
    kind: str
    applies: str
    counts: list[tuple[str, int]]
    state: Tag
    can_switch: bool


@dataclass(frozen=True, slots=True)
class PeopleOfBatch:
    """The people of a batch: `here` are those of its list, the others are worked on in another
    batch.
    """

    here: int
    here_url: str
    aside: list[tuple[str, int]]
    aside_url: str

    @property
    def others(self) -> int:
        return sum(n for _, n in self.aside)


# -- the list


_TONE = {
    BatchState.PREPARING: WARN,
    BatchState.FILING: OK,
    BatchState.DUE: BAD,
    BatchState.CLOSING: WARN,
    BatchState.CLOSED: INFO,
    BatchState.REOPENING: WARN,
    BatchState.FINISHED: IDLE,
}


def _state(batch: Any, source: dict[str, Any], today: date) -> Tag:
    opening = min(
        (date.fromisoformat(str(row["opens"])) for row in source["rounds"] if row.get("opens")),
        default=None,
    )
    stands = batches.state(batch, today, opening, date.fromisoformat(str(source["closes_at"])))
    return Tag(_TONE[stands], stands.label)


def _beside(visit: Visit, _asked: Any) -> ListNotes:
    if visit.actor.desk is not Desk.HQ:
        return ListNotes()
    return ListNotes(links=(("新建批次", f"{HOME}/new"), ("载入政策文件", f"{HOME}/load")))


STANDS = (("open", "准备中、申请中、待关闭"), ("closed", "已关闭，办理中"), ("finished", "已办结"))
BATCHES = register_list(
    ListSpec(
        key="batches",
        path=HOME,
        title="毕业批次",
        group="毕业管理",
        noun="个批次",
        rows=lambda _visit: policies.batches_with_policy(),
        criteria=criteria(
            searched("code", label="批次"), Criterion("state", "状态", policies.stands, STANDS)
        ),
        columns=(
            Column("code", "批次", lambda line: line.code, ("code",), css="name", linked=True),
            Column(
                "state",
                "状态",
                lambda line: _state(line, line.policy__source, clock.today()),
                css="at",
            ),
            Column(
                "issue", "发证日期", lambda line: line.policy__source["issue_date"], narrow="发证"
            ),
            Column(
                "closes", "截止日期", lambda line: line.policy__source["closes_at"], narrow="截止"
            ),
            Column(
                "rounds",
                "轮次",
                lambda line: "、".join(r["name"] for r in line.policy__source["rounds"]),
                narrow="轮次",
            ),
            Column("people", "名单人数", lambda line: line.people, css="num", narrow="名单"),
            Column(
                "version",
                "规定版本",
                lambda line: f"第 {line.policy__number} 版",
                css="num",
                narrow="规定",
            ),
        ),
        order=("-code",),
        more=lambda visit: policies.people(visit.actor),
        link=lambda line: f"{HOME}/{line.code}",
        notes=_beside,
        paths=(
            "id",
            "code",
            "closing_since",
            "closed_at",
            "finished_at",
            "listed_to",
            "policy__source",
            "policy__number",
        ),
        empty=("还没有毕业批次", "由总部新建批次，或载入政策文件"),
    )
)


@reads(*STAFF)
def batches_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """毕业批次."""
    return show(
        request, visit, BATCHES, told=deletion_note.sentence(visit, request.GET.get("deleted", ""))
    )


# -- one batch


@reads(*STAFF)
def batch_page(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """One batch: its days, its rounds, the versions of its policy."""
    batch = batch_named(code)
    context = {
        "shell": shell(visit, HOME, batch=code),
        "batch": batch,
        "key": uuid4().hex,
        "rejudged": judging_orders.of_batch(batch, visit.actor, request.GET.get("judged", "")),
        **_about(visit, batch),
    }
    return render(request, "pages/season/batch.html", context)


def _about(visit: Visit, batch: Batch) -> dict[str, Any]:
    """What its page tells; to headquarters also how far it is, and what can be done with it."""
    assert batch.policy is not None
    policy, closed = in_force(batch)
    coming = policy.filing_round(visit.today, closed)
    days = agenda(policy)
    return {
        "policy": policy,
        "mine": visit.actor.desk is Desk.HQ,
        "may_rejudge": rights.may_rejudge(visit.actor.roles) and judging.follows(batch),
        "state": _state(batch, batch.policy.source, visit.today),
        "lines": timeline(policy, days),
        "today": place_of_today(policy, days, visit.today),
        "months": months(days),
        "days": by_month(days, visit.today, batch, closed),
        "facts": _facts(policy),
        "versions": policies.versions(batch),
        "listed": _listed(visit, batch),
        "next": _filing(coming, visit.today),
        "last": last_day(days),
        "still": batch_work.standing_still(batch),
        "after_end": open_work.still_open(visit, batch),
        **_for_headquarters(visit, batch, policy, coming),
    }


def _for_headquarters(
    visit: Visit, batch: Batch, policy: BatchPolicy, coming: RoundPolicy | None
) -> dict[str, Any]:
    """How far the batch is and what can be done with it; empty for other desks."""
    told: dict[str, Any] = {
        "turns": [],
        "not_listed": "",
        "untouched": False,
        "waiting": [],
        "kept": [],
        "carried": None,
        "left": [],
    }
    if visit.actor.desk is not Desk.HQ:
        return told
    told["turns"] = _round_lines(batch, policy, visit.today)
    told["not_listed"] = batches.never_listed(batch)
    told["untouched"] = policies.untouched(batch)
    if batch.closed_at is not None:
        told["kept"] = open_work.unclaimed_lines(batch)
    elif coming is not None:
        told["waiting"] = _unfiled(visit, batch, coming)
    if batch.closed_at is None or batch.reopening:
        return told
    told["carried"] = gaps.carried(batch)
    if batch.finished_at is None:
        told["left"] = batches.left_to_do(batch)
    return told


def _listed(visit: Visit, batch: Batch) -> PeopleOfBatch | None:
    """Its list and what is set aside: together everybody; None if nobody is. Two queries."""
    if len(visit.seasons) < 2:
        return None
    stages = set_aside.by_stage(files(visit).filter(batch=batch))
    if not stages:
        return None
    return PeopleOfBatch(
        people(visit).filter(batch=batch).count(),
        list_url(asked_for(batch=batch.code)),
        [(stage.label, n) for stage, n in stages],
        address(ASIDE, [(BATCH, batch.code)]),
    )


def _filing(filing_round: RoundPolicy | None, today: date) -> str:
    """In which round one can file, and from when on; "" where there is none any more."""
    if filing_round is None:
        return ""
    if filing_round.opens <= today:
        return f"可在「{filing_round.name}」申请"
    return f"{filing_round.opens} 起可在「{filing_round.name}」申请"


def _unfiled(visit: Visit, batch: Batch, filing_round: RoundPolicy) -> list[tuple[int, str]]:
    """(how many, their list): who is fit and has not applied; of these whom nothing stops."""
    in_time = {}
    if filing_round.photo_deadline is not None:
        in_time[PHOTO_BY] = filing_round.photo_deadline.isoformat()
    here = {BATCH: batch.code, "stage": Stage.LISTED.value}
    questions = asked_for(**here, fit="1"), asked_for(**here, clear="1", **in_time)
    return [(people(visit).filter(asked.where()).count(), list_url(asked)) for asked in questions]


def _facts(policy: BatchPolicy) -> list[tuple[str, str]]:
    photo = policy.photo
    return [
        ("毕业对象", f"{policy.enrolled_through} 及之前入学"),
        ("发证日期", day_words(policy.issue_date)),
        ("证书编号", policy.numbering.label),
        ("照片", f"{photo.width}×{photo.height}，不超过 {photo.max_bytes // 1024} KB"),
        ("毕业档案", "、".join(paper.label for paper in policy.dossier) or "—"),
        ("自我鉴定", f"不少于 {policy.self_appraisal_min_chars} 字"),
        ("院（校）长", policy.principal(policy.issue_date) or "未填写"),
        ("联系人", "、".join(policy.contacts.people) or "—"),
        ("联系电话", policy.contacts.phone or "—"),
    ]


def _round_lines(batch: Batch, policy: BatchPolicy, today: date) -> list[RoundLine]:
    """The rounds that the policy has, in order."""
    counts = policies.by_round(batch)
    lines = []
    for row in batch.rounds.order_by("position"):
        rule = policy.round(row.name)
        if rule is not None:
            lines.append(_round_line(batch, row, rule, counts.get(row.pk, {}), today))
    return lines


def _round_line(
    batch: Batch, row: Round, rule: RoundPolicy, counts: Mapping[str, int], today: date
) -> RoundLine:
    closed = row.closed_at is not None
    return RoundLine(
        row,
        rule.kind.label,
        f"{rule.opens} 至 {rule.closes}",
        [(stage.label, counts[stage.value]) for stage in Stage if counts.get(stage.value)],
        _round_tag(batch, rule, today, closed=closed),
        batch.is_open and (closed or rule.window.contains(today)),
    )


def _round_tag(batch: Batch, rule: RoundPolicy, today: date, *, closed: bool) -> Tag:
    """The state of a round; in a closed batch nobody applies, whatever its days."""
    if closed:
        return Tag(BAD, "已提前关闭")
    if not batch.is_open and batch.closing_since is not None:
        return Tag(IDLE, "批次正在关闭")
    if not batch.is_open:
        return Tag(IDLE, "批次已关闭")
    if rule.window.contains(today):
        return Tag(OK, "可申请")
    if today < rule.opens:
        return Tag(IDLE, "未开始")
    return Tag(IDLE, "已截止")


# -- the calendar file


@reads(*STAFF)
def calendar(request: HttpRequest, visit: Visit, code: str) -> HttpResponse | FileResponse:
    """The days as an ICS file."""
    batch = batch_named(code)
    assert batch.policy is not None
    entries = [
        CalendarEvent(
            f"{code}-{entry.round_name or 'batch'}-{entry.what}@graduand",
            entry.first,
            entry.last,
            f"{code} {entry.round_name}{entry.what}",
            "；".join(filter(None, (f"通知 {entry.source}", entry.why))),
        )
        for entry in agenda(policy_of(batch))
    ]
    data = calendar_file(f"毕业批次 {code}", entries, batch.policy.loaded_at, batch.policy.number)
    name = f"batch-{code}.ics"
    return downloads.of_nobody(data, "text/calendar; charset=utf-8", name, name)


# -- rounds by hand ----------------------------------------------------------------------


@writes(Desk.HQ, fresh=True)
def switch_round(request: HttpRequest, visit: Visit, code: str, pk: int) -> HttpResponse:
    """Close a round before its last day, or open it again; doing it twice changes nothing."""
    batch = batch_named(code)
    filing_round = batch.rounds.filter(pk=pk).first()
    if filing_round is None:
        raise Http404
    opening = request.POST.get("open") == "1"
    rounds.switch(
        batch, filing_round.name, visit.actor, opening=opening, address=visitors.address(request)
    )
    return redirect(f"{HOME}/{code}#rounds")


@writes(Desk.HQ, Desk.COLLEGE)
def judge_again(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """重新审核 whoever is due in a batch, in the background."""
    batch = batch_named(code)
    due = rejudging.judge_again(batch, visit.actor)
    return redirect(
        address(
            f"{HOME}/{code}", [("judged", judging_orders.mark_of_batch(batch, visit.actor, due))]
        )
    )


ADDRESSES = [
    path("batches", batches_page),
    path("batches/<str:code>", batch_page),
    path("batches/<str:code>/calendar.ics", calendar),
    path("batches/<str:code>/judge", judge_again),
    path("batches/<str:code>/rounds/<int:pk>", switch_round),
]
