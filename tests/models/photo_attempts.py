"""Attempts against the constraints of uploads, judged pictures, decisions and the orders to compare faces."""

from collections.abc import Callable
from typing import Any

from graduand.models import (
    FaceOrder,
    FaceVector,
    PhotoCheck,
    PhotoDecision,
    PhotoRow,
    PhotoUpload,
    User,
)
from graduand.models.candidate import Candidate

Again = Callable[..., Callable[[Candidate], None]]


def prepare(file: Candidate) -> None:
    """One row of everything."""
    now, user = file.collected_at, User.objects.latest("pk")
    upload = PhotoUpload.objects.create(
        key="u", kind="graduation", name="a.zip", sha256="0", by=user, at=now, total=2
    )
    PhotoCheck.objects.create(upload=upload, place=0, name="a.jpg")
    photo = PhotoRow.objects.latest("pk")
    PhotoDecision.objects.create(photo=photo, accepted=True, at=now, by=user, desk="hq", key="d")
    FaceOrder.objects.create(on=True, basis="依据", at=now, by=user, key="o")
    FaceVector.objects.create(photo=photo, vector="v", runtime="r", expires_on=now.date())


def attempts(again: Again, changed: Any) -> dict[str, Callable[[Candidate], Any]]:
    """Constraint -> what must be refused."""
    return {
        "photo_refused_says_why": changed(PhotoRow, review="refused", problems=""),
        "photo_upload_cursor_within_total": changed(PhotoUpload, cursor=3),
        "photo_upload_finished_is_whole": lambda file: PhotoUpload.objects.update(
            finished_at=file.collected_at
        ),
        "photo_check_one_a_place": again(PhotoCheck),
        "photo_check_judged_has_a_verdict": changed(PhotoCheck, outcome="created"),
        "photo_decision_has_a_reason": again(PhotoDecision, accepted=False, key="other"),
        "face_order_names_its_basis": again(FaceOrder, basis="", key="other"),
    }


def fields(again: Again) -> dict[str, Callable[[Candidate], Any]]:
    """Unique field -> what must be refused."""
    return {
        "photoupload.key": again(PhotoUpload),
        "photodecision.key": again(PhotoDecision),
        "faceorder.key": again(FaceOrder),
        "facevector.photo": again(FaceVector),
    }
