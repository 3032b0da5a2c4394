"""Publishing a notice to the centres, and confirming to have read one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from graduand.gateways import hashed_files
from graduand.models import Batch, Notice, NoticeAddress, NoticeFile, NoticeReceipt, Unit
from graduand.office import account_log
from graduand.office.refusal import Refused, not_yours
from graduand.queries import clock
from graduand.queries.messages import notices
from graduand.queries.scope import Actor
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.terms import Desk

MOST_FILES = 8
MOST_BYTES = 20 << 20
KINDS = (".pdf", ".docx", ".xlsx", ".doc", ".xls", ".zip", ".jpg", ".png", ".txt")
TITLE_LENGTH = 100
BODY_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as it was sent, lying at `path`."""

    name: str
    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be published; no units means everybody."""

    title: str
    body: str
    units: tuple[int, ...] = ()
    files: tuple[Attachment, ...] = field(default=())


def media() -> Path:
    """Where attachments are kept."""
    return Path(settings.MEDIA_ROOT) / "notices"


def publish(batch: Batch, letter: Letter, actor: Actor, key: str) -> Notice:
    """Publish once; the same key again is the same notice. Raises Refused."""
    known = Notice.objects.filter(key=key).first()
    if known is not None:
        return known
    _check(letter)
    units = list(Unit.objects.filter(pk__in=letter.units))
    if len(units) != len(set(letter.units)):
        raise Refused("收件单位有变化，请重新选择")
    kept = [(file, hashed_files.keep_file(media(), file.path, ".bin")) for file in letter.files]
    assert batch.policy_id is not None
    try:
        with transaction.atomic():
            made = Notice.objects.create(
                key=key,
                batch=batch,
                policy_id=batch.policy_id,
                title=letter.title.strip(),
                body=letter.body.strip(),
                for_all=not units,
                by_id=actor.user_id,
                published_at=clock.now(),
            )
            _address(made, units)
            _attach(made, kept)
            account_log.note(Deed.PUBLISHED, actor=actor.user_id, batch=batch.code, notice=made.pk)
    except IntegrityError:  # a double click: the other request was quicker
        return Notice.objects.get(key=key)
    return made


def _address(notice: Notice, units: Iterable[Unit]) -> None:
    NoticeAddress.objects.bulk_create(NoticeAddress(notice=notice, unit=unit) for unit in units)


def _attach(notice: Notice, kept: Iterable[tuple[Attachment, str]]) -> None:
    """The files, each kept under its hash already."""
    NoticeFile.objects.bulk_create(
        NoticeFile(notice=notice, name=file.name[:200], sha256=sha256, size=file.size)
        for file, sha256 in kept
    )


def _check(letter: Letter) -> None:
    if not letter.title.strip() or not letter.body.strip():
        raise Refused("标题和正文都要填写")
    if len(letter.title.strip()) > TITLE_LENGTH or len(letter.body) > BODY_LENGTH:
        raise Refused(f"标题不超过 {TITLE_LENGTH} 字，正文不超过 {BODY_LENGTH:,} 字")
    if len(letter.files) > MOST_FILES:
        raise Refused(f"附件最多 {MOST_FILES} 个")
    for file in letter.files:
        if file.size > MOST_BYTES:
            raise Refused(f"附件「{file.name}」超过 {MOST_BYTES >> 20} MB")
        if Path(file.name).suffix.lower() not in KINDS:
            raise Refused(f"附件「{file.name}」的类型不能发送，可用：{'、'.join(KINDS)}")


def confirm_read(number: int, actor: Actor) -> NoticeReceipt:
    """已阅: the receipt of this person, for the own unit; twice is once. Raises Refused."""
    notice = notices.visible(actor).filter(pk=number).first()
    if notice is None or actor.unit_id is None or actor.desk is Desk.HQ:
        raise not_yours()
    return NoticeReceipt.objects.get_or_create(
        notice=notice,
        user_id=actor.user_id,
        defaults={"unit_id": actor.unit_id, "read_at": clock.now()},
    )[0]
