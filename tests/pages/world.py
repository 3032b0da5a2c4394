"""A small invented season for the pages: four desks, two centres, as many students as a test asks for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.utils import timezone

from graduand.models import (
    Batch,
    Candidate,
    ChsiReport,
    CourseRow,
    Deployment,
    Grant,
    Job,
    Module,
    OutgoingEnd,
    PhotoRow,
    PlanRow,
    Result,
    Student,
    Unit,
    User,
)
from graduand.office import acts
from graduand.office.audit import auditing
from graduand.office.season import batches, listing
from graduand.queries import basis, clock, scope
from graduand.rulebook.audit.academics import pass_key
from graduand.rulebook.calendar import OFFICE_ZONE, Term
from graduand.rulebook.terms import ObtainedBy, Role, Verb
from tests.acting import signed
from tests.factories import policy_data
from tests.people import accounts

POLICY = Path(__file__).resolve().parents[2] / "examples" / "202307.toml"
NOON = datetime(2023, 7, 12, 12, 0, tzinfo=OFFICE_ZONE)
PASSWORD = "a-long-demo-password"
COURSES = (
    ("001", "国家开放大学学习指南", 100, False),
    ("002", "健康管理学", 700, False),
    ("009", "综合实践", 400, True),
)


@dataclass
class World:
    """The batch and the people; students are added one by one, then judged together."""

    batch: Batch
    centres: tuple[Unit, Unit]
    plan: PlanRow
    users: dict[str, User]

    def student(
        self,
        number: int,
        centre: int = 0,
        *,
        credits: bool = True,
        photo: bool = True,
        chsi: bool = True,
        name: str = "",
        **more,
    ) -> Student:
        """Student `number` with everything in order, except what is switched off."""
        usual = {
            "entry": Term.parse("2021春").ordinal,
            "level": "junior",
            "class_name": "21春健康管理1班",
        }
        student = Student.objects.create(
            number=f"21151{number:08d}",
            name=name or f"学生{number}号",
            sex="2",
            birth=date(1990, 3, 7),
            nation="汉",
            id_kind="1",
            id_no="11010519900307123X",
            mobile="13800001234",
            standing="enrolled",
            centre=self.centres[centre],
            category="开放教育",
            plan=self.plan,
            **{**usual, **more},
        )
        passed(student, COURSES if credits else COURSES[:1])
        if photo:
            pictured(student, f"{number:064d}", self.users["a"])
        if chsi:
            known_at_the_registry(student)
        return student

    def judge(self) -> None:
        """List everybody and store the judgements."""
        list_all(self.batch)
        auditing.run(self.batch)
        Job.objects.filter(kind="audit").delete()  # a test's own work has the worker to itself

    def actor(self, name: str) -> scope.Actor:
        """The actor that a user is today."""
        actor = scope.actor_of(self.users[name], clock.today())
        assert actor is not None
        return actor

    def do(
        self, name: str, verb: Verb, *students: Student, second: User | None = None, **said
    ) -> None:
        """Let `name` carry out `verb` on these students at once, with `second` where it takes two."""
        ids = list(
            Candidate.objects.filter(batch=self.batch, student__in=students).values_list(
                "id", flat=True
            )
        )
        acts.do(
            self.batch,
            ids,
            self.actor(name),
            acts.ActRequest(verb, second=second, answers=said, statements=signed(verb, said)),
        )

    def file(self, student: Student) -> Candidate:
        return Candidate.objects.get(batch=self.batch, student=student)


def list_all(batch: Batch) -> None:
    """Complete the list of one batch, as loading it again does."""
    listing.order(batch)
    listing.complete(batch)


def set_clock(moment: datetime) -> None:
    """Business time starts at `moment`."""
    seconds = (moment - timezone.now()) / timedelta(seconds=1)
    Deployment.objects.update_or_create(key=clock.CLOCK_KEY, defaults={"value": str(seconds)})
    Deployment.objects.get_or_create(
        key=clock.DEMO_KEY, defaults={"value": "1"}
    )  # or it would move nothing


def known_at_the_registry(student: Student) -> None:
    """The registry's row of the student, without anything wrong."""
    ChsiReport.objects.create(
        student=student,
        day=date(2023, 7, 1),
        admission_photo=True,
        credential_photo=True,
        verdict="normal",
    )


def passed(student: Student, courses: Iterable[tuple[str, str, int, bool]]) -> None:
    """The student has passed these courses."""
    Result.objects.bulk_create(
        Result(
            student=student,
            course=code,
            term=student.entry,
            mark="86",
            reviewed=practice,
            released=date(2023, 6, 1),
            pass_key=pass_key(code, Decimal(86), ObtainedBy.EXAM, reviewed=practice),
        )
        for code, _, _, practice in courses
    )


def pictured(student: Student, sha: str, user: User) -> None:
    """The student has a 毕业照片 that is in time, brought by `user`."""
    PhotoRow.objects.create(
        student=student,
        kind="graduation",
        sha256=sha,
        size=30_000,
        width=480,
        height=640,
        since=date(2023, 7, 1),
        stored_at=NOON,
        stored_by=user,
        same=True,
    )


def build() -> World:
    """Units, a plan, an account for each desk (hq, college, a, b, auditor), the batch of the example policy."""
    basis._audits.cache_clear()  # a test's plans may have the keys of another test's
    set_clock(NOON)
    hq = Unit.objects.create(code="0", name="总部", kind="hq")
    college = Unit.objects.create(code="10", name="生命健康学院", kind="college", parent=hq)
    centres = tuple(
        Unit.objects.bulk_create(
            Unit(code=code, name=name, kind="centre", parent=college, phone="0571-00000000")
            for code, name in (("101", "杭州学习中心"), ("102", "成都学习中心"))
        )
    )
    users = users_of(hq, college, *centres)
    loaded = batches.load(policy_data(), None)
    return World(loaded.batch, centres, plan_of_courses(), users)


def plan_of_courses() -> PlanRow:
    """A plan of one module, with all of `COURSES`."""
    plan = PlanRow.objects.create(
        code="JK01",
        major_code="520801",
        major_name="健康管理",
        level="junior",
        min_total=1200,
        min_hq=0,
        min_semesters=5,
        max_years=8,
    )
    module = Module.objects.create(plan=plan, name="专业课", min_credits=1000)
    CourseRow.objects.bulk_create(
        CourseRow(
            plan=plan,
            code=code,
            name=name,
            credits=value,
            module=module,
            nature="core",
            hq_exam=False,
            practice=practice,
            must_pass=True,
        )
        for code, name, value, practice in COURSES
    )
    return plan


def users_of(hq: Unit, college: Unit, first: Unit, second: Unit) -> dict[str, User]:
    """Who works at each desk, and the auditor."""
    desks = {
        "hq": (Role.HQ_REVIEWER, hq, "总部何老师"),
        "college": (Role.COLLEGE_REVIEWER, college, "学院李老师"),
        "a": (Role.CENTRE_CLERK, first, "周老师"),
        "b": (Role.CENTRE_CLERK, second, "吴老师"),
        "auditor": (Role.AUDITOR, hq, "审计员"),
    }
    return accounts(desks, PASSWORD)


def account_for(world: World, student: Student, username: str = "student") -> User:
    """A student's own account."""
    user = User.objects.create_user(username, student.name, PASSWORD, student=student)
    Grant.objects.create(user=user, role=Role.STUDENT.value, unit=student.centre)
    world.users[username] = user
    return user


def last_left() -> tuple[str, str, int, str]:
    """The file that left last, as it is on record: which, by whom, how many rows it has, what became of it."""
    found = OutgoingEnd.objects.select_related("outgoing__by").latest("id")
    return found.outgoing.listing, found.outgoing.by.username, found.rows, found.state
