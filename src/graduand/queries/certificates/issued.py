"""What issued certificates say: the last version of each content, checked against its hash; and
what the record would give today.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Count, F

from graduand.models import (
    Batch,
    Candidate,
    Certificate,
    CertificateContent,
    DegreeCertificate,
    DegreeContent,
    Event,
    IncomingNumber,
    key_ring,
)
from graduand.models.engine import Ids
from graduand.queries.scope import Actor, certificates_of
from graduand.rulebook.calendar import office_day
from graduand.rulebook.certificates.certificate_content import (
    Content,
    Person,
    amended_degree,
    body_of,
    differences,
    graduation,
    hash_of,
    prints_alike,
    read,
)
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import IdKind, Level, Sex, Verb

_PERSON = (
    "id",
    "student__number",
    "student__exam_no",
    "student__name",
    "student__sex",
    "student__birth",
    "student__id_kind",
    "student__id_no",
    "student__entry",
    "student__level",
    "student__plan__major_code",
    "student__plan__major_name",
    "student__plan__years",
    "student__plan__min_semesters",
    "student__plan__degree",
    "student__plan__degree_field",
)
_SEX = {word.value: word for word in Sex}
_ID_KIND = {word.value: word for word in IdKind}
_LEVEL = {word.value: word for word in Level}


class IssuedPapers(NamedTuple):
    """One of the two kinds of certificates, with what they say."""

    certificates: type[Certificate | DegreeCertificate]
    contents: type[CertificateContent | DegreeContent]


GRADUATIONS = IssuedPapers(Certificate, CertificateContent)
DEGREES = IssuedPapers(DegreeCertificate, DegreeContent)


class Issued(NamedTuple):
    """A valid certificate; `content` is None when there is none, or none that matches its hash."""

    number: str
    content: Content | None = None
    version: int = 0
    sha256: str = ""


class ValidPapers(NamedTuple):
    """The valid certificates of some candidates, and since when the paper is outdated, for those
    whose paper is.
    """

    certificates: dict[int, Issued]
    old_papers: dict[int, datetime]


def persons(ids: Sequence[int]) -> dict[int, Person]:
    """The record of the candidates `ids` (at most a chunk) as it is today, by candidate; one query.
    The 证件号 are opened.
    """
    rows = Candidate.objects.filter(id__among=Ids(ids)).values_list(*_PERSON)
    return {
        pk: Person(
            number, exam, name, _SEX[sex], birth, _ID_KIND[kind], id_no, entry, _LEVEL[level], *plan
        )
        for pk, number, exam, name, sex, birth, kind, id_no, entry, level, *plan in rows
    }


def sha256_of(content: Content) -> str:
    """The hash under which `content` is, or would be, stored."""
    return hash_of(body_of(content, key_ring().digest(content.id_no)))


def as_on_record(valid: Mapping[int, Issued], policy: BatchPolicy) -> dict[int, Content]:
    """The content that each certificate would have by the record and the policy of today, by
    candidate; two queries.

    The picture is the approved one, whatever has arrived since.
    """
    people = persons(list(valid))
    files = Candidate.objects.filter(id__among=Ids(valid))
    photos = dict(files.values_list("id", "approved_photo"))
    return {pk: graduation(people[pk], policy, one.number, photos[pk]) for pk, one in valid.items()}


def changes(old: Issued, new: Content) -> list[tuple[str, str, str]]:
    """(label, before, after) of everything that would change."""
    if old.content is None:
        return []
    return differences(old.content, new)


class Amendment(NamedTuple):
    """What an amendment would write: (label, before, after) of everything that would change, and
    the new content's hash.

    `same_paper`: none of it is printed, not on the degree certificate either, and no outdated paper
    is out.
    """

    changes: list[tuple[str, str, str]]
    content: str
    same_paper: bool


def amendment(candidate: int, policy: BatchPolicy) -> Amendment | None:
    """What an amendment would make of the valid certificate of `candidate` by today's record; None
    when it has none.
    """
    valid = {pk: one for pk, one in graduations([candidate]).items() if one.content is not None}
    if candidate not in valid:
        return None
    new = as_on_record(valid, policy)[candidate]
    return Amendment(
        changes(valid[candidate], new),
        sha256_of(new),
        _same_paper(candidate, valid[candidate].content, new),
    )


def contents_on_record(candidates: Sequence[int], policy: BatchPolicy) -> dict[int, str]:
    """The hash of what the valid certificate of each of `candidates` would say by the record of
    today; a constant number of queries.
    """
    valid = {pk: one for pk, one in graduations(candidates).items() if one.content is not None}
    return {pk: sha256_of(content) for pk, content in as_on_record(valid, policy).items()}


def _same_paper(candidate: int, old: Content | None, new: Content) -> bool:
    if old is None or not prints_alike(old, new):
        return False
    degree = degrees([candidate]).get(candidate)
    if degree is not None and degree.content is not None:
        amended = amended_degree(degree.content, old, new)
        if not prints_alike(degree.content, amended):
            return False
    behind = {"candidate": candidate, "voided_at": None, "old_paper_since__isnull": False}
    return not any(
        paper.objects.filter(**behind).exists() for paper in (Certificate, DegreeCertificate)
    )


def registered_on(candidate: int) -> date | None:
    """The day on which the registry entered the valid certificate of `candidate`; None for one that
    it has not.
    """
    days = Certificate.objects.filter(candidate=candidate, voided_at=None).values_list(
        "registered_on", flat=True
    )
    return days.first()


def graduations(ids: Sequence[int]) -> dict[int, Issued]:
    """The valid certificate of each of the candidates `ids` (at most a chunk) that has one, by
    candidate; two queries.
    """
    return _valid(GRADUATIONS, ids)


def degrees(ids: Sequence[int]) -> dict[int, Issued]:
    """The valid degree certificate of each of the candidates `ids` (at most a chunk) that has one,
    by candidate; two queries.
    """
    return _valid(DEGREES, ids)


def _valid(papers: IssuedPapers, ids: Sequence[int]) -> dict[int, Issued]:
    valid = papers.certificates.objects.filter(candidate_id__among=Ids(ids), voided_at=None)
    found = {pk: Issued(number) for pk, number in valid.values_list("candidate_id", "number")}
    rows = papers.contents.objects.filter(
        certificate__candidate_id__among=Ids(ids), certificate__voided_at=None
    )
    columns = (
        "certificate__candidate_id",
        "certificate__number",
        "version",
        "body",
        "id_no",
        "sha256",
    )
    for pk, number, version, body, id_no, sha256 in rows.order_by("version").values_list(*columns):
        found[pk] = Issued(number, vouched(body, id_no, sha256, number), version, sha256)
    return found


def vouched(body: str, id_no: str, sha256: str, number: str) -> Content | None:
    """The stored content; None when it does not match its hash, or belongs to another certificate."""
    if hash_of(body) != sha256:
        return None
    try:
        content, id_hash = read(body, id_no)
    except (ValueError, KeyError, TypeError):
        return None
    same = content.number == number and key_ring().digest(id_no) == id_hash
    if same:
        return content
    return None


def old_papers(ids: Sequence[int]) -> dict[int, datetime]:
    """Since when the paper of each of the candidates `ids` is outdated by an amendment, for those
    whose paper is; one query.
    """
    rows = Certificate.objects.filter(
        candidate_id__among=Ids(ids), voided_at=None, old_paper_since__isnull=False
    )
    return {
        pk: since
        for pk, since in rows.values_list("candidate_id", "old_paper_since")
        if since is not None
    }


def standing(ids: Sequence[int]) -> ValidPapers:
    """The certificates of the candidates `ids` (at most a chunk), and which papers are outdated;
    three queries.

    The marks are read first, so that what is amended between the two reads is seen as amended.
    """
    marked = old_papers(ids)
    return ValidPapers(graduations(ids), marked)


def old_paper_hashes(papers: IssuedPapers, ids: Sequence[int]) -> dict[int, str]:
    """The hash of what the outdated paper of each of the candidates `ids` says, "" where that is
    not known; one query.
    """
    valid = papers.certificates.objects.filter(candidate_id__among=Ids(ids), voided_at=None)
    return dict(
        valid.filter(old_paper_since__isnull=False).values_list("candidate_id", "old_paper_sha256")
    )


def contents_by_hash(
    papers: IssuedPapers, ids: Sequence[int], hashes: Collection[str]
) -> dict[str, Content]:
    """What the certificates of the candidates `ids` have said under these hashes, whichever version
    it was; one query.
    """
    rows = papers.contents.objects.filter(
        certificate__candidate_id__among=Ids(ids), sha256__in=hashes
    )
    read = (
        (sha256, vouched(body, id_no, sha256, number))
        for number, body, id_no, sha256 in rows.values_list(
            "certificate__number", "body", "id_no", "sha256"
        )
    )
    return {sha256: content for sha256, content in read if content is not None}


def voided_numbers(ids: Sequence[int]) -> dict[int, str]:
    """The number that was last voided for each of the candidates `ids` that has one; one query."""
    rows = Certificate.objects.filter(candidate_id__among=Ids(ids), voided_at__isnull=False)
    return dict(rows.order_by("voided_at", "id").values_list("candidate_id", "number"))


def valid_in(batch: Batch | None) -> int:
    """How many valid certificates there are in a batch."""
    return Certificate.objects.filter(candidate__batch=batch, voided_at=None).count()


def degree_days(batch: Batch) -> dict[date, int]:
    """The days on the valid degree certificates of a batch, and how many have each; one query."""
    rows = DegreeCertificate.objects.filter(candidate__batch=batch, voided_at=None).order_by()
    return dict(rows.values("granted_on").annotate(n=Count("id")).values_list("granted_on", "n"))


def valid_of_plans(plans: Collection[int], actor: Actor | None) -> int:
    """How many valid certificates, as far as `actor` sees them, the students of these plans have."""
    return (
        certificates_of(actor)
        .filter(voided_at=None, candidate__student__plan_id__among=sorted(plans))
        .count()
    )


def degree_numbers(ids: Sequence[int]) -> dict[int, str]:
    """The number of the valid degree certificate of each of the candidates `ids` that has one."""
    valid = DegreeCertificate.objects.filter(candidate_id__among=Ids(ids), voided_at=None)
    return dict(valid.values_list("candidate_id", "number"))


def degree_numbers_sent(ids: Sequence[int]) -> dict[int, str]:
    """The 学位证书编号 that headquarters sent for each of the candidates `ids`, unless it is spent or
    sent for two.
    """
    spent = DegreeCertificate.objects.values("number")
    sent = IncomingNumber.objects.exclude(degree_number="")
    twice = (
        sent.values("degree_number")
        .annotate(times=Count("id"))
        .filter(times__gt=1)
        .values("degree_number")
    )
    of_batch = sent.filter(
        batch=F("student__candidates__batch"), student__candidates__id__among=Ids(ids)
    )
    usable = of_batch.exclude(degree_number__in=spent).exclude(degree_number__in=twice)
    return dict(usable.values_list("student__candidates__id", "degree_number"))


def granted_at(ids: Sequence[int]) -> dict[int, datetime]:
    """When the degree of each of the candidates `ids` was last granted; one query, none for no ids."""
    if not ids:
        return {}
    events = Event.objects.filter(
        candidate_id__among=Ids(ids), verb=Verb.DEGREE_GRANT.value
    ).order_by("id")
    return dict(events.values_list("candidate_id", "at"))


def granted_on(ids: Sequence[int]) -> dict[int, date]:
    """The day on which the degree of each of the candidates `ids` was last granted; one query, none
    for no ids.
    """
    return {pk: office_day(at) for pk, at in granted_at(ids).items()}
