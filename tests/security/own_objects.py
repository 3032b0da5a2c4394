"""What belongs to one person alone: whoever asks has one, and so has somebody at the other centre."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.utils import timezone

from graduand.models import (
    Act,
    Candidate,
    Intake,
    Job,
    PendingForm,
    PhotoCheck,
    PhotoUpload,
    Pick,
    PickPiece,
    PolicyDraft,
    SheetUpload,
    Sitting,
)
from graduand.pages.door.sign_in_ways import FactorWays
from graduand.queries.scope import actor_of
from graduand.rulebook.terms import Role
from tests.pages.world import NOON, World

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


def personal(world: World) -> dict[str, dict[str, Thing]]:
    """kind -> role's person -> the own object, and that of somebody at the other centre.

    There are hundreds of them: each kind is stored at once.
    """
    acts, acted = _stored(_act(world, "act")), _stored(_act(world, "acted"))
    jobs, uploads, sheets = _stored(_job(world)), _stored(_upload(world)), _stored(_sheet(world))
    return {
        "pick": _keyed(_picks(world)),
        "form": _keyed(_stored(_form(world))),
        "act": _numbered(acts),
        "acted": _things(acted, lambda act: {"subject": act.pk}),
        "job": _numbered(jobs),
        "work": _things(jobs, lambda job: {"kind": job.kind, "subject": job.subject}),
        "upload": _numbered(uploads),
        "check": _numbered(_of_each(uploads, _check)),
        "sheet": _numbered(sheets),
        "intake": _numbered(_of_each(sheets, _intake)),
        "draft": _numbered(_stored(_draft(world))),
        "template": {
            name: Thing({"kind": "students"}, {"kind": "nothing"}) for name in PERSON.values()
        },
        "device": _numbered(_devices(world)),
        "sitting": _numbered(_stored(_sitting(world))),
    }


# role's person -> a row of the person's own, and one of somebody's at the other centre
Rows = dict[str, tuple[Any, Any]]


def _couples() -> dict[str, tuple[str, str]]:
    """role's person -> the person, and who stands for the others."""
    return {name: (name, "b" if name != "student" else "other_student") for name in PERSON.values()}


def _stored(make: Callable[[str, int], Any]) -> Rows:
    """`make(who, a number of its own)` for everybody and for their others."""
    people = [who for couple in _couples().values() for who in couple]
    return _coupled([make(who, number) for number, who in enumerate(people)])


def _of_each(found: Rows, make: Callable[[Any], Any]) -> Rows:
    """What `make` makes of each row that is stored."""
    return _coupled([make(row) for couple in found.values() for row in couple])


def _coupled(rows: list[Any]) -> Rows:
    stored = type(rows[0]).objects.bulk_create(rows)
    return dict(zip(PERSON.values(), zip(stored[::2], stored[1::2], strict=True), strict=True))


def _things(found: Rows, told: Callable[[Any], dict]) -> dict[str, Thing]:
    """What an address says of each row."""
    return {name: Thing(*map(told, couple)) for name, couple in found.items()}


def _numbered(found: Rows) -> dict[str, Thing]:
    return _things(found, lambda row: {"pk": row.pk})


def _keyed(found: Rows) -> dict[str, Thing]:
    return _things(found, lambda row: {"key": row.key})


VERBS = {"hq": "approve", "college": "endorse"}


def _picks(world: World) -> Rows:
    """Picks of one file, each for what its owner's desk does."""
    owners = dict.fromkeys(who for couple in _couples().values() for who in couple)
    desks = {who: actor_of(world.users[who], NOON.date()) for who in owners}
    verbs = {
        who: VERBS.get(desk.desk.value, "apply") if desk else "apply" for who, desk in desks.items()
    }
    picks = _stored(
        lambda who, number: Pick(
            key=f"{who}{number}",
            owner=world.users[who],
            verb=verbs[who],
            batch=world.batch,
            listing="candidates",
            size=1,
            made_at=timezone.now(),
        )
    )
    packed = PickPiece.pack([Candidate.objects.first().pk])
    _of_each(picks, lambda pick: PickPiece(pick=pick, place=0, packed=packed))
    return picks


def _form(world: World) -> Callable[[str, int], PendingForm]:
    return lambda who, number: PendingForm(
        key=f"{who}{number}",
        owner=world.users[who],
        path="/account/password",
        before="/",
        fields="[]",
        kept_at=timezone.now(),
    )


def _act(world: World, word: str) -> Callable[[str, int], Act]:
    return lambda who, number: Act(
        key=f"{word} {who}{number}",
        verb="apply",
        batch=world.batch,
        actor=world.users[who],
        desk="centre",
        total=0,
        confirmed_at=NOON,
        finished_at=NOON,
    )


def _job(world: World) -> Callable[[str, int], Job]:
    first = Job.objects.count() + 1
    return lambda who, number: Job(kind="policy", subject=first + number, by=world.users[who])


def _upload(world: World) -> Callable[[str, int], PhotoUpload]:
    return lambda who, number: PhotoUpload(
        key=f"{who}{number}",
        kind="graduation",
        name="照片.zip",
        sha256=f"{number:064d}",
        by=world.users[who],
        at=NOON,
    )


def _check(upload: PhotoUpload) -> PhotoCheck:
    return PhotoCheck(upload=upload, place=1, name="1.jpg")


def _sheet(world: World) -> Callable[[str, int], SheetUpload]:
    return lambda who, number: SheetUpload(
        key=f"{who}{number}",
        kind="results",
        name="成绩.xlsx",
        sha256=f"{number:064d}",
        size=10,
        by=world.users[who],
        at=NOON,
    )


def _intake(sheet: SheetUpload) -> Intake:
    return Intake(
        kind=sheet.kind, name=sheet.name, sha256=sheet.sha256, trial=True, by=sheet.by, at=NOON
    )


def _draft(world: World) -> Callable[[str, int], PolicyDraft]:
    policy = world.batch.versions.get()
    return lambda who, number: PolicyDraft(
        key=f"{who}{number}",
        code="202307",
        base=policy,
        source=policy.source,
        by=world.users[who],
        at=NOON,
    )


def _devices(world: World) -> Rows:
    """An app of everybody, one each: the others' is the same for all."""
    couples = _couples()
    owners = dict.fromkeys(who for couple in couples.values() for who in couple)
    data = {"secret": FactorWays().encrypt("A" * 32)}
    apps = [Authenticator(user=world.users[who], type="totp", data=data) for who in owners]
    of = {app.user.username: app for app in Authenticator.objects.bulk_create(apps)}
    return {
        name: tuple(of[world.users[who].username] for who in couple)
        for name, couple in couples.items()
    }


def _sitting(world: World) -> Callable[[str, int], Sitting]:
    now = timezone.now()
    return lambda who, number: Sitting(
        user=world.users[who],
        session_key=f"{who}-{number}",
        started_at=now - timedelta(hours=1),
        seen_at=now,
    )
