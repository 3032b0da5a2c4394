"""The application list of annex 2: what may be asked for, who answers to it, in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import Exact

from graduand.models import Candidate, PhotoRow, Student, Unit
from graduand.queries import clock, judging
from graduand.queries.audit import degrees
from graduand.queries.certificates import cancelled, rosters
from graduand.queries.facts import declarations
from graduand.queries.filing.open_filings import (
    DONE,
    FILING,
    LISTED_TOO,
    PARTS,
    PREPARING,
    ROUNDS,
    STILL,
    also_listed,
    can_be_filed,
    pictured_by,
    still_possible,
    to_be_prepared,
)
from graduand.queries.identity.cases import halted
from graduand.queries.listing import (
    UNKNOWN,
    BadFilter,
    Criterion,
    ListFilter,
    at_centre,
    before,
    checked_day,
    chosen,
    criteria,
    in_order,
    negated_unless,
    pasted,
    searched,
    yes_no,
)
from graduand.queries.review import grounds, lost_conditions, lost_in_review
from graduand.queries.review.finding_codes import free_of, has_any_code, has_code, mask
from graduand.queries.season import gaps
from graduand.queries.season.returning_files import after_a_closing
from graduand.queries.season.seasons import of_batch
from graduand.rulebook.calendar import Term
from graduand.rulebook.canon import BadText
from graduand.rulebook.clauses import (
    ACADEMIC_CODES,
    CLAUSES,
    MASK_BITS,
    PERSONAL_CODES,
)
from graduand.rulebook.terms import AWAITED_STAGES, DegreeState, Desk, PhotoKind, Stage

PHOTO_CODES = ("PHOTO-PLATFORM",)
CHSI_CODES = ("CHSI-ADMISSION", "CHSI-CREDENTIAL")
DOUBT_CODES = ("CHSI-DOUBT",)
# What stops the numbering of a file that is approved and stands on a roster.
_LOST = (
    *ACADEMIC_CODES,
    *PERSONAL_CODES,
    "CHSI-CREDENTIAL",
    "PHOTO-PLATFORM",
    "PHOTO-SPEC",
    "PHOTO-REVIEW",
)
NUMBERING_CODES = (*DOUBT_CODES, *_LOST)
# The criterion of a photo that was there by a day: in time for a round.
PHOTO_BY = "photo_by"
DOUBT = "doubt"
LISTABLE = "listable"
# Reviews and numbers keep the order in which the applications were reported (notice 七.2).
QUEUES = {Stage.APPLIED.value, Stage.ENDORSED.value, Stage.APPROVED.value}
# Between 准予毕业 and 签领 the promise of the certificate runs (notice 一).
PROMISED = tuple(stage.value for stage in AWAITED_STAGES)


def _term(value: str) -> str:
    try:
        known = str(Term.parse(value)) == value
    except BadText as problem:
        raise BadFilter(problem.message) from problem
    if not known:
        raise BadFilter("入学年度学期无法识别，请从页面上选择。")
    return value


def terms(_rows: QuerySet[Any]) -> list[tuple[str, str]]:
    """The entry terms from the first to the last of all students, newest first; one query.

    Finding out which of them occur in the visible rows would read every row.
    """
    ends = (Student.objects.order_by(order).values("entry")[:1] for order in ("entry", "-entry"))
    first, last = Unit.objects.values_list(*(Subquery(end) for end in ends)).first() or (None, None)
    if first is None or last is None:
        return []
    return [
        (term, f"{term}季")
        for term in (str(Term.from_ordinal(n)) for n in range(last, first - 1, -1))
    ]


def _present(codes: tuple[str, ...]) -> Callable[[bool], Q]:
    def where(there: bool) -> Q:
        if there:
            return free_of(codes)
        return has_any_code(codes)

    return where


def _waited_for(waited: bool) -> Q:
    """Approved and not in the student's hand: what the promise is about."""
    return negated_unless(waited, Q(stage__in=PROMISED))


def nothing_against(clear: bool) -> Q:
    """Nothing blocks, by the stored judgement."""
    return judging.judged(Q(judgement__clear=clear))


def _fit(fit: bool) -> Q:
    """满足毕业条件, by the stored judgement."""
    return judging.judged(Q(judgement__fit=fit))


def _being_judged(yes: bool) -> Q:
    """审核中: neither fit nor unfit until the new verdict is there."""
    today = clock.today()
    if yes:
        return judging.being_judged(today)
    return judging.settled(today)


def _registry(value: str) -> Q:
    """学信网照片: both are there and nothing is doubted, one is missing, or the registry doubts."""
    if value == DOUBT:
        return has_any_code(DOUBT_CODES)
    if value == "1":
        return free_of((*CHSI_CODES, *DOUBT_CODES))
    return has_any_code(CHSI_CODES)


def doubted(path: str = "") -> Criterion:
    """身份存疑 by the last verdict; `path` leads to the file."""

    def where(yes: bool) -> Q:
        doubt = has_code(DOUBT_CODES, path)
        return negated_unless(yes, doubt)

    return yes_no("doubt", "身份存疑", where, "存疑", "没有", rare=True)


def _can_be_numbered(yes: bool) -> Q:
    """On a roster, and nothing that the stored judgement knows of stops the numbering."""
    if yes:
        return rosters.ON & free_of(NUMBERING_CODES) & _as_approved()
    return rosters.OFF | has_any_code(NUMBERING_CODES) | ~_as_approved()


def _as_approved() -> Q:
    """The picture is the one that was approved, and nobody has found it to be somebody else's."""
    photos = PhotoRow.objects.filter(
        student=OuterRef("student"), kind=PhotoKind.GRADUATION.value, current=True
    )
    return Q(Exists(photos.filter(Q(same=None) | Q(same=True), sha256=OuterRef("approved_photo"))))


def lost() -> Q:
    """Approved, and something has changed since that stops the numbering.

    Doubts have a list of their own.
    """
    return Q(stage=Stage.APPROVED.value) & (has_any_code(_LOST) | ~_as_approved())


def _lost(yes: bool) -> Q:
    if yes:
        return lost()
    return ~Q(stage=Stage.APPROVED.value) | (free_of(_LOST) & _as_approved())


def may_be_listed() -> Q:
    """For approved files: nothing known stops the numbering, so a roster takes the person."""
    nothing_known = Q(judgement=None) | Q(
        Exact(F("judgement__codes").bitand(mask(NUMBERING_CODES)), 0)
    )
    return nothing_known & _as_approved()


def _on_roster(yes: bool) -> Q:
    if yes:
        return rosters.ON
    return rosters.OFF


def _listable(yes: bool) -> Q:
    """Waits for the next roster."""
    waits = Q(stage=Stage.APPROVED.value) & rosters.OFF & may_be_listed()
    if yes:
        return waits
    return ~Q(pk__in=Subquery(Candidate.objects.filter(waits).values("id")))


def _reason(code: str) -> Q:
    """The stored judgement has this code; a comparison that was declared is answered."""
    if code == declarations.SAME:
        return has_any_code([code]) & ~declarations.answered()
    return has_any_code([code])


def _row_number(value: str) -> str:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise BadFilter(UNKNOWN)
    return str(int(value))


def _searched() -> Criterion:
    """The beginning of a 学号, of a name, or of the number of a certificate."""
    usual = searched("student__number", "student__name", "学号 / 姓名 / 证书编号")
    return replace(
        usual, where=lambda value: usual.where(value) | degrees.with_certificate_number(value)
    )


CRITERIA = criteria(
    of_batch(),
    Criterion(
        "term",
        "入学年度学期",
        lambda value: Q(student__entry=Term.parse(value).ordinal),
        offered=terms,
        check=_term,
    ),
    yes_no("fit", "是否满足毕业条件", _fit, "满足", "不满足"),
    yes_no("photo", "是否有毕业照片", _present(PHOTO_CODES), "存在", "不存在"),
    Criterion("chsi", "学信网照片", _registry, (("1", "存在"), ("0", "缺"), (DOUBT, "存疑"))),
    chosen("stage", "申请状态", "stage", Stage.choices()),
    chosen("degree", "学位申请状态", "degree", DegreeState.choices()),
    _searched(),
    at_centre(),
    yes_no("goes_on", "是否续读本科", lambda goes_on: Q(student__goes_on=goes_on), rare=True),
    yes_no("clear", "满足全部条件", nothing_against, rare=True),
    yes_no("judging", "审核中", _being_judged, "正在重新审核", "已审核", rare=True),
    Criterion(
        "code", "未满足原因", _reason, tuple((c, CLAUSES[c].title) for c in MASK_BITS), rare=True
    ),
    before("before", "最后办理早于", "moved_at", rare=True),
    *after_a_closing(),
    Criterion("halted", "因身份复核暂停", halted, tuple(Desk.choices()[:3]), rare=True),
    yes_no("promise", "准予毕业后尚未领证", _waited_for, rare=True),
    Criterion(
        PHOTO_BY,
        "照片不晚于",
        lambda day: pictured_by(date.fromisoformat(day)),
        check=checked_day,
        rare=True,
        dated=True,
    ),
    Criterion(FILING, "现在可以申请", can_be_filed, ROUNDS, rare=True),
    Criterion(PREPARING, "在这个批次准备", to_be_prepared, PARTS, rare=True),
    Criterion(LISTED_TOO, "也列入批次", also_listed, check=_row_number, rare=True),
    Criterion(STILL, "本批次还能", still_possible, DONE, rare=True),
    yes_no("roster", "已列入花名册", _on_roster, rare=True),
    yes_no("numbering", "可以编号制证", _can_be_numbered, rare=True),
    *degrees.criteria(),
    yes_no(LISTABLE, "可以列入花名册", _listable, rare=True),
    lost_in_review.criterion(),
    yes_no("lost", "准予毕业后不再符合", _lost, rare=True),
    doubted(),
    grounds.criterion(),
    cancelled.of_files(),
    Criterion(
        "import", "导入后不再符合条件", lost_conditions.of_import, check=_row_number, rare=True
    ),
    Criterion(
        "import_degree",
        "导入后不再符合学位条件",
        lost_conditions.without_degree_by,
        check=_row_number,
        rare=True,
    ),
    Criterion(
        "regained",
        "导入后转为符合条件",
        lost_conditions.given_back_by,
        check=_row_number,
        rare=True,
    ),
    Criterion(
        "gap", "关闭前须说明", gaps.unexplained, (*gaps.GAPS.items(), *gaps.LEFT.items()), rare=True
    ),
    gaps.explanation(),
    Criterion("lot", "上报批", lambda value: Q(lot=int(value)), check=_row_number, rare=True),
    pasted("student__number"),
)


def asked_for(**said: str) -> ListFilter:
    """What the application list is asked for, from code. Raises BadFilter."""
    return ListFilter.read(CRITERIA, said)


def order_of(asked: ListFilter) -> tuple[str, ...]:
    """The order of the list for `asked`: a queue, or by 学号."""
    if asked["stage"] in QUEUES:
        return ("round_id", "reported_no")
    return ("number",)


def ordered(people: QuerySet[Candidate], asked: ListFilter) -> QuerySet[Candidate]:
    """`people` that answer to `asked`, in the order in which the list shows them."""
    return in_order(people.filter(asked.where()), order_of(asked))
