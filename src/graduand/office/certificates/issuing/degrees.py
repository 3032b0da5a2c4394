"""学位证书编号: the degree certificate of a granted degree, its number, its content, and its end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import partial

from django.db import IntegrityError, connection
from django.db.models import Q

from graduand.models import DegreeCertificate, DegreeGrant, Judgement
from graduand.models.engine import Ids
from graduand.office.certificates.issuing import contents, editions
from graduand.office.certificates.issuing.books import next_numbers
from graduand.office.certificates.issuing.numbering import same_policy
from graduand.office.certificates.issuing.rows import db_time, insert
from graduand.office.chunk import Chunk, Numbers
from graduand.queries.certificates import issued
from graduand.queries.verdicts import Verdict
from graduand.rulebook.certificates.certificate_content import degree
from graduand.rulebook.certificates.numbering import degree_number, parse_degree
from graduand.rulebook.terms import Numbering

_DEGREE = (
    "candidate_id",
    "number",
    "book",
    "serial",
    "granted_on",
    "photo_sha256",
    "made_at",
    "void_reason",
)


def granted(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """The conditions hold, as the step has just found: what was stored about an earlier grant does
    not apply to this one, nor does a check that is under way. The plan and policy by which they
    hold are stored.
    """
    plans = {pk: verdict.facts.plan for pk, verdict in done.items()}
    audits = [chunk.basis.audits[code] for code in sorted(set(plans.values()))]
    by = editions.keep(audits, same_policy(chunk), chunk.act.batch_id, chunk.at, chunk.act.pk)
    rows = [(pk, by[plan], db_time(chunk.at), chunk.act.pk) for pk, plan in plans.items()]
    insert(DegreeGrant, ("candidate_id", "edition_id", "at", "act_id"), rows)
    known = Q(degree_lost=True) | Q(degree_owed__isnull=False)
    Judgement.objects.filter(known, candidate_id__among=Ids(done)).update(
        degree_lost=False, degree_owed=None
    )
    return {}


def certify(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """Number and content in one transaction; minted numbers follow the order of the act."""
    same_policy(chunk)
    days = issued.granted_on(list(done))
    numbers = {pk: verdict.facts.paper.degree_number for pk, verdict in done.items()}
    if chunk.basis.policy.numbering is Numbering.MINTED:
        numbers = _minted(
            chunk.basis.policy.school.code, days, sorted(done, key=lambda pk: chunk.places[pk])
        )
    photos = {pk: verdict.facts.file.approved_photo for pk, verdict in done.items()}
    at = db_time(chunk.at)
    adapt = connection.ops.adapt_datefield_value
    insert(
        DegreeCertificate,
        _DEGREE,
        [
            (pk, number, *parse_degree(number).place, adapt(days[pk]), photos[pk], at, "")
            for pk, number in numbers.items()
        ],
    )
    people = issued.persons(list(numbers))
    policy = chunk.basis.policy
    first = {
        pk: degree(people[pk], policy, number, photos[pk], days[pk])
        for pk, number in numbers.items()
    }
    contents.keep_first(issued.DEGREES, first, chunk)
    return numbers


def _minted(school: str, days: dict[int, date], pks: list[int]) -> Numbers:
    years: dict[int, list[int]] = defaultdict(list)
    for pk in pks:
        years[days[pk].year].append(pk)
    numbers: Numbers = {}
    for year in sorted(years):  # in one order, so that two acts never wait for each other in a ring
        book = parse_degree(degree_number(school, year, 1)).place[0]
        given = next_numbers(
            DegreeCertificate, book, len(years[year]), partial(degree_number, school, year)
        )
        numbers |= dict(zip(years[year], given, strict=True))
    return numbers


def replaced(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """The papers were made anew with the amended content, so the outdated ones are no longer in
    use.

    Raises IntegrityError when a paper is no longer outdated: it was amended back since it was
    judged.
    """
    old = DegreeCertificate.objects.filter(
        candidate_id__among=list(done), voided_at=None, old_paper_since__isnull=False
    )
    if old.update(old_paper_since=None, old_paper_sha256="", reprinted_at=chunk.at) != len(done):
        raise IntegrityError("a degree certificate has changed since it was judged")
    return issued.degree_numbers(list(done))


def decline(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """A degree that is taken back ends its certificate, whose number is never used again."""
    return void(chunk, list(done))


def void(chunk: Chunk, candidates: Sequence[int]) -> Numbers:
    """End the valid degree certificates of `candidates`; returns their numbers."""
    numbers = issued.degree_numbers(candidates)
    valid = DegreeCertificate.objects.filter(candidate_id__among=Ids(candidates), voided_at=None)
    valid.update(voided_at=chunk.at, void_reason=chunk.why)
    return numbers
