"""Opening a closed batch again: the files that lapsed with its closing come back, its list is
completed, and then it is open.

A file that was deferred is deferred as before; all others are listed, and those that had been filed
are filed anew. Where the closing itself did not take place, none is: every file returns to where it
was.

Two people want it, the worker does it piece by piece; killed anywhere, it continues from where it
was. Until the last piece the batch is closed: it offers nothing that a closed one does not, and
whoever acts in it reads that its list is being restored.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from graduand.models import Act, Batch, Candidate, User
from graduand.office import account_log, acts, moves
from graduand.office.people import own_accounts
from graduand.office.queue import halting, orders
from graduand.office.records import file_centres
from graduand.office.refusal import Refused
from graduand.office.season import listing
from graduand.queries.filing.candidates import stored
from graduand.queries.people import questions
from graduand.queries.queue import jobs
from graduand.queries.scope import Actor
from graduand.queries.season import batches, returning_files
from graduand.rulebook.clauses import blocking
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import JobState, Verb

# Files of one act; and how many of them, or of the students when the list is completed, one
# transaction handles.
AN_ACT = 2_000
PIECE = 500
_GONE = "提出人已不在岗位，名单没有恢复完；请由在岗的同事重新提出「重新开放批次」"


def order(batch: Batch, first: Actor) -> None:
    """Two people want it open: from now on its list comes back. One short transaction. Raises
    Refused.
    """
    acts.acting_desk(first, Verb.RELIST)
    with transaction.atomic():
        shut = Batch.objects.filter(
            pk=batch.pk, closed_at__isnull=False, deleted_at=None, closing_undone=False
        )
        if under_way(batch) or not shut.update(finished_at=None, resumed_at=None, listed_to=""):
            raise Refused(f"批次 {batch.code} 没有关闭，或已在重新开放，请刷新查看")
        bring_back(batch.pk, first.user_id)


def bring_back(batch: int, by: int) -> None:
    """Whom a closing of the batch lapsed is to be listed again, by the worker; in the caller's
    transaction.

    `by` is answered for by its person: who asked for it; the program, where a closing was not
    carried through.
    """
    orders.order(WorkKind.REOPENING, batch, by, returning_files.lapsed_by_closing(batch).count())


def under_way(batch: Batch) -> bool:
    """Whether the worker has this work, or will have."""
    job = jobs.job_of(WorkKind.REOPENING, batch.pk)
    return job is not None and job.state in orders.OPEN


def why_not(batch: Batch) -> str:
    """Why the batch can't be opened again, in a sentence; "" when it can, also where it was left
    half done.

    What a closing that did not take place has left half done goes on by itself.
    """
    if batch.closed_at is None:
        return f"批次 {batch.code} 没有关闭"
    if batch.closing_undone or (batch.reopening and under_way(batch)):
        return batch.shut
    return ""


def advance(subject: int, size: int | None = None) -> tuple[int, int, bool]:
    """Do the next piece: (listed again, all of them, whether the batch is open). Raises Refused,
    WorkStopped.
    """
    halting.obey(WorkKind.REOPENING, subject)
    size = size or PIECE
    batch = Batch.objects.get(pk=subject)
    job = jobs.job_of(WorkKind.REOPENING, subject)
    if job is None or job.state == JobState.CANCELLED:
        raise halting.WorkStopped
    left = returning_files.lapsed_by_closing(batch)
    total = job.total
    if not batch.reopening:
        return total, total, True
    if (act := _unfinished(batch) or _next_act(batch, job.by)) is not None:
        act = moves.advance(act.pk, size)
        if (
            act.finished_at is not None and act.refused and not act.done and not _gone(act)
        ):  # every further act would be refused, too
            raise Refused(f"名单没有恢复完：{first_reason(act)}")
        return total - left.count(), total, False
    return total, total, _complete_list(batch, job.by_id, size)


def _unfinished(batch: Batch) -> Act | None:
    """The acts that a killed process left half done."""
    verbs = [verb.value for verb in returning_files.VERBS]
    rows = Act.objects.filter(batch=batch, verb__in=verbs, asked__closing=True, finished_at=None)
    return rows.order_by("id").first()


def _gone(act: Act) -> bool:
    """Every person of the piece has applied in another batch since it was read; the next look finds
    them there, and lists them aside.
    """
    return Verb(act.verb) in returning_files.TO_THE_APPLICATION and set(act.by_code) <= {
        "FILE-LIVE",
        "GRADUATED",
    }


def _next_act(batch: Batch, first: User | None) -> Act | None:
    """An act for the next files that come back, the deferred ones last; None when none is left.
    Raises Refused.
    """
    found = returning_files.next_ones(batch, AN_ACT)
    if not found.ids:
        return None
    actor = own_accounts.actor_today(first)
    if actor is None or not rights.may(actor.roles, actor.desk, Verb.RELIST):
        raise Refused(_GONE)
    said = {"closing": True}
    if found.undone:
        said["undone"] = True
    second = second_of(batch, BatchSwitch.REOPEN, actor)
    return acts.confirm(
        batch, found.ids, actor, acts.ActRequest(found.verb, second=second, answers=said)
    )


def second_of(batch: Batch, do: BatchSwitch, first: Actor) -> User | None:
    """Who agreed: the students concerned read of both people."""
    agreed = questions.second_of_switch(batch, do, first.user_id)
    if agreed is None:
        return None
    return User.objects.filter(pk=agreed).first()


def first_reason(act: Act) -> str:
    """What stood against the first one, by name."""
    row = act.refusals.select_related("candidate__student").order_by("candidate__number").first()
    if row is None or (found := blocking(stored(row.findings))) is None:
        return "档案已由他人办理，请重新提出"
    student = row.candidate.student
    return f"{student.number} {student.name}，{found.sentence}；{found.todo}"


def _complete_list(batch: Batch, by: int | None, size: int) -> bool:
    """The next students: newcomers are listed, files are set aside or brought back, and go to the
    centres where their students are now. With the last ones the batch is open, which is returned.
    """
    with transaction.atomic():
        # The row is held until we commit: no file is filed or withdrawn while we look which
        # students have one.
        coming = Batch.objects.filter(batches.REOPENING, pk=batch.pk, deleted_at=None)
        if not coming.update(listed_to=F("listed_to")):
            return True
        after, last, _ = listing.add_piece(batch.pk, size)
        files = Candidate.objects.filter(batch=batch, number__gt=after)
        if last is not None:
            files = files.filter(number__lte=last)
        listing.settle(files)
        file_centres.settle(files)
        if last is not None:
            coming.update(listed_to=last)
            return False
        coming.update(listed_to=None, closed_at=None, closing_undone=False)
        orders.order_again(WorkKind.AUDIT, {batch.pk})
        second = questions.second_of_switch(batch, BatchSwitch.REOPEN, by)
        account_log.note(Deed.BATCH_REOPENED, actor=by, batch=batch.code, second=second)
    return True
