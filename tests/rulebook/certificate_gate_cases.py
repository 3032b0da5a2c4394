"""What the gates from the number on say: numbering, papers, parcels, hand-over."""

from datetime import date

from graduand.rulebook.certificates import numbering_gates as numbering
from graduand.rulebook.certificates import paper_gates
from graduand.rulebook.dispatch import gates as way
from graduand.rulebook.facts import NO_PAPER
from graduand.rulebook.terms import (
    HandoverMethod,
    Numbering,
    ReasonCode,
    Stage,
)
from tests.rulebook.gate_facts import A, B, F, old_paper, on, paper, photo, told
from tests.rulebook.plain import asked, bench, facts

# (gate, facts, bench, asked, items of the findings; * marks those that only warn)
CERTIFICATE = [
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
    (
        way.handed_over,
        F,
        B,
        told(handover=HandoverMethod.MAIL, carrier="EMS", tracking=" "),
        ["MAILED"],
    ),
    (way.handed_over, F, B, told(handover=HandoverMethod.MAIL, tracking="EMS9"), ["MAILED"]),
    (way.handed_over, F, B, told(handover=HandoverMethod.MAIL, carrier="EMS", tracking="9"), []),
    (
        way.handed_over,
        F,
        B,
        told(handover=HandoverMethod.MAIL, carrier="EMS", tracking="9", note="李四"),
        ["HANDOVER-MORE:代领人"],
    ),
    (way.handed_over, F, B, told(handover=HandoverMethod.PROXY), ["PROXY"]),
    (way.handed_over, F, B, told(handover=HandoverMethod.PROXY, note="其母 王秀兰"), []),
    (
        way.handed_over,
        F,
        B,
        told(handover=HandoverMethod.PROXY, note="其母", tracking="9"),
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
    (
        way.registered,  # `not_cancelled` speaks of it
        paper(queryable=False, cancelled=True),
        on(date(2023, 7, 20)),
        A,
        [],
    ),
    (way.not_cancelled, F, B, A, []),
    (way.not_cancelled, paper(cancelled=True), B, A, ["REG-CANCELLED"]),
    (way.issue_day_told, F, B, A, ["*ISSUE-DAY"]),
    (way.issue_day_told, F, bench(date(2023, 7, 19)), A, ["*ISSUE-DAY"]),
    (way.issue_day_told, F, bench(date(2023, 7, 20)), A, []),
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
]
