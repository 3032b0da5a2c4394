"""One object of every kind that an address names, of the own unit and of another one, for whoever asks."""

from dataclasses import dataclass
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.utils import timezone

from graduand.models import (
    Act,
    Candidate,
    Consent,
    Grant,
    IdentityCase,
    Intake,
    Job,
    Notice,
    NoticeAddress,
    NoticeFile,
    Parcel,
    ParcelItem,
    PendingForm,
    PhotoCheck,
    PhotoRow,
    PhotoUpload,
    Pick,
    PickPiece,
    PolicyDraft,
    SheetUpload,
    Sitting,
    Statement,
    User,
)
from graduand.office import statements
from graduand.pages.door.sign_in_ways import FactorWays
from graduand.queries.scope import actor_of
from graduand.rulebook.terms import Role
from tests.pages.world import NOON, PASSWORD, World, account_for

# Who stands for each role. The other unit's are those of the second centre, or of nobody in sight.
PERSON = {
    Role.HQ_ADMIN: "boss",
    Role.HQ_REVIEWER: "hq",
    Role.COLLEGE_REVIEWER: "college",
    Role.COLLEGE_DISPATCH: "dispatch",
    Role.CENTRE_CLERK: "a",
    Role.CLASS_TEACHER: "teacher",
    Role.SYSTEM_ADMIN: "system",
    Role.SECURITY_ADMIN: "security",
    Role.AUDITOR: "auditor",
    Role.STUDENT: "student",
}


@dataclass
class Thing:
    """The numbers in an address: of the own unit, and of another one."""

    own: dict
    foreign: dict


def populate(world: World) -> dict[str, dict[str, Thing]]:
    """role's person -> kind of object -> Thing. Everybody is there; two students at two centres."""
    _staff(world)
    mine, theirs = world.student(1), world.student(2, centre=1)
    world.judge()
    account_for(world, mine)
    account_for(world, theirs, "other_student")
    kinds = _shared(world, mine, theirs)
    return {name: {**kinds, **_personal(world, name)} for name in PERSON.values()}


def _staff(world: World) -> None:
    units = {
        role: grant.unit for grant in Grant.objects.select_related("unit") for role in [grant.role]
    }
    more = {
        "boss": (Role.HQ_ADMIN, "hq_reviewer"),
        "boss2": (Role.HQ_ADMIN, "hq_reviewer"),
        "system": (Role.SYSTEM_ADMIN, "hq_reviewer"),
        "security": (Role.SECURITY_ADMIN, "hq_reviewer"),
        "dispatch": (Role.COLLEGE_DISPATCH, "college_reviewer"),
    }
    for name, (role, like) in more.items():
        world.users[name] = User.objects.create_user(name, f"{name}老师", PASSWORD)
        Grant.objects.create(user=world.users[name], role=role.value, unit=units[like])
    for name, centre, role in (
        ("teacher", 0, Role.CLASS_TEACHER),
        ("a2", 0, Role.CENTRE_CLERK),
        ("b2", 1, Role.CENTRE_CLERK),
    ):
        world.users[name] = User.objects.create_user(name, f"{name}老师", PASSWORD)
        Grant.objects.create(user=world.users[name], role=role.value, unit=world.centres[centre])


def _shared(world: World, mine, theirs) -> dict[str, Thing]:
    """Objects that belong to a centre."""
    files = [Candidate.objects.get(student=student) for student in (mine, theirs)]
    photos = [PhotoRow.objects.get(student=student) for student in (mine, theirs)]
    people = [world.users["a2"], world.users["b2"]]
    parcels = [_parcel(world, centre, file) for centre, file in enumerate(files)]
    consents = [_consent(world, asker, user) for asker, user in (("a2", "a2"), ("b2", "b2"))]
    return {
        "candidate": _pair(files),
        "photo": _pair(photos),
        "student": _pair([mine, theirs]),
        "case": _pair([_case(world, file) for file in files]),
        "parcel": _pair(parcels),
        "unit": _pair(world.centres),
        "consent": _pair(consents),
        "account": _pair(people),
        "grant": _grants(people),
        "list": Thing({"key": "candidates"}, {"key": "nothing"}),
        "batch": Thing({"code": "202307"}, {"code": "999999"}),
        "turn": Thing(
            {"code": "202307", "pk": world.batch.rounds.first().pk}, {"code": "202307", "pk": 0}
        ),
        "version": Thing({"code": "202307", "number": 1}, {"code": "202307", "number": 9}),
        "notice": _pair(letters := [_notice(world, centre) for centre in world.centres]),
        "statement": _pair([_statement(world, file) for file in files]),
        "question": _pair([_question(world, file) for file in files]),
        "attachment": Thing(*({"pk": one.pk, "number": one.files.get().pk} for one in letters)),
    }


def _case(world: World, file: Candidate) -> IdentityCase:
    return IdentityCase.objects.create(
        student=file.student,
        verdict="unsure",
        state="cleared",
        opened_at=NOON,
        filed_at=NOON,
        filed_by=world.users["hq"],
    )


def _grants(people: list[User]) -> Thing:
    own, foreign = ({"pk": user.pk, "number": user.grants.get().pk} for user in people)
    return Thing(own, foreign)


def _pair(rows) -> Thing:
    first, second = rows
    return Thing({"pk": first.pk}, {"pk": second.pk})


def _parcel(world: World, centre: int, file: Candidate) -> Parcel:
    college = world.centres[0].parent
    parcel = Parcel.objects.create(
        sender=college,
        receiver=world.centres[centre],
        carrier="邮政",
        tracking=f"YZ{centre}",
        sealed_at=NOON,
        sealed_by=world.users["college"],
    )
    ParcelItem.objects.create(parcel=parcel, candidate=file)
    return parcel


def _consent(world: World, asker: str, about: str) -> Consent:
    detail = {
        "title": "毕业申请",
        "rows": 300,
        "labels": ["证件号"],
        "purpose": "identity",
        "back": "/",
    }
    return Consent.objects.create(
        kind="export",
        user=None,
        detail=detail,
        digest=about * 8,
        reason="核对",
        asked_by=world.users[asker],
        asked_at=NOON,
        key=about,
    )


def _question(world: World, file: Candidate) -> Consent:
    """Something for headquarters to agree to that rests on a scan."""
    said = {"statement": statements.sealed(b"%PDF-1.7 %%EOF", "更正结果.pdf"), "on": "2023-07-10"}
    detail = {
        "verb": "amend",
        "file": file.pk,
        "batch": file.batch_id,
        "student": "张三",
        "said": said,
    }
    return Consent.objects.create(
        kind="act",
        user=None,
        detail=detail,
        digest=f"{file.pk}" * 8,
        reason="更正",
        asked_at=NOON,
        asked_by=world.users["boss2"],
        key=f"question{file.pk}",
    )


def _statement(world: World, file: Candidate) -> Statement:
    scan = statements.scanned(b"%PDF-1.7 %%EOF", "声明.pdf", {"": file.pk}).scans[file.pk]
    act = Act.objects.create(
        key=f"defer{file.pk}",
        verb="defer",
        batch=world.batch,
        actor=world.users["hq"],
        desk="hq",
        total=0,
        confirmed_at=NOON,
        finished_at=NOON,
    )
    return Statement.objects.create(
        act=act, candidate=file, kind=scan.kind, sha256=scan.sha256, file=scan.file, size=scan.size
    )


def _personal(world: World, name: str) -> dict[str, Thing]:
    """Objects that belong to one person: the own ones, and those of somebody at the other centre."""
    other = "b" if name != "student" else "other_student"
    return {
        "pick": _keyed([_pick(world, who) for who in (name, other)]),
        "form": _keyed([_form(world, who) for who in (name, other)]),
        "act": _pair([_act(world, who) for who in (name, other)]),
        "acted": Thing(*({"subject": _act(world, who).pk} for who in (name, other))),
        "job": _pair(jobs := [_job(world, who) for who in (name, other)]),
        "work": Thing(*({"kind": job.kind, "subject": job.subject} for job in jobs)),
        "upload": _pair(uploads := [_upload(world, who) for who in (name, other)]),
        "check": _pair([_check(upload) for upload in uploads]),
        "sheet": _pair(sheets := [_sheet(world, who) for who in (name, other)]),
        "intake": _pair([_intake(sheet) for sheet in sheets]),
        "draft": _pair([_draft(world, who) for who in (name, other)]),
        "template": Thing({"kind": "students"}, {"kind": "nothing"}),
        "device": _pair([_device(world, who, name) for who in (name, other)]),
        "sitting": _pair([_sitting(world, who, name) for who in (name, other)]),
    }


def _keyed(rows) -> Thing:
    first, second = rows
    return Thing({"key": first.key}, {"key": second.key})


VERBS = {"hq": "approve", "college": "endorse"}


def _pick(world: World, who: str) -> Pick:
    desk = actor_of(world.users[who], NOON.date())
    verb = VERBS.get(desk.desk.value, "apply") if desk else "apply"
    made = Pick.objects.create(
        key=f"{who}{Pick.objects.count()}",
        owner=world.users[who],
        verb=verb,
        batch=world.batch,
        listing="candidates",
        size=1,
        made_at=timezone.now(),
    )
    PickPiece.objects.create(
        pick=made, place=0, packed=PickPiece.pack([Candidate.objects.first().pk])
    )
    return made


def _form(world: World, who: str) -> PendingForm:
    return PendingForm.objects.create(
        key=f"{who}{PendingForm.objects.count()}",
        owner=world.users[who],
        path="/account/password",
        before="/",
        fields="[]",
        kept_at=timezone.now(),
    )


def _act(world: World, who: str) -> Act:
    return Act.objects.create(
        key=f"{who}{Act.objects.count()}",
        verb="apply",
        batch=world.batch,
        actor=world.users[who],
        desk="centre",
        total=0,
        confirmed_at=NOON,
        finished_at=NOON,
    )


def _job(world: World, who: str) -> Job:
    return Job.objects.create(kind="policy", subject=Job.objects.count() + 1, by=world.users[who])


def _upload(world: World, who: str) -> PhotoUpload:
    number = PhotoUpload.objects.count()
    return PhotoUpload.objects.create(
        key=f"{who}{number}",
        kind="graduation",
        name="照片.zip",
        sha256=f"{number:064d}",
        by=world.users[who],
        at=NOON,
    )


def _sheet(world: World, who: str) -> SheetUpload:
    number = SheetUpload.objects.count()
    return SheetUpload.objects.create(
        key=f"{who}{number}",
        kind="results",
        name="成绩.xlsx",
        sha256=f"{number:064d}",
        size=10,
        by=world.users[who],
        at=NOON,
    )


def _intake(sheet: SheetUpload) -> Intake:
    return Intake.objects.create(
        kind=sheet.kind, name=sheet.name, sha256=sheet.sha256, trial=True, by=sheet.by, at=NOON
    )


def _draft(world: World, who: str) -> PolicyDraft:
    number, policy = PolicyDraft.objects.count(), world.batch.versions.get()
    return PolicyDraft.objects.create(
        key=f"{who}{number}",
        code="202307",
        base=policy,
        source=policy.source,
        by=world.users[who],
        at=NOON,
    )


def _notice(world: World, centre) -> Notice:
    made = Notice.objects.create(
        key=centre.code,
        batch=world.batch,
        policy=world.batch.versions.get(),
        title="通知",
        body="正文",
        for_all=False,
        by=world.users["hq"],
        published_at=NOON,
    )
    NoticeAddress.objects.create(notice=made, unit=centre)
    NoticeFile.objects.create(notice=made, name="附件.pdf", sha256="0" * 64, size=1)
    return made


def _check(upload: PhotoUpload) -> PhotoCheck:
    return PhotoCheck.objects.create(upload=upload, place=1, name="1.jpg")


def _device(world: World, who: str, of: str) -> Authenticator:
    data = {"secret": FactorWays().encrypt("A" * 32)}
    return Authenticator.objects.get_or_create(
        user=world.users[who], type="totp", defaults={"data": data}
    )[0]


def _sitting(world: World, who: str, of: str) -> Sitting:
    now = timezone.now()
    return Sitting.objects.create(
        user=world.users[who],
        session_key=f"{who}-{of}",
        started_at=now - timedelta(hours=1),
        seen_at=now,
    )
