"""A season with work at every desk: files at each stage, written straight into the tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from graduand.benchmarks import season
from graduand.models import (
    Act,
    Batch,
    Candidate,
    Certificate,
    Document,
    Grant,
    Handover,
    IdentityCase,
    Intake,
    Job,
    Judgement,
    Parcel,
    ParcelItem,
    Roster,
    Round,
    Student,
    Unit,
    User,
)
from graduand.models.engine import engine_of
from graduand.office.queue import orders
from graduand.office.season import batches
from graduand.queries import clock
from graduand.queries.basis import basis_of
from graduand.queries.review.finding_codes import mask
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import HandoverMethod as How
from graduand.rulebook.terms import JobState, Level, PaperKind, Role, Stage, UnitKind, Verb

PIECE = season.PIECE
# How many of every twenty files are at each stage.
SPREAD = (
    (Stage.LISTED, 8),
    (Stage.RETURNED, 1),
    (Stage.APPLIED, 3),
    (Stage.ENDORSED, 2),
    (Stage.APPROVED, 1),
    (Stage.CERTIFIED, 1),
    (Stage.SHIPPED, 1),
    (Stage.RECEIVED, 1),
    (Stage.COLLECTED, 2),
)
STAGES = [stage for stage, count in SPREAD for _ in range(count)]
# The stages after filing, and the column that each stamps.
WAY = (
    Stage.APPLIED,
    Stage.ENDORSED,
    Stage.APPROVED,
    Stage.CERTIFIED,
    Stage.SHIPPED,
    Stage.RECEIVED,
    Stage.COLLECTED,
)
STAMPS = (
    "applied_at",
    "endorsed_at",
    "approved_at",
    "certified_at",
    "shipped_at",
    "received_at",
    "collected_at",
)
IN_PARCEL = 100
Say = Callable[[str], None]


def build(people: int, say: Say) -> tuple[Batch, dict[str, User]]:
    """(the batch, an account for each desk): `people` students, a centre for every 1,000 of them,
    and a college for every 20 centres.
    """
    users = _units(people)
    plans = [season.plan(n) for n in range(4)]
    centres = list(
        Unit.objects.filter(kind=UnitKind.CENTRE.value).order_by("id").values_list("id", flat=True)
    )
    for start in range(0, people, PIECE):
        _students(
            range(start, min(start + PIECE, people)),
            centres,
            [plan.pk for plan in plans],
            users["hq"],
        )
        say(f"学生 {min(start + PIECE, people):,} / {people:,}")
    batch = batches.load(season.policy(), users["hq"].pk).batch
    _files(batch, users, say)
    _records(batch, users)
    # No judging is left to do, as is nearly always the case when a page is opened.
    orders.leave(WorkKind.AUDIT, batch.pk)
    with connection.cursor() as cursor:
        cursor.execute(season.ANALYZE[connection.vendor])
    return batch, users


def _units(people: int) -> dict[str, User]:
    hq = Unit.objects.create(code="HQ", name="总部", kind=UnitKind.HQ.value)
    count = max(2, people // 1_000)
    colleges = [
        Unit.objects.create(
            code=f"C{n:03}", name=f"学院{n}", kind=UnitKind.COLLEGE.value, parent=hq
        )
        for n in range(max(1, count // 20))
    ]
    centres = [
        Unit.objects.create(
            code=f"X{n:05}",
            name=f"学习中心{n}",
            kind=UnitKind.CENTRE.value,
            parent=colleges[n % len(colleges)],
        )
        for n in range(count)
    ]
    users = {}
    for name, role, unit in (
        ("hq", Role.HQ_REVIEWER, hq),
        ("college", Role.COLLEGE_REVIEWER, colleges[0]),
        ("centre", Role.CENTRE_CLERK, centres[0]),
    ):
        users[name] = User.objects.create_user(name, "测量")
        Grant.objects.create(user=users[name], role=role.value, unit=unit)
    return users


@transaction.atomic
def _students(span: range, centres: list[int], plans: list[int], by: User) -> None:
    entry = season.ENTRY.ordinal
    Student.objects.bulk_create(
        Student(
            number=f"21{n:011}",
            name=f"{'王李张刘陈杨赵黄周吴'[n % 10]}学生{n % 997}",
            sex="1",
            birth=date(1995, 1, 1),
            nation="汉族",
            id_kind="1",
            id_no="11010519900307123X",
            mobile="13800001234",
            entry=entry - n % 3,
            standing="enrolled",
            centre_id=centres[n % len(centres)],
            category="开放",
            level=Level.JUNIOR.value,
            plan_id=plans[n % 4],
            class_name=f"测量{n % 50}班",
            goes_on=n % 50 == 0,
        )
        for n in span
    )
    numbers = Student.objects.filter(
        number__gte=f"21{span[0]:011}", number__lte=f"21{span[-1]:011}"
    )
    season.pictures(list(numbers.order_by("number").values_list("id", flat=True)), by)


def _files(batch: Batch, users: dict[str, User], say: Say) -> None:
    """A file for everybody, spread over the stages, with what its stage implies."""
    students = list(Student.objects.order_by("number").values_list("id", "centre_id", "number"))
    filing_round = Round.objects.filter(batch=batch).order_by("position")[0]
    now = clock.now() - timedelta(days=2)
    roster = Roster.objects.create(
        batch=batch,
        round=filing_round,
        number=1,
        size=len(students),
        frozen_at=now,
        frozen_by=users["hq"],
    )
    Candidate.objects.filter(batch=batch).delete()
    maker = _RowWriter(batch, filing_round, roster, users, now)
    for start in range(0, len(students), PIECE):
        piece = students[start : start + PIECE]
        with transaction.atomic():
            maker.write(piece, start)
        say(f"档案 {start + len(piece):,} / {len(students):,}")


def _only_if(reached: bool, value: object) -> object:
    """`value` where the file has it at its stage, else None."""
    if reached:
        return value
    return None


class _RowWriter:
    """Writes candidates and their further rows, piece by piece."""

    def __init__(
        self, batch: Batch, turn: Round, roster: Roster, users: dict[str, User], now: datetime
    ) -> None:
        self.batch = batch
        self.turn = turn
        self.roster = roster
        self.users = users
        self.now = now
        self.digest = basis_of(batch).policy.digest
        self.colleges = dict(
            Unit.objects.filter(kind=UnitKind.CENTRE.value).values_list("id", "parent_id")
        )

    def write(self, piece: list[tuple[int, int, str]], start: int) -> None:
        """Write the files of `piece`, (student, centre, 学号); the first one has number `start`."""
        files = self._files(piece, start)
        by_stage: dict[Stage, list[Candidate]] = {}
        for file in files:
            by_stage.setdefault(Stage(file.stage), []).append(file)
        judged = [column.attname for column in Judgement._meta.concrete_fields]
        _insert(
            Judgement,
            judged,
            (self._judgement(start + n, file, judged) for n, file in enumerate(files)),
        )
        done = [file for stage in WAY[3:] for file in by_stage.get(stage, ())]
        Certificate.objects.bulk_create(self._certificate(file) for file in done)
        Document.objects.bulk_create(
            Document(candidate=file, kind=kind.value, ready_at=self.now)
            for file in done
            for kind in (PaperKind.TRANSCRIPT, PaperKind.ENROLMENT_FORM)
        )
        Handover.objects.bulk_create(
            Handover(
                candidate=file,
                method=How.IN_PERSON.value,
                confirmed=True,
                at=self.now,
                by=self.users["centre"],
            )
            for file in by_stage.get(Stage.COLLECTED, ())
        )
        self._parcels(by_stage.get(Stage.SHIPPED, []), start)
        IdentityCase.objects.bulk_create(
            IdentityCase(student_id=file.student_id, verdict="unsure", opened_at=self.now)
            for file in files[::97]
        )

    def _files(self, piece: list[tuple[int, int, str]], start: int) -> list[Candidate]:
        # A synthetic file is written directly at its stage, with everything that the stage implies.
        rows = [self._file(start + n, *one) for n, one in enumerate(piece)]
        _insert(Candidate, list(rows[0]), (tuple(row.values()) for row in rows))
        mine = Candidate.objects.filter(
            batch=self.batch, student__among=[student for student, *_ in piece]
        )
        return list(mine.order_by("id"))

    def _file(self, number: int, student: int, centre: int, own: str) -> dict[str, Any]:
        # every centre has files at every stage
        stage = STAGES[number // len(self.colleges) % len(STAGES)]
        passed = 0
        if stage in WAY:
            passed = WAY.index(stage) + 1
        filed = stage is not Stage.LISTED
        on_roster = passed > WAY.index(Stage.APPROVED) + 1
        at = connection.ops.adapt_datetimefield_value(self.now)
        who = {"applied": "centre", "endorsed": "college", "approved": "hq"}
        return {
            "batch_id": self.batch.pk,
            "student_id": student,
            "centre_id": centre,
            "number": own,
            "stage": stage.value,
            "moved_at": at,
            "degree": "none",
            "approved_photo": "",
            "explanation": "",
            "round_id": _only_if(filed, self.turn.pk),
            "reported_no": _only_if(filed, number + 1),
            "roster_id": _only_if(on_roster, self.roster.pk),
            "roster_no": _only_if(on_roster, number + 1),
            **{name: _only_if(place < passed, at) for place, name in enumerate(STAMPS)},
            **{
                f"{name}_by_id": _only_if(place < passed, self.users[desk].pk)
                for place, (name, desk) in enumerate(who.items())
            },
        }

    def _judgement(self, number: int, file: Candidate, columns: list[str]) -> tuple[Any, ...]:
        fit = number % 6 != 0
        total = 7_600
        codes = 0
        wrong = []
        if not fit:
            total = 7_000
            codes = mask(("CRED-TOTAL", "PHOTO-PLATFORM"))
            wrong = [["CRED-TOTAL", "", "76", "70", "block"]]
            wrong += [["PHOTO-PLATFORM", "", "", "", "block"]]
        values = {
            "candidate_id": file.pk,
            "fit": fit,
            "clear": fit,
            "codes": codes,
            "total": total,
            "hq": 4_000,
            "unmet": json.dumps(wrong),
            "judged_on": _day(self.now.date()),
            "changes_on": None,
            "plan_version": 1,
            "policy_digest": self.digest,
            "grounds": "",
            "degree_lost": False,
            "degree_owed": None,
        }
        return tuple(values[name] for name in columns)

    def _certificate(self, file: Candidate) -> Certificate:
        serial = file.roster_no or 0
        held = None
        if file.stage == Stage.CERTIFIED:
            held = self.colleges[file.centre_id]
        return Certificate(
            candidate=file,
            number=f"511618202306{serial:06}",
            book="511618202306",
            serial=serial,
            issue_date=self.now.date(),
            photo_sha256="0" * 64,
            made_at=self.now,
            queryable=serial % 3 > 0,
            held_by_id=held,
        )

    def _parcels(self, files: list[Candidate], start: int) -> None:
        by_centre: dict[int, list[Candidate]] = {}
        for file in files:
            by_centre.setdefault(file.centre_id, []).append(file)
        for centre, packed in by_centre.items():
            parcel = Parcel.objects.create(
                sender_id=self.colleges[centre],
                receiver_id=centre,
                carrier="邮政",
                tracking=f"YZ{start}-{centre}",
                sealed_at=self.now,
                sealed_by=self.users["college"],
            )
            ParcelItem.objects.bulk_create(
                ParcelItem(parcel=parcel, candidate=file) for file in packed[:IN_PARCEL]
            )


def _records(batch: Batch, users: dict[str, User], count: int = 2_000) -> None:
    """Write the imports and acts that people have confirmed, and the finished jobs of these."""
    now = clock.now()
    Intake.objects.bulk_create(
        Intake(
            kind="students",
            name=f"名单{n}.xlsx",
            sha256="0" * 64,
            trial=False,
            by=user,
            at=now,
            rows=100,
            created=100,
            kept=True,
        )
        for n in range(count)
        for user in users.values()
    )
    _finished_acts(batch, users, count, now)


def _finished_acts(batch: Batch, users: dict[str, User], count: int, now: datetime) -> None:
    Act.objects.bulk_create(
        Act(
            key=f"{user.username}{n}",
            verb=Verb.APPLY.value,
            batch=batch,
            actor=user,
            desk="centre",
            total=0,
            confirmed_at=now,
            finished_at=now,
        )
        for n in range(count)
        for user in users.values()
    )
    acts = Act.objects.filter(batch=batch).values_list("id", "actor_id")
    Job.objects.bulk_create(
        Job(kind="act", subject=act, by_id=by, state=JobState.DONE.value, beat_at=now)
        for act, by in acts
    )


def _insert(model: type[Model], columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        engine_of().insert(cursor, model._meta.db_table, columns, list(rows))


def _day(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)
