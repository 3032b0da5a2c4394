"""审核: what waits at my desk, in the order in which the applications were reported (notice 七.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from graduand.models import Candidate
from graduand.office.review.reviewing import PASSES
from graduand.pages.door.access import Visit, reads
from graduand.pages.frame import tags
from graduand.pages.frame.base import address
from graduand.pages.frame.lists.cells import total_credits, yes_or_no
from graduand.pages.frame.lists.list_spec import (
    Column,
    ListNotes,
    ListSpec,
    OtherLists,
    register_list,
)
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.offers import Offer, closed_reason, held_offers, list_offers
from graduand.pages.frame.season.deadlines import after_the_last_day
from graduand.pages.frame.season.grades import pending_note
from graduand.pages.frame.shell import LIST, people
from graduand.pages.frame.tags import WARN, Tag
from graduand.queries.facts.earlier_refusals import refused_before
from graduand.queries.filing import candidate_criteria
from graduand.queries.filing import candidates as lists
from graduand.queries.filing.candidates import CandidateLine
from graduand.queries.filing.open_filings import STILL
from graduand.queries.listing import (
    BATCH,
    ListFilter,
    at_centre,
    before,
    chosen,
    criteria,
    pasted,
    searched,
    since,
    until,
    yes_no,
)
from graduand.queries.season.seasons import Season, naming_next, of_batch
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import FieldLevel
from graduand.rulebook.season.policy_parts import RoundPolicy
from graduand.rulebook.terms import Desk, Level, Stage

MINE = {Desk.COLLEGE: Stage.APPLIED, Desk.HQ: Stage.ENDORSED}


def _refused_before(line: CandidateLine) -> Tag | str:
    if not line.refused:
        return ""
    return Tag(WARN, *line.refused)


COLUMNS = (
    Column("number", "学号", lambda line: line.number, ("number",), css="no"),
    Column("name", "姓名", lambda line: line.name, ("student__name",), css="name", linked=True),
    Column("batch", "批次", lambda line: line.batch, ("batch__code",), shown=False, narrow="批次"),
    Column(
        "round", "轮次", lambda line: line.round_name or "", ("round__position",), narrow="轮次"
    ),
    Column(
        "order",
        "上报顺序",
        lambda line: line.reported_no,
        ("reported_no",),
        css="num",
        narrow="上报顺序",
    ),
    Column("id_no", "证件号", lambda line: line.id_masked, (), FieldLevel.L3, css="id muted less"),
    Column(
        "centre", "学习中心", lambda line: line.centre, ("centre__code",), css="clip", narrow="中心"
    ),
    Column("level", "层次", lambda line: line.level.label, ("student__level",), narrow="层次"),
    Column("major", "专业", lambda line: line.major, ("student__plan__major_name",), css="clip"),
    Column(
        "credits",
        "学分",
        lambda line: total_credits(line.total),
        ("judgement__total",),
        css="num",
        narrow="学分",
    ),
    Column(
        "before",
        "此前",
        _refused_before,
        narrow="此前",
    ),
    Column("fit", "毕业条件", tags.line_fit, narrow="条件"),
    Column("photo", "毕业照片", tags.line_photo, narrow="照片"),
    Column("chsi", "学信网照片", tags.line_chsi, narrow="学信网"),
    Column(
        "degree", "学位", lambda line: tags.degree_word(line.degree), ("degree",), narrow="学位"
    ),
    Column(
        "waits",
        "送达时间",
        lambda line: line.moved_at,
        ("moved_at",),
        css="nowrap at",
        narrow="送达",
    ),
    Column(
        "goes_on",
        "续读",
        lambda line: yes_or_no(line.goes_on),
        (),
        shown=False,
        narrow="续读",
    ),
    Column(
        "class",
        "班级",
        lambda line: line.class_name,
        ("student__class_name",),
        shown=False,
        css="clip",
    ),
)
CRITERIA = criteria(
    of_batch(),
    searched("student__number", "student__name"),
    at_centre(),
    chosen("level", "层次", "student__level", Level.choices()),
    yes_no("clear", "满足全部条件", candidate_criteria.nothing_against),
    candidate_criteria.CRITERIA["judging"],
    candidate_criteria.CRITERIA["degree"],
    since("from", "申请自", "applied_at"),
    until("to", "申请至", "applied_at"),
    candidate_criteria.CRITERIA["goes_on"],
    before("before", "送达早于", "moved_at", rare=True),
    candidate_criteria.CRITERIA[STILL],
    pasted("student__number"),
)


def _rows(visit: Visit) -> QuerySet[Candidate]:
    return people(visit).filter(stage=MINE[visit.actor.desk].value)


def _lines(rows: QuerySet[Candidate], first: int, size: int) -> list[CandidateLine]:
    """The lines of files that wait, with the last refusal of whoever has one; two queries."""
    found = lists.lines(rows, first, size)
    refusals = refused_before([line.id for line in found])
    return [replace(line, refused=refusals.get(line.id)) for line in found]


def _beside(visit: Visit, asked: ListFilter) -> ListNotes:
    """From here one reviews file by file, or passes at once whatever has nothing against it."""
    season = visit.season(asked[BATCH])
    outside = _outside_review(visit, asked)
    late = _overdue(visit, season)
    links = []
    also = []
    if _may_pass(visit) and season not in late:
        links.append(("从第一份开始审核", address("/reviews/start", asked.pairs())))
        if outside:
            also.append(OtherLists(outside, ()))
        else:
            links.append(("批量通过无问题的", _passing_at_once(visit, asked)))
    links.append(("差异名单", address("/differences", [(BATCH, asked[BATCH])])))
    over = (naming_next(after_the_last_day(one), visit.seasons, one.code) for one in late)
    note = "".join(f"{words}。" for words in over) or pending_note(visit, season)
    return ListNotes(
        note=note,
        rules=[("办理次序", "按上报先后"), ("本岗位", MINE[visit.actor.desk].label)],
        links=links,
        also=also,
    )


def _overdue(visit: Visit, season: Season | None) -> list[Season]:
    """Of the batch that is asked for, or of all unfinished ones, those past their last day."""
    seasons = visit.unfinished
    if season is not None:
        seasons = (season,)
    return [one for one in seasons if one.overdue(visit.today)]


def _may_pass(visit: Visit) -> bool:
    return rights.may(visit.actor.roles, visit.actor.desk, PASSES[visit.actor.desk])


def _passing_at_once(visit: Visit, asked: ListFilter) -> str:
    """The confirmation for everybody on the list who has nothing against the file."""
    clean = [*(pair for pair in asked.pairs() if pair[0] != "clear"), ("clear", "1")]
    passing = [
        ("verb", PASSES[visit.actor.desk].value),
        ("list", "reviews"),
        ("all", "1"),
        ("spotless", "1"),
    ]
    return address(f"{LIST}/confirm", [*clean, *passing])


def _outside_review(visit: Visit, asked: ListFilter) -> str:
    """Why every file has a warning today: the review of each round that waits here has not begun,
    or is over (三.1, 三.2).

    "" where some may have none, or none waits. One query.
    """
    policies = {season.code: season.policy for season in visit.seasons}
    waiting = sorted(
        set(
            _rows(visit)
            .filter(asked.where())
            .order_by()
            .values_list("batch__code", "round__name")
            .distinct()
        )
    )
    rounds = [(code, policies[code].round(name)) for code, name in waiting if code in policies]
    told = [
        _review_day(code, filing_round, visit.today)
        for code, filing_round in rounds
        if filing_round is not None
    ]
    if not told or len(told) < len(waiting) or not all(told):
        return ""
    return f"现在不能用「批量通过无问题的」，各份都有审核时间的提醒：{'；'.join(told)}。要办理的，请逐份审核"


def _review_day(code: str, filing_round: RoundPolicy, day: date) -> str:
    """That `day` is before the review of a round, or after it; "" while it runs."""
    if filing_round.review.contains(day):
        return ""
    if filing_round.review_from is not None and day < filing_round.review_from:
        return f"{code} 批次「{filing_round.name}」的审核 {filing_round.review_from} 开始"
    return f"{code} 批次「{filing_round.name}」的审核已于 {filing_round.review_to} 截止"


def _verbs(visit: Visit, asked: ListFilter) -> tuple[Offer, ...]:
    """What can be done at once; past the last day nobody passes, and files can still be sent back.

    The note of the list says so.
    """
    offered = held_offers(visit.actor, list_offers(visit.actor.desk, MINE[visit.actor.desk].value))
    return tuple(offer for offer in offered if not closed_reason(visit, asked, offer))


REVIEWS = register_list(
    ListSpec(
        key="reviews",
        batch=True,
        path="/reviews",
        title="审核",
        group="毕业管理",
        rows=_rows,
        criteria=CRITERIA,
        columns=COLUMNS,
        order=("round_id", "reported_no"),
        lines=_lines,
        number="student__number",
        candidate="id",
        desk="/reviews",
        verbs=_verbs,
        notes=_beside,
        verdicts=True,
        empty=("没有等待审核的申请", "学习中心提交后，会按上报先后列在这里"),
    )
)


@reads(Desk.COLLEGE, Desk.HQ)
def reviews(request: HttpRequest, visit: Visit) -> HttpResponse:
    """审核."""
    return show(request, visit, REVIEWS)
