"""What must hold whenever nobody is in the middle of a transaction: the oracle of the race and fault tests."""

import json
from collections import defaultdict

from django.db.models import Count, Q

from graduand.models import (
    STAGE_STAMP,
    Act,
    Batch,
    Candidate,
    Certificate,
    Counter,
    Event,
    Job,
    Judgement,
    Lot,
)
from graduand.rulebook.journey import SIDE_STEPS, STEPS, Track
from graduand.rulebook.terms import LIVE_STAGES, JobState, Numbering, Stage, Verb

CERTIFIED = (Stage.CERTIFIED, Stage.SHIPPED, Stage.RECEIVED, Stage.COLLECTED)


def violations(batch: Batch, numbering: Numbering = Numbering.MINTED) -> list[str]:
    """Every invariant that does not hold, a line each; empty when the data are sound."""
    found = [*_stories(batch), *_degrees(batch), *_orders(batch), *_tallies(batch), *_valid_certificates(batch)]
    return found + _one_live_file() + (_books() if numbering is Numbering.MINTED else []) + _judgements(batch)


def _stories(batch: Batch) -> list[str]:
    """I4: a file stands where its last event left it, each event begins where the one before ended."""
    story: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = Event.objects.filter(candidate__batch=batch, verb__in=[verb.value for verb in STEPS]).order_by("id")
    for pk, start, end in rows.values_list("candidate_id", "from_stage", "to_stage"):
        story[pk].append((start, end))
    found = []
    for pk, stage, *stamps in Candidate.objects.filter(batch=batch).values_list("id", "stage", *STAGE_STAMP.values()):
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
    """The degree stands where its last event left it, unless an application has set it anew since."""
    decided = [verb.value for verb, step in SIDE_STEPS.items() if step.track is Track.DEGREE]
    anew = [Verb.APPLY.value, Verb.WITHDRAW.value, Verb.DEFER.value]
    last: dict[int, tuple[str, str]] = {}
    rows = Event.objects.filter(candidate__batch=batch, verb__in=[*decided, *anew]).order_by("id")
    for pk, verb, end in rows.values_list("candidate_id", "verb", "to_stage"):
        last[pk] = (verb, end)
    files = dict(Candidate.objects.filter(batch=batch).values_list("id", "degree"))
    return [
        f"file {pk}: degree {files[pk]}, its events end at {end}"
        for pk, (verb, end) in last.items()
        if verb in decided and files[pk] != end
    ]


def _orders(batch: Batch) -> list[str]:
    """I6: the application order is inside the block of its lot, never twice, and the counter is not behind."""
    found = []
    rows = Candidate.objects.filter(batch=batch, lot__isnull=False)
    for pk, number, first, size in rows.values_list("id", "reported_no", "lot__first_no", "lot__size"):
        if not first <= number < first + size:
            found.append(f"I6 file {pk}: order {number} outside its lot {first}+{size}")
    ends: dict[int, int] = {}
    for round_id, first, size in Lot.objects.filter(round__batch=batch).order_by("round_id", "first_no").values_list(
        "round_id", "first_no", "size"
    ):
        if first != ends.get(round_id, 0) + 1:
            found.append(f"I6 round {round_id}: a lot starts at {first} after {ends.get(round_id, 0)}")
        ends[round_id] = first + size - 1
    applied = Event.objects.filter(candidate__batch=batch, verb=Verb.APPLY.value)
    numbers = applied.values_list("act__round_id", "number").annotate(times=Count("id")).filter(times__gt=1)
    return found + [f"I6 round {r}: order {n} given {t} times" for r, n, t in numbers]


def _tallies(batch: Batch) -> list[str]:
    """I9: an act counts what it did: one event for each file done, one refusal for each refused or raced."""
    found = []
    counts = dict(Event.objects.values_list("act_id").annotate(n=Count("id")))
    stopped = set(Job.objects.filter(kind="act", state=JobState.CANCELLED.value).values_list("subject", flat=True))
    for act in Act.objects.filter(batch=batch).annotate(said=Count("refusals")):
        if act.done != counts.get(act.pk, 0):
            found.append(f"I9 act {act.pk}: says {act.done} done, has {counts.get(act.pk, 0)} events")
        codes = act.by_code.values()  # of each refused file all that stands against it: at least one code
        counted = max(codes, default=0) <= act.refused <= sum(codes)
        if act.refused + act.raced != act.said or not counted:
            found.append(f"I9 act {act.pk}: {act.refused} refused and {act.raced} raced, {act.said} said")
        if (act.finished_at is not None) != (act.cursor == act.total or act.pk in stopped):
            found.append(f"I9 act {act.pk}: at {act.cursor} of {act.total}, finished {act.finished_at}")
    return found


def _valid_certificates(batch: Batch) -> list[str]:
    """A file has a valid certificate exactly while it is certified, shipped, received or collected."""
    valid = Count("certificates", filter=Q(certificates__voided_at=None))
    rows = Candidate.objects.filter(batch=batch).annotate(valid=valid).values_list("id", "stage", "valid")
    return [f"file {pk}: {stage} with {n} certificates" for pk, stage, n in rows if n != (Stage(stage) in CERTIFIED)]


def _one_live_file() -> list[str]:
    """I5: one live file a student over all batches."""
    live = Candidate.objects.filter(stage__in=[stage.value for stage in LIVE_STAGES])
    rows = live.values_list("student_id").annotate(n=Count("id")).filter(n__gt=1)
    return [f"I5 student {pk}: {n} live files" for pk, n in rows]


def _books() -> list[str]:
    """I1, I2: the numbers of a minted book are 1..max, each once, and the counter says max."""
    books: dict[str, list[int]] = defaultdict(list)
    for book, serial in Certificate.objects.values_list("book", "serial"):
        books[book].append(serial)
    found = []
    for book, serials in books.items():
        if sorted(serials) != list(range(1, len(serials) + 1)):
            found.append(f"I2 book {book}: {sorted(serials)}")
        given = Counter.objects.values_list("value", flat=True).get(key=f"book:{book}")
        if given != len(serials):
            found.append(f"I2 book {book}: counter {given}, {len(serials)} numbers")
    return found


def _judgements(batch: Batch) -> list[str]:
    """A stored judgement is whole: its mask and its findings agree."""
    rows = Judgement.objects.filter(candidate__batch=batch).values_list("candidate_id", "codes", "unmet")
    return [f"judgement {pk}: mask {mask}, {unmet}" for pk, mask, unmet in rows if bool(mask) != bool(json.loads(unmet))]
