"""The invariants of rosters, numbers and certificates; `tests/invariants.py` checks them all."""

from collections import Counter as Tallied
from collections import defaultdict

from django.db.models import Count, Q

from graduand.models import (
    Batch,
    Candidate,
    Certificate,
    Counter,
    Event,
    IncomingNumber,
    PolicyVersion,
    Roster,
)
from graduand.queries.certificates import issued
from graduand.queries.papers import archives
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import Stage, Verb

CERTIFIED = (Stage.CERTIFIED, Stage.SHIPPED, Stage.RECEIVED, Stage.COLLECTED)


def rosters(batch: Batch) -> list[str]:
    """五.3: a roster with a number is whole, its places are 1 … size; a place is empty only where a
    file was sent back since.
    """
    found = []
    for roster in Roster.objects.filter(batch=batch, number__gt=0):
        places = set(Candidate.objects.filter(roster=roster).values_list("roster_no", flat=True))
        since = Event.objects.filter(
            candidate__batch=batch, from_stage=Stage.APPROVED.value, at__gte=roster.frozen_at
        )
        left = since.filter(verb=Verb.SEND_BACK.value).count()
        if not places <= set(range(1, roster.size + 1)) or roster.size - len(places) > left:
            found.append(
                f"roster {roster}: {len(places)} of {roster.size} are on it, {left} were sent back"
            )
    return found


def valid_certificates(batch: Batch) -> list[str]:
    """A file has a valid certificate exactly while it is certified, shipped, received or collected."""
    valid = Count("certificates", filter=Q(certificates__voided_at=None))
    rows = (
        Candidate.objects.filter(batch=batch)
        .annotate(valid=valid)
        .values_list("id", "stage", "valid")
    )
    return [
        f"file {pk}: {stage} with {n} certificates"
        for pk, stage, n in rows
        if n != (Stage(stage) in CERTIFIED)
    ]


def contents() -> list[str]:
    """Every valid certificate has a content and an archive that still match their hashes."""
    ids = list(Certificate.objects.filter(voided_at=None).values_list("candidate_id", flat=True))
    found = issued.graduations(ids)
    kept = archives.stored_archives(ids)
    return [
        f"certificate {one.number}: no content" for one in found.values() if one.content is None
    ] + [f"certificate {found[pk].number}: no archive" for pk in ids if kept.get(pk) is None]


def books() -> list[str]:
    """I1, I2: the numbers of a minted book are 1..max, each once, and the counter says max.

    Numbers that headquarters sent are left out, since an earlier program let them into a minted
    book.
    """
    books: dict[str, list[int]] = defaultdict(list)
    sent = {
        (number[:12], int(number[12:]))
        for number in IncomingNumber.objects.values_list("number", flat=True)
    }
    for book, serial in {*Certificate.objects.values_list("book", "serial"), *sent}:
        books[book].append(serial)
    found = []
    for key, given in Counter.objects.filter(key__startswith="book:", value__gt=0).values_list(
        "key", "value"
    ):
        book = key.removeprefix("book:")
        if len(book) != 12:  # degrees have books of their own
            continue
        serials = sorted(
            serial
            for serial in books.pop(book, [])
            if serial <= given or (book, serial) not in sent
        )
        if serials != list(range(1, given + 1)):
            found.append(f"I2 book {book}: counter {given}, {serials}")
    minted = Certificate.objects.filter(book__in=list(books)).exclude(
        number__in=IncomingNumber.objects.values("number")
    )
    return found + [
        f"I2 book {book}: numbers without a counter"
        for book in minted.values_list("book", flat=True).distinct()
    ]


def numbers_once() -> list[str]:
    """I1: a number consists of its book and its serial, and no two certificates share one, however
    it is written.
    """
    rows = list(Certificate.objects.order_by("id").values_list("number", "book", "serial"))
    found = [
        f"I1 number {n!r}: not serial {serial} of {book}"
        for n, book, serial in rows
        if n != f"{book}{serial:06d}"
    ]
    times = Tallied("".join(number.split()) for number, _, _ in rows)
    return found + [f"I1 number {number}: given {n} times" for number, n in times.items() if n > 1]


def events(batch: Batch, *verbs: Verb) -> list[Event]:
    rows = Event.objects.filter(candidate__batch=batch, verb__in=[verb.value for verb in verbs])
    return list(rows.select_related("candidate__lot", "act__round", "actor").order_by("id"))


def policies_by_digest(batch: Batch) -> dict[str, BatchPolicy]:
    """digest -> policy, of every version that the batch has had."""
    rows = PolicyVersion.objects.filter(batch=batch).values_list("digest", "source")
    return {digest: BatchPolicy.from_dict(source) for digest, source in rows}


def issue_dates_and_pictures(batch: Batch) -> list[str]:
    """I11, I12: a certificate has the issue date of the policy that numbered it, and while it is
    valid the approved picture.
    """
    known, found = policies_by_digest(batch), []
    numbered = {event.number: event for event in events(batch, Verb.CERTIFY)}
    rows = Certificate.objects.filter(candidate__batch=batch).select_related("candidate")
    for paper in rows.order_by("id"):
        event = numbered.get(paper.number)
        policy = known.get(event.policy_digest) if event else None
        if policy is None or paper.issue_date != policy.issue_date:
            found.append(f"I11 certificate {paper.number}: {paper.issue_date}, not the batch's")
        if paper.voided_at is None and (
            not paper.photo_sha256 or paper.photo_sha256 != paper.candidate.approved_photo
        ):
            found.append(f"I12 certificate {paper.number}: another picture than the approved one")
    return found
