"""The fields of a deferral's statement: a scan, a zip of scans, or where the papers are kept."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from graduand.gateways.signed_papers import MOST_BYTES
from graduand.office.filing import statements
from graduand.office.filing.signed_statements import SignedStatements
from graduand.office.refusal import Refused
from graduand.queries.scope import Actor

NOTHING = "请上传学生签字的声明，或填写纸质声明的签字日期和存放地点；没有办理任何学生"


def given_by(request: HttpRequest, ids: Sequence[int], actor: Actor) -> SignedStatements:
    """The statements that a form sends for `ids`. Raises Refused; then nothing is done."""
    people = statements.deferrable_files(ids, actor)
    sent = request.FILES.get("scan")
    if not isinstance(sent, UploadedFile) or not sent.name:
        return _on_paper(request)
    if len(ids) == 1:
        if (sent.size or 0) > MOST_BYTES:
            raise Refused(f"声明的扫描件超过 {MOST_BYTES >> 20} MB，请降低扫描的分辨率后上传")
        return statements.scanned(sent.read(), sent.name, people)
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".zip") as draft:
        for piece in sent.chunks():
            draft.write(piece)
        draft.flush()
        return statements.zipped(Path(draft.name), people)


def _on_paper(request: HttpRequest) -> SignedStatements:
    """When the papers were signed and where they are kept. Raises Refused where neither is given."""
    signed_on = request.POST.get("signed_on", "").strip()
    place = request.POST.get("place", "").strip()
    if not (signed_on or place):
        raise Refused(NOTHING)
    return statements.on_paper(signed_on, place)
