"""Deferring with the student's signed statement: a sealed scan of each, or where the paper is kept
(annex 2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from graduand.gateways import hashed_files, signed_papers
from graduand.gateways.archives import (
    ArchiveRefused,
    EntryRefused,
    OpenZip,
    ZipLimits,
    open_archive,
)
from graduand.gateways.signed_papers import ScanRefused
from graduand.logs import scrub
from graduand.models import Act, Batch, Candidate, Statement, key_ring
from graduand.office import acts
from graduand.office.filing.signed_statements import Scan, SignedStatements
from graduand.office.refusal import Refused, unusable
from graduand.queries import clock
from graduand.queries.scope import Actor, visible
from graduand.rulebook.canon import BadText, canon_number, canon_text
from graduand.rulebook.journey import STEPS
from graduand.rulebook.terms import Verb
from graduand.rulebook.words import name_some

MOST_ZIP_BYTES = 200 << 20
LIMITS = ZipLimits(entries=2_000, entry=signed_papers.MOST_BYTES, total=1 << 30)
SHOWN = 5
# The oldest signature that counts, since a statement is signed for the batch at hand.
OLDEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class StatementPapers:
    """What a command names: the scan of one student, a zip of scans named by 学号, or where the
    papers are kept.
    """

    scan: Path | None = None
    signed_on: str = ""
    place: str = ""

    def given(self, people: Mapping[str, int]) -> SignedStatements:
        """The statements of `people`. Raises Refused."""
        if self.scan is None:
            return on_paper(self.signed_on, self.place)
        if len(people) == 1 and self.scan.suffix.lower() != ".zip":
            return scanned(self.scan.read_bytes(), self.scan.name, people)
        return zipped(self.scan, people)


def deferrable_files(ids: Sequence[int], actor: Actor) -> dict[str, int]:
    """学号 -> candidate of those that a deferral by `actor` can move: only they need a statement."""
    stages = [stage.value for stage in STEPS[Verb.DEFER].stages]
    rows = visible(actor, Candidate.objects.filter(id__among=list(ids), stage__in=stages))
    return dict(rows.values_list("student__number", "id"))


def on_paper(signed_on: str, place: str) -> SignedStatements:
    """「纸质声明已存」, with its day and its place. Raises Refused."""
    try:
        day = date.fromisoformat(signed_on)
        where = scrub(canon_text(place))
    except (ValueError, BadText):
        raise Refused("请写明纸质声明的签字日期和存放地点") from None
    today = clock.today()
    if not where:
        raise Refused("请写明纸质声明存放在哪里，例：学习中心档案柜 2 号")
    if not today - OLDEST <= day <= today:
        raise Refused("纸质声明的签字日期应在一年以内，且不晚于今天")
    return SignedStatements(signed_on=day, place=where[:100])


def scanned(data: bytes, name: str, people: Mapping[str, int]) -> SignedStatements:
    """The scan of the one candidate that is meant. Raises Refused."""
    return SignedStatements({candidate: _kept(data, name) for candidate in people.values()})


def zipped(path: Path, people: Mapping[str, int]) -> SignedStatements:
    """A scan of each candidate out of a flat zip, named by 学号: all of them, or nothing is kept.
    Raises Refused.
    """
    if path.stat().st_size > MOST_ZIP_BYTES:
        raise Refused(f"压缩包超过 {MOST_ZIP_BYTES >> 20} MB，请分批办理")
    try:
        with open_archive(path, limits=LIMITS) as archive:
            found = _by_number(archive, people)
            _complete(found, people)
            return SignedStatements(
                {people[number]: _kept(data, name) for number, (name, data) in found.items()}
            )
    except ArchiveRefused as problem:
        raise Refused(str(problem)) from problem


def _by_number(archive: OpenZip, people: Mapping[str, int]) -> dict[str, tuple[str, bytes]]:
    """学号 -> (name, bytes); every entry is read before any is kept."""
    found: dict[str, tuple[str, bytes]] = {}
    for entry in archive.entries:
        try:
            number = canon_number(entry.base.rpartition(".")[0])
            data = archive.read(entry)
        except BadText:
            number = ""
            data = b""
        except EntryRefused as problem:
            raise Refused(f"{scrub(entry.name)}：{problem}") from problem
        if number not in people:
            raise Refused(
                f"压缩包里的「{scrub(entry.name)}」不是所选学生的学号，请以学号命名，只放所选学生的声明"
            )
        if number in found:
            raise Refused(f"压缩包里学号 {number} 有两份声明，请只留一份")
        found[number] = (entry.name, data)
    return found


def _complete(found: Mapping[str, object], people: Mapping[str, int]) -> None:
    missing = sorted(people.keys() - found.keys())
    if missing:
        some = name_some(missing, SHOWN)
        raise Refused(f"压缩包里缺 {len(missing)} 名学生的声明：{some}；没有办理任何学生")


def _kept(data: bytes, name: str) -> Scan:
    """The sealed scan, durable before any row speaks of it (K05)."""
    try:
        kind = signed_papers.kind_of(data)
    except ScanRefused as problem:
        raise unusable(f"「{scrub(name)}」{problem}") from problem
    file = hashed_files.keep(_root(), key_ring().seal_bytes(data), ".sealed")
    return Scan(kind, hashed_files.sha256_of(data), file, len(data))


def sealed(data: bytes, name: str) -> dict[str, Any]:
    """A scan that a step rests on, kept sealed, as the act carries it. Raises Refused."""
    return {"name": name[:200], **asdict(_kept(data, name))}


def _root() -> Path:
    return Path(settings.MEDIA_ROOT) / "statements"


def confirm(
    batch: Batch,
    ids: Sequence[int],
    actor: Actor,
    request: acts.ActRequest,
    given: SignedStatements,
) -> Act:
    """Confirm a deferral together with its statements; the same key again is the same act with the
    same statements.
    """
    with transaction.atomic():
        if given.scans and not given.scans.keys() >= set(deferrable_files(ids, actor).values()):
            raise Refused("名单刚刚有变化，请重新选择并核对")
        return acts.confirm(batch, ids, actor, replace(request, statements=given), job=True)


def opened(statement: Statement) -> bytes:
    """The scan as it came. Raises FileNotFoundError, and ValueError when it is not what was stored."""
    return opened_scan(statement.file, statement.sha256)


def opened_scan(file: str, sha256: str) -> bytes:
    """The bytes that are kept sealed under `file` and were `sha256`. Raises FileNotFoundError,
    ValueError.
    """
    sealed = hashed_files.place_of(_root(), file, ".sealed").read_bytes()
    try:
        data = key_ring().open_bytes(sealed)
    except ImproperlyConfigured as problem:  # other bytes, or another key
        raise ValueError(str(problem)) from problem
    if hashed_files.sha256_of(data) != sha256:
        raise ValueError("a kept statement is not what it was")
    return data
