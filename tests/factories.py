"""Small builders for tests: a season with its units, plan and batch; students; files walked by the real steps."""

import copy
import json
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from django.db import connection

from graduand import migrations
from graduand.models import (
    Act,
    Batch,
    Candidate,
    Certificate,
    ChsiReport,
    CourseRow,
    Deployment,
    IdentityCase,
    Intake,
    Job,
    Module,
    Parcel,
    PhotoRow,
    PlanRow,
    Result,
    Student,
    Unit,
    User,
)
from graduand.models.engine import engine_of
from graduand.office import acts, batches, closing, listing, reopening
from graduand.office.acts import Wish
from graduand.office.duties import roll_forward
from graduand.office.given_papers import Given
from graduand.office.queue import orders
from graduand.queries import bench, clock, coming_back
from graduand.queries.scope import Actor
from graduand.rulebook.academics import pass_key
from graduand.rulebook.calendar import OFFICE_ZONE, Term
from graduand.rulebook.clauses import Finding
from graduand.rulebook.journey import NAMED_ONLY, step_of
from graduand.rulebook.terms import (
    CaseState,
    ChsiVerdict,
    CourseNature,
    Desk,
    GradeWord,
    IdKind,
    Level,
    ObtainedBy,
    PhotoKind,
    ReasonCode,
    Sex,
    Stage,
    Standing,
    UnitKind,
    Verb,
)
from graduand.rulebook.work_terms import WorkKind
from tests import people

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "202307.toml"
FIRST, SECOND, EARLY = "首批", "第二批", "续读本科"
# A working day of each round, and of what comes after the issue date.
IN_FIRST, IN_SECOND, AFTER = "2023-07-12 09:00", "2023-09-06 09:00", "2023-10-20 09:00"


def policy_data(**changes: Any) -> dict[str, Any]:
    """The notice's policy as loaded from TOML, with top-level `changes`; None removes a key."""
    data = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    data.update(copy.deepcopy(changes))
    return {key: value for key, value in data.items() if value is not None}


def set_clock(text: str) -> datetime:
    """Make it `text` (Shanghai) in the office; the clock runs on from there."""
    moment = datetime.fromisoformat(text).replace(tzinfo=OFFICE_ZONE)
    offset = (moment - clock.real_now()).total_seconds()
    Deployment.objects.update_or_create(key=clock.CLOCK_KEY, defaults={"value": str(offset)})
    Deployment.objects.get_or_create(
        key=clock.DEMO_KEY, defaults={"value": "1"}
    )  # or it would move nothing
    return moment


@dataclass
class Season:
    """What every test of the office stands on."""

    hq: Unit
    college: Unit
    centres: list[Unit]
    plans: dict[Level, PlanRow]
    batch: Batch
    staff: people.Staff


def units(centres: int = 2) -> tuple[Unit, Unit, list[Unit]]:
    """Headquarters, one college, learning centres C1, C2 …"""
    hq = Unit.objects.create(code="HQ", name="总部", kind=UnitKind.HQ.value)
    college = Unit.objects.create(
        code="X1", name="生命健康学院", kind=UnitKind.COLLEGE.value, parent=hq
    )
    below = [
        Unit.objects.create(
            code=f"C{n}", name=f"第{n}学习中心", kind=UnitKind.CENTRE.value, parent=college
        )
        for n in range(1, centres + 1)
    ]
    return hq, college, below


def plan(code: str, level: Level = Level.JUNIOR, **changes: Any) -> PlanRow:
    """A plan of 10 credits: A1 核心 4 (总部考试, 必须通过), P1 综合实践 4, E1 选修 2."""
    values = {
        "major_code": f"M{code}",
        "major_name": "健康管理",
        "min_total": 1000,
        "min_hq": 400,
        "min_semesters": 5,
        "max_years": 8,
        "exempt_cap": "0.5",
        **changes,
    }
    row = PlanRow.objects.create(code=code, level=level.value, **values)
    spec = (
        ("A1", "公共基础", 400, CourseNature.CORE, True, False, True),
        ("E1", "通识", 200, CourseNature.ELECTIVE, False, False, False),
        ("P1", "综合实践", 400, CourseNature.REQUIRED, False, True, True),
    )
    for course, module, credits, nature, hq_exam, practice, must in spec:
        CourseRow.objects.create(
            plan=row,
            code=course,
            name=f"课程{course}",
            credits=credits,
            nature=nature.value,
            hq_exam=hq_exam,
            practice=practice,
            must_pass=must,
            module=Module.objects.create(plan=row, name=module, min_credits=credits),
        )
    return row


def make_season(centres: int = 2, now: str = IN_FIRST, **policy: Any) -> Season:
    """Units, staff, one plan a level, and the batch of the notice, at `now`."""
    set_clock(now)
    bench._audits.cache_clear()  # a test's plans may have the keys of another test's
    hq, college, below = units(centres)
    plans = {level: plan(f"K-{level.value.upper()}", level) for level in Level}
    batch = batches.load(policy_data(**policy), None).batch
    return Season(hq, college, below, plans, batch, people.staff(hq, college, below))


def other_batch(season: Season) -> Batch:
    """A later batch beside the notice's, open for applications on the same days; everybody is listed in it too."""
    turn = {"name": FIRST, "opens": "2023-07-01", "closes": "2024-01-16"}
    data = policy_data(
        code="202401",
        issue_date="2024-01-20",
        closes_at="2024-04-12",
        enrolled_through="2021秋",
        progression=None,
        rounds=[turn],
    )
    return batches.load(data, None).batch


def shut(batch: Batch, actor: Actor) -> Act | None:
    """Two people want the batch closed, and the worker has closed it; the last act of it, None when nobody was left."""
    closing.order(batch, actor)
    while not closing.advance(batch.pk)[2]:
        pass
    orders.leave(WorkKind.CLOSING, batch.pk)
    batch.refresh_from_db()
    return (
        Act.objects.filter(batch=batch, verb=Verb.LAPSE.value, asked__closing=True)
        .order_by("id")
        .last()
    )


def opened_again(season: Season) -> None:
    """Two people want the closed batch open again, and the worker has brought its list back."""
    reopening.order(season.batch, people.actor(season.staff.hq))
    roll_forward.batches()
    season.batch.refresh_from_db()


def results_of(student: Student, fit: bool = True) -> list[Result]:
    """All three courses passed; not `fit` is 综合实践 without 复核通过."""
    rows = []
    for course, mark, reviewed in (("A1", "80", False), ("E1", "good", False), ("P1", "85", fit)):
        score = GradeWord.of(mark) or int(mark)
        key = pass_key(course, score, ObtainedBy.EXAM, reviewed)
        rows.append(
            Result(
                student=student,
                course=course,
                term=4046,
                mark=mark,
                released=date(2023, 7, 1),
                reviewed=reviewed,
                pass_key=key,
            )
        )
    return rows


def photo_of(student: Student, by: User, since: date = date(2023, 6, 1), sha: str = "") -> PhotoRow:
    """A 毕业照片 that is in time and the registry's own, not stored yet."""
    return PhotoRow(
        student=student,
        kind=PhotoKind.GRADUATION.value,
        sha256=sha or f"{student.pk:064x}",
        size=30_000,
        width=480,
        height=640,
        since=since,
        stored_at=clock.now(),
        stored_by=by,
        same=True,
    )


def chsi_of(student: Student, day: date = date(2023, 7, 1), **changes: Any) -> ChsiReport:
    """A report of the registry without anything wrong, not stored yet."""
    values = {
        "admission_photo": True,
        "credential_photo": True,
        "verdict": ChsiVerdict.NORMAL.value,
        **changes,
    }
    return ChsiReport(student=student, day=day, **values)


def normal_again(student: Student, day: date = date(2023, 7, 10)) -> None:
    """The registry's newer row: 正常, imported by somebody who decides on nobody's case."""
    by = User.objects.get_or_create(username="registrar", defaults={"name": "注册岗"})[0]
    sheet = Intake.objects.create(
        kind="chsi", name="反馈.xlsx", sha256="0" * 64, trial=False, by=by, at=clock.now()
    )
    chsi_of(student, day, brought_by=sheet).save()


def new_student(
    season: Season, number: str, centre: int = 0, level: Level = Level.JUNIOR, **changes: Any
) -> Student:
    """A student in good standing, not stored yet."""
    values = {
        "name": f"学生{number[-6:]}",
        "sex": Sex.FEMALE.value,
        "birth": date(1990, 3, 7),
        "nation": "汉族",
        "id_kind": IdKind.RESIDENT.value,
        "id_hash": number,
        "entry": Term.parse("2021春").ordinal,
        "standing": Standing.ENROLLED.value,
        "category": "开放",
        "class_code": "B1",
        **changes,
    }
    return Student(
        number=number,
        centre=season.centres[centre],
        level=level.value,
        plan=season.plans[level],
        **values,
    )


def enrol(
    season: Season,
    count: int = 1,
    centre: int = 0,
    level: Level = Level.JUNIOR,
    *,
    fit: bool = True,
    photo: bool = True,
    chsi: bool = True,
    **changes: Any,
) -> list[int]:
    """`count` students with everything in order; returns their candidates' ids in the order of 学号."""
    start = Student.objects.count() + 1
    fresh = [
        new_student(season, f"2021{start + n:09}", centre, level, **changes) for n in range(count)
    ]
    people_ = Student.objects.bulk_create(fresh)
    Result.objects.bulk_create(row for one in people_ for row in results_of(one, fit))
    if photo:
        PhotoRow.objects.bulk_create(photo_of(one, season.staff.clerks[centre]) for one in people_)
    if chsi:
        ChsiReport.objects.bulk_create(chsi_of(one) for one in people_)
    listing.list_newcomers()
    Job.objects.filter(
        kind="audit"
    ).delete()  # these are not judged: a test's own work has the worker to itself
    rows = Candidate.objects.filter(batch=season.batch, student__in=[one.pk for one in people_])
    return list(rows.order_by("student__number").values_list("id", flat=True))


# -- acting ----------------------------------------------------------------------------------------------------

SAID: dict[Verb, dict[str, Any]] = {
    Verb.SEND_BACK: {"reason": ReasonCode.PHOTO.value},
    Verb.REJECT: {"reason": ReasonCode.RESULT.value},
    Verb.REOPEN: {"reason": ReasonCode.RESULT.value},
    Verb.VOID: {"reason": ReasonCode.DETAILS.value},
    Verb.UNCOLLECT: {"reason": ReasonCode.MISRECORDED.value},
    Verb.RECALL: {"reason": ReasonCode.UNCLAIMED.value},
    Verb.LAPSE: {"closing": True},
    Verb.RELIST: {"closing": True},
    Verb.RELIST_DEFERRED: {"closing": True},
    **{verb: {"closing": True, "undone": True} for verb in coming_back.TO_THE_APPLICATION},
    Verb.DEGREE_RETURN: {"reason": ReasonCode.MATERIALS.value},
    Verb.DEGREE_DECLINE: {"reason": ReasonCode.MATERIALS.value},
    **{verb: {"note": "教学备〔2023〕8号"} for verb in NAMED_ONLY},
    Verb.AMEND: {
        "reason": ReasonCode.DETAILS.value,
        "note": "学信函〔2023〕5号",
        "on": "2023-07-24",
        "statement": True,
    },
    Verb.CONFIRM_ISSUE: {"note": "教务会议纪要〔2023〕9号"},
    Verb.DEFER: {"statement": True},  # which comes as a word on where the papers lie
    Verb.SHIP: {"carrier": "顺丰", "tracking": "SF1"},
    Verb.COLLECT: {"handover": "in_person", "confirmed": True},
}


def desk_user(season: Season, verb: Verb, ids: list[int]) -> User:
    """Who usually does it: the clerk of the first file's centre, the college, headquarters."""
    desk = {Verb.SEND_BACK: Desk.COLLEGE, Verb.REJECT: Desk.COLLEGE}.get(verb)
    desk = desk or step_of(verb).desk
    if desk is Desk.HQ:
        return season.staff.hq
    if desk is Desk.COLLEGE:
        return season.staff.dispatch if verb in (Verb.SHIP, Verb.RECALL) else season.staff.college
    centre = Candidate.objects.values_list("centre_id", flat=True).get(pk=ids[0])
    return season.staff.clerks[[unit.pk for unit in season.centres].index(centre)]


def act(
    season: Season,
    verb: Verb,
    ids: list[int],
    by: User | None = None,
    *,
    second: User | None = None,
    round_name: str | None = None,
    key: str | None = None,
    **said: Any,
) -> Act:
    """Do `verb` as its usual desk (or `by`), with all that it needs said unless `said` says otherwise."""
    told = {**SAID.get(verb, {}), **_of_papers(verb, ids), **said}
    if verb is Verb.LAPSE and not told["closing"]:
        second = second or season.staff.second
    wish = Wish(
        verb, round_name, second, told, **({"key": key} if key else {}), given=signed(verb, told)
    )
    return acts.do(season.batch, ids, people.actor(by or desk_user(season, verb, ids)), wish)


def _of_papers(verb: Verb, ids: list[int]) -> dict[str, Any]:
    """Why a paper that says what was amended comes back."""
    old = Certificate.objects.filter(
        candidate__in=ids, voided_at=None, old_paper_since__isnull=False
    )
    return {"reason": ReasonCode.REPLACED.value} if verb is Verb.RECALL and old.exists() else {}


def signed(verb: Verb, said: dict[str, Any]) -> Given | None:
    """The statements of who defers, where they are said to be there."""
    return (
        Given(signed_on=date(2023, 7, 1), place="档案柜")
        if verb is Verb.DEFER and said.get("statement")
        else None
    )


def doubted(season: Season, stage: Stage = Stage.APPLIED, verdict: str = "unsure") -> Candidate:
    """A file at `stage` over which the registry's row then opened a case."""
    return doubt(candidate_at(season, stage), verdict)


def doubt(file: Candidate, verdict: str = "unsure") -> Candidate:
    """The registry's row opens a case over whom the file is about."""
    ChsiReport.objects.filter(student=file.student_id).update(verdict=verdict)
    IdentityCase.objects.create(student_id=file.student_id, verdict=verdict, opened_at=clock.now())
    return file


def case_to(season: Season, ids: list[int], state: CaseState) -> None:
    """Take open cases to `state` from desk to desk, as far as that has steps of its own."""
    reported = (Verb.CASE_SUBMIT, Verb.CASE_REPORT)
    way = {
        CaseState.SUBMITTED: reported[:1],
        CaseState.REPORTED: reported,
        CaseState.CLEARED: (*reported, Verb.CASE_CLEAR),
        CaseState.UPHELD: (*reported, Verb.CASE_UPHOLD),
        CaseState.COLLECTING: (Verb.CASE_SUBMIT, Verb.CASE_RETURN),
    }
    for verb in way.get(state, ()):
        assert act(season, verb, ids).by_code == {}
    if state is CaseState.AT_COLLEGE:  # no step leads there: it comes from older data
        IdentityCase.objects.filter(student__candidates__in=ids).update(state=state.value)


def register(ids: list[int]) -> None:
    """What importing 注册结果 does: the numbers can be queried at the registry."""
    valid = Certificate.objects.filter(candidate__in=ids, voided_at=None, cancelled_on=None)
    valid.update(queryable=True, registered_on=date(2023, 7, 21))


def let_stand(season: Season, ids: list[int]) -> None:
    """Two of headquarters have looked at what these numbered certificates lack by now, and let them stand."""
    done = act(season, Verb.CONFIRM_ISSUE, ids, second=season.staff.second)
    assert (done.done + done.unchanged, done.by_code) == (len(ids), {})


_WAY: dict[Stage, tuple[Verb, ...]] = {
    Stage.LISTED: (),
    Stage.DEFERRED: (Verb.DEFER,),
    Stage.RETURNED: (Verb.APPLY, Verb.SEND_BACK),
    Stage.REJECTED: (Verb.APPLY, Verb.REJECT),
    Stage.LAPSED: (Verb.LAPSE,),
    Stage.APPLIED: (Verb.APPLY,),
    Stage.ENDORSED: (Verb.APPLY, Verb.ENDORSE),
    Stage.APPROVED: (Verb.APPLY, Verb.ENDORSE, Verb.APPROVE),
    Stage.CERTIFIED: (Verb.APPLY, Verb.ENDORSE, Verb.APPROVE, Verb.CERTIFY),
    Stage.SHIPPED: (Verb.APPLY, Verb.ENDORSE, Verb.APPROVE, Verb.CERTIFY, Verb.SHIP),
    Stage.RECEIVED: (Verb.APPLY, Verb.ENDORSE, Verb.APPROVE, Verb.CERTIFY, Verb.SHIP, Verb.RECEIVE),
    Stage.COLLECTED: (
        Verb.APPLY,
        Verb.ENDORSE,
        Verb.APPROVE,
        Verb.CERTIFY,
        Verb.SHIP,
        Verb.RECEIVE,
        Verb.COLLECT,
    ),
}


def walk(season: Season, ids: list[int], stage: Stage) -> list[int]:
    """Take listed files to `stage` by the real steps; fails when one of them does not get there."""
    for verb in _WAY[stage]:
        if verb is Verb.CERTIFY:
            batches.freeze_roster(season.batch, season.staff.hq.pk)
        if verb is Verb.COLLECT:
            register(ids)
        # a sealed parcel takes nobody in: each walk sends its own
        parcel = {"tracking": f"SF{Parcel.objects.count() + 1}"} if verb is Verb.SHIP else {}
        done = act(season, verb, ids, **parcel)
        assert (done.done, done.by_code) == (len(ids), {}), f"{verb}: {done.by_code}"
    return ids


def candidate_at(season: Season, stage: Stage, **enrolled: Any) -> Candidate:
    """A fresh student's file at `stage`."""
    return Candidate.objects.get(pk=walk(season, enrol(season, **enrolled), stage)[0])


def stages(ids: list[int]) -> list[Stage]:
    """The stage of each file, in the order of `ids`."""
    known = dict(Candidate.objects.filter(pk__in=ids).values_list("id", "stage"))
    return [Stage(known[pk]) for pk in ids]


def refusals(done: Act) -> dict[int, list[str]]:
    """candidate -> the codes that stopped it, in the order in which they were found."""
    found = {}
    for row in done.refusals.order_by("candidate_id"):
        findings = [Finding.from_row(one) for one in json.loads(row.findings)]
        found[row.candidate_id] = [finding.code for finding in findings if finding.blocks]
    return found


def _append_only_tables() -> list[str]:
    """Every table that a migration has made append-only; what came later may name rows of what came before."""
    folder = Path(migrations.__file__).parent
    modules = [
        import_module(f"graduand.migrations.{one.stem}") for one in sorted(folder.glob("[0-9]*.py"))
    ]
    return [table for module in reversed(modules) for table in getattr(module, "TABLES", ())]


def migration(words: str) -> Any:
    """The module of a migration by the words of its name: its number may change when it lands behind others."""
    folder = Path(migrations.__file__).parent
    return import_module(f"graduand.migrations.{next(folder.glob(f'[0-9]*_{words}.py')).stem}")


def forget_events() -> None:
    """Empty the append-only tables before the others are emptied: their triggers step aside, then stand again."""
    engine = engine_of()
    Certificate.objects.update(edition=None)
    with connection.cursor() as cursor:
        for table in _append_only_tables():
            for statement in engine.DROP_APPEND_ONLY:
                cursor.execute(statement.format(table=table))
            cursor.execute(f"DELETE FROM {table}")
            for statement in engine.APPEND_ONLY:
                cursor.execute(statement.format(table=table))
