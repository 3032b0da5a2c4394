"""The fields of an amendment: what would become of the content, and the registry's answer as a form sends it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from graduand.gateways.signed_papers import MOST_BYTES
from graduand.models import Pick
from graduand.office import picks
from graduand.office.filing import statements
from graduand.office.refusal import Refused
from graduand.queries.bench import policy_of
from graduand.queries.certificates import issued
from graduand.rulebook.calendar import parse_date
from graduand.rulebook.canon import BadText
from graduand.rulebook.terms import Verb

_KEPT = "graduand.amending.kept"


def would_be(found: Pick) -> dict[str, Any] | None:
    """The one certificate of the pick: (label, before, after) of what would change, and the new content's hash."""
    if found.verb != Verb.AMEND.value or found.size != 1:
        return None
    would = issued.amendment(picks.ids_of(found)[0], policy_of(found.batch))
    return would._asdict() if would is not None else None


def day_of(request: HttpRequest, label: str) -> str:
    """The day that the form names, as ISO text. Raises Refused."""
    try:
        return parse_date(request.POST.get("on", "")).isoformat()
    except BadText:
        raise Refused(f"请填写{label}") from None


def first_day(found: Pick) -> date | None:
    """The first day that the registry can have corrected or cancelled anything of the one file: that of its registration."""
    return issued.registered_on(picks.ids_of(found)[0]) if found.size == 1 else None


def scan_of(request: HttpRequest, found: Pick) -> dict[str, Any] | None:
    """The scan that the form brings, kept sealed, else the one that an earlier sending of it
    brought; None for neither.

    Raises Refused for what is no scan.
    """
    sent = request.FILES.get("answer")
    if not isinstance(sent, UploadedFile) or not sent.name:
        return brought_before(request, found)
    if (sent.size or 0) > MOST_BYTES:
        raise Refused(f"扫描件超过 {MOST_BYTES >> 20} MB，请降低扫描的分辨率后上传")
    return statements.sealed(sent.read(), sent.name)


def brought_before(request: HttpRequest, found: Pick) -> dict[str, Any] | None:
    """The scan whose form was refused for another reason: nobody has to look for it once more."""
    try:
        said = signing.loads(
            request.POST.get("kept", ""), salt=_KEPT, max_age=settings.PICK_SECONDS
        )
    except signing.BadSignature:
        return None
    return said["scan"] if said["pick"] == found.key else None


def to_bring(scan: dict[str, Any] | None, found: Pick) -> dict[str, str] | None:
    """What the form carries of a scan that is kept already: its name, and a mark that holds for this confirmation alone."""
    if scan is None:
        return None
    return {
        "name": scan["name"],
        "mark": signing.dumps({"pick": found.key, "scan": scan}, salt=_KEPT),
    }


def answered(request: HttpRequest, found: Pick, scan: dict[str, Any] | None) -> dict[str, Any]:
    """What the form says of an amendment that rests on `scan`. Raises Refused."""
    now = would_be(found)
    if now is None or request.POST.get("content") != now["content"]:
        raise Refused("学籍、专业规则或批次规定在打开此页后有变化，请重新打开，按最新内容核对")
    day = day_of(request, "学信网更正的日期")
    if not request.POST.get("note", "").strip():
        raise Refused("请填写学信网更正结果的文号")
    if scan is None:
        raise Refused("请上传学信网更正结果的扫描件")
    return {"on": day, "statement": scan, "content": now["content"], "changes": now["changes"]}
