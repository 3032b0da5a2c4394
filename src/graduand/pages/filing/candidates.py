"""The application list of annex 2: columns, requirements, a button for each step of my desk."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse

from graduand.pages.door.access import STAFF, Visit, reads
from graduand.pages.frame import tags
from graduand.pages.frame.base import Page
from graduand.pages.frame.lists.cells import total_credits, yes_or_no
from graduand.pages.frame.lists.list_spec import Button, Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.menus.todo_entry import APART
from graduand.pages.frame.menus.todos import ENTRIES
from graduand.pages.frame.offers import (
    Offer,
    held_offers,
    list_offers,
    no_degree,
    round_name,
    side_offers,
    starts_at,
    supposed,
)
from graduand.pages.frame.one_file import other_batches
from graduand.pages.frame.one_file.degree_words import list_note
from graduand.pages.frame.queue.judging import waits_for_verdict
from graduand.pages.frame.season import rostering
from graduand.pages.frame.season.deadlines import Deadline, early_report, filing_ends, round_today
from graduand.pages.frame.season.grades import pending_note
from graduand.pages.frame.shell import LIST, people
from graduand.queries import refusals
from graduand.queries.basis import basis_of
from graduand.queries.filing import candidate_criteria
from graduand.queries.filing import candidates as lists
from graduand.queries.filing.candidates import CandidateLine
from graduand.queries.filing.open_filings import FILING, STILL, USUAL
from graduand.queries.listing import BATCH, ListFilter
from graduand.queries.review import grounds, lost_in_review
from graduand.queries.season.seasons import Season
from graduand.rulebook.certificate_terms import Grounds
from graduand.rulebook.judging import asks_fitness
from graduand.rulebook.people.account_terms import FieldLevel
from graduand.rulebook.steps import Track
from graduand.rulebook.terms import Stage, Verb

COLUMNS = (
    Column("number", "学号", lambda line: line.number, ("number",), css="no"),
    Column("name", "姓名", lambda line: line.name, ("student__name",), css="name", linked=True),
    Column("batch", "批次", lambda line: line.batch, ("batch__code",), shown=False, narrow="批次"),
    Column("id_no", "证件号", lambda line: line.id_masked, (), FieldLevel.L3, css="id muted less"),
    Column("level", "层次", lambda line: line.level.label, ("student__level",), narrow="层次"),
    Column("major", "专业", lambda line: line.major, ("student__plan__major_name",), css="fold"),
    Column(
        "class", "班级", lambda line: line.class_name, ("student__class_name",), css="less fold"
    ),
    Column("category", "学生类别", lambda line: line.category, (), css="less"),
    Column("entry", "入学学期", lambda line: str(line.entry), ("student__entry",), narrow="入学"),
    Column(
        "credits",
        "学分",
        lambda line: total_credits(line.total),
        ("judgement__total",),
        css="num",
        narrow="学分",
    ),
    Column("fit", "毕业条件", tags.line_fit, narrow="条件"),
    Column("photo", "毕业照片", tags.line_photo, narrow="照片"),
    Column("chsi", "学信网照片", tags.line_chsi, narrow="学信网"),
    Column("stage", "申请状态", tags.line_stage, ("stage",), css="at", narrow="状态"),
    Column(
        "degree", "学位", lambda line: tags.degree_word(line.degree), ("degree",), narrow="学位"
    ),
    Column("goes_on", "续读", lambda line: yes_or_no(line.goes_on), (), narrow="续读"),
    Column(
        "centre",
        "学习中心",
        lambda line: line.centre,
        ("centre__code",),
        shown=False,
        css="clip",
        narrow="中心",
    ),
    Column("round", "申请轮次", lambda line: line.round_name or "", (), shown=False, narrow="轮次"),
    Column(
        "returned",
        "退回原因",
        lambda line: line.returned,
        (),
        shown=False,
        css="clip",
        narrow="退回",
    ),
    Column(
        "order",
        "上报顺序",
        lambda line: line.reported_no or "",
        ("reported_no",),
        shown=False,
        css="num",
        narrow="顺序",
    ),
    Column(
        "moved",
        "最后办理",
        lambda line: line.moved_at,
        ("moved_at",),
        shown=False,
        css="nowrap",
        narrow="办理",
    ),
)

_UNROSTERED = "花名册按批次确定：请先「确定花名册」，列入的人再「编号制证」。"


def _beside(visit: Visit, asked: ListFilter) -> ListNotes:
    """The heading of the entry, the deadline, and the line of requirements as annex 2 prints it."""
    season = visit.season(asked[BATCH])
    ends = _ends(visit, season)
    offered = _offers(visit, asked)
    rules = _rules(visit, season, asked, offered)
    links: list[tuple[str, str]] = []
    if _off_roster(asked):
        links = rostering.links(visit, rostering.waiting(visit, asked[BATCH]))
    notes = [
        _early_report(visit, season, asked, offered),
        pending_note(visit, season),
        list_note(visit, season, asked),
    ]
    if links:
        notes.append(_UNROSTERED)
    return ListNotes(
        _heading(asked),
        ends,
        rules,
        "".join(notes),
        links=links,
        also=other_batches.lists_elsewhere(visit, asked),
    )


def _ends(visit: Visit, season: Season | None) -> Deadline | None:
    """Until when one can apply in the round of today."""
    if season is None:
        return None
    filing_round = round_today(season.policy, visit.today, season.closed_rounds)
    if filing_round is None:
        return None
    return filing_ends(season, filing_round, visit.now)


def _heading(asked: ListFilter) -> str:
    """The label of the menu's entry that asks the same."""
    everywhere = (FILING, USUAL)  # the menu's entry is the same whichever round is open
    pairs = {
        pair
        for pair in asked.besides_batch()
        if pair[0] not in (candidate_criteria.PHOTO_BY, STILL) and pair not in (everywhere, APART)
    }
    for entry in ENTRIES.values():
        if entry.listing == "candidates" and set(entry.answers) - {everywhere} == pairs:
            return entry.label
    return "毕业申请"


def _rules(
    visit: Visit, season: Season | None, asked: ListFilter, offered: Sequence[Offer]
) -> list[tuple[str, str]]:
    """What an application needs, and the batch and the round that it goes to."""
    batch = "每人所在的批次"
    if season is not None:
        batch = season.code
    rules = [
        ("申请批次", batch),
        ("申请时须满足毕业条件", "是"),
        ("申请时须有毕业照片", "是"),
        ("学信网照片须存在", "是"),
    ]
    if not offered:
        return rules
    goes_to = round_name(visit, season, offered[0], early=asked["goes_on"] == "1")
    if goes_to:
        rules.append(("申请轮次", goes_to))
    return rules


def _off_roster(asked: ListFilter) -> bool:
    """Whether the list is of people who are approved and on no roster: that is made first."""
    return asked["stage"] == Stage.APPROVED.value and asked["roster"] == "0"


def _early_report(
    visit: Visit, season: Season | None, asked: ListFilter, offered: Sequence[Offer]
) -> str:
    """What filing 续读学生 from this list means where they have no round of their own now."""
    if season is None or asked["goes_on"] != "1":
        return ""
    if all(offer.verb is not Verb.APPLY for offer in offered):
        return ""
    return early_report(season, visit.today)


def _offers(visit: Visit, asked: ListFilter) -> tuple[Offer, ...]:
    # At every stage, since headquarters looks at each of these files.
    if asked[grounds.LOST] in (grounds.STOPPED, grounds.GIVEN):
        return held_offers(visit.actor, side_offers(Track.GROUNDS, visit.actor.desk, Grounds.LOST))
    stage = asked["stage"]
    if not stage and asked[lost_in_review.LOST] == "1":
        stage = Stage.APPLIED.value
    offered = held_offers(visit.actor, list_offers(visit.actor.desk, stage, asked["degree"]))
    # A file is numbered only on a roster.
    return tuple(
        offer for offer in offered if not (offer.verb is Verb.CERTIFY and _off_roster(asked))
    )


def _usual(asked: ListFilter) -> tuple[str, ...]:
    """What people look for among files that came back: why, when, and where they are."""
    if asked["stage"] != Stage.RETURNED.value:
        return ()
    return ("returned", "moved", "centre")


def _acts(
    visit: Visit, asked: ListFilter, page: Page, shown: Sequence[CandidateLine]
) -> dict[int, list[Button]]:
    """A button for each offer that begins where a line's file is, and why it can't be pressed."""
    early = asked["goes_on"] == "1"
    offered = _offers(visit, asked)
    why: dict[int, dict[str, str]] = {}
    for code in {line.batch for line in shown}:
        season = visit.season(code)
        assert season is not None  # a file's batch is always known
        steps = {
            offer.key: (offer.step, supposed(visit, offer, season, early=early))
            for offer in offered
        }
        basis = basis_of(season.batch, visit.now)
        why |= refusals.first_refusals(
            [line.id for line in shown if line.batch == code], basis, steps
        )
    desk = visit.actor.desk
    return {
        line.id: [
            _button(line, offer, why[line.id][offer.key], early=early)
            for offer in offered
            if starts_at(offer, desk, line.stage)
        ]
        for line in shown
    }


def _button(line: CandidateLine, offer: Offer, why: str, *, early: bool) -> Button:
    if line.judging and asks_fitness(offer.step):
        why = waits_for_verdict(line.judging)
    url = f"{LIST}/confirm?verb={offer.key}&chosen={line.id}"
    if early:
        url += "&goes_on=1"
    return Button(offer.label, offer.short, url, why or no_degree(offer, line.level))


CANDIDATES = register_list(
    ListSpec(
        key="candidates",
        batch=True,
        path=LIST,
        title="毕业申请",
        group="毕业管理",
        rows=people,
        criteria=candidate_criteria.CRITERIA,
        columns=COLUMNS,
        order=("number",),
        queue=candidate_criteria.order_of,
        lines=lists.lines,
        number="student__number",
        candidate="id",
        verbs=_offers,
        acts=_acts,
        notes=_beside,
        verdicts=True,
        usual=_usual,
        empty=("还没有学生", "导入学生以后列在这里"),
    )
)


@reads(*STAFF)
def candidates(request: HttpRequest, visit: Visit) -> HttpResponse:
    """毕业申请."""
    return show(request, visit, CANDIDATES)
