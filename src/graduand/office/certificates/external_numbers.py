"""Certificates numbered elsewhere: the numbers that headquarters sent are given to the files that
are ready for them.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from graduand.models import Act, Batch, Candidate, DegreeCertificate, IncomingNumber, User
from graduand.office import acts, moves
from graduand.office.people import own_accounts
from graduand.office.refusal import Refused
from graduand.queries.certificates import issued
from graduand.queries.scope import Actor
from graduand.rulebook.terms import DegreeState, Desk, Stage, Verb


def certify_incoming(batch: Batch, by: User | None, key: str) -> Act | None:
    """编号制证 for every approved file of `batch` with an incoming number, with all its gates.

    `key`: called again with the same one, it finds what was done or begun. None when no file is
    ready. Files that a gate refuses keep their number and wait for the next certify. Raises Refused
    when the person who brought the numbers no longer has a role: nobody else stands in.
    """
    if (begun := Act.objects.filter(key=key).first()) is not None:
        return moves.carry_out(begun)
    number = IncomingNumber.objects.filter(batch=batch, student=OuterRef("student"))
    ready = Candidate.objects.filter(Exists(number), batch=batch, stage=Stage.APPROVED.value)
    ids = list(ready.values_list("id", flat=True))
    if not ids:
        return None
    return acts.do(batch, ids, _importer(by), acts.ActRequest(Verb.CERTIFY, key=key))


def _importer(by: User | None) -> Actor:
    """Who numbers what came in: the person who brought it, the program where nobody did. Raises
    Refused.
    """
    if by is None:
        return own_accounts.system_actor(Desk.HQ)
    actor = own_accounts.actor_today(by)
    if actor is None:
        raise Refused(
            "导入人已没有可用的角色，没有编号制证；编号已存，请由在岗的总部人员执行编号制证"
        )
    return actor


def number_incoming_degrees(batch: Batch, by: User | None, key: str) -> Act | None:
    """学位证书编号 for every granted degree of `batch` for which headquarters sent a number; None when
    there is none.
    """
    if (begun := Act.objects.filter(key=key).first()) is not None:
        return moves.carry_out(begun)
    granted = Candidate.objects.filter(
        batch=batch,
        degree=DegreeState.GRANTED.value,
        certificates__voided_at=None,
        certificates__isnull=False,
    )
    waiting = list(
        granted.exclude(
            degree_certificates__in=DegreeCertificate.objects.filter(voided_at=None)
        ).values_list("id", flat=True)
    )
    ids = sorted(issued.degree_numbers_sent(waiting))
    if not ids:
        return None
    return acts.do(batch, ids, _importer(by), acts.ActRequest(Verb.DEGREE_CERTIFY, key=key))
