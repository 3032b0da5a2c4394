"""What is still to do in a closed batch: no home page counts it once the batch is finished."""

from __future__ import annotations

from graduand.models import Batch, Candidate
from graduand.pages.door.access import Visit
from graduand.pages.frame.base import address
from graduand.queries import scope
from graduand.queries.audit.degrees import ASKED, BACK, NUMBERING
from graduand.queries.certificates.old_papers import OLD
from graduand.queries.listing import BATCH
from graduand.queries.season import batches, closing_summary
from graduand.rulebook.terms import Stage

# Open work that is not a stage of a file: the list of exactly these, and its filter.
_LISTS = {
    "registry": ("/certificates", [("void", "0"), ("registered", "0")]),
    OLD: ("/certificates", [("void", "0"), ("paper", OLD)]),
    ASKED: ("/candidates", [("degree", "applied"), ("award", ASKED)]),
    "degree_back": ("/candidates", [("degree", "returned"), ("award", BACK)]),
    NUMBERING: ("/candidates", [("degree", "granted"), ("award", NUMBERING)]),
}
Line = tuple[str, int, str]


def still_open(visit: Visit, batch: Batch) -> list[Line]:
    """办结后仍可办理, as far as the visitor sees the files: each with its list; none before."""
    if batch.finished_at is None:
        return []
    found = closing_summary.still_open(
        scope.visible(visit.actor, Candidate.objects.filter(batch=batch))
    )
    return [(item.label, item.count, _list_of(batch, item.key)) for item in found]


def _list_of(batch: Batch, key: str) -> str:
    path, asked = _LISTS.get(key, ("/candidates", [("stage", key)]))
    return address(path, [(BATCH, batch.code), *asked])


def unclaimed_lines(batch: Batch) -> list[Line]:
    """待领保管: the centres that keep certificates which nobody has fetched, each with its list."""
    stage = ("stage", Stage.RECEIVED.value)
    return [
        (name, n, address("/handovers", [(BATCH, batch.code), ("centre", code), stage]))
        for code, name, n in batches.unclaimed_certificates(batch)
    ]
