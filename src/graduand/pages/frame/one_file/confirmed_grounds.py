"""已核实维持 on the page of a file: who has confirmed it in spite of what is missing, and when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from graduand.models import Candidate
from graduand.pages.frame.base import stamp
from graduand.pages.frame.words import ShownFinding
from graduand.queries.records.person import HistoryEvent
from graduand.queries.review import grounds
from graduand.rulebook.clauses import Finding
from graduand.rulebook.terms import Verb


def of_file(file: Candidate, history: Sequence[HistoryEvent]) -> str:
    """Who confirmed the certificate in spite of what is missing, and when; "" where nobody did."""
    if not grounds.is_confirmed(file):
        return ""
    done = [event for event in history if event.step is Verb.CONFIRM_ISSUE]
    if not done:
        return ""
    return f"{done[-1].who} 于 {stamp(done[-1].at)} 核实：证书仍然有效，下面注明的各项不用再办"


def left_alone(rows: Sequence[ShownFinding], stands: Collection[Finding]) -> list[ShownFinding]:
    """The findings as a page lists them; about those that were confirmed nothing has to be done."""
    codes = {finding.code for finding in stands}
    return [replace(row, desk="", todo="") if row.code in codes else row for row in rows]
