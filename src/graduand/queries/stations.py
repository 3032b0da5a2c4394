"""The rows of each station's list, as far as an actor sees them, and the conditions of its
criteria.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from graduand.models import (
    Batch,
    Candidate,
    Certificate,
    CertificateContent,
    DegreeCertificate,
    Document,
    Event,
    Grant,
    Handover,
    IdentityCase,
    Intake,
    PhotoRow,
    Round,
    Student,
)
from graduand.queries.audit.degrees import with_degree_number
from graduand.queries.certificates.rosters import OFF
from graduand.queries.certificates.rosters import frozen as frozen_rosters
from graduand.queries.filing.candidate_criteria import may_be_listed
from graduand.queries.identity import case_files
from graduand.queries.listing import UNKNOWN, BadFilter, Criterion, begins, negated_unless, plain
from graduand.queries.scope import Actor, certificates_of, visible
from graduand.rulebook.terms import APPROVED_STAGES, PaperKind, PhotoKind, ReasonCode, Stage, Verb

Rows = QuerySet[Any]
# What makes an archive (notice 五.1); the third of the three is made from the enrolment.
ARCHIVE = (PaperKind.REGISTRATION_FORM, PaperKind.TRANSCRIPT, PaperKind.ENROLMENT_FORM)
GRADUATED = tuple(stage.value for stage in APPROVED_STAGES)
AT_CENTRE = (Stage.RECEIVED.value, Stage.COLLECTED.value)


def file_of(actor: Actor, student: str, column: str = "id") -> Subquery:
    """A column of the file that stands for a row's student, the newest where several do; None when
    it is not to be seen.
    """
    files = visible(actor, Candidate.objects.filter(student=OuterRef(student)))
    return Subquery(files.order_by("aside", "-batch__code").values(column)[:1])


# ---- students


def students(actor: Actor) -> Rows:
    """学生, whatever batch."""
    return visible(actor, Student.objects.all(), student="id")


def pictured(kind: PhotoKind) -> Exists:
    """Whether a row's student has a picture of that kind."""
    return Exists(PhotoRow.objects.filter(student=OuterRef("pk"), kind=kind.value, current=True))


def has_picture(kind: PhotoKind) -> Callable[[bool], Q]:
    """The criterion whether a row's student has a picture of that kind."""
    return lambda there: negated_unless(there, pictured(kind))


def going_on(yes: bool) -> Q:
    """续读本科."""
    return Q(goes_on=yes)


# ---- identity cases


def cases(actor: Actor, batches: case_files.BegunBatches) -> Rows:
    """身份核查: the cases that a doubt of the registry opened, each at the centre of the file in which
    it goes on.

    A frozen file stays with the centre that the student has left: that centre has to act, and the
    new one reads of the case on the student's page. There are few cases, so each looks up its own
    file and student.
    """
    files = case_files.in_order(Candidate.objects.filter(student=OuterRef("student")), batches)
    own = Student.objects.filter(pk=OuterRef("student_id"))
    where = Coalesce(Subquery(files.values("centre_id")[:1]), Subquery(own.values("centre_id")[:1]))
    return visible(actor, IdentityCase.objects.alias(at_centre=where), centre="at_centre")


# ---- archives, certificates, hand-over


def graduates(actor: Actor) -> Rows:
    """Whoever is approved: their archives are put together.

    The stamp says the same as the stage; both are asked for, since one index has the one and one
    the other.
    """
    return visible(actor, Candidate.objects.filter(approved_at__isnull=False, stage__in=GRADUATED))


def has_paper(kind: PaperKind) -> Exists:
    """Whether a paper has arrived for a row's file."""
    return Exists(Document.objects.filter(candidate=OuterRef("pk"), kind=kind.value))


def _recorded() -> Q:
    """Files of the batches in which any arrival was ever recorded: of the others nobody can say
    what is missing.
    """
    return Q(batch__in=Subquery(Document.objects.values("candidate__batch").distinct()))


def recorded(path: str = "batch") -> Exists:
    """Whether any arrival was ever recorded in the batch of a row."""
    return Exists(Document.objects.filter(candidate__batch=OuterRef(path)))


def archived(complete: bool) -> Q:
    """All the papers of the archive have arrived, or one has not."""
    there = Q()
    for kind in ARCHIVE:
        there &= Q(has_paper(kind))
    if complete:
        return there
    return ~there & _recorded()


def lacking(kind: str) -> Q:
    """The paper has not arrived."""
    return ~Q(has_paper(PaperKind(kind))) & _recorded()


def certificates(actor: Actor) -> Rows:
    """证书, the voided ones too."""
    return certificates_of(actor)


def issued_body() -> Subquery:
    """What a certificate says: the last version of its content, as it is kept."""
    versions = CertificateContent.objects.filter(certificate=OuterRef("pk")).order_by("-version")
    return Subquery(versions.values("body")[:1])


def issued_to(file: str = "pk") -> Subquery:
    """What the valid certificate of a row's file says: the last version of its content."""
    contents = CertificateContent.objects.filter(
        certificate__candidate=OuterRef(file), certificate__voided_at=None
    )
    return Subquery(contents.order_by("-version").values("body")[:1])


def as_issued(body: str | None, part: str, on_record: str) -> str:
    """One value of what a certificate says, whatever the record and the plan say since; before
    there is one, the record's.
    """
    if not body:
        return on_record
    return str(json.loads(body)[part])


def at_hand(actor: Actor) -> Rows:
    """Certificates that have come to their centre: waiting for the student, or taken."""
    return visible(actor, Candidate.objects.filter(stage__in=AT_CENTRE))


def valid_certificate(column: str) -> Subquery:
    """A column of a row's valid certificate."""
    return Subquery(
        Certificate.objects.filter(candidate=OuterRef("pk"), voided_at=None).values(column)[:1]
    )


def old_since(file: str) -> Coalesce:
    """Since when the paper of a row's certificate, or of its degree certificate, is outdated by an
    amendment.
    """
    both = (
        kind.objects.filter(candidate=OuterRef(file), voided_at=None)
        for kind in (Certificate, DegreeCertificate)
    )
    return Coalesce(*(Subquery(valid.values("old_paper_since")[:1]) for valid in both))


def voided_from() -> Subquery:
    """The stage from which a row's certificate was voided; none where the paper is lost."""
    events = Event.objects.filter(
        candidate=OuterRef("candidate"), verb=Verb.VOID.value, number=OuterRef("number")
    ).exclude(reason=ReasonCode.LOST.value)
    return Subquery(events.values("from_stage")[:1])


def degree_number(file: str) -> Subquery:
    """The number of the valid degree certificate of a row's file."""
    return Subquery(
        DegreeCertificate.objects.filter(candidate=OuterRef(file), voided_at=None).values("number")[
            :1
        ]
    )


def queryable(there: bool) -> Q:
    """The registration of the valid certificate can be queried."""
    known = Exists(
        Certificate.objects.filter(candidate=OuterRef("pk"), voided_at=None, queryable=True)
    )
    return negated_unless(there, known)


def handed(column: str) -> Subquery:
    """A column of the hand-over of a row's certificate; nothing while it is not handed over."""
    given = Handover.objects.filter(
        candidate=OuterRef("pk"), candidate__stage=Stage.COLLECTED.value
    )
    return Subquery(given.order_by("-id").values(column)[:1])


def rosters(actor: Actor) -> Rows:
    """花名册 with anybody on it that the actor may see."""
    if actor.centres is None:
        return frozen_rosters()
    visible_files = visible(actor, Candidate.objects.filter(roster=OuterRef("pk")))
    return frozen_rosters().filter(Exists(visible_files))


def _off_roster(actor: Actor, batch: Batch | None) -> Rows:
    return visible(actor, Candidate.objects.filter(OFF, batch=batch, stage=Stage.APPROVED.value))


def off_roster(actor: Actor, batch: Batch | None) -> Rows:
    """Approved, on no roster yet, and to be put on the next one."""
    return _off_roster(actor, batch).filter(may_be_listed())


def left_out(
    actor: Actor, batch: Batch | None, most: int
) -> tuple[int, list[tuple[int, str, str]]]:
    """Approved, but as things stand not to be numbered, so on no roster: (how many, the first as
    (file, 学号, name)).
    """
    taken = off_roster(actor, batch).values("id")
    rows = _off_roster(actor, batch).exclude(id__in=taken).order_by("student__number")
    count = rows.count()
    if not count:
        return 0, []
    return count, list(rows.values_list("id", "student__number", "student__name")[:most])


def off_roster_by_batch(actor: Actor, codes: Collection[str]) -> list[tuple[str, int, int]]:
    """(batch, people who wait for its next roster, people whom it leaves out), newest first; one
    query.
    """
    approved = Candidate.objects.filter(OFF, batch__code__in=codes, stage=Stage.APPROVED.value)
    rows = visible(actor, approved).order_by("-batch__code")
    counted = rows.values("batch__code").annotate(
        every=Count("id"), waits=Count("id", filter=may_be_listed())
    )
    return [
        (str(row["batch__code"]), int(row["waits"]), int(row["every"] - row["waits"]))
        for row in counted
    ]


def off_roster_by_round(actor: Actor, batch: Batch | None) -> list[tuple[str, int]]:
    """(round, people who wait for its next roster); one query."""
    rows = (
        off_roster(actor, batch)
        .order_by("round__position")
        .values("round__position", "round__name")
    )
    return [(str(row["round__name"]), int(row["n"])) for row in rows.annotate(n=Count("id"))]


def of_round() -> Criterion:
    """The round of a row, by its name."""

    def offered(_rows: Rows) -> list[tuple[str, str]]:
        names = Round.objects.order_by("position").values_list("name", flat=True)
        return [(name, name) for name in dict.fromkeys(names)]

    return Criterion("round", "轮次", lambda value: Q(round__name=value), offered=offered)


def on_roster(label: str) -> Criterion:
    """The roster of a row's file, by its number."""

    def offered(_rows: Rows) -> list[tuple[str, str]]:
        numbers = frozen_rosters().order_by("number").values_list("number", flat=True)
        return [(str(number), f"第 {number} 号") for number in numbers.distinct()]

    return Criterion(
        "roster",
        label,
        lambda value: Q(roster__number=int(value)),
        offered=offered,
        check=small_number,
    )


def small_number(value: str) -> str:
    """A number from an address. Raises BadFilter."""
    if not (value.isascii() and value.isdigit() and len(value) < 7):
        raise BadFilter(UNKNOWN)
    return str(int(value))


def registered(there: bool) -> Q:
    """The registry answers for the certificate."""
    return Q(queryable=there)


def voided(is_void: bool) -> Q:
    """The certificate was voided; its number is spent."""
    return Q(voided_at__isnull=not is_void)


def on_roster_of(actor: Actor) -> Subquery:
    """How many people of a roster the actor may see."""
    visible_files = visible(actor, Candidate.objects.filter(roster=OuterRef("pk"))).order_by()
    return Coalesce(Subquery(visible_files.values("roster").annotate(n=Count("id")).values("n")), 0)  # type: ignore[return-value]


def left_roster() -> Any:
    """How many people have left a roster since it was made: one who is sent back is no longer
    approved, and the place stays empty.
    """
    there = Candidate.objects.filter(roster=OuterRef("pk")).order_by()
    return F("size") - Coalesce(
        Subquery(there.values("roster").annotate(n=Count("id")).values("n")), 0
    )


# ---- who imported, who confirmed


def intakes(actor: Actor) -> Rows:
    """导入记录: everybody's for headquarters, else those of people at the actor's units."""
    rows = Intake.objects.all()
    if actor.centres is None:
        return rows
    colleagues = Grant.objects.filter(unit__in=actor.centres).values("user")
    return rows.filter(Q(by=actor.user_id) | Q(by__in=colleagues))


def on_trial(trial: bool) -> Q:
    """A trial run stored nothing."""
    return Q(trial=trial)


def with_refusals(some: bool) -> Q:
    """Some rows were refused for an error; those that the end of an import left have none."""
    left = Q(
        plan__ended_at__isnull=False,
        plan__finished_at__isnull=False,
        refused__lte=F("plan__rows") - F("plan__done"),
    )
    return negated_unless(not some, Q(refused=0) | left)


def by_any_number(number: str, student: str, name: str, file: str) -> Criterion:
    """The beginning of a certificate's number, the degree's too, of a 学号 or a name; `file` leads to
    the file's id.
    """

    def where(value: str) -> Q:
        return begins([number, student], name, value) | with_degree_number(value, file)

    return Criterion("q", "编号 / 学号 / 姓名", where, check=plain)
