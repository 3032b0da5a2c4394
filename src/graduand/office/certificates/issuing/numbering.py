"""编号制证: the number, the certificate, its whole content and that of its archive, in the transaction
of the step.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial

from django.db import IntegrityError, connection

from graduand.models import Batch, Candidate, Certificate, IncomingNumber, PlanRow, Student
from graduand.models.engine import Ids, engine_of
from graduand.office.certificates.issuing import archives, contents, editions
from graduand.office.certificates.issuing.books import next_numbers
from graduand.office.certificates.issuing.rows import db_time, insert
from graduand.office.chunk import Chunk, Numbers
from graduand.queries.certificates import issued
from graduand.queries.papers import archives as looking
from graduand.queries.scope import colleges
from graduand.queries.verdicts import Verdict
from graduand.rulebook.certificates.certificate_content import graduation
from graduand.rulebook.certificates.numbering import level_code, registration_number
from graduand.rulebook.terms import Numbering

_CERTIFICATE = (
    "candidate_id",
    "number",
    "degree_number",
    "book",
    "serial",
    "issue_date",
    "photo_sha256",
    "made_at",
    "held_by_id",
    "queryable",
    "void_reason",
    "edition_id",
)


def certify(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """Numbers in (round, reported_no) order, from the book's counter row: no gap, no duplicate."""
    version = same_policy(chunk)
    files = Candidate.objects.filter(id__among=list(done)).order_by(
        "round__position", "reported_no"
    )
    above = colleges()
    policy = chunk.basis.policy
    rows = [(pk, above[centre]) for pk, centre in files.values_list("id", "centre_id")]
    numbers = _numbers_of(chunk, [pk for pk, _ in rows], done)
    day = connection.ops.adapt_datefield_value(policy.issue_date)
    at = db_time(chunk.at)
    photos = {pk: verdict.facts.file.approved_photo for pk, verdict in done.items()}
    plans = {pk: verdict.facts.plan for pk, verdict in done.items()}
    audits = [chunk.basis.audits[code] for code in sorted(set(plans.values()))]
    by = editions.keep(audits, version, chunk.act.batch_id, chunk.at, chunk.act.pk)
    insert(
        Certificate,
        _CERTIFICATE,
        [
            (
                pk,
                numbers[pk],
                "",
                numbers[pk][:12],
                int(numbers[pk][12:]),
                day,
                photos[pk],
                at,
                college,
                False,
                "",
                by[plans[pk]],
            )
            for pk, college in rows
        ],
    )
    _keep_contents(chunk, numbers, photos)
    return numbers


def hold_record(chunk: Chunk) -> None:
    """Until the transaction ends, keep what the students of a chunk are judged by: their records,
    the plans that they study by, and the numbers that were sent for them. An import that changes
    them waits, and finds the certificate; or it came before, and is included in the judging.

    Raises IntegrityError when a plan has changed since it was read for this chunk, which then
    begins anew: a certificate says the names of the same plan that it is judged by.
    """
    students = Candidate.objects.filter(id__among=Ids(list(chunk.places))).values("student")
    engine_of().hold(Student.objects.filter(id__in=students), "name")
    engine_of().hold(IncomingNumber.objects.filter(student__in=students), "number")
    plans = PlanRow.objects.filter(id__in=Student.objects.filter(id__in=students).values("plan"))
    engine_of().hold(plans, "version")
    read = {code: audit.plan.version for code, audit in chunk.basis.audits.items()}
    if any(read.get(code) != version for code, version in plans.values_list("code", "version")):
        raise IntegrityError("a plan has changed since it was read")


def same_policy(chunk: Chunk) -> int:
    """The version of the policy in force, which is still the one that the files were judged by; the
    chunk holds the batch's row, so it stays so.

    Raises IntegrityError otherwise: the chunk is then judged again, under the new policy.
    """
    rows = Batch.objects.filter(pk=chunk.act.batch_id, policy__digest=chunk.basis.policy.digest)
    version = rows.values_list("policy_id", flat=True).first()
    if version is None:
        raise IntegrityError("the policy has changed since the files were judged")
    return version


def _keep_contents(chunk: Chunk, numbers: Numbers, photos: dict[int, str]) -> None:
    people = issued.persons(list(numbers))
    policy = chunk.basis.policy
    first = {
        pk: graduation(people[pk], policy, number, photos[pk]) for pk, number in numbers.items()
    }
    certificates = contents.keep_first(issued.GRADUATIONS, first, chunk)
    told = looking.on_record(list(numbers), looking.terms_of(chunk.basis))
    archives.keep(
        ((certificates[pk], number, told[pk]) for pk, number in numbers.items()),
        chunk.at,
        chunk.act.pk,
    )


def _numbers_of(chunk: Chunk, ids: list[int], done: dict[int, Verdict]) -> Numbers:
    if chunk.basis.policy.numbering is Numbering.IMPORTED:
        return _given(done)
    return _minted(chunk, ids, done)


def _given(done: dict[int, Verdict]) -> Numbers:
    return {pk: verdict.facts.paper.number for pk, verdict in done.items()}


def _minted(chunk: Chunk, pks: list[int], done: dict[int, Verdict]) -> Numbers:
    school = chunk.basis.policy.school
    year = chunk.basis.policy.issue_date.year
    books: dict[str, list[int]] = defaultdict(list)
    for pk in pks:
        books[level_code(done[pk].facts.level)].append(pk)
    numbers: Numbers = {}
    # Books are taken in one order, so that two certifications never wait for each other in a ring.
    for code in sorted(books):
        level = done[books[code][0]].facts.level  # one code, one number: its levels share a book
        book = f"{school.code}{school.type_digit}{year}{code}"
        number_of = partial(registration_number, school.code, school.type_digit, year, level)
        given = next_numbers(Certificate, book, len(books[code]), number_of)
        numbers |= dict(zip(books[code], given, strict=True))
    return numbers
