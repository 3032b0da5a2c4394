"""The database refuses nonsense: for every constraint of the models, an attempt to break it, blamed by name."""

import copy
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F

from graduand.models import (
    Act,
    ArchiveContent,
    Batch,
    Candidate,
    Certificate,
    CertificateContent,
    ChsiReport,
    CourseRow,
    DegreeCertificate,
    DegreeContent,
    DegreeMaterial,
    Document,
    Event,
    Export,
    Grant,
    IdentityCase,
    IncomingNumber,
    Job,
    ListEntry,
    Lot,
    Module,
    Parcel,
    ParcelItem,
    PhotoRow,
    PlanEdition,
    PlanRow,
    PolicyVersion,
    Profile,
    Refusal,
    Result,
    Roster,
    Round,
    Schooling,
    Student,
    Unit,
    User,
)
from graduand.rulebook.terms import Stage, Verb
from tests.acting import act, candidate_at
from tests.factories import enrol, make_season, other_batch
from tests.models import (
    account_attempts,
    desk_attempts,
    import_attempts,
    list_attempts,
    photo_attempts,
)

pytestmark = pytest.mark.django_db  # also what makes pytest-django create the database


@pytest.fixture(scope="module")
def file(django_db_setup, django_db_blocker) -> Iterator[Candidate]:
    """A file at 学生已签领 in a season that has at least one row of everything; every attempt is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield prepared()
        transaction.set_rollback(True)


def prepared() -> Candidate:
    season = make_season()
    file = candidate_at(season, Stage.COLLECTED)
    [other] = enrol(season, 1, photo=False)
    act(season, Verb.APPLY, [other])
    _prepare_facts(file)
    _prepare_papers(season, file)
    account_attempts.prepare(file)
    import_attempts.prepare(file)
    desk_attempts.prepare(file)
    list_attempts.prepare(file)
    photo_attempts.prepare(file)
    return file


def _prepare_facts(file: Candidate) -> None:
    """What is known of the person, and a case."""
    now = file.collected_at
    Schooling.objects.create(student=file.student, start="2006-09", end="2009-07", place="某中学")
    Profile.objects.create(student=file.student)
    DegreeMaterial.objects.create(student=file.student)
    ListEntry.objects.create(round=file.round, candidate=file, listed_on=now)
    IncomingNumber.objects.create(batch=file.batch, student=file.student, number="1" * 18)
    Document.objects.create(candidate=file, kind="transcript", ready_at=now)
    IdentityCase.objects.create(student=file.student, verdict="unsure", opened_at=now)
    Job.objects.create(kind="act", subject=1)


def _prepare_papers(season, file: Candidate) -> None:
    """A parcel, a degree certificate with its content, an export."""
    now = file.collected_at
    Parcel.objects.create(
        sender=season.college,
        receiver=season.hq,
        carrier="顺丰",
        tracking="SF9",
        sealed_at=now,
        sealed_by=season.staff.college,
    )
    ParcelItem.objects.create(parcel=Parcel.objects.latest("id"), candidate=file)
    Certificate.objects.update(blank_no="B1")
    degree = DegreeCertificate.objects.create(
        candidate=file,
        number="5116142023000001",
        book="5116142023",
        serial=1,
        granted_on=now,
        photo_sha256="",
        made_at=now,
    )
    DegreeContent.objects.create(certificate=degree, version=1, body="{}", sha256="0", made_at=now)
    Export.objects.create(
        batch=season.batch,
        kind="chsi",
        run=1,
        name="a",
        state="written",
        sha256="0",
        rows=1,
        held_back=0,
        by=season.staff.hq,
        at=now,
    )


def again(model: type[models.Model], **changes: Any) -> Callable[[Candidate], None]:
    """Store a copy of the newest row of `model`, with `changes` so that no other constraint is in the way."""

    def attempt(file: Candidate) -> None:
        row = copy.copy(model._default_manager.latest("pk"))
        row.pk, row._state.adding = None, True
        for name, value in changes.items():
            setattr(row, name, value() if callable(value) else value)
        row.save(force_insert=True)

    return attempt


def changed(model: type[models.Model], **changes: Any) -> Callable[[Candidate], None]:
    """Write `changes` into the newest row of `model`."""
    return lambda file: model._default_manager.filter(
        pk=model._default_manager.latest("pk").pk
    ).update(**changes)


def wrong(**changes: Any) -> Callable[[Candidate], None]:
    """Write `changes` into the file."""
    return lambda file: Candidate.objects.filter(pk=file.pk).update(**changes)


def other() -> Candidate:
    """The other student's file."""
    return Candidate.objects.latest("pk")


def twin(**changes: Any) -> Callable[[Candidate], None]:
    """Write the file's application, stage and roster place into the other file, but for `changes`."""

    def attempt(file: Candidate) -> None:
        stamps = [*(f"{stamp}_at" for stamp in STAMPS), *(f"{stamp}_by" for stamp in STAMPS[:3])]
        same = {
            name: getattr(file, name)
            for name in ("stage", "round", "reported_no", "roster", "roster_no", *stamps)
        }
        Candidate.objects.filter(pk=other().pk).update(**{**same, **changes})

    return attempt


def second_live(file: Candidate) -> None:
    season_batch = Batch.objects.get()
    later = other_batch(type("S", (), {"batch": season_batch}))
    # no batch lists somebody with a certificate, so the row is made by hand
    Candidate.objects.create(
        batch=later,
        student=file.student,
        centre=file.centre,
        stage=Stage.RETURNED,
        round=later.rounds.get(),
    )


STAMPS = ("applied", "endorsed", "approved", "certified", "shipped", "received", "collected")
DAY = timedelta(days=1)
NO_ROSTER: dict[str, Any] = {"roster": None, "roster_no": None}

ATTEMPTS: dict[str, Callable[[Candidate], Any]] = {
    "unit_only_hq_has_no_parent": lambda file: Unit.objects.filter(kind="centre").update(
        parent=None
    ),
    "unit_kind_known": changed(Unit, kind="shop"),
    "export_run_once": again(Export),
    "export_state_says_what_or_why": changed(Export, state="failed"),
    "grant_once": again(Grant),
    "grant_until_after_since": changed(Grant, since="2023-02-02", until="2023-02-01"),
    "policy_version_once": again(PolicyVersion),
    "round_once_a_batch": again(Round),
    "roster_number_once": again(Roster),
    "act_cursor_within_total": changed(Act, total=0, cursor=1, done=1, refused=0),
    "act_counts_add_up": changed(Act, done=F("done") + 1),
    "lot_number_once_a_round": again(Lot, first_no=99),
    "lot_block_once_a_round": again(Lot, number=99),
    "refusal_once_an_act": again(Refusal),
    "plan_cap_is_a_ratio": changed(PlanRow, exempt_cap="1.5"),
    "plan_edition_once": again(PlanEdition),
    "module_once_a_plan": again(Module),
    "course_once_a_plan": again(CourseRow),
    "schooling_once_a_start": again(Schooling),
    "candidate_once_a_batch": again(Candidate),
    "candidate_one_live_file_a_student": second_live,
    "candidate_reported_no_once": twin(**NO_ROSTER),
    "candidate_roster_no_once": twin(reported_no=99),
    "candidate_stage_known": wrong(stage="lost", **NO_ROSTER),
    "candidate_in_motion_has_a_round": wrong(round=None),
    "candidate_roster_and_number_together": wrong(roster=None),
    "candidate_on_a_roster_is_approved": wrong(stage=Stage.RETURNED.value),
    **{
        f"candidate_{stamp}_has_its_stamp": wrong(
            **{
                f"{stamp}_at": None,
                "stage": stamp,
                **NO_ROSTER,
                **({f"{stamp}_by": None} if stamp in STAMPS[:3] else {}),
            }
        )
        for stamp in STAMPS
    },
    **{
        f"candidate_{b}_at_not_before_{a}_at": wrong(**{f"{b}_at": F(f"{a}_at") - DAY})
        for a, b in zip(STAMPS, STAMPS[1:], strict=False)
    },
    **{
        f"candidate_{stamp}_by_and_when_together": wrong(**{f"{stamp}_by": None})
        for stamp in STAMPS[:3]
    },
    "list_entry_once": again(ListEntry),
    "certificate_serial_once_a_book": again(
        Certificate, number="9" * 18, blank_no=None, candidate=other
    ),
    "certificate_one_valid_a_candidate": again(
        Certificate, number="9" * 18, blank_no=None, serial=9
    ),
    "degree_old_paper_is_marked": lambda file: DegreeCertificate.objects.update(
        old_paper_sha256="a" * 64
    ),
    "certificate_old_paper_is_marked": lambda file: Certificate.objects.update(
        old_paper_sha256="a" * 64
    ),
    "certificate_voided_by_different_people": lambda file: Certificate.objects.update(
        voided_at=file.collected_at,
        voided_by=User.objects.latest("pk"),
        void_second=User.objects.latest("pk"),
    ),
    "certificate_void_needs_two_people": lambda file: Certificate.objects.update(
        voided_at=file.collected_at, voided_by=User.objects.latest("pk")
    ),
    "certificate_cancelled_is_not_queryable": lambda file: Certificate.objects.update(
        queryable=True, cancelled_on=file.collected_at
    ),
    "certificate_content_once_a_version": again(CertificateContent),
    "degree_serial_once_a_book": again(DegreeCertificate, number="9" * 16, candidate=other),
    "degree_one_valid_a_candidate": again(DegreeCertificate, number="9" * 16, serial=9),
    "degree_content_once_a_version": again(DegreeContent),
    "incoming_number_once": again(IncomingNumber, number="2" * 18),
    "document_once_a_kind": again(Document),
    "chsi_once_a_day": again(ChsiReport),
    "case_one_that_holds": again(IdentityCase),
    "case_who_and_when_together": lambda file: IdentityCase.objects.update(
        filed_at=file.collected_at
    ),
    "job_once_a_subject": again(Job),
    "parcel_tracking_once": again(Parcel, carrier="另一承运单位"),
    "parcel_receipt_who_and_when_together": lambda file: Parcel.objects.update(
        received_at=file.collected_at
    ),
    "parcel_item_in_one_open_parcel": again(ParcelItem),
    "photo_one_current_a_kind": again(PhotoRow),
    "result_once": again(Result),
    **account_attempts.attempts(again, changed),
    **desk_attempts.attempts(again, changed),
    **import_attempts.attempts(again),
    **list_attempts.attempts(again),
    **photo_attempts.attempts(again, changed),
}
FIELDS: dict[str, Callable[[Candidate], Any]] = {
    "unit.code": again(Unit),
    "user.username": again(User),
    "batch.code": again(Batch),
    "act.key": again(Act),
    "planrow.code": again(PlanRow),
    "student.number": again(Student),
    "profile.student": again(Profile),
    "degreematerial.student": again(DegreeMaterial),
    "certificate.number": again(Certificate, serial=9, blank_no=None, candidate=other),
    "certificate.blank_no": again(Certificate, number="9" * 18, serial=9, candidate=other),
    "archivecontent.certificate": again(ArchiveContent),
    "degreecertificate.number": again(DegreeCertificate, serial=9, candidate=other),
    "incomingnumber.number": again(IncomingNumber, student=lambda: other().student),
    **account_attempts.fields(again),
    **desk_attempts.fields(again),
    **import_attempts.fields(again),
    **list_attempts.fields(again),
    **photo_attempts.fields(again),
}


def constraints() -> dict[str, tuple[type[models.Model], Any]]:
    found = {}
    for model in apps.get_app_config("graduand").get_models():
        found |= {constraint.name: (model, constraint) for constraint in model._meta.constraints}
    return found


def refused(attempt: Callable[[Candidate], Any], file: Candidate) -> str:
    """The database's words when it refuses."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        attempt(file)
    return str(refusal.value)


def blamed(model: type[models.Model], constraint: Any, words: str) -> bool:
    """PostgreSQL names the constraint; SQLite a check by its name, a unique one by its columns."""
    if connection.vendor == "postgresql" or isinstance(constraint, models.CheckConstraint):
        return constraint.name in words
    columns = [
        f"{model._meta.db_table}.{model._meta.get_field(name).column}" for name in constraint.fields
    ]
    return words == f"UNIQUE constraint failed: {', '.join(columns)}"


def test_every_constraint_is_attempted():
    assert sorted(ATTEMPTS) == sorted(constraints())
    unique = [
        f"{model._meta.model_name}.{field.name}"
        for model in apps.get_app_config("graduand").get_models()
        for field in model._meta.fields
        if field.unique and not field.primary_key
    ]
    assert sorted(FIELDS) == sorted(unique)


@pytest.mark.parametrize("name", ATTEMPTS)
def test_the_database_refuses(file, name):
    model, constraint = constraints()[name]
    words = refused(ATTEMPTS[name], file)
    assert blamed(model, constraint, words), words


@pytest.mark.parametrize("name", FIELDS)
def test_the_database_refuses_a_second(file, name):
    words = refused(FIELDS[name], file)
    model, _, field = name.partition(".")
    column = apps.get_model("graduand", model)._meta.get_field(field).column
    assert f"_{model}.{column}" in words or f"({column})" in words, words


@pytest.mark.parametrize(
    "attempt",
    [
        lambda rows: rows.update(note="又"),
        lambda rows: rows.delete(),
        lambda rows: rows.latest("id").delete(),
        lambda rows: rows._raw_delete("default"),
    ],
    ids=["update", "delete", "delete one", "raw delete"],
)
def test_events_are_append_only(file, attempt):
    before = list(Event.objects.values())
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        attempt(Event.objects.all())
    assert list(Event.objects.values()) == before


def test_what_a_file_hangs_on_is_not_deleted(file):
    """O06: nobody loses a student with a file."""
    for row in (file, file.student, file.centre, file.batch, file.round, file.applied_by):
        with pytest.raises(models.ProtectedError):
            row.delete()
