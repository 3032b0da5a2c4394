"""Each gate with what passes it and what does not."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from graduand.rulebook import dispatch_gates as way
from graduand.rulebook import gates as g
from graduand.rulebook import numbering_gates as numbering
from graduand.rulebook import paper_gates
from graduand.rulebook import person_gates as person
from graduand.rulebook import side_gates as side
from graduand.rulebook.clauses import CLAUSES
from graduand.rulebook.facts import NO_PAPER, Case
from graduand.rulebook.terms import (
    CaseState,
    ChsiVerdict,
    DegreeState,
    Desk,
    Handover,
    Level,
    Numbering,
    PriorCheck,
    ReasonCode,
    Stage,
    Standing,
)
from tests.rulebook.plain import asked, bench, facts, notice

F, A, B = facts(), asked(), bench()


def told(**said):
    """Somebody who hands a certificate over to the student in person, unless `said` says otherwise."""
    return asked(**{"carrier": "", "tracking": "", **said})


# Two people want the closed batch open again, and its list is not back yet.
COMING_BACK = replace(B, closed_on=date(2023, 7, 10), reopening=True)
CLOSING = replace(B, closing=True)
LISTED, APPLIED, APPROVED = facts(), facts(Stage.APPLIED), facts(Stage.APPROVED)
LIMITED = {"opens": date(2023, 7, 12), "closes": date(2025, 7, 20)}
WINDOW = bench(degree=LIMITED)
EARLY = asked(round_name="续读本科")


def chsi(**changes):
    return facts(chsi=F.chsi._replace(**changes))


def photo(**changes):
    return facts(photo=F.photo._replace(**changes))


def paper(**changes):
    return facts(paper=replace(F.paper, **changes))


def old_paper(stage: Stage):
    """A file at `stage` whose paper says what was amended since."""
    return facts(stage, paper=replace(F.paper, old_since=date(2023, 7, 11)))


def doubted(state: CaseState, **changes):
    """A file whose case stands at `state`: 11 submitted it, 12 reported it."""
    opened = datetime(2023, 7, 2, 9, tzinfo=UTC)
    return facts(
        case=Case(state, ChsiVerdict.UNSURE, opened, frozenset({11}), frozenset({12})), **changes
    )


def in_another_batch():
    """A case whose steps stand in the person's file of 202401."""
    known = doubted(CaseState.OPEN)
    return known._replace(case=known.case._replace(elsewhere="202401"))


NORMAL_AGAIN = F.chsi._replace(doubt_day=date(2023, 6, 1))


def brought_by(user: int, **changes):
    """An upheld case and a newer 正常 that `user` imported."""
    known = doubted(CaseState.UPHELD, **{"chsi": NORMAL_AGAIN, **changes})
    return known._replace(case=known.case._replace(normal_by=user))


def nobodys_normal():
    """The same, imported by a command that named nobody."""
    known = brought_by(13)
    return known._replace(case=known.case._replace(nobodys_normal=True))


ALONE = asked(second=None, reason=None)


def on(day: date, **changes):
    return bench(day, **changes)


# (gate, facts, bench, asked, items of the findings; * marks those that only warn)
CASES = [
    (person.academic, F, B, A, []),
    (
        person.academic,
        facts(passes=""),
        B,
        A,
        ["COURSE-MISSING:A", "CRED-TOTAL", "CRED-HQ", "CRED-MODULE:公共"],
    ),
    (person.academic, facts(standing=Standing.EXPELLED), B, A, ["ELIG-STATUS"]),
    (person.still_qualified, facts(Stage.CERTIFIED), B, A, []),
    (person.still_qualified, facts(Stage.CERTIFIED, passes=""), B, A, ["ISSUED-LOST"]),
    (person.still_qualified, facts(Stage.CERTIFIED, id_problems=2), B, A, ["ISSUED-LOST"]),
    (
        person.still_qualified,
        facts(Stage.CERTIFIED, photo=F.photo._replace(same=False)),
        B,
        A,
        ["ISSUED-LOST"],
    ),
    (person.still_qualified, facts(Stage.CERTIFIED, standing=Standing.GRADUATED), B, A, []),
    (person.platform_photo, F, B, A, []),
    (person.platform_photo, facts(photo=None), B, A, ["PHOTO-PLATFORM"]),
    (person.platform_photo, photo(problems="太大"), B, A, ["PHOTO-SPEC:太大"]),
    (person.platform_photo, photo(since=date(2023, 8, 30)), B, asked(round_name="第二批"), []),
    (
        person.platform_photo,
        photo(since=date(2023, 8, 31)),
        B,
        asked(round_name="第二批"),
        ["PHOTO-LATE"],
    ),
    (person.platform_photo, photo(since=date(2023, 8, 31)), B, A, []),
    (person.photo_reviewed, F, B, A, []),
    (person.photo_reviewed, facts(photo=None), B, A, []),
    (person.photo_reviewed, photo(pending=True), B, A, ["*PHOTO-REVIEW"]),
    (
        person.photo_reviewed,
        facts(Stage.RETURNED, photo=F.photo._replace(pending=True)),
        B,
        A,
        ["*PHOTO-REVIEW"],
    ),
    (
        person.photo_reviewed,
        facts(Stage.APPLIED, photo=F.photo._replace(pending=True)),
        B,
        A,
        ["PHOTO-REVIEW"],
    ),
    (person.photo_good, APPROVED, B, A, []),
    (
        person.photo_good,
        facts(Stage.APPROVED, photo=F.photo._replace(pending=True)),
        B,
        A,
        ["PHOTO-REVIEW"],
    ),
    (
        person.photo_good,
        facts(Stage.APPROVED, photo=F.photo._replace(problems="模糊")),
        B,
        A,
        ["PHOTO-SPEC:模糊"],
    ),
    (
        person.photo_good,
        facts(Stage.APPROVED, photo=F.photo._replace(same=False)),
        B,
        A,
        ["PHOTO-SAME:经核对不一致"],
    ),
    (person.same_photo, F, B, A, []),
    (
        person.same_photo,
        photo(same=False),
        B,
        asked(same_checked=True),
        ["PHOTO-SAME:经核对不一致"],
    ),
    (person.same_photo, photo(same=None), B, A, ["*PHOTO-SAME:本系统未存学信网照片，尚未比对"]),
    (
        person.same_photo_declared,
        photo(same=None),
        B,
        A,
        ["PHOTO-SAME:本系统未存学信网照片，尚未比对"],
    ),
    (person.same_photo_declared, photo(same=None), B, asked(same_checked=True), []),
    (person.same_photo_declared, photo(same=True), B, A, []),
    (
        person.same_photo_declared,
        photo(same=False),
        B,
        asked(same_checked=True),
        ["PHOTO-SAME:经核对不一致"],
    ),
    (person.same_photo, photo(same=None), B, asked(same_checked=True), []),
    (person.same_photo, photo(same=None, stated=True), B, A, []),
    (person.same_photo, photo(same=False, stated=True), B, A, ["PHOTO-SAME:经核对不一致"]),
    (person.same_photo, facts(photo=None), B, A, []),
    (person.chsi_photos, F, B, A, []),
    (person.chsi_photos, facts(chsi=None), B, A, ["CHSI-ADMISSION", "CHSI-CREDENTIAL"]),
    (person.chsi_photos, chsi(admission_photo=False), B, A, ["CHSI-ADMISSION"]),
    (person.chsi_photos, chsi(credential_photo=None), B, A, ["CHSI-CREDENTIAL"]),
    (person.credential_photo, chsi(admission_photo=False), B, A, []),
    (person.credential_photo, chsi(credential_photo=False), B, A, ["CHSI-CREDENTIAL"]),
    (person.no_doubt, F, B, A, []),
    (person.no_doubt, facts(chsi=None), B, A, []),
    (person.no_doubt, chsi(verdict=ChsiVerdict.UNSURE), B, A, ["CHSI-DOUBT"]),
    (person.no_doubt, chsi(verdict=ChsiVerdict.UNSURE, cleared=True), B, A, []),
    (person.no_doubt, doubted(CaseState.OPEN), B, A, ["CHSI-DOUBT"]),
    (person.no_doubt, doubted(CaseState.UPHELD), B, A, ["CHSI-DOUBT"]),
    (person.no_doubt, doubted(CaseState.CLEARED), B, A, []),
    (person.no_doubt, doubted(CaseState.OPEN, chsi=None), B, A, ["CHSI-DOUBT"]),
    (person.doubt_told, F, B, A, []),
    (person.doubt_told, doubted(CaseState.OPEN), B, A, ["*CHSI-DOUBT"]),
    (person.personal, facts(level=Level.TOP_UP), B, A, ["INFO-LEVEL"]),
    (person.personal, facts(level=Level.TOP_UP, plan="U"), B, A, []),
    (person.personal, F, B, A, []),
    (
        person.personal,
        facts(id_problems=2 | 16),
        B,
        A,
        ["INFO-ID:证件号校验码不对，可能录错一位、证件号中的性别与登记的性别不一致"],
    ),
    (person.personal, facts(id_problems=128), B, A, []),
    (person.personal, chsi(mismatches="姓名、专业"), B, A, ["INFO-MATCH:姓名、专业"]),
    (person.personal, facts(confirmed=False, moral=None), B, A, []),
    (
        person.personal,
        facts(confirmed=False),
        bench(extra_gates=["INFO-CONFIRM"]),
        A,
        ["INFO-CONFIRM"],
    ),
    (person.personal, facts(moral=None), bench(extra_gates=["MORAL"]), A, ["MORAL"]),
    (
        person.personal,
        facts(level=Level.TOP_UP, plan="U"),
        bench(extra_gates=["QUALIF"]),
        A,
        ["QUALIF"],
    ),
    (
        person.personal,
        facts(level=Level.TOP_UP, plan="U", prior_check=PriorCheck.PASSED),
        bench(extra_gates=["QUALIF"]),
        A,
        [],
    ),
    (person.personal, facts(level=Level.JUNIOR), bench(extra_gates=["QUALIF"]), A, []),
    (g.batch_open, F, on(date(2023, 10, 12)), A, []),
    (g.batch_open, F, on(date(2023, 10, 13)), A, ["BATCH-CLOSED"]),
    (g.round_open, F, on(date(2023, 7, 6)), A, []),
    (g.round_open, F, on(date(2023, 7, 16)), A, []),
    (g.round_open, F, on(date(2023, 7, 5)), A, ["ROUND-CLOSED:首批"]),
    (g.round_open, F, on(date(2023, 7, 17)), A, ["ROUND-CLOSED:首批"]),
    (g.round_open, F, B, asked(round_name=None), ["ROUND-NONE"]),
    (g.round_open, APPLIED, B, asked(round_name=None), []),
    (g.round_open, facts(Stage.RETURNED), B, asked(round_name=None), ["ROUND-NONE"]),
    (g.right_round, F, B, A, []),
    (g.right_round, F, B, EARLY, ["ROUND-EARLY"]),
    (g.right_round, facts(goes_on=True), B, EARLY, []),
    (g.right_round, facts(goes_on=True, level=Level.TOP_UP), B, EARLY, ["ROUND-EARLY"]),
    (g.review_time, APPLIED, B, A, []),
    (g.review_time, APPLIED, on(date(2023, 7, 9)), A, ["*REVIEW-EARLY:首批"]),
    (g.review_time, APPLIED, on(date(2023, 7, 10)), A, []),
    (g.review_time, APPLIED, on(date(2023, 7, 16)), A, []),
    (g.review_time, APPLIED, on(date(2023, 7, 17)), A, ["*REVIEW-LATE:首批"]),
    (g.review_time, facts(Stage.APPLIED, file={"round_name": "第二批改"}), B, A, ["ROUND-NONE"]),
    (side.not_refused_before, APPLIED, B, A, []),
    (
        side.not_refused_before,
        facts(Stage.APPLIED, file={"refused_before": "2023-01-10 审核不通过"}),
        B,
        A,
        ["*REFUSED-BEFORE:2023-01-10 审核不通过"],
    ),
    (g.one_live_file, F, B, A, []),
    (g.one_live_file, facts(file={"other_live": "202301"}), B, A, ["FILE-LIVE:202301"]),
    (g.degree_half, F, B, A, []),
    (g.degree_half, F, B, asked(with_degree=True), ["*DEGREE-LEVEL"]),
    (g.degree_half, facts(level=Level.TOP_UP), B, asked(with_degree=True), []),
    (
        g.degree_half,
        facts(level=Level.TOP_UP, degree_findings=(("DEGREE-THESIS", "80", "75"),)),
        B,
        asked(with_degree=True),
        ["*DEGREE-THESIS"],
    ),
    (g.not_my_own, APPLIED, B, A, []),
    (g.not_my_own, APPLIED, B, asked(actor=7), ["DUTY"]),
    (g.not_my_own, APPLIED, B, asked(actor=8), []),
    (g.not_my_own, facts(Stage.ENDORSED), B, asked(actor=8), ["DUTY"]),
    (g.not_own_file, F, B, A, []),
    (g.not_own_file, F, B, asked(own=frozenset({"2118"})), []),
    (g.not_own_file, F, B, asked(own=frozenset({"2117", "2118"})), ["OWN-FILE"]),
    (g.not_own_file, F, B, asked(own=frozenset({"2117"}), closing=True), []),
    (g.two_people, F, B, A, []),
    (g.two_people, F, B, asked(second=None), ["SECOND"]),
    (g.two_people, F, B, asked(second=1), ["SECOND"]),
    (g.two_people, F, B, asked(second_ok=False), ["SECOND"]),
    (g.two_people, F, B, asked(system=True), ["SECOND"]),
    (g.two_people_when_approved, facts(Stage.ENDORSED), B, asked(second=None), []),
    (g.two_people_when_approved, APPROVED, B, asked(second=None), ["SECOND"]),
    (side.not_being_closed, F, B, A, []),
    (side.not_being_closed, F, CLOSING, A, ["BATCH-CLOSING:202307"]),
    (g.reasoned, F, B, A, []),
    (g.reasoned, F, B, asked(reason=None), ["REASON"]),
    (g.reasoned, F, B, asked(reason=ReasonCode.OTHER, note=" "), ["REASON"]),
    (g.reasoned, F, B, asked(reason=ReasonCode.OTHER, note="缺成绩单"), []),
    (g.statement, F, B, A, []),
    (g.statement, F, B, asked(statement=False), ["STATEMENT"]),
    (numbering.on_roster, F, B, A, []),
    (numbering.on_roster, facts(file={"on_roster": False}), B, A, ["ROSTER"]),
    (numbering.photo_unchanged, F, B, A, []),
    (numbering.photo_unchanged, photo(sha256="b"), B, A, ["PHOTO-CHANGED"]),
    (numbering.photo_unchanged, facts(photo=None), B, A, ["PHOTO-CHANGED"]),
    (numbering.number_at_hand, paper(number=""), B, A, []),
    (
        numbering.number_at_hand,
        paper(number=""),
        bench(numbering=Numbering.IMPORTED.value),
        A,
        ["NUMBER-IMPORT"],
    ),
    (numbering.number_at_hand, F, bench(numbering=Numbering.IMPORTED.value), A, []),
    (way.paper_at_sender, F, B, A, []),
    (way.paper_at_sender, F, B, asked(unit=""), []),
    (way.paper_at_sender, paper(held_by="HQ"), B, A, ["PAPER-HELD"]),
    (way.paper_at_sender, facts(paper=NO_PAPER), B, asked(unit=""), ["PAPER-HELD"]),
    (way.tracked, F, B, A, []),
    (way.tracked, F, B, asked(carrier=" "), ["TRACKING"]),
    (way.tracked, F, B, asked(tracking=""), ["TRACKING"]),
    (way.dossier_complete, F, B, A, []),
    (way.dossier_complete, paper(missing_documents=("成绩单",)), B, A, ["*DOSSIER:成绩单"]),
    (
        way.dossier_complete,
        paper(missing_documents=("成绩单",)),
        bench(incomplete_archive="block"),
        A,
        ["DOSSIER:成绩单"],
    ),
    (way.dossier_complete, paper(documents_recorded=False), B, A, []),
    (
        way.dossier_complete,
        paper(documents_recorded=False),
        bench(incomplete_archive="block"),
        A,
        ["*DOSSIER-UNKNOWN"],
    ),
    (way.counted_in, F, B, A, []),
    (way.counted_in, paper(in_parcel=False), B, A, ["PARCEL"]),
    (way.counted_in, paper(counted=False), B, A, ["PARCEL-SHORT"]),
    (way.handed_over, F, B, told(), []),
    (way.handed_over, F, B, told(confirmed=False, handover=None), ["CONFIRM", "HANDOVER"]),
    (way.handed_over, F, B, told(handover=Handover.MAIL, carrier="EMS", tracking=" "), ["MAILED"]),
    (way.handed_over, F, B, told(handover=Handover.MAIL, tracking="EMS9"), ["MAILED"]),
    (way.handed_over, F, B, told(handover=Handover.MAIL, carrier="EMS", tracking="9"), []),
    (
        way.handed_over,
        F,
        B,
        told(handover=Handover.MAIL, carrier="EMS", tracking="9", note="李四"),
        ["HANDOVER-MORE:代领人"],
    ),
    (way.handed_over, F, B, told(handover=Handover.PROXY), ["PROXY"]),
    (way.handed_over, F, B, told(handover=Handover.PROXY, note="其母 王秀兰"), []),
    (
        way.handed_over,
        F,
        B,
        told(handover=Handover.PROXY, note="其母", tracking="9"),
        ["HANDOVER-MORE:承运单位、运单号"],
    ),
    (way.handed_over, F, B, told(note="李四"), ["HANDOVER-MORE:代领人"]),
    (way.registered, paper(queryable=False), on(date(2023, 7, 19)), A, ["REG-QUERY"]),
    (
        way.registered,
        paper(queryable=False),
        on(date(2023, 7, 19), registration_asked="from_issue_date"),
        A,
        [],
    ),
    (
        way.registered,
        paper(queryable=False),
        on(date(2023, 7, 20), registration_asked="from_issue_date"),
        A,
        ["REG-QUERY"],
    ),
    (way.registered, paper(queryable=False), on(date(2023, 7, 20)), A, ["REG-QUERY"]),
    (way.registered, paper(queryable=True), on(date(2023, 7, 20)), A, []),
    (way.not_cancelled, F, B, A, []),
    (way.not_cancelled, paper(cancelled=True), B, A, ["REG-CANCELLED"]),
    (side.closing_time, facts(file={"explained": False}), B, A, ["BATCH-OPEN"]),
    (
        side.closing_time,
        facts(file={"explained": False}),
        on(date(2023, 10, 12)),
        A,
        ["BATCH-OPEN"],
    ),
    (side.closing_time, facts(file={"explained": False}), on(date(2023, 10, 13)), A, []),
    (side.closing_time, facts(file={"explained": False}), B, asked(closing=True), []),
    (side.closing_time, F, B, A, []),
    (side.closing_time, F, COMING_BACK, asked(closing=True), ["BATCH-RESTORING:202307"]),
    (g.batch_open, F, COMING_BACK, A, ["BATCH-RESTORING:202307"]),
    (side.opened_again, F, COMING_BACK, asked(closing=True), []),
    (side.closing_undone, F, COMING_BACK, asked(closing=True, undone=True), []),
    (side.closing_undone, F, COMING_BACK, asked(closing=True), ["STAGE"]),
    (side.opened_again, F, COMING_BACK, A, ["STAGE"]),
    (side.degree_window, F, B, A, []),
    (side.degree_window, F, WINDOW, A, []),
    (side.degree_window, F, bench(date(2023, 7, 11), degree=LIMITED), A, ["DEGREE-WINDOW"]),
    (side.degree_window, F, bench(date(2025, 7, 21), degree=LIMITED), A, ["DEGREE-WINDOW"]),
    (side.degree_conditions, F, B, A, ["DEGREE-LEVEL"]),
    (side.still_graduates, APPROVED, B, A, []),
    (
        side.still_graduates,
        facts(Stage.APPROVED, standing=Standing.EXPELLED),
        B,
        A,
        ["ELIG-STATUS"],
    ),
    (
        side.still_graduates,
        facts(Stage.CERTIFIED, standing=Standing.EXPELLED),
        B,
        A,
        ["ISSUED-LOST"],
    ),
    (side.still_graduates, facts(Stage.COLLECTED, standing=Standing.GRADUATED), B, A, []),
    (way.issue_day_told, F, B, A, ["*ISSUE-DAY"]),
    (way.issue_day_told, F, bench(date(2023, 7, 19)), A, ["*ISSUE-DAY"]),
    (way.issue_day_told, F, bench(date(2023, 7, 20)), A, []),
    (side.degree_conditions, facts(level=Level.TOP_UP), B, A, []),
    (
        side.degree_conditions,
        facts(level=Level.BACHELOR, degree_findings=(("DEGREE-AVERAGE", "75", "74.9"),)),
        B,
        A,
        ["DEGREE-AVERAGE"],
    ),
    (side.returned_once, F, B, A, []),
    (side.returned_once, facts(file={"degree_returned": True}), B, A, ["DEGREE-ONCE"]),
    (side.not_my_degree, F, B, A, []),
    (side.not_my_degree, F, B, asked(actor=7), ["DUTY"]),
    (side.not_my_degree, facts(file={"degree_by": 9}), B, asked(actor=7), []),
    (side.not_my_degree, facts(file={"degree_by": 9}), B, asked(actor=9), ["DUTY"]),
    (side.revised, facts(file={"degree": DegreeState.APPLIED}), B, asked(second=None), []),
    (side.revised, facts(file={"degree": DegreeState.GRANTED}), B, A, []),
    *(
        (
            side.shown_against,
            facts(Stage.CERTIFIED, file={"degree": state}),
            B,
            asked(against=mark),
            found,
        )
        for state, mark, found in (
            (DegreeState.GRANTED, None, []),
            (DegreeState.GRANTED, "", []),
            (DegreeState.GRANTED, "another", ["STALE"]),
            (DegreeState.APPLIED, "another", []),
        )
    ),
    (
        side.revised,
        facts(file={"degree": DegreeState.GRANTED}),
        bench(date(2025, 7, 21), degree=LIMITED),
        asked(second=None, reason=None),
        ["DEGREE-WINDOW", "REASON", "SECOND"],
    ),
    *(
        (
            side.revised,
            facts(
                file={"degree": DegreeState(state)},
                degree_findings=(("DEGREE-AVERAGE", "75", "74.9"),),
            ),
            bench(date(2025, 7, 21), degree=LIMITED),
            asked(second=None),
            found,
        )
        for state, found in (("granted", ["SECOND"]), ("declined", ["DEGREE-WINDOW", "SECOND"]))
    ),
    (side.grounded, F, B, asked(note="备〔2023〕8号"), []),
    (side.grounded, F, B, A, ["BASIS"]),
    (side.not_my_submission, doubted(CaseState.SUBMITTED), B, A, []),
    (side.not_my_submission, doubted(CaseState.SUBMITTED), B, asked(actor=11), ["DUTY"]),
    (side.not_my_submission, doubted(CaseState.SUBMITTED), B, asked(actor=12), []),
    (side.recorded_here, doubted(CaseState.OPEN), B, A, []),
    (side.recorded_here, in_another_batch(), B, A, ["CASE-FILE"]),
    (side.not_my_report, doubted(CaseState.REPORTED), B, A, []),
    (side.not_my_report, doubted(CaseState.REPORTED), B, asked(actor=11), ["DUTY"]),
    (side.not_my_report, doubted(CaseState.REPORTED), B, asked(actor=12), ["DUTY"]),
    (side.not_my_report, doubted(CaseState.REPORTED), B, asked(second=12), ["SECOND"]),
    (side.not_my_evidence, brought_by(13), B, asked(actor=13), ["DUTY"]),
    (side.not_my_evidence, brought_by(13), B, asked(actor=12), []),
    (side.not_my_evidence, brought_by(13, chsi=F.chsi), B, asked(actor=13), []),
    (side.two_people_but_at_closing, F, B, asked(second=None, closing=True), []),
    (side.two_people_but_at_closing, F, B, asked(second=None), ["SECOND"]),
    (side.two_people_but_at_closing, F, B, A, []),
    (side.import_written, F, B, A, []),
    (side.import_written, paper(importing="成绩.xlsx"), B, A, ["IMPORT-RUNNING:成绩.xlsx"]),
    (side.opened_again, F, B, asked(closing=True), []),
    (side.opened_again, F, B, A, ["STAGE"]),
    (
        side.opened_again,
        F,
        replace(B, closed_on=date(2023, 7, 10)),
        asked(closing=True),
        ["BATCH-CLOSED"],
    ),
    (side.cleared_in_order, doubted(CaseState.REPORTED), B, ALONE, []),
    (side.cleared_in_order, doubted(CaseState.SUBMITTED), B, ALONE, ["REASON", "SECOND"]),
    (side.cleared_in_order, doubted(CaseState.SUBMITTED), B, A, []),
    (side.cleared_in_order, doubted(CaseState.OPEN, chsi=None), B, ALONE, ["REASON", "SECOND"]),
    (side.cleared_in_order, doubted(CaseState.OPEN, chsi=NORMAL_AGAIN), B, ALONE, []),
    (side.cleared_in_order, doubted(CaseState.UPHELD), B, ALONE, ["SECOND"]),
    (side.cleared_in_order, nobodys_normal(), B, ALONE, ["SECOND"]),
    (side.cleared_in_order, nobodys_normal(), B, A, []),
    (side.cleared_in_order, doubted(CaseState.UPHELD, chsi=NORMAL_AGAIN), B, ALONE, []),
    (side.upheld_in_order, doubted(CaseState.REPORTED), B, ALONE, []),
    (side.upheld_in_order, doubted(CaseState.OPEN), B, ALONE, ["REASON", "SECOND"]),
    (
        side.upheld_in_order,
        doubted(CaseState.OPEN, chsi=NORMAL_AGAIN),
        B,
        ALONE,
        ["REASON", "SECOND"],
    ),
    (side.cancelled_by_today, F, B, A, []),
    (side.cancelled_by_today, F, B, asked(on=date(2023, 7, 13)), ["CANCEL-DAY"]),
    (
        side.cancelled_by_today,
        paper(registered_on=date(2023, 7, 11)),
        B,
        asked(on=date(2023, 7, 11)),
        [],
    ),
    (
        side.cancelled_by_today,
        paper(registered_on=date(2023, 7, 11)),
        B,
        asked(on=date(2023, 7, 10)),
        ["CANCEL-DAY"],
    ),
    (side.still_registered, paper(registered=True), B, A, []),
    (side.still_registered, paper(registered=True, cancelled=True), B, A, ["CONFIRM-GROUND"]),
    (g.explained, facts(Stage.APPLIED, file={"explained": False}), B, A, ["EXPLAIN"]),
    (g.explained, facts(Stage.LISTED, file={"explained": False}), B, A, []),
    (g.explained, APPLIED, B, A, []),
    (way.voidable, F, B, A, []),
    (way.voidable, paper(registered=True), B, A, ["VOID-GROUND"]),
    (way.voidable, facts(Stage.COLLECTED), B, asked(reason=ReasonCode.LOST), ["VOID-LOST"]),
    (way.voidable, paper(registered=True, cancelled=True), B, A, []),
    (paper_gates.says_the_content, facts(Stage.CERTIFIED), B, A, []),
    (paper_gates.says_the_content, old_paper(Stage.CERTIFIED), B, A, ["PAPER-REPRINT"]),
    (paper_gates.says_the_content, old_paper(Stage.RECEIVED), B, A, ["PAPER-OLD"]),
    (paper_gates.old_paper_told, facts(Stage.SHIPPED), B, A, []),
    (paper_gates.old_paper_told, old_paper(Stage.SHIPPED), B, A, ["*PAPER-OLD"]),
    (paper_gates.old_paper_taken_back, facts(Stage.RECEIVED), B, A, []),
    (paper_gates.old_paper_taken_back, old_paper(Stage.COLLECTED), B, A, []),
    (
        paper_gates.old_paper_taken_back,
        old_paper(Stage.COLLECTED),
        B,
        asked(second=None),
        ["SECOND"],
    ),
    (paper_gates.old_paper_taken_back, old_paper(Stage.RECEIVED), B, asked(second=None), []),
    (paper_gates.old_paper_taken_back, facts(Stage.COLLECTED), B, A, ["PAPER-GIVEN"]),
    (g.after_last_step, F, bench(now=datetime(2023, 7, 10, tzinfo=UTC)), A, []),
    (g.after_last_step, F, bench(now=datetime(2023, 7, 9, tzinfo=UTC)), A, ["CLOCK"]),
    (g.after_last_step, F, B, A, []),
]


def items(findings) -> list[str]:
    return [("" if finding.blocks else "*") + finding.item for finding in findings]


@pytest.mark.parametrize(("gate", "known", "where", "said", "expected"), CASES)
def test_each_gate(gate, known, where, said, expected):
    assert items(gate(known, where, said)) == expected


def test_every_gate_is_tried_both_ways():
    gates = {
        value
        for module in (g, person, side, way, paper_gates, numbering)
        for value in vars(module).values()
        if callable(value) and getattr(value, "__module__", "") == module.__name__
    }
    # what is issued is tried where it is done: tests/office/issuing
    gates -= {
        numbering.signed,
        side.degree_number_at_hand,
        side.shown_content,
        side.amendable,
        side.registrys_answer,
    }
    gates -= {
        g.Bench,
        g.Edition,
        g.span,
        person._asked_by_policy,
        person._later_round,
        person.lacking,
        person._approved_picture,
        person.grounds,
        g.unreasoned,
        side._not_mine,
        side._has_failed,
        side._own_conditions,
        side._graduation_fails,
        side.fails_since_granted,
        side.against_mark,
        way.untold,
        way._of_another_way,
        paper_gates.given_for_good,
    }
    tried = {gate: set() for gate in gates}
    for gate, *_, expected in CASES:
        tried[gate].add(bool(expected))
    assert {gate.__name__: sides for gate, sides in tried.items() if sides != {True, False}} == {}


@pytest.mark.parametrize(
    ("round_name", "since", "day", "said"),
    [
        (
            "第二批",
            date(2023, 8, 31),
            date(2023, 9, 6),
            "2023-08-31 提交；本批次没有以后的轮次，可在下一毕业批次申请",
        ),
        ("首批", date(2023, 7, 12), date(2023, 7, 12), "2023-07-12 提交；可在「第二批」申请"),
        (
            "首批",
            date(2023, 9, 1),
            date(2023, 9, 6),
            "2023-09-01 提交；本批次没有以后的轮次，可在下一毕业批次申请",
        ),
    ],
)
def test_四_2_2_a_late_photo_is_told_of_a_later_round_only_where_there_is_one(
    round_name, since, day, said
):
    rounds = [
        {**turn, **({"photo_deadline": date(2023, 7, 10)} if turn["name"] == "首批" else {})}
        for turn in notice()["rounds"]
    ]
    [found] = person.platform_photo(
        photo(since=since), bench(day, rounds=rounds), asked(round_name=round_name)
    )
    assert (found.code, found.has) == ("PHOTO-LATE", said)
    assert "下一轮" not in found.clause.todo


def test_every_finding_reads_as_a_sentence_with_its_numbers():
    for gate, known, where, said, _ in CASES:
        for finding in gate(known, where, said):
            assert finding.code in CLAUSES
            assert "{" not in finding.sentence
            # what takes two people is named by the step that asks: a gate knows no verb
            assert finding.sentence.count("「」") == (
                finding.code == "SECOND" and not finding.need
            ), finding
            assert "None" not in finding.sentence, finding
            assert finding.clause.desk in Desk
