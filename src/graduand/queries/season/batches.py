"""Which batches there are: those with work to do, and those without; the people whom a batch does
not list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from graduand.models import Batch, Candidate, Certificate, IdentityCase, ParcelItem, Student
from graduand.queries.audit import degrees
from graduand.queries.certificates import cancelled, old_papers
from graduand.queries.identity import cases
from graduand.queries.review import grounds
from graduand.rulebook.season.batch_terms import BatchState
from graduand.rulebook.terms import (
    AWAITED_STAGES,
    ENDED_STAGES,
    GRADUATED_STAGES,
    LIVE_STAGES,
    Stage,
)


@dataclass(frozen=True, slots=True)
class UnlistedPeople:
    """People whom a batch does not list: with a live file (FILE-LIVE), or a certificate
    (GRADUATED), in another one.
    """

    live: int
    graduated: int

    @property
    def total(self) -> int:
        return self.live + self.graduated

    def __str__(self) -> str:
        if not self.total:
            return ""
        reasons = [(self.graduated, "已有毕业证书"), (self.live, "他批次有在办档案")]
        return (
            f"另有 {self.total} 人未列入（{'，'.join(f'{why} {n} 人' for n, why in reasons if n)}）"
        )


def known() -> QuerySet[Batch]:
    """Every batch that has a policy and was not deleted."""
    return Batch.objects.filter(policy__isnull=False, deleted_at=None)


def deleted() -> QuerySet[Batch]:
    """Deleted batches, loaded by mistake: their rows stay, their files are deleted in the
    background.
    """
    return Batch.objects.filter(deleted_at__isnull=False)


def unfinished_batches() -> list[Batch]:
    """The batches that still give somebody work, closed ones included, newest first; one query,
    policies with them.
    """
    return list(known().filter(finished_at=None).select_related("policy").order_by("-code"))


def everybody_in(batch: Batch) -> int:
    """How many files a batch has, those that are set aside too; one query."""
    return Candidate.objects.filter(batch=batch).count()


# A batch lists new people while it is open, and while it is being opened again.
LISTS = Q(deleted_at=None, closing_since=None) & (Q(closed_at=None) | Q(listed_to__isnull=False))
REOPENING = Q(closed_at__isnull=False, listed_to__isnull=False)

_WORK = {
    Stage.APPROVED: "待编号制证",
    Stage.CERTIFIED: "待寄出",
    Stage.SHIPPED: "寄送途中",
    Stage.RECEIVED: "待签领",
}
# Numbered or to be numbered, and not in the student's hand.
ONWARD = tuple(stage.value for stage in AWAITED_STAGES)
_GRANTED = (*ONWARD, Stage.COLLECTED.value)


def _files_left() -> QuerySet[Candidate]:
    """Files of a batch at which somebody has something to do: not ended, not collected, not set
    aside.
    """
    return Candidate.objects.filter(aside=False).exclude(
        stage__in=[stage.value for stage in ENDED_STAGES]
    )


def _cases_left(batch: Batch | OuterRef) -> QuerySet[IdentityCase]:
    """Identity cases that nobody has decided, of people who graduate in this batch."""
    files = {"student__candidates__batch": batch, "student__candidates__stage__in": _GRANTED}
    return IdentityCase.objects.filter(cases.undecided(True), **files)


def graduating_in(code: str) -> Q:
    """For a filter of identity cases: the person graduates in that batch; such cases keep it from
    being finished.
    """
    files = Candidate.objects.filter(
        student=OuterRef("student"), batch__code=code, stage__in=_GRANTED
    )
    return Q(Exists(files))


def _shortages_left() -> QuerySet[ParcelItem]:
    """Certificates that a count did not find and no later one has."""
    return ParcelItem.objects.filter(counted=False, open=True)


def _old_papers_left() -> QuerySet[Certificate]:
    """Certificates that were amended, and whose paper, or that of the degree certificate, was not
    replaced.
    """
    return Certificate.objects.filter(old_papers.left(), voided_at=None)


# What waits for a decision of headquarters, whoever has the certificate: key, words, condition.
_UNDECIDED = (
    (grounds.STOPPED, "证书在途、不再符合毕业条件，待总部核实", grounds.lost),
    (grounds.GIVEN, "学生已领证、不再符合毕业条件，待总部核实", grounds.given),
    ("degree_lost", "授予学位后不再符合学位条件，待总部核实", degrees.fails_since),
    (cancelled.NAME, "学信网注册已注销，待总部作废或重新注册", cancelled.waiting),
)
UNDECIDED = frozenset(key for key, _, _ in _UNDECIDED)


def _undecided() -> Q:
    """Batches with a certificate or a degree that headquarters has to decide on: it fails since, or
    its registration was cancelled. Read from the indices of those few, however many batches there
    are.
    """
    found = Q()
    for who in (grounds.undecided(), degrees.fails_since(), cancelled.waiting()):
        found |= Q(pk__in=Candidate.objects.filter(who).values("batch"))
    return found


def decided_batches() -> QuerySet[Batch]:
    """Closed batches, not finished yet, in which nobody waits for a decision of headquarters."""
    return known().filter(~_undecided(), closed_at__isnull=False, finished_at=None, listed_to=None)


def finished_too_early() -> QuerySet[Batch]:
    """Finished batches in which somebody has come to wait for a decision of headquarters."""
    return known().filter(_undecided(), finished_at__isnull=False)


def with_nothing_left() -> QuerySet[Batch]:
    """Closed batches, not finished yet, in which nothing is left to do.

    Blanks are not asked about: a certificate does not know its blank yet. Corrections are not kept
    yet either.
    """
    own = OuterRef("pk")
    left = (
        _files_left().filter(batch=own),
        _cases_left(own),
        _shortages_left().filter(candidate__batch=own),
        _old_papers_left().filter(candidate__batch=own),
    )
    return decided_batches().filter(*(~Exists(rows) for rows in left))


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What keeps a batch from being finished: the stage of the files, `cases`, `short`, `old` or
    one of UNDECIDED; how many.
    """

    key: str
    label: str
    count: int


def left_to_do(batch: Batch) -> list[OpenItem]:
    """What is still open in a batch, in the order of the work; eight queries."""
    stages = dict(
        _files_left().filter(batch=batch).order_by().values_list("stage").annotate(n=Count("id"))
    )
    found = [
        OpenItem(stage.value, _WORK.get(stage, stage.label), stages.get(stage.value, 0))
        for stage in Stage
    ]
    found.append(OpenItem("cases", "身份核查未办结", _cases_left(batch).count()))
    found.append(
        OpenItem(
            "short", "清点缺少的证书", _shortages_left().filter(candidate__batch=batch).count()
        )
    )
    found.append(
        OpenItem(
            "old", "更正后旧证未更换", _old_papers_left().filter(candidate__batch=batch).count()
        )
    )
    found += [
        OpenItem(key, label, Candidate.objects.filter(who(), batch=batch).count())
        for key, label, who in _UNDECIDED
    ]
    return [item for item in found if item.count]


def unclaimed_certificates(batch: Batch) -> list[tuple[str, str, int]]:
    """待领保管: (单位代码, centre, certificates) that wait to be fetched; one query."""
    rows = Candidate.objects.filter(batch=batch, stage=Stage.RECEIVED.value).order_by()
    found = (
        rows.values("centre__code", "centre__name").annotate(n=Count("id")).order_by("centre__code")
    )
    return list(found.values_list("centre__code", "centre__name", "n"))


def state(batch: Batch, today: date, first_opening: date | None, closes: date) -> BatchState:
    """The state of a batch: 准备中 until its first round opens, 申请中, after `closes` 待关闭, 已关闭办理中, 已办结."""
    if batch.closing_since is not None:
        return BatchState.CLOSING
    if batch.closed_at is not None and batch.listed_to is not None:
        return BatchState.REOPENING
    if batch.finished_at is not None:
        return BatchState.FINISHED
    if batch.closed_at is not None:
        return BatchState.CLOSED
    if today > closes:
        return BatchState.DUE
    if first_opening is not None and today < first_opening:
        return BatchState.PREPARING
    return BatchState.FILING


def would_list() -> tuple[int, UnlistedPeople]:
    """(people whom a batch loaded now would list, those whom it would not); two queries."""
    others = not_listed(None)
    return Student.objects.count() - others.total, others


def not_listed(batch: Batch | None) -> UnlistedPeople:
    """Whom `batch` does not list (None: a batch that is not loaded yet); one query.

    A person counts who has a live file in another batch and here none, or one that is set aside.
    """
    if batch is None:
        return _elsewhere(Candidate.objects.all())
    here = _here(batch)
    missing = ~Q(Exists(here.filter(aside=False)))
    # A closed batch lists nobody any more: only files that are set aside there count.
    if batch.closed_at:
        missing = Q(Exists(here.filter(aside=True)))
    return _elsewhere(Candidate.objects.exclude(batch=batch).filter(missing))


def never_listed(batch: Batch) -> UnlistedPeople:
    """The people whom it does not list and of whom `batch` has no file at all; none once it lists
    nobody any more. One query.
    """
    if batch.closed_at is not None:
        return UnlistedPeople(0, 0)
    return _elsewhere(Candidate.objects.exclude(batch=batch).filter(~Exists(_here(batch))))


def _here(batch: Batch) -> QuerySet[Candidate]:
    return Candidate.objects.filter(student=OuterRef("student"), batch=batch)


def _elsewhere(files: QuerySet[Candidate]) -> UnlistedPeople:
    files = files.filter(stage__in=[stage.value for stage in LIVE_STAGES])
    graduated = Q(stage__in=[stage.value for stage in GRADUATED_STAGES])
    sums = files.aggregate(
        live=Count("id", filter=~graduated), graduated=Count("id", filter=graduated)
    )
    return UnlistedPeople(**sums)
