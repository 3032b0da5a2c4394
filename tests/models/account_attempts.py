"""Attempts against the constraints of accounts, sessions, looks, consents and exports."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import models

from graduand.models import (
    AccountEvent,
    Activation,
    Consent,
    Grant,
    Look,
    Outgoing,
    OutgoingEnd,
    Sitting,
    SpentCode,
    Student,
    Throttle,
    Unit,
    User,
)
from graduand.models.candidate import Candidate

DAY = timedelta(days=1)
Again = Callable[..., Callable[[Candidate], None]]


def prepare(file: Candidate) -> None:
    """One row of everything."""
    now, user, student = file.collected_at, User.objects.latest("pk"), Student.objects.latest("pk")
    Grant.objects.create(
        user=User.objects.create(username="sys1", name="某"),
        role="system_admin",
        unit=Unit.objects.get(kind="hq"),
    )
    Grant.objects.create(user=user, role="class_teacher", unit=file.centre)
    Activation.objects.create(user=user, digest="d", made_at=now, expires_at=now + DAY)
    Sitting.objects.create(user=user, session_key="s", started_at=now, seen_at=now)
    Throttle.objects.create(key="t", spent=1, since=now, open_at=now)
    SpentCode.objects.create(user=user, step=1)
    AccountEvent.objects.create(at=now, deed="signed_in", actor=user, user=user, key="e")
    Look.objects.create(at=now, user=user, desk="hq", student=student, kind="file")
    consent = Consent.objects.create(
        kind="export", digest="c", reason="r", asked_by=user, asked_at=now, key="c"
    )
    out = Outgoing.objects.create(
        serial=1, listing="candidates", personal=False, rows=1, by=user, at=now, consent=consent
    )
    OutgoingEnd.objects.create(outgoing=out, state="written", rows=1, sha256="0", at=now)


def _another() -> Outgoing:
    """One more record, which has not ended."""
    first = Outgoing.objects.latest("pk")
    return Outgoing.objects.create(
        serial=2, listing="candidates", personal=False, rows=1, by=first.by, at=first.at
    )


def answered_by_asker(file: Candidate) -> None:
    row = Consent.objects.latest("pk")
    Consent.objects.filter(pk=row.pk).update(
        decided_by=row.asked_by, decided_at=row.asked_at, agreed=True
    )


def after_the_answer(file: Candidate) -> None:
    row = Consent.objects.latest("pk")
    other = User.objects.exclude(pk=row.asked_by_id).latest("pk")
    answer = {"decided_by": other, "decided_at": row.asked_at, "agreed": False}
    Consent.objects.filter(pk=row.pk).update(**answer, withdrawn_at=row.asked_at)


def read_though_agreed(file: Candidate) -> None:
    row = Consent.objects.latest("pk")
    other = User.objects.exclude(pk=row.asked_by_id).latest("pk")
    answer = {"decided_by": other, "decided_at": row.asked_at, "agreed": True}
    Consent.objects.filter(pk=row.pk).update(**answer, read_at=row.asked_at)


def attempts(again: Again, changed: Again) -> dict[str, Callable[[Candidate], Any]]:
    """Constraint -> what must be refused."""
    return {
        "grant_one_officer_role": again(
            Grant, role="auditor", user=lambda: User.objects.get(username="sys1")
        ),
        "activation_one_open_a_user": again(Activation, digest="other"),
        "activation_expires_after_made": changed(Activation, expires_at=models.F("made_at")),
        "activation_used_in_time": changed(Activation, used_at=models.F("expires_at") + DAY),
        "sitting_seen_after_start": changed(Sitting, seen_at=models.F("started_at") - DAY),
        "sitting_ended_by_with_ended_at": changed(Sitting, ended_by=models.F("user")),
        "spent_code_once": again(SpentCode),
        "look_reveal_has_purpose": again(Look, kind="reveal"),
        "consent_by_a_second_person": answered_by_asker,
        "consent_who_and_when_together": changed(Consent, decided_at=models.F("asked_at")),
        "consent_used_when_agreed": changed(Consent, used_at=models.F("asked_at")),
        "consent_answered_or_withdrawn": after_the_answer,
        "consent_read_unless_agreed": read_though_agreed,
        "consent_asked_once": again(Consent, key="other"),
        "outgoing_end_says_what_or_why": again(
            OutgoingEnd, outgoing_id=lambda: _another().pk, why="x"
        ),
        "outgoing_personal_has_purpose": again(Outgoing, serial=2, consent=None, personal=True),
    }


def fields(again: Again) -> dict[str, Callable[[Candidate], Any]]:
    """Unique field -> what must be refused."""
    return {
        "activation.digest": again(
            Activation, withdrawn_at=lambda: Activation.objects.latest("pk").made_at
        ),
        "sitting.session_key": again(Sitting),
        "throttle.key": again(Throttle),
        "accountevent.key": again(AccountEvent),
        "consent.key": again(Consent, digest="other"),
        "outgoing.serial": again(Outgoing, consent=None),
        "outgoingend.outgoing": again(OutgoingEnd),
    }
