"""The fields of an amendment: what the content would become, the registry's answer."""

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
from graduand.queries.basis import policy_of
from graduand.queries.certificates import issued
from graduand.rulebook.calendar import parse_date
from graduand.rulebook.canon import BadText
from graduand.rulebook.terms import Verb

_KEPT = "graduand.amending.kept"


def content_changes(found: Pick) -> dict[str, Any] | None:
    """What would change on the one certificate of the pick, and the new content's hash.

    The changes are (label, before, after).
    """
    if found.verb != Verb.AMEND.value or found.size != 1:
        return None
    amendment = issued.amendment(picks.ids_of(found)[0], policy_of(found.batch))
    if amendment is None:
        return None
    return amendment._asdict()


def day_of(request: HttpRequest, label: str) -> str:
    """The day that the form names, as ISO text. Raises Refused."""
    try:
        return parse_date(request.POST.get("on", "")).isoformat()
    except BadText:
        raise Refused(f"请填写{label}") from None


def first_day(found: Pick) -> date | None:
    """The first day on which the registry can have changed anything: that of the registration.

    None for a pick of several files.
    """
    if found.size != 1:
        return None
    return issued.registered_on(picks.ids_of(found)[0])


def scan_of(request: HttpRequest, found: Pick) -> dict[str, Any] | None:
    """The scan sent with the form, sealed, else that of an earlier sending; None without either.

    Raises Refused for a file that is not a scan.
    """
    sent = request.FILES.get("answer")
    if not isinstance(sent, UploadedFile) or not sent.name:
        return brought_before(request, found)
    if (sent.size or 0) > MOST_BYTES:
        raise Refused(f"扫描件超过 {MOST_BYTES >> 20} MB，请降低扫描的分辨率后上传")
    return statements.sealed(sent.read(), sent.name)


def brought_before(request: HttpRequest, found: Pick) -> dict[str, Any] | None:
    """The scan of a form that was refused for another reason, so that it need not be chosen once
    more.
    """
    try:
        carried = signing.loads(
            request.POST.get("kept", ""), salt=_KEPT, max_age=settings.PICK_SECONDS
        )
    except signing.BadSignature:
        return None
    if carried["pick"] != found.key:
        return None
    scan: dict[str, Any] = carried["scan"]
    return scan


def carried_scan(scan: dict[str, Any] | None, found: Pick) -> dict[str, str] | None:
    """What the form carries about a stored scan: its name, and a mark for this confirmation."""
    if scan is None:
        return None
    return {
        "name": scan["name"],
        "mark": signing.dumps({"pick": found.key, "scan": scan}, salt=_KEPT),
    }


def answered(request: HttpRequest, found: Pick, scan: dict[str, Any] | None) -> dict[str, Any]:
    """What the form says of an amendment that rests on `scan`. Raises Refused."""
    now = content_changes(found)
    if now is None or request.POST.get("content") != now["content"]:
        raise Refused("学籍、专业规则或批次规定在打开此页后有变化，请重新打开，按最新内容核对")
    day = day_of(request, "学信网更正的日期")
    if not request.POST.get("note", "").strip():
        raise Refused("请填写学信网更正结果的文号")
    if scan is None:
        raise Refused("请上传学信网更正结果的扫描件")
    return {"on": day, "statement": scan, "content": now["content"], "changes": now["changes"]}
