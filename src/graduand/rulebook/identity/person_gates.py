"""The gates of the person: what must be true of a student to graduate, whoever looks (notice 四)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from graduand.rulebook.clauses import Finding, fingerprint, lost_finding
from graduand.rulebook.facts import ActDetails, Facts
from graduand.rulebook.gates import NOBODY, NOTHING, Basis, GateFindings
from graduand.rulebook.identity.doubts import next_desk_of, next_step, unfiled, verdict_text
from graduand.rulebook.identity.id_documents import hard_problems, problems_from_mask
from graduand.rulebook.photos.file_rules import stored_problems
from graduand.rulebook.season.policy_parts import RoundPolicy
from graduand.rulebook.terms import (
    GRADUATED_STAGES,
    ChsiVerdict,
    Level,
    PriorCheck,
    RoundKind,
    Severity,
    Stage,
)

ANOTHER_FACE = Finding("PHOTO-SAME", "经核对不一致")


def academic(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """附件2 要求 2: 满足毕业条件."""
    return basis.academic(facts)


def personal(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """Personal data agree with the document, the plan and the registry; more when the policy asks."""
    rules = basis.edition_of(facts)
    found = []
    # The level of the student makes the number, the level of the plan the credits.
    need = rules.audit.plan.level
    if facts.level is not need:
        found.append(Finding("INFO-LEVEL", need=need.label, has=facts.level.label))
    if facts.id_problems and (wrong := hard_problems(problems_from_mask(facts.id_problems))):
        labels = "、".join(problem.label for problem in wrong)
        found.append(Finding("INFO-ID", labels, about=facts.document))
    if facts.chsi is not None and facts.chsi.mismatches:
        found.append(Finding("INFO-MATCH", facts.chsi.mismatches, about=facts.chsi.differs))
    return (*found, *_asked_by_policy(facts, rules.policy.extra_gates))


def _asked_by_policy(facts: Facts, extra_gates: tuple[str, ...]) -> GateFindings:
    """What only some policies ask for, in the order in which the policy names them."""
    found = []
    for code in extra_gates:
        if code == "INFO-CONFIRM" and not facts.confirmed:
            found.append(Finding(code))
        if code == "MORAL" and facts.moral is not True:
            found.append(Finding(code, about="" if facts.moral is None else "不合格"))
        unchecked = facts.level is not Level.JUNIOR and facts.prior_check is not PriorCheck.PASSED
        if code == "QUALIF" and unchecked:
            found.append(Finding(code, has=(facts.prior_check or PriorCheck.UNCHECKED).label))
    return tuple(found)


def platform_photo(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """四.2(2): a photo on the platform, in time for the round, within the file's own limits."""
    if (photo := facts.photo) is None:
        return (Finding("PHOTO-PLATFORM"),)
    if against := photo.problems or stored_problems(photo, basis.edition_of(facts).policy.photo):
        return (Finding("PHOTO-SPEC", against),)
    filing_round = basis.round_of(facts, asked)
    if filing_round is None:
        return NOTHING
    late = late_for(filing_round, photo.since, basis)
    return (late,) if late else NOTHING


def late_for(filing_round: RoundPolicy, since: date, basis: Basis) -> Finding | None:
    """四.2(2): the finding about a photo of `since` that missed the deadline of `filing_round`."""
    if filing_round.photo_deadline is None or since <= filing_round.photo_deadline:
        return None
    has = f"{since} 提交；{_later_round(since, filing_round, basis)}"
    return Finding("PHOTO-LATE", need=filing_round.photo_deadline.isoformat(), has=has)


def _later_round(since: date, missed: RoundPolicy, basis: Basis) -> str:
    """The round for which a photo that arrived on `since` is still in time; only a round that
    exists.
    """
    for filing_round in sorted(basis.policy.rounds, key=lambda r: r.opens):
        in_time = filing_round.photo_deadline is None or since <= filing_round.photo_deadline
        open_yet = (
            basis.today <= filing_round.closes and filing_round.name not in basis.closed_rounds
        )
        if (
            filing_round.kind is RoundKind.NORMAL
            and filing_round.name != missed.name
            and in_time
            and open_yet
        ):
            return f"可在「{filing_round.name}」申请"
    return "本批次没有以后的轮次，可在下一毕业批次申请"


def photo_reviewed(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """附件3.2: a picture that the judge left to a person must be decided before the review; until
    then it may be filed.
    """
    if facts.photo is None or not facts.photo.pending:
        return NOTHING
    filed = facts.file.stage not in (Stage.LISTED, Stage.RETURNED, Stage.DEFERRED)
    return (Finding("PHOTO-REVIEW", severity=Severity.BLOCK if filed else Severity.WARN),)


def photo_good(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """四.2(1), (3): no certificate carries a picture that was refused since the approval, turned out
    to be somebody else's, or waits for a person again.
    """
    if facts.photo is not None and facts.photo.problems:
        return (Finding("PHOTO-SPEC", facts.photo.problems),)
    if facts.photo is not None and facts.photo.same is False:
        return (ANOTHER_FACE,)
    return photo_reviewed(facts, basis, asked)


def same_photo(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """四.2(3): without a registry copy the centre's word counts; a mismatch blocks."""
    if facts.photo is None or facts.photo.same is True:
        return NOTHING
    if facts.photo.same is False:
        return (ANOTHER_FACE,)
    if asked.same_checked or facts.file.same_checked or facts.photo.stated:
        return NOTHING
    return (Finding("PHOTO-SAME", "本系统未存学信网照片，尚未比对", severity=Severity.WARN),)


def same_photo_declared(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """四.2(3): where we hold no copy of the registry's picture, the applying centre has looked it up
    and says so.
    """
    return tuple(
        replace(found, severity=Severity.BLOCK) for found in same_photo(facts, basis, asked)
    )


def chsi_photos(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """四.2(3): both pictures present at the national registry; no row at all is both missing."""
    chsi = facts.chsi
    if chsi is None:
        return (
            Finding("CHSI-ADMISSION", has="无反馈数据"),
            Finding("CHSI-CREDENTIAL", has="无反馈数据"),
        )
    if chsi.admission_photo and chsi.credential_photo:
        return NOTHING
    as_of = f"数据日期 {chsi.day}"
    found = []
    if not chsi.admission_photo:
        found.append(Finding("CHSI-ADMISSION", has=as_of))
    if not chsi.credential_photo:
        found.append(Finding("CHSI-CREDENTIAL", has=as_of))
    return tuple(found)


def credential_photo(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """七.4: without the 学历照片 the registration can't be completed, so nothing is numbered."""
    return tuple(f for f in chsi_photos(facts, basis, asked) if f.code == "CHSI-CREDENTIAL")


def no_doubt(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """四.1: a doubt holds the file wherever it is, until a filing covers it.

    The case and the registry's report are both looked at: a newer 正常 closes no case, and a doubt
    that no filing covers holds before its case is opened.
    """
    chsi = facts.chsi
    case = facts.case
    doubted = chsi is not None and chsi.verdict is not ChsiVerdict.NORMAL and not chsi.cleared
    if not doubted and (case is None or not case.state.holds):
        return NOTHING
    return (
        Finding(
            "CHSI-DOUBT",
            need=unfiled(chsi, case),
            has=verdict_text(chsi, case),
            next_desk=next_desk_of(case),
            next_step=next_step(case),
        ),
    )


def warn_of_doubt(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """四.1: a person in doubt may be filed, with the warning that no review passes until the doubt
    is cleared.
    """
    return tuple(replace(found, severity=Severity.WARN) for found in no_doubt(facts, basis, asked))


def lacking(facts: Facts, basis: Basis) -> GateFindings:
    """附件2 要求 2, 3: everything except a doubt that holds a numbered certificate up.

    The one place that says so. A picture that came later is on no certificate.
    """
    return (*basis.academic(facts), *personal(facts, basis, NOBODY), *_approved_picture(facts))


def _approved_picture(facts: Facts) -> GateFindings:
    """四.2(1), (3): the picture on the certificate was refused, or is somebody else's."""
    photo = facts.photo
    if photo is None or photo.sha256 != facts.file.approved_photo:
        return NOTHING
    refused = (Finding("PHOTO-SPEC", photo.problems),) if photo.problems else NOTHING
    if photo.same is not False:
        return refused
    return (*refused, ANOTHER_FACE)


def grounds(facts: Facts, basis: Basis) -> str:
    """The fingerprint of what holds a numbered certificate up; "" for nothing or no certificate."""
    if facts.file.stage not in GRADUATED_STAGES:
        return ""
    return fingerprint(facts.student_no, lacking(facts, basis))


def still_qualified(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """附件2 要求 2, 七: a certificate stops when a fact fails after the number, until HQ has looked."""
    found = lacking(facts, basis)
    if fingerprint(facts.student_no, found) in ("", facts.file.confirmed_grounds):
        return NOTHING
    return (lost_finding(facts.file.stage, found),)
