"""The gates of an issued certificate on its way: sent, counted in, handed over, taken back. Pure;
each cites its clause.
"""

from __future__ import annotations

from graduand.rulebook.clauses import Finding, refuse_if, refuse_unless
from graduand.rulebook.facts import ActDetails, Facts
from graduand.rulebook.gates import NOTHING, Basis, GateFindings
from graduand.rulebook.season.policy_terms import IncompleteArchive, RegistrationAsked
from graduand.rulebook.terms import HandoverMethod, ReasonCode, Severity, Stage


def paper_at_sender(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """六: a certificate is shipped only after it was counted in at the unit that ships it."""
    if facts.paper.held_by and asked.unit in ("", facts.paper.held_by):
        return NOTHING
    return (
        Finding("PAPER-HELD", need=asked.unit or "寄出单位", has=facts.paper.held_by or "途中"),
    )


def tracked(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """六: a parcel without a carrier and a number can't be followed."""
    return refuse_unless(all(asked.waybill(facts.paper.receiver)), "TRACKING")


def dossier_complete(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """五.1: the archive travels with the certificate; an incomplete one warns, or blocks where the
    policy says so.

    In a batch in which no arrival was ever recorded nobody can say what is missing: a policy that
    blocks is told so.
    """
    blocks = basis.policy.incomplete_archive is IncompleteArchive.BLOCK
    if blocks and not facts.paper.documents_recorded:
        return (Finding("DOSSIER-UNKNOWN", severity=Severity.WARN),)
    if not facts.paper.missing_documents:
        return NOTHING
    severity = Severity.WARN
    if blocks:
        severity = Severity.BLOCK
    return (Finding("DOSSIER", "、".join(facts.paper.missing_documents), severity=severity),)


def counted_in(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """六: a receipt says what was counted; a shortage is a discrepancy, not a receipt."""
    if not facts.paper.in_parcel:
        return (Finding("PARCEL"),)
    return refuse_unless(facts.paper.counted, "PARCEL-SHORT")


def handed_over(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """七.3: the student confirms that the certificate and the registry agree; how it was handed
    over.
    """
    return untold(asked)


def untold(asked: ActDetails) -> GateFindings:
    """What a hand-over says too little, or too much, about how it was done, whoever it is about."""
    found = []
    if not asked.confirmed:
        found.append(Finding("CONFIRM"))
    if asked.handover is None:
        return (*found, Finding("HANDOVER", need=HandoverMethod.labels()))
    if asked.handover is HandoverMethod.MAIL and not (
        asked.carrier.strip() and asked.tracking.strip()
    ):
        found.append(Finding("MAILED"))
    if asked.handover is HandoverMethod.PROXY and not asked.note.strip():
        found.append(Finding("PROXY"))
    if more := _of_another_way(asked):
        found.append(Finding("HANDOVER-MORE", more, need=asked.handover.label))
    return tuple(found)


def _of_another_way(asked: ActDetails) -> str:
    """Details that belong to another way of handing over; one hand-over is recorded in one way."""
    written = []
    if asked.note.strip() and asked.handover is not HandoverMethod.PROXY:
        written.append("代领人")
    if (
        asked.carrier.strip() or asked.tracking.strip()
    ) and asked.handover is not HandoverMethod.MAIL:
        written.append("承运单位、运单号")
    return "、".join(written)


def registered(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """七.3, 七.4: the student compares the certificate with the registry, so by then the registration
    must have been reported as 可查询.

    A policy may ask for this only from the issue date on, the day from which the registration can
    be queried.
    """
    if (
        facts.paper.queryable or facts.paper.cancelled
    ):  # of what was cancelled `not_cancelled` speaks
        return NOTHING
    from_issue = basis.policy.registration_asked is RegistrationAsked.FROM_ISSUE_DATE
    if from_issue and basis.today < basis.policy.issue_date:
        return NOTHING
    return (Finding("REG-QUERY"),)


def not_cancelled(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """七.4: a certificate whose registration was cancelled is valid for nobody until it is
    registered again; otherwise it is voided.
    """
    return refuse_if(facts.paper.cancelled, "REG-CANCELLED")


def warn_of_issue_day(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """七.4: a certificate dated ahead may be sent and handed over; whoever does so is told."""
    day = basis.policy.issue_date
    if basis.today >= day:
        return NOTHING
    return (
        Finding(
            "ISSUE-DAY", need=day.isoformat(), has=basis.today.isoformat(), severity=Severity.WARN
        ),
    )


def voidable(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """A registered certificate is voided only after the registry's cancellation is recorded.

    One that the student loses after the hand-over is not made anew: a 毕业证明书 takes its place.
    """
    if facts.file.stage is Stage.COLLECTED and asked.reason is ReasonCode.LOST:
        return (Finding("VOID-LOST"),)
    if facts.paper.registered and not facts.paper.cancelled:
        return (Finding("VOID-GROUND"),)
    return NOTHING
