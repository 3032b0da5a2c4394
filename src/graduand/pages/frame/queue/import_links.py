"""What pages say of an import: its figures, and where a sentence about it leads."""

from __future__ import annotations

from graduand.models import Intake
from graduand.office.certificates.issuing import fixed_terms
from graduand.office.records.plans import import_losses
from graduand.office.records.sheets import accounts
from graduand.pages.frame.base import address
from graduand.queries.season.seasons import EVERY_BATCH


def row_figures(record: Intake, unwritten: int) -> list[tuple[str, int, str]]:
    """(label, number, tone) of what became of the rows; `unwritten` ones have no error."""
    wrong = record.refused - unwritten
    figures = [
        ("新增", record.created, "ok"),
        ("更新", record.updated, ""),
        ("未变", record.unchanged, ""),
        ("有误", wrong, "bad" if wrong else ""),
    ]
    if unwritten:
        figures.append(("未写入", unwritten, ""))
    return figures


def link_of(sentence: str, record: Intake | None) -> tuple[str, str] | None:
    """(words, address) for a sentence that is told of an import; None when it leads nowhere."""
    everywhere = ("batch", EVERY_BATCH)
    if fixed_terms.speaks_of_differing(sentence):
        return "查看这些证书", address(
            "/certificates", [everywhere, ("void", "0"), ("record", "0")]
        )
    if import_losses.speaks_of_lost(sentence) and record is not None:
        return "查看这些人", address("/candidates", [everywhere, ("import", str(record.pk))])
    if import_losses.speaks_of_regained(sentence) and record is not None:
        return "查看这些人", address("/candidates", [everywhere, ("regained", str(record.pk))])
    if import_losses.speaks_of_degrees(sentence) and record is not None:
        return "查看这些人", address("/candidates", [everywhere, ("import_degree", str(record.pk))])
    if accounts.NOT_ACTIVE in sentence:
        return "查看未激活的账号", address("/people", [("state", "new")])
    return None
