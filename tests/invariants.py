"""The invariants that hold whenever no transaction is under way; race, fault and stateful tests
check them.
"""

import json
from collections import defaultdict
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from graduand.models import (
    STAGE_STAMP,
    Act,
    Batch,
    Candidate,
    ChsiReport,
    Event,
    Grant,
    IdentityCase,
    Job,
    Judgement,
    Lot,
    Result,
    Stale,
    Student,
    Unit,
)
from graduand.queries import scope
from graduand.queries.season import gaps, progress
from graduand.rulebook.calendar import office_day
from graduand.rulebook.clauses import Finding
from graduand.rulebook.journey import SIDE_STEPS, STEPS
from graduand.rulebook.people import rights
from graduand.rulebook.steps import Track
from graduand.rulebook.terms import LIVE_STAGES, Desk, JobState, Numbering, Role, Stage, Verb
from tests import paper_invariants
from tests.paper_invariants import events, policies_by_digest


def violations(batch: Batch, numbering: Numbering = Numbering.MINTED) -> list[str]:
    """A line for every invariant that does not hold; empty when the data are sound."""
    found = [
        *_stories(batch),
        *_degrees(batch),
        *_orders(batch),
        *_tallies(batch),
        *paper_invariants.valid_certificates(batch),
        *paper_invariants.rosters(batch),
        *paper_invariants.contents(),
    ]
    return (
        found
        + _one_live_file()
        + (paper_invariants.books() if numbering is Numbering.MINTED else [])
        + _judgements(batch)
    )


def everywhere(numbering: Numbering = Numbering.MINTED) -> list[str]:
    """The violations in every batch, and also those about decisions, actors, lists and papers,
    which a test breaks when it writes facts without the office.
    """
    found: set[str] = set()
    for batch in Batch.objects.filter(
        deleted_at=None
    ):  # a deleted batch keeps only its row and its acts
        found |= set(violations(batch, numbering))
        found |= {
            *_decisions(batch),
            *_actors(batch),
            *_counts(batch),
            *_in_time(batch),
            *paper_invariants.issue_dates_and_pictures(batch),
        }
    return sorted(found | {*paper_invariants.numbers_once(), *_asides(), *_centres(), *_doubtful()})


def _stories(batch: Batch) -> list[str]:
    """I4: a file is at the stage of its last event, and each event begins at the stage where the
    one before ended.
    """
    story: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = Event.objects.filter(
        candidate__batch=batch, verb__in=[verb.value for verb in STEPS]
    ).order_by("id")
    for pk, start, end in rows.values_list("candidate_id", "from_stage", "to_stage"):
        story[pk].append((start, end))
    found = []
    for pk, stage, *stamps in Candidate.objects.filter(batch=batch).values_list(
        "id", "stage", *STAGE_STAMP.values()
    ):
        at = Stage.LISTED.value
        for start, end in story.get(pk, []):
            if start != at:
                found.append(f"I4 file {pk}: an event starts at {start}, the file stood at {at}")
            at = end
        if at != stage:
            found.append(f"I4 file {pk}: stands at {stage}, its events end at {at}")
        if Stage(stage) in STAGE_STAMP and stamps[list(STAGE_STAMP).index(Stage(stage))] is None:
            found.append(f"I4 file {pk}: {stage} without its stamp")
    return found


def _degrees(batch: Batch) -> list[str]:
    """A degree has the state of its last event, unless an application has set it since; a decision
    stays.
    """
    beside = [verb.value for verb, step in SIDE_STEPS.items() if step.track is Track.DEGREE]
    anew = [
        Verb.APPLY.value,
        Verb.WITHDRAW.value,
        Verb.DEFER.value,
        Verb.RELIST.value,
        Verb.RELIST_DEFERRED.value,
    ]
    last: dict[int, str | None] = {}
    rows = Event.objects.filter(candidate__batch=batch, verb__in=[*beside, *anew]).order_by("id")
    for pk, verb, end in rows.values_list("candidate_id", "verb", "to_stage"):
        if verb in beside:
            last[pk] = end
        elif last.get(pk) not in ("granted", "declined"):
            last[pk] = None
    files = dict(Candidate.objects.filter(batch=batch).values_list("id", "degree"))
    return [
        f"file {pk}: degree {files[pk]}, its events end at {end}"
        for pk, end in last.items()
        if end not in (None, files[pk])
    ]


def _orders(batch: Batch) -> list[str]:
    """I6: an application order is inside the block of its lot and given once, and the counter is
    not lower.
    """
    found = []
    rows = Candidate.objects.filter(batch=batch, lot__isnull=False)
    for pk, number, first, size in rows.values_list(
        "id", "reported_no", "lot__first_no", "lot__size"
    ):
        if not first <= number < first + size:
            found.append(f"I6 file {pk}: order {number} outside its lot {first}+{size}")
    ends: dict[int, int] = {}
    for round_id, first, size in (
        Lot.objects.filter(round__batch=batch)
        .order_by("round_id", "first_no")
        .values_list("round_id", "first_no", "size")
    ):
        if first != ends.get(round_id, 0) + 1:
            found.append(
                f"I6 round {round_id}: a lot starts at {first} after {ends.get(round_id, 0)}"
            )
        ends[round_id] = first + size - 1
    applied = Event.objects.filter(candidate__batch=batch, verb=Verb.APPLY.value)
    told = dict(
        applied.order_by("id").values_list("candidate_id", "number")
    )  # the last event of each file
    found += [
        f"I6 file {pk}: order {number}, its history says {told.get(pk)}"
        for pk, number in rows.values_list("id", "reported_no")
        if told.get(pk) != str(number)
    ]
    numbers = (
        applied.values_list("act__round_id", "number")
        .annotate(times=Count("id"))
        .filter(times__gt=1)
    )
    return found + [f"I6 round {r}: order {n} given {t} times" for r, n, t in numbers]


def _closing_acts(batch: Batch) -> QuerySet[Act]:
    """Acts of a closing that ended before their last piece, because the list was restored
    meanwhile.
    """
    rows = Act.objects.filter(batch=batch, verb=Verb.LAPSE.value, asked__closing=True)
    return rows.filter(cursor__lt=F("total"), finished_at__isnull=False)


def _tallies(batch: Batch) -> list[str]:
    """I9: an act counts what it did: one event for each file done, one refusal for each refused or raced."""
    found = []
    counts = dict(Event.objects.values_list("act_id").annotate(n=Count("id")))
    stopped = set(
        Job.objects.filter(kind="act", state=JobState.CANCELLED.value).values_list(
            "subject", flat=True
        )
    )
    stopped |= set(
        _closing_acts(batch).values_list("pk", flat=True)
    )  # an act of a closing that was undone ends with it
    there = set(Candidate.objects.filter(batch=batch).values_list("id", flat=True))
    for act in Act.objects.filter(batch=batch).annotate(said=Count("refusals")):
        if act.done != counts.get(act.pk, 0):
            found.append(
                f"I9 act {act.pk}: says {act.done} done, has {counts.get(act.pk, 0)} events"
            )
        codes = (
            act.by_code.values()
        )  # each refused file counts under every code against it, at least one
        counted = max(codes, default=0) <= act.refused <= sum(codes)
        gone = not there & set(
            act.items
        )  # the refusals were deleted with the files of a deleted batch
        told = act.refused + act.raced if gone else act.said
        if act.refused + act.raced != told or not counted:
            found.append(
                f"I9 act {act.pk}: {act.refused} refused and {act.raced} raced, {act.said} said"
            )
        if (act.finished_at is not None) != (act.cursor == act.total or act.pk in stopped):
            found.append(
                f"I9 act {act.pk}: at {act.cursor} of {act.total}, finished {act.finished_at}"
            )
    return found


def _one_live_file() -> list[str]:
    """I5: a student has one live file over all batches."""
    live = Candidate.objects.filter(stage__in=[stage.value for stage in LIVE_STAGES])
    rows = live.values_list("student_id").annotate(n=Count("id")).filter(n__gt=1)
    return [f"I5 student {pk}: {n} live files" for pk, n in rows]


def _judgements(batch: Batch) -> list[str]:
    """The mask and the findings of a stored judgement agree."""
    rows = Judgement.objects.filter(candidate__batch=batch).values_list(
        "candidate_id", "codes", "unmet"
    )
    return [
        f"judgement {pk}: mask {mask}, {unmet}"
        for pk, mask, unmet in rows
        if bool(mask) != bool(json.loads(unmet))
    ]


def _decisions(batch: Batch) -> list[str]:
    """I3: each decision names a policy of its batch, and has no finding that blocks."""
    known, found = set(policies_by_digest(batch)), []
    for event in events(batch, Verb.APPLY, Verb.ENDORSE, Verb.APPROVE, Verb.CERTIFY):
        blocks = [f.code for f in map(Finding.from_row, json.loads(event.findings)) if f.blocks]
        if blocks or event.policy_digest not in known:
            found.append(
                f"I3 file {event.candidate_id}: {event.verb} although {blocks}, policy {event.policy_digest[:8]}"
            )
    return found


def _actors(batch: Batch) -> list[str]:
    """I7: each actor had a role of that desk with that verb on that day, at a unit above the file's
    centre or above a centre that filed it: a file moves with a student who changes centre, but its
    lots keep the old centre.
    """
    grants: dict[int, list[Grant]] = defaultdict(list)
    for grant in Grant.objects.select_related("unit"):
        grants[grant.user_id].append(grant)
    below = {pk: scope.units_below([pk]) for pk in Unit.objects.values_list("id", flat=True)}
    filed = Lot.objects.filter(act__event__candidate__batch=batch, act__verb=Verb.APPLY.value)
    homes: dict[int, set[int]] = defaultdict(set)
    for file, centre in filed.values_list("act__event__candidate", "centre").distinct():
        homes[file].add(centre)
    found = []
    for event in events(batch, *Verb):
        desk, day = Desk(event.act.desk), office_day(event.at)
        there = homes[event.candidate_id] | {event.candidate.centre_id}
        able = any(
            rights.may([Role(grant.role)], desk, Verb(event.verb))
            and (desk is Desk.HQ or not below[grant.unit_id].isdisjoint(there))
            and (grant.since is None or grant.since <= day)
            and (grant.until is None or day <= grant.until)
            for grant in grants[event.actor_id]
        )
        if not able or event.acted_for != (event.desk != event.act.desk):
            found.append(
                f"I7 file {event.candidate_id}: {event.verb} by {event.actor.username} for {event.desk}"
            )
    return found


def _counts(batch: Batch) -> list[str]:
    """I9: the stages, the funnel, what each centre sees and the checklist count the same files."""
    files = Candidate.objects.filter(batch=batch)
    many, found = files.count(), []
    sums = {
        "stages": sum(sum(stages.values()) for stages in progress.by_stage(files).values()),
        "funnel": sum(sum(parts) for _, _, parts in progress.funnel(files)),
        "centres": files.filter(centre__in=Unit.objects.values_list("id", flat=True)).count(),
    }
    found += [
        f"I9 batch {batch.code}: {many} files, {name} {n}" for name, n in sums.items() if n != many
    ]
    told = gaps.counts(batch)
    shown = {name: gaps.left(batch, name).count() for name in gaps.names(batch)}
    return found + (
        []
        if told == shown
        else [f"I9 batch {batch.code}: the checklist says {told}, lists {shown}"]
    )


def _in_time(batch: Batch) -> list[str]:
    """I10: an application was made on a day of its round, under the policy in force then, and
    before the batch closed.
    """
    known, found = policies_by_digest(batch), []
    for event in events(batch, Verb.APPLY):
        policy, turn = known.get(event.policy_digest), event.act.round
        rule = policy.round(turn.name) if policy and turn else None
        shut = batch.closed_at is not None and event.at >= batch.closed_at
        if shut or rule is None or not rule.window.contains(office_day(event.at)):
            found.append(f"I10 file {event.candidate_id}: applied {event.at} outside {turn}")
    return found


def _asides() -> list[str]:
    """A student has work in one batch at a time: a waiting file in an open batch is set aside while
    another batch has a live one.
    """
    live: dict[int, set[int]] = defaultdict(set)
    rows = Candidate.objects.filter(stage__in=[stage.value for stage in LIVE_STAGES])
    for student, batch in rows.values_list("student_id", "batch_id"):
        live[student].add(batch)
    waiting = Candidate.objects.filter(
        stage__in=[Stage.LISTED.value, Stage.DEFERRED.value], batch__closed_at=None
    )
    found = waiting.order_by("id").values_list("id", "student_id", "batch_id", "aside")
    return [
        f"aside file {pk}: {aside}"
        for pk, student, batch, aside in found
        if aside != bool(live[student] - {batch})
    ]


def _centres() -> list[str]:
    """A file that is on no frozen roster is at the centre of its student, in closed batches too."""
    off = (
        Candidate.objects.filter(Q(roster=None) | Q(roster__number=0))
        .exclude(centre=F("student__centre"))
        .order_by("id")
    )
    return [
        f"centre file {pk}: at {here}, the student at {there}"
        for pk, here, there in off.values_list("id", "centre__code", "student__centre__code")
    ]


def _doubtful() -> list[str]:
    """For every verdict that changed facts have made doubtful a new judging is ordered."""
    onward = [
        "approved",
        "certified",
        "shipped",
        "received",
    ]  # stages at which work goes on in a closed batch
    followed = Q(candidate__batch__closed_at=None) | Q(candidate__stage__in=onward)
    rows = Stale.objects.filter(followed, candidate__aside=False)
    stale = rows.values_list("candidate__batch_id", flat=True)
    ordered = Job.objects.filter(
        kind="audit", state__in=[JobState.WAITING.value, JobState.RUNNING.value]
    )
    return [
        f"stale batch {pk}: nobody judges it"
        for pk in set(stale) - set(ordered.values_list("subject", flat=True))
    ]


def imported() -> dict[str, list[Any]]:
    """I14: the rows that an import writes, which must be the same after a second import of the same
    file.
    """
    return {
        "students": list(Student.objects.order_by("number").values()),
        "results": list(Result.objects.order_by("id").values()),
        "reports": list(ChsiReport.objects.order_by("id").values()),
        "cases": list(IdentityCase.objects.order_by("id").values()),
        "files": list(Candidate.objects.order_by("id").values()),
    }
