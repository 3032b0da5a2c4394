"""补录: contents, archives and editions of certificates numbered before those were stored, rows for
degree numbers, what degrees were granted by, and labels of parcels sealed before labels were
stored.

Run by `graduand init` after every upgrade, in short transactions; safe to repeat and to continue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Count

from graduand.models import (
    Batch,
    Candidate,
    Certificate,
    CertificateContent,
    DegreeCertificate,
    DegreeContent,
    DegreeGrant,
    Event,
    Parcel,
    ParcelItem,
    PolicyVersion,
)
from graduand.models.engine import Ids, engine_of
from graduand.office.audit import auditing
from graduand.office.certificates.issuing import archives, contents, editions
from graduand.queries import clock, judging
from graduand.queries.audit import academics
from graduand.queries.basis import policy_at, policy_of
from graduand.queries.certificates import granted, issued
from graduand.queries.dispatch import parcel_labels
from graduand.queries.papers import archives as looking
from graduand.rulebook.certificates.certificate_content import Content, degree, graduation
from graduand.rulebook.certificates.numbering import check_degree, parse_degree
from graduand.rulebook.facts import Plan
from graduand.rulebook.papers.archive_content import Archive
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import DegreeState, Level, Verb

SIZE = 500
_CERTIFICATE = Certificate._meta.db_table


@dataclass(slots=True)
class BackfillTally:
    """How many contents, degree certificates, archives and labels were written; how many
    certificates got no content, and how many an edition.
    """

    contents: int = 0
    degrees: int = 0
    left: int = 0
    archives: int = 0
    labels: int = 0
    editions: int = 0
    grants: int = 0


def fill(size: int = SIZE) -> BackfillTally:
    """Everything that is missing and can be known."""
    filled = BackfillTally()
    last = 0
    while True:
        missing = (
            Certificate.objects.filter(contents=None, pk__gt=last)
            .select_related("candidate")
            .order_by("pk")
        )
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
    filled.archives = _fill_archives(size)
    filled.labels = _fill_labels(size)
    filled.editions = _fill_editions(size)
    filled.grants = _fill_grants(size)
    return filled


def _contents(piece: list[Certificate]) -> Iterator[tuple[int, int, Content]]:
    """Contents by the policy that numbered each, and today's record; none where nobody signed."""
    people = issued.persons([certificate.candidate_id for certificate in piece])
    policies = _Policies(piece)
    for certificate in piece:
        policy = policies.of(certificate)
        if policy is not None:
            made = graduation(
                people[certificate.candidate_id],
                policy,
                certificate.number,
                certificate.photo_sha256,
            )
            yield certificate.pk, 1, made


class _Version(NamedTuple):
    """A version of a batch's policy."""

    pk: int
    digest: str
    policy: BatchPolicy


class _Policies:
    """The policy under which each certificate was numbered; two queries."""

    def __init__(self, piece: list[Certificate]) -> None:
        numbered = Event.objects.filter(
            candidate_id__among=Ids([certificate.candidate_id for certificate in piece]),
            verb=Verb.CERTIFY.value,
        )
        self.digests = dict(numbered.values_list("number", "policy_digest"))
        versions = PolicyVersion.objects.filter(
            batch__in={certificate.candidate.batch_id for certificate in piece}
        ).order_by("number")
        self.versions: dict[int, list[_Version]] = {}
        for batch, pk, digest, source in versions.values_list("batch_id", "id", "digest", "source"):
            self.versions.setdefault(batch, []).append(
                _Version(pk, digest, BatchPolicy.from_dict(source))
            )

    def of(self, one: Certificate) -> BatchPolicy | None:
        """The policy version that numbered it; where that names no principal, the next that does."""
        for version in self._since(one):
            if version.policy.principal(one.issue_date):
                return replace(version.policy, issue_date=one.issue_date)
        return None

    def named(self, one: Certificate) -> _Version:
        """The policy version that numbered it; where the event names none, the last one."""
        return self._since(one)[0]

    def _since(self, one: Certificate) -> list[_Version]:
        every = self.versions.get(one.candidate.batch_id, [])
        digests = [version.digest for version in every]
        named = self.digests.get(one.number, "")
        if named in digests:
            return every[digests.index(named) :]
        return every[-1:]


# -- archives, and labels of parcels
# ------------------------------------------------------------------------------


def _fill_archives(size: int) -> int:
    """Archives of valid certificates, by today's record."""
    made = 0
    last = 0
    while True:
        missing = Certificate.objects.filter(
            archive=None, voided_at=None, pk__gt=last
        ).select_related("candidate")
        piece = list(missing.order_by("pk")[:size])
        if not piece:
            return made
        last = piece[-1].pk
        with transaction.atomic():
            archives.keep(_archives(piece), clock.now(), None)
        made += len(piece)


def _archives(piece: list[Certificate]) -> Iterator[tuple[int, str, Archive]]:
    """The archive by today's record; plan and 自我鉴定 by the policy that numbered each."""
    policies = _Policies(piece)
    plans = academics.plans()
    under = defaultdict[str, list[Certificate]](list)
    for certificate in piece:
        under[policies.named(certificate).policy.digest].append(certificate)
    for numbered in under.values():
        policy = policies.named(numbered[0]).policy
        terms = looking.Terms(
            academics.compiled(plans, policy), policy.self_appraisal_min_chars, clock.today()
        )
        archives = looking.on_record([certificate.candidate_id for certificate in numbered], terms)
        yield from (
            (certificate.pk, certificate.number, archives[certificate.candidate_id])
            for certificate in numbered
        )


def _fill_editions(size: int) -> int:
    """Editions of valid certificates: today's plan, under the policy that numbered each. Files
    judged by another policy since are judged again.
    """
    made = 0
    last = 0
    plans = academics.plans()
    while True:
        missing = Certificate.objects.filter(edition=None, voided_at=None, pk__gt=last)
        piece = list(
            missing.select_related("candidate__student", "candidate__batch").order_by("pk")[:size]
        )
        if not piece:
            return made
        last = piece[-1].pk
        with transaction.atomic(), connection.cursor() as cursor:
            policies = _Policies(piece)
            rows = list(_editions(piece, policies, plans))
            made += engine_of().update_each(
                cursor, _CERTIFICATE, "id", {"edition_id": "bigint"}, "edition_id IS NULL", rows
            )
            _judge_again(piece, policies)


def _judge_again(piece: list[Certificate], policies: _Policies) -> None:
    """Files whose certificate was numbered by another policy than the one in force."""
    files = [
        certificate.candidate
        for certificate in piece
        if policies.named(certificate).pk != certificate.candidate.batch.policy_id
    ]
    followed = [
        (file.pk, file.batch_id, judging.is_followed(file.batch.closed_at, file.stage))
        for file in files
    ]
    auditing.mark(followed, "补录了编号时的规定")


def _editions(
    piece: list[Certificate], policies: _Policies, plans: Mapping[int, Plan]
) -> Iterator[tuple[int, int]]:
    """(certificate, edition); a few queries per version of a policy."""
    under = defaultdict[int, list[Certificate]](list)
    for certificate in piece:
        under[policies.named(certificate).pk].append(certificate)
    for numbered in under.values():
        version = policies.named(numbered[0])
        batch = numbered[0].candidate.batch_id
        studied = {certificate.candidate.student.plan_id for certificate in numbered}
        audits = [academics.audit_of(plans[plan], version.policy) for plan in sorted(studied)]
        kept = editions.keep(audits, version.pk, batch, clock.now(), None)
        yield from (
            (certificate.pk, kept[plans[certificate.candidate.student.plan_id].code])
            for certificate in numbered
        )


def _fill_grants(size: int) -> int:
    """Editions of granted degrees: today's plan, under the policy in force at the grant."""
    made = 0
    last = 0
    plans = academics.plans()
    while True:
        missing = Candidate.objects.filter(
            degree=DegreeState.GRANTED.value, degree_grants=None, pk__gt=last
        )
        piece = list(missing.select_related("student", "batch").order_by("pk")[:size])
        if not piece:
            return made
        last = piece[-1].pk
        with transaction.atomic():
            made += len(DegreeGrant.objects.bulk_create(_grants(piece, plans)))


def _grants(piece: list[Candidate], plans: Mapping[int, Plan]) -> Iterator[DegreeGrant]:
    """Nothing without the event of a grant; a few queries per batch and version of its policy."""
    moments = issued.granted_at([file.pk for file in piece])
    under = defaultdict[tuple[int, int], list[Candidate]](list)
    for batch in {file.batch for file in piece}:
        files = {file.pk: file for file in piece if file.batch_id == batch.pk}
        versions = granted.versions_at(
            {pk: moments[pk] for pk in files if pk in moments}, batch.code
        )
        for pk in (pk for pk in files if pk in moments):
            _, version = versions.get(pk, ("", batch.policy_id or 0))
            under[batch.pk, version].append(files[pk])
    for (number, version), people in under.items():
        policy = policy_at(*PolicyVersion.objects.values_list("digest", "id").get(pk=version))
        studied = sorted({file.student.plan_id for file in people})
        audits = [academics.audit_of(plans[plan], policy) for plan in studied]
        kept = editions.keep(audits, version, number, clock.now(), None)
        for file in people:
            yield DegreeGrant(
                candidate=file,
                edition_id=kept[plans[file.student.plan_id].code],
                at=moments[file.pk],
            )


def _fill_labels(size: int) -> int:
    """Labels by today's units, and the policy of the batch whose papers travel."""
    made = 0
    while piece := list(Parcel.objects.filter(labelled_at=None).order_by("pk")[:size]):
        places = parcel_labels.places()
        policies = _policies_of(piece)
        for parcel in piece:
            parcel.label = asdict(
                parcel_labels.today(
                    places, parcel.sender_id, parcel.receiver_id, policies[parcel.pk]
                )
            )
            parcel.labelled_at = clock.now()
        with transaction.atomic():
            Parcel.objects.bulk_update(piece, ["label", "labelled_at"])
        made += len(piece)
    return made


def _policies_of(parcels: Iterable[Parcel]) -> dict[int, BatchPolicy]:
    batches = dict(
        ParcelItem.objects.filter(parcel__in=parcels)
        .order_by("-pk")
        .values_list("parcel", "candidate__batch")
    )
    known = {
        pk: policy_of(batch) for pk, batch in Batch.objects.in_bulk(set(batches.values())).items()
    }
    return {parcel: known[batch] for parcel, batch in batches.items()}


# -- degree numbers that stood on the certificate
# ------------------------------------------------------------------


def _fill_degrees(size: int) -> int:
    numbered = Certificate.objects.exclude(degree_number="")
    several = numbered.values("degree_number").annotate(times=Count("id")).filter(times__gt=1)
    twice = set(several.values_list("degree_number", flat=True))
    made = 0
    last = 0
    while piece := list(
        numbered.filter(pk__gt=last, voided_at=None)
        .select_related("candidate__student")
        .order_by("pk")[:size]
    ):
        last = piece[-1].pk
        with transaction.atomic():
            made += _move_degrees(
                [certificate for certificate in piece if certificate.degree_number not in twice]
            )
    return made


def _move_degrees(piece: list[Certificate]) -> int:
    """Legal numbers become degree certificates; `graduand doctor` names the others."""
    candidates = [certificate.candidate_id for certificate in piece]
    days = issued.granted_on(candidates)
    given = issued.degree_numbers(candidates)
    rows = DegreeCertificate.objects.filter(
        number__in=[certificate.degree_number for certificate in piece]
    )
    taken = set(rows.values_list("number", flat=True))
    policies = _Policies(piece)
    people = issued.persons(candidates)
    moved = 0
    for certificate in piece:
        pk = certificate.candidate_id
        policy = policies.of(certificate)
        if (
            policy is None
            or pk in given
            or certificate.degree_number in taken
            or not _legal(certificate, policy, pk in days)
        ):
            continue
        row = _degree_certificate(certificate, days[pk])
        content = degree(people[pk], policy, row.number, row.photo_sha256, row.granted_on)
        contents.keep(DegreeContent, [(row.pk, 1, content)], clock.now(), None)
        moved += Certificate.objects.filter(pk=certificate.pk).update(degree_number="")
    return moved


def _degree_certificate(one: Certificate, granted_on: date) -> DegreeCertificate:
    """The row of the degree's own certificate, as old as the certificate that its number was on."""
    book, serial = parse_degree(one.degree_number).place
    return DegreeCertificate.objects.create(
        candidate_id=one.candidate_id,
        number=one.degree_number,
        book=book,
        serial=serial,
        granted_on=granted_on,
        photo_sha256=one.photo_sha256,
        made_at=one.made_at,
    )


def _legal(one: Certificate, policy: BatchPolicy, has_one: bool) -> bool:
    file = one.candidate
    if not has_one or file.degree != DegreeState.GRANTED or file.student.level == Level.JUNIOR:
        return False
    return check_degree(one.degree_number, policy.school.code, policy.issue_date.year) == []
