"""One object of every kind that an address names, of the own unit and of another one, for whoever asks."""

from graduand.models import (
    Act,
    Candidate,
    Consent,
    Grant,
    IdentityCase,
    Notice,
    NoticeAddress,
    NoticeFile,
    Parcel,
    ParcelItem,
    PhotoRow,
    Statement,
    User,
)
from graduand.office.filing import statements
from graduand.rulebook.terms import Role
from tests.pages.world import NOON, PASSWORD, World, account_for
from tests.people import accounts
from tests.security.own_objects import PERSON, Thing, personal


def populate(world: World) -> dict[str, dict[str, Thing]]:
    """role's person -> kind of object -> Thing. Everybody is there; two students at two centres."""
    _staff(world)
    mine, theirs = world.student(1), world.student(2, centre=1)
    world.judge()
    account_for(world, mine)
    account_for(world, theirs, "other_student")
    kinds, own = _shared(world, mine, theirs), personal(world)
    return {
        name: {**kinds, **{kind: things[name] for kind, things in own.items()}}
        for name in PERSON.values()
    }


def _staff(world: World) -> None:
    """Who is not in the small season: more of headquarters, officers, a second at each centre."""
    units = {grant.role: grant.unit for grant in Grant.objects.select_related("unit")}
    hq, college = units["hq_reviewer"], units["college_reviewer"]
    here, there = world.centres
    more = {
        "boss": (Role.HQ_ADMIN, hq),
        "boss2": (Role.HQ_ADMIN, hq),
        "system": (Role.SYSTEM_ADMIN, hq),
        "security": (Role.SECURITY_ADMIN, hq),
        "dispatch": (Role.COLLEGE_DISPATCH, college),
        "teacher": (Role.CLASS_TEACHER, here),
        "a2": (Role.CENTRE_CLERK, here),
        "b2": (Role.CENTRE_CLERK, there),
    }
    world.users |= accounts(
        {name: (role, unit, f"{name}老师") for name, (role, unit) in more.items()}, PASSWORD
    )


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
