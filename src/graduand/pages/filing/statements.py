"""The scan of a signed statement, for whoever may see the candidate: as a download, and written in the access log."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from graduand.office.filing import statements as office
from graduand.office.outgoing.privacy import LookRecord
from graduand.office.refusal import Refused
from graduand.pages.door import access_records
from graduand.pages.door.access import STAFF, Visit, reads
from graduand.pages.frame import downloads
from graduand.queries.filing import statements
from graduand.rulebook.people.account_terms import LookKind


@reads(*STAFF)
def scan(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """What was sent, byte by byte."""
    found = statements.visible_scan(visit.actor, pk)
    if found is None:
        raise Http404
    try:
        data = office.opened(found)
    except (OSError, ValueError) as lost:
        raise Refused("声明的扫描件不在存储里，或与记录的不符，请联系管理员从备份恢复") from lost
    access_records.seen(
        request,
        LookRecord(
            visit.actor, (found.candidate.student_id,), LookKind.PAPER, "暂缓毕业声明", at=visit.now
        ),
    )
    return downloads.scan(data, found.kind, f"statement-{found.candidate.student.number}")
