"""成绩申报: a college declares a round's grades complete, or takes that back with a reason (notice 三.1,
三.2).
"""

from __future__ import annotations

from django.db import IntegrityError, transaction

from graduand.models import GradesDeclared, Round, Unit
from graduand.office import account_log, typed_texts
from graduand.office.refusal import Refused, not_allowed
from graduand.queries import clock
from graduand.queries.basis import policy_of
from graduand.queries.scope import Actor
from graduand.queries.season.grades import colleges_of
from graduand.rulebook.people.account_terms import Deed, Function
from graduand.rulebook.people.rights import FUNCTIONS
from graduand.rulebook.terms import Role

NOTE_LENGTH = 200
# Grades are declared by the reviewing function.
REVIEWING = frozenset(
    role for role, held in FUNCTIONS.items() if held & {Function.REVIEWING, Function.LAST_REVIEW}
)


def declare(filing_round: Round, college: Unit, actor: Actor, note: str = "") -> GradesDeclared:
    """Say that 综合实践复核 and 成绩发布 of a round are complete; saying it twice is saying it
    once.

    Raises Refused for whoever does not review for that college, and for a round without such a day.
    """
    _check(filing_round, college, actor)
    words = _words(note)
    standing = GradesDeclared.objects.filter(round=filing_round, college=college, withdrawn_at=None)
    known = standing.first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            made = GradesDeclared.objects.create(
                round=filing_round, college=college, at=clock.now(), by_id=actor.user_id, note=words
            )
            _told(Deed.GRADES_DECLARED, filing_round, college, actor)
            return made
    except IntegrityError:  # a colleague of the same college was quicker
        return standing.get()


def withdraw(filing_round: Round, college: Unit, actor: Actor, why: str) -> None:
    """Take the declaration back: grades are still coming. Raises Refused, also without a reason or a word."""
    _check(filing_round, college, actor)
    words = _words(why)
    if not words:
        raise Refused("请写明撤回的原因")
    standing = GradesDeclared.objects.filter(round=filing_round, college=college, withdrawn_at=None)
    taken = {"withdrawn_at": clock.now(), "withdrawn_by_id": actor.user_id, "withdrawn_why": words}
    with transaction.atomic():
        if not standing.update(**taken):
            raise Refused(f"{college.name}还没有申报「{filing_round.name}」的成绩，不用撤回")
        _told(Deed.GRADES_TAKEN, filing_round, college, actor)


def _told(deed: Deed, filing_round: Round, college: Unit, actor: Actor) -> None:
    account_log.note(
        deed,
        actor=actor.user_id,
        batch=filing_round.batch.code,
        round=filing_round.name,
        unit=college.code,
    )


def _check(filing_round: Round, college: Unit, actor: Actor) -> None:
    if actor.roles.isdisjoint(REVIEWING):
        mine = "、".join(role.label for role in Role if role in actor.roles)
        raise not_allowed(f"成绩由学院审核人员申报，您的角色是「{mine}」")
    if college.pk not in colleges_of(actor):
        raise not_allowed(f"您不能代{college.name}申报成绩")
    batch = filing_round.batch
    if not batch.is_open:
        raise Refused(batch.shut)
    rule = policy_of(batch).round(filing_round.name)
    if rule is None or rule.scores_by is None:
        raise Refused(
            f"批次 {batch.code} 的「{filing_round.name}」没有规定成绩提交的日期，不用申报"
        )


def _words(text: str) -> str:
    words = typed_texts.words(text)
    if len(words) > NOTE_LENGTH:
        raise Refused(f"说明有 {len(words)} 个字，超过 {NOTE_LENGTH} 个字")
    return words
