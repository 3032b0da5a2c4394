"""The works that get killed, each with its preparation; and what the data look like afterwards."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Sum

from graduand.models import (
    Batch,
    Candidate,
    Certificate,
    CertificateContent,
    ChsiReport,
    Counter,
    IdentityCase,
    Intake,
    Job,
    Judgement,
    PhotoCheck,
    PhotoRow,
    PhotoUpload,
    Result,
    Roster,
    Stale,
    Student,
    User,
)
from graduand.office import acts, moves
from graduand.office.acts import ActRequest
from graduand.office.audit import auditing
from graduand.office.certificates import roster_places
from graduand.office.duties import roll_forward
from graduand.office.people import own_accounts
from graduand.office.people.second_person import consent_answers
from graduand.office.photos import upload_run, uploads
from graduand.office.records import import_run
from graduand.office.records.files import plan_files
from graduand.office.records.importing import import_sheet
from graduand.office.season import batches, policy_drafts
from graduand.office.season.ending import closing, reopening, switching
from graduand.queries import clock, verdicts
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import Desk, Level, PhotoKind, SheetKind, Stage, Verb
from tests import acting, factories, invariants, jobs, people
from tests.material.portraits import portrait, zipped
from tests.office.records.files import ROWS, table

PIECE = 5  # candidates a chunk: several transactions in every work


def the_batch() -> Batch:
    return Batch.objects.earliest("id")


def everybody() -> list[int]:
    return list(Candidate.objects.order_by("id").values_list("id", flat=True))


def act_anew(verb: Verb, **said: str) -> None:
    """What a person does who starts the same command again: first what was left half done, then the command."""
    acts.resume(the_batch())
    actor = people.actor(User.objects.get(username="hq1"))
    request = ActRequest(verb, answers=said, key=f"night-{verb.value}")
    moves.carry_out(acts.confirm(the_batch(), everybody(), actor, request), size=PIECE)


def apply() -> None:
    act_anew(Verb.APPLY)


def certify() -> None:
    act_anew(Verb.CERTIFY)


def freeze() -> None:
    """Whoever was approved takes a place on the roster, five at a time."""
    roster_places.PIECE = PIECE
    batches.freeze_roster(the_batch(), User.objects.get(username="hq1").pk)


def approved() -> None:
    """Twelve files that wait for their roster."""
    prepare(Stage.APPROVED)()
    Candidate.objects.update(roster=None, roster_no=None)
    Roster.objects.all().delete()
    Counter.objects.filter(key__startswith="roster:").delete()


def file_cases() -> None:
    act_anew(Verb.CASE_CLEAR, note="省厅同意备案")


def doubted() -> None:
    """Everybody is in doubt, on record and in the lists; every case is reported."""
    prepare(Stage.APPLIED)()
    now = clock.now()
    ChsiReport.objects.update(verdict="unsure")
    IdentityCase.objects.bulk_create(
        IdentityCase(student_id=pk, verdict="unsure", state="reported", opened_at=now)
        for pk in Student.objects.values_list("id", flat=True)
    )
    auditing.run(the_batch())


def explained() -> None:
    """Twelve files that wait for the closing of their batch, each with its reason."""
    prepare(Stage.LISTED)()
    Candidate.objects.update(explanation="次年办理")
    auditing.run(the_batch())


def close() -> None:
    """Two people agree; then what the worker does. Begun again after a kill, it is the next command that goes on."""
    closing.AN_ACT, closing.PIECE = 7, PIECE
    batch = the_batch()
    Job.objects.filter(state="running").update(leased_until=clock.real_now() - timedelta(seconds=1))
    if batch.is_open:
        boss, other = (people.actor(User.objects.get(username=name)) for name in ("hq1", "hq2"))
        row = switching.ask(boss, batch, BatchSwitch.CLOSE, "期满", key="night-close")
        consent_answers.decide(other, row.pk, agree=True)
    roll_forward.batches()


def closed() -> None:
    """Twelve files that a closing lapsed."""
    explained()
    acting.shut(the_batch(), people.actor(User.objects.get(username="hq1")))


def reopen() -> None:
    """Two people agree; then what the worker does. Begun again after a kill, it is the next command that goes on."""
    reopening.AN_ACT, reopening.PIECE = 7, PIECE
    batch = the_batch()
    Job.objects.filter(state="running").update(leased_until=clock.real_now() - timedelta(seconds=1))
    if batch.closed_at is not None and not batch.reopening:
        boss, other = (people.actor(User.objects.get(username=name)) for name in ("hq1", "hq2"))
        row = switching.ask(boss, batch, BatchSwitch.REOPEN, "补办", key="night-reopen")
        consent_answers.decide(other, row.pk, agree=True)
    roll_forward.batches()
    judge_the_marked()


def audit_everybody() -> None:
    for piece in verdicts.chunks(auditing.due(the_batch(), auditing.basis_of(the_batch())), PIECE):
        auditing.refresh(piece, auditing.basis_of(the_batch()))


def marked() -> None:
    """Twelve judged files in each of two batches; then a mark of everybody is taken back, and all are marked."""
    season = factories.make_season()
    factories.enrol(season, 12)
    factories.other_batch(season)
    for batch in Batch.objects.all():
        auditing.run(batch)
    Result.objects.filter(course="E1").update(pass_key="")
    auditing.mark_stale(list(Student.objects.values_list("id", flat=True)))


def judge_the_marked() -> None:
    """What a worker does; a killed one's lease has run out when the next one comes."""
    auditing.CHUNK_OF_ONE_WRITER = auditing.CHUNK = PIECE
    Job.objects.filter(state="running").update(leased_until=clock.real_now() - timedelta(seconds=1))
    while jobs.work_once("worker"):
        pass


def new_policy() -> None:
    """Twelve judged files, and a new version in force whose verdicts are kept and wait for the worker."""
    season = factories.make_season()
    factories.enrol(season, 12)
    auditing.run(season.batch)
    actor = people.actor(season.staff.hq)
    draft = policy_drafts.draft(factories.policy_data(extra_gates=["INFO-CONFIRM"]), actor, "k")
    policy_drafts.save(draft, season.staff.hq.pk)
    auditing.mark_stale(list(Student.objects.order_by("number").values_list("id", flat=True)[:2]))


def sheets() -> tuple[Path, Path]:
    """Two new students, and results of theirs and of one whose mark gets better."""
    folder = Path(settings.GRADUAND_HOME)
    known = Student.objects.order_by("number").values_list("number", flat=True)[0]
    fresh = [
        {
            **ROWS[SheetKind.STUDENTS],
            "学号": f"211715100000{n}",
            "学习中心代码": "C1",
            "专业规则代码": "K-JUNIOR",
        }
        for n in (1, 2)
    ]
    marks = [
        {**ROWS[SheetKind.RESULTS], "学号": one["学号"], "课程代码": code}
        for one in fresh
        for code in ("A1", "E1")
    ]
    better = {
        **ROWS[SheetKind.RESULTS],
        "学号": known,
        "课程代码": "A1",
        "成绩": "99",
        "学期": "2023春",
    }
    return (table(folder / "students.csv", fresh), table(folder / "results.csv", [*marks, better]))


def imports() -> None:
    students, results = sheets()
    for kind, path in ((SheetKind.STUDENTS, students), (SheetKind.RESULTS, results)):
        tally = import_sheet(kind, path, by=None)
        if tally.problems:
            raise AssertionError(tally.problems)


def plan() -> None:
    """The same two files, a student at a time."""
    import_run.FIRST, plan_files.PIECE = 0, 1
    imports()


def photos() -> None:
    """Twelve photos by the zip, five a chunk; one is too large, one is another one's."""
    folder = Path(settings.GRADUAND_HOME)
    numbers = list(Student.objects.order_by("number").values_list("number", flat=True))
    entries = {f"{number}.jpg": portrait(place * 7) for place, number in enumerate(numbers)}
    entries[f"{numbers[3]}.jpg"] = portrait(3, size=(600, 800))
    path = zipped(folder / "photos.zip", entries)
    by = own_accounts.program(Desk.CENTRE)
    upload = uploads.begin(
        uploads.receive(path, uploads.UploadChoices(PhotoKind.GRADUATION, key="night"), by),
        job=False,
    )
    while upload.finished_at is None:
        upload = upload_run.advance(upload.pk, PIECE)


def no_photos() -> None:
    """Twelve listed files without a photo; faces are another office's."""
    season = factories.make_season(photo={"examine": "file"})
    factories.enrol(season, 6, 0, photo=False)
    factories.enrol(season, 6, 1, photo=False)


def prepare(stage: Stage) -> Callable[[], None]:
    """Twelve files of two centres and two levels at `stage`."""

    def work() -> None:
        season = factories.make_season()
        ids = [
            pk
            for centre, level in ((0, Level.JUNIOR), (1, Level.TOP_UP))
            for pk in acting.walk(season, factories.enrol(season, 6, centre, level), stage)
        ]
        if stage is Stage.APPROVED:
            batches.freeze_roster(season.batch, season.staff.hq.pk)
        else:
            Result.objects.filter(student__candidates=ids[2], course="E1").update(pass_key="")

    return work


def picture() -> dict[str, Any]:
    """What must be the same whether the work was interrupted or not."""
    return {**_files_and_certificates(), **_facts_and_judgements()}


def _files_and_certificates() -> dict[str, Any]:
    people_ = Candidate.objects.order_by("student__number")
    return {
        "stages": list(
            people_.values_list("student__number", "stage", "reported_no", "lot__number")
        ),
        "numbers": list(
            Certificate.objects.order_by("number").values_list(
                "number", "candidate__student__number"
            )
        ),
        "rosters": list(
            Roster.objects.exclude(number=0).order_by("number").values_list("number", "size")
        ),
        "places": list(people_.values_list("student__number", "roster__number", "roster_no")),
        "contents": list(
            CertificateContent.objects.order_by("certificate__number").values_list(
                "version", "sha256"
            )
        ),
    }


def _facts_and_judgements() -> dict[str, Any]:
    return {
        "judged": list(
            Judgement.objects.order_by("candidate_id").values_list(
                "candidate_id", "codes", "total", "unmet"
            )
        ),
        "jobs": sorted(Job.objects.filter(kind="audit").values_list("subject", "state")),
        "stale": sorted(Stale.objects.values_list("candidate__student__number", flat=True)),
        "results": list(
            Result.objects.order_by("student__number", "course", "term").values_list(
                "student__number", "course", "term", "mark", "pass_key"
            )
        ),
        "photos": list(
            PhotoRow.objects.order_by("student__number", "sha256").values_list(
                "student__number", "sha256", "current"
            )
        ),
        "checks": list(
            PhotoCheck.objects.order_by("place").values_list(
                "place", "outcome", "verdict", "served"
            )
        ),
        "cases": list(
            IdentityCase.objects.order_by("student__number").values_list(
                "student__number", "state", "note"
            )
        ),
        "batches": [
            (batch.code, batch.listed_to, batch.closed_at is None)
            for batch in Batch.objects.order_by("code")
        ],
        "students": list(Student.objects.order_by("number").values_list("number", "name")),
    }


def violations() -> list[str]:
    """The invariants, and: what an import counts as written is there, each student's rows together."""
    found = invariants.violations(the_batch())
    for kind, rows in ((SheetKind.STUDENTS, Student.objects), (SheetKind.RESULTS, Result.objects)):
        number = rows.filter(brought_by__kind=kind.value).count()
        counted = Intake.objects.filter(kind=kind.value, kept=True).aggregate(
            new=Sum("created"), old=Sum("updated")
        )
        if number != (counted["new"] or 0) + (counted["old"] or 0):
            found.append(f"import of {kind.value}: {number} rows, {counted} on record")
    for student in Student.objects.filter(number__startswith="2117").annotate(n=Count("results")):
        if student.n not in (0, 2):
            found.append(f"student {student}: {student.n} of 2 results")
    for pk in Student.objects.filter(number__startswith="2117").values_list("id", flat=True):
        if not Candidate.objects.filter(student=pk).exists():
            found.append(f"student {pk} was imported and is in no batch")
    return found + photo_uploads()


def photo_uploads() -> list[str]:
    """What an upload of photos says it kept is kept, and it is on record when it has ended."""
    found = []
    for upload in PhotoUpload.objects.all():
        judged = upload.checks.exclude(outcome="waiting").count()
        kept = upload.checks.filter(outcome__in=("created", "updated")).count()
        if (upload.cursor, kept) != (
            judged,
            PhotoRow.objects.filter(judged__upload=upload).count(),
        ):
            found.append(
                f"upload {upload}: cursor {upload.cursor}, {judged} judged, {kept} said to be kept"
            )
        if (upload.finished_at is not None) != (upload.intake_id is not None):
            found.append(f"upload {upload}: finished without its record")
    return found


WORKS: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
    "apply": (prepare(Stage.LISTED), apply),
    "certify": (prepare(Stage.APPROVED), certify),
    "roster": (approved, freeze),
    "file": (doubted, file_cases),
    "audit": (prepare(Stage.LISTED), audit_everybody),
    "close": (explained, close),
    "reopen": (closed, reopen),
    "rejudge": (marked, judge_the_marked),
    "swap": (new_policy, judge_the_marked),
    "import": (prepare(Stage.LISTED), imports),
    "plan": (prepare(Stage.LISTED), plan),
    "photos": (no_photos, photos),
}
