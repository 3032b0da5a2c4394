"""Where a sentence about an import leads: to the certificates, people or accounts that it counts."""

from __future__ import annotations

from graduand.models import Intake
from graduand.office.certificates.issuing import fixed_terms
from graduand.office.records.plans import import_losses
from graduand.office.records.sheets import accounts
from graduand.pages.frame.base import address
from graduand.queries.season.seasons import EVERY_BATCH


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
