"""补录: contents for certificates that were numbered before contents were kept, and rows for their degree numbers.

Run by `graduand init` after every upgrade; safe to run again, in short transactions, and a killed run is gone on with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Count

from graduand.models import (
    Certificate,
    CertificateContent,
    DegreeCertificate,
    DegreeContent,
    Event,
    PolicyVersion,
)
from graduand.models.engine import Ids
from graduand.office.issuing import contents
from graduand.queries import clock, issued
from graduand.rulebook.certificate_content import Content, degree, graduation
from graduand.rulebook.numbering import check_degree, parse_degree
from graduand.rulebook.policy import BatchPolicy
from graduand.rulebook.terms import DegreeState, Level, Verb

SIZE = 500


@dataclass(slots=True)
class Filled:
    """How many contents and degree certificates were written, and how many certificates could get none."""

    contents: int = 0
    degrees: int = 0
    left: int = 0


def fill(size: int = SIZE) -> Filled:
    """Everything that is missing and can be known."""
    filled, last = Filled(), 0
    while True:
        missing = Certificate.objects.filter(contents=None, pk__gt=last).select_related("candidate").order_by("pk")
        piece = list(missing[:size])
        if not piece:
            break
        last = piece[-1].pk
        with transaction.atomic():
            found = list(_contents(piece))
            contents.keep(CertificateContent, found, clock.now(), None)
        filled.contents += len(found)
        filled.left += len(piece) - len(found)
    filled.degrees = _fill_degrees(size)
    return filled


def _contents(piece: list[Certificate]) -> Iterator[tuple[int, int, Content]]:
    """By the policy that the numbering event names, and the record as it stands; nothing where nobody signed."""
    people = issued.persons([one.candidate_id for one in piece])
    policies = _Policies(piece)
    for one in piece:
        policy = policies.of(one)
        if policy is not None:
            made = graduation(people[one.candidate_id], policy, one.number, one.photo_sha256)
            yield one.pk, 1, made


class _Policies:
    """The policy under which each certificate was numbered; two queries."""

    def __init__(self, piece: list[Certificate]) -> None:
        numbered = Event.objects.filter(candidate_id__among=Ids([one.candidate_id for one in piece]), verb=Verb.CERTIFY.value)
        self.digests = dict(numbered.values_list("number", "policy_digest"))
        versions = PolicyVersion.objects.filter(batch__in={one.candidate.batch_id for one in piece}).order_by("number")
        self.versions: dict[int, list[tuple[str, BatchPolicy]]] = {}
        for batch, digest, source in versions.values_list("batch_id", "digest", "source"):
            self.versions.setdefault(batch, []).append((digest, BatchPolicy.from_dict(source)))

    def of(self, one: Certificate) -> BatchPolicy | None:
        """The version that numbered it; where that names nobody who signs, the next one that does."""
        every = self.versions.get(one.candidate.batch_id, [])
        digests = [digest for digest, _ in every]
        named = self.digests.get(one.number, "")
        first = digests.index(named) if named in digests else max(len(every) - 1, 0)
        for _, policy in every[first:]:
            if policy.principal(one.issue_date):
                return replace(policy, issue_date=one.issue_date)
        return None


# -- degree numbers that stood on the certificate ------------------------------------------------------------------


def _fill_degrees(size: int) -> int:
    told = Certificate.objects.exclude(degree_number="")
    several = told.values("degree_number").annotate(times=Count("id")).filter(times__gt=1)
    twice = set(several.values_list("degree_number", flat=True))
    made, last = 0, 0
    while piece := list(
        told.filter(pk__gt=last, voided_at=None).select_related("candidate__student").order_by("pk")[:size]
    ):
        last = piece[-1].pk
        with transaction.atomic():
            made += _move_degrees([one for one in piece if one.degree_number not in twice])
    return made


def _move_degrees(piece: list[Certificate]) -> int:
    """Those that are legal become degree certificates; the others stay where they are, for `graduand doctor` to name."""
    candidates = [one.candidate_id for one in piece]
    days, given = issued.granted_on(candidates), issued.degree_numbers(candidates)
    rows = DegreeCertificate.objects.filter(number__in=[one.degree_number for one in piece])
    taken = set(rows.values_list("number", flat=True))
    policies, people = _Policies(piece), issued.persons(candidates)
    moved = 0
    for one in piece:
        pk, policy = one.candidate_id, policies.of(one)
        if policy is None or pk in given or one.degree_number in taken or not _legal(one, policy, pk in days):
            continue
        book, serial = parse_degree(one.degree_number).place
        row = DegreeCertificate.objects.create(
            candidate_id=pk, number=one.degree_number, book=book, serial=serial, granted_on=days[pk],
            photo_sha256=one.photo_sha256, made_at=one.made_at,
        )  # fmt: skip
        content = degree(people[pk], policy, row.number, row.photo_sha256, row.granted_on)
        contents.keep(DegreeContent, [(row.pk, 1, content)], clock.now(), None)
        moved += Certificate.objects.filter(pk=one.pk).update(degree_number="")
    return moved


def _legal(one: Certificate, policy: BatchPolicy, granted: bool) -> bool:
    file = one.candidate
    if not granted or file.degree != DegreeState.GRANTED or file.student.level == Level.JUNIOR:
        return False
    return check_degree(one.degree_number, policy.school.code, policy.issue_date.year) == []
