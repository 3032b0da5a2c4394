"""A person decides on a picture that the judge, or a comparison, left to one: recorded with who,
when and why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db import IntegrityError, transaction

from graduand.models import PhotoDecision, PhotoRow
from graduand.office import account_log, typed_texts
from graduand.office.audit.auditing import mark_stale
from graduand.office.refusal import Refused, not_allowed
from graduand.queries import clock
from graduand.queries.people.own_files import own_students
from graduand.queries.scope import Actor, visible
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.photos.findings import PhotoCode, PhotoFinding
from graduand.rulebook.photos.words import PhotoReason, PhotoReview
from graduand.rulebook.terms import Desk, Verb
from graduand.rulebook.words import label_of, stored_value

DESKS = (Desk.COLLEGE, Desk.HQ)
LONGEST_NOTE = 200
PERSON_DECIDES = frozenset({PhotoCode.CHSI_PHOTO_DIFFERS, PhotoCode.REFERENCE_UNUSABLE})


@dataclass(frozen=True, slots=True)
class PictureDecision:
    """What a person says of a picture; `reason` only when it is refused, `note` always with 其他."""

    accepted: bool
    reason: PhotoReason | None = None
    note: str = ""
    key: str = ""


def decide(pk: int, actor: Actor, decision: PictureDecision) -> PhotoDecision:
    """Record the decision on picture `pk`; the same key a second time gives the stored one.

    Raises Refused for a desk that doesn't review and for what is not to be decided (any more),
    LookupError for a picture that the actor does not see.
    """
    if actor.desk not in DESKS or not rights.may(actor.roles, actor.desk, Verb.SEND_BACK):
        raise not_allowed("照片审核由学院办理，您的岗位不能审核照片")
    decision = replace(decision, note=typed_texts.words(decision.note))
    if not decision.accepted and decision.reason is None:
        raise Refused("请选择不合格的原因")
    if decision.reason is PhotoReason.OTHER and not decision.note:
        raise Refused("选择「其他」须写明原因")
    try:
        with transaction.atomic():
            return _decided(pk, actor, decision)
    except IntegrityError:  # a double click: the other request was quicker
        known = PhotoDecision.objects.filter(key=decision.key, by_id=actor.user_id).first()
        if known is None:
            raise
        return known


def _decided(pk: int, actor: Actor, decision: PictureDecision) -> PhotoDecision:
    known = PhotoDecision.objects.filter(key=decision.key, by_id=actor.user_id).first()
    if known is not None:
        return known
    photo = _of_another(pk, actor)
    after = PhotoReview.ACCEPTED if decision.accepted else PhotoReview.REFUSED
    # When two people press at the same time, one decides and the other is told.
    pending = PhotoRow.objects.filter(pk=pk, current=True, review=PhotoReview.PENDING.value)
    if not pending.update(
        review=after.value, problems=_problem(decision), same=_same(photo, decision)
    ):
        raise Refused("这张照片已由他人审核，或已换成新照片，请看下一张")
    mark_stale([photo.student_id], "审核了照片")
    account_log.note(Deed.PHOTO_DECIDED, actor=actor.user_id, photo=pk, accepted=decision.accepted)
    return PhotoDecision.objects.create(
        photo_id=pk,
        accepted=decision.accepted,
        reason=stored_value(decision.reason),
        note=decision.note[:LONGEST_NOTE],
        findings=[finding.as_row() for finding in standing(photo)],
        at=clock.now(),
        by_id=actor.user_id,
        desk=actor.desk.value,
        key=decision.key,
    )


def _of_another(pk: int, actor: Actor) -> PhotoRow:
    """The picture, which neither shows the actor nor was sent by the actor."""
    photo: PhotoRow | None = (
        visible(actor, PhotoRow.objects.filter(pk=pk), "student__centre")
        .select_related("judged")
        .first()
    )
    if photo is None:
        raise LookupError(pk)
    if photo.stored_by_id == actor.user_id:
        raise Refused("照片是您自己上传的，请由另一位同事审核")
    if photo.student_id in own_students(actor.student_id):
        raise Refused("这是您本人的照片，请由另一位同事审核")
    return photo


def _problem(decision: PictureDecision) -> str:
    if decision.accepted:
        return ""
    note = ""
    if decision.note:
        note = f"（{decision.note}）"[: LONGEST_NOTE - 40]
    return f"人工审核：{label_of(decision.reason)}{note}"


def _same(photo: PhotoRow, decision: PictureDecision) -> bool | None:
    """Whether it is the registry's picture, where that was the question (四.2(3)): a confirmed
    difference blocks.
    """
    asked = any(finding.code in PERSON_DECIDES for finding in standing(photo))
    if asked and decision.accepted:
        return True
    if decision.reason is PhotoReason.REGISTRY:
        return False
    return photo.same


def standing(photo: PhotoRow) -> list[PhotoFinding]:
    """Everything said of a picture: the judge's findings and those of comparing."""
    rows: list[list[str | bool]] = [*photo.compared]
    if photo.judged:
        rows = [*photo.judged.findings, *rows]
    return [PhotoFinding.from_row(row) for row in rows]
