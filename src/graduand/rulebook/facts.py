"""Plain data: all that a judgement may look at, gathered from rows by `queries.facts.gathering` and
nowhere else.

The types that are made anew for every candidate are NamedTuples: as immutable as the frozen
dataclasses, and four times as quick to make, which counts at a hundred thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple

from graduand.rulebook.canon import CARRIER_MAX, WAYBILL_MAX, stored_waybill
from graduand.rulebook.certificate_terms import (
    ContentState,
    DegreePaper,
    Grounds,
    PaperState,
    Registration,
    old_papers_words,
    paper_state,
)
from graduand.rulebook.clauses import Finding, fingerprint
from graduand.rulebook.terms import (
    VERDICT_RANK,
    CaseState,
    ChsiVerdict,
    CourseNature,
    DegreeState,
    Desk,
    HandoverMethod,
    Level,
    PriorCheck,
    ReasonCode,
    Stage,
    Standing,
)


@dataclass(frozen=True, slots=True)
class Course:
    """A course of a plan; credits in hundredths. `degree_course` (学位课) matters to the degree, never
    to the graduation.
    """

    code: str
    name: str
    credits: int
    module: str
    nature: CourseNature
    hq_exam: bool
    practice: bool
    must_pass: bool
    degree_course: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """专业规则; credits in hundredths, `exempt_cap` a ratio 0–1 or None for no cap."""

    code: str
    level: Level
    min_total: int
    min_hq: int
    min_semesters: int
    max_years: int
    exempt_cap: Fraction | None
    modules: tuple[tuple[str, int], ...]
    courses: tuple[Course, ...]
    version: int = 1


class Chsi(NamedTuple):
    """The newest registry row with 数据日期 ≤ the day of judgement.

    `cleared`: a case filed 备案通过 covers its verdict. `doubt_day` is the newest 数据日期 of a row that
    doubts. `differs` is a key of exactly how the row and the record differ in what `mismatches`
    names, "" where that was not stored; for what the row does not mention it is as in the newest
    earlier row.
    """

    day: date
    admission_photo: bool | None
    credential_photo: bool | None
    verdict: ChsiVerdict
    cleared: bool
    mismatches: str = ""
    doubt_day: date | None = None
    differs: str = ""

    @property
    def normal_again(self) -> date | None:
        """The 数据日期 of a 正常 that came after a doubt: evidence for a filing. None without such a row."""
        if self.verdict is not ChsiVerdict.NORMAL or self.doubt_day is None:
            return None
        return self.day


# Which desk has a case that holds; an upheld one lies where it was decided.
CASE_DESK = {
    CaseState.OPEN: Desk.CENTRE,
    CaseState.COLLECTING: Desk.CENTRE,
    CaseState.SUBMITTED: Desk.COLLEGE,
    CaseState.AT_COLLEGE: Desk.COLLEGE,
    CaseState.REPORTED: Desk.HQ,
    CaseState.UPHELD: Desk.HQ,
}


class Case(NamedTuple):
    """身份复核 of the person: the case that holds, else the newest one that was filed.

    `submitted_by` and `reported_by` are the accounts that passed it on since it was opened,
    `normal_by` the one that imported the 正常 which a filing would rest on, `nobodys_normal` whether
    no person did (a command without a name); only the steps on a case look at them. `rested_on` is
    the 数据日期 of the row that the decision rested on: for an upheld case, of the 正常 that was
    considered, None where there was none. `elsewhere` is the batch in whose file its steps are
    recorded, "" for this one.
    """

    state: CaseState
    verdict: ChsiVerdict
    opened_at: datetime
    submitted_by: frozenset[int] = frozenset()
    reported_by: frozenset[int] = frozenset()
    normal_by: int | None = None
    nobodys_normal: bool = False
    number: int = 0
    version: int = 0
    rested_on: date | None = None
    elsewhere: str = ""

    @property
    def mark(self) -> str:
        """A key of the case's state: it changes as soon as anything about the case does."""
        return f"{self.number}.{self.version}"

    def covers(self, verdict: ChsiVerdict, since: date) -> bool:
        """Whether it was filed 备案通过 over this doubt: the same verdict or a worse one, of the rows
        it rested on.

        `since` is the first 数据日期 of a run of doubts without a 正常 between them. A row after the
        filing that repeats the doubt is covered with it. One that comes after a 正常 is a new doubt
        when its run began later than the newest row that existed when the case was filed.
        """
        if self.state.holds or self.rested_on is None:
            return False
        return since <= self.rested_on and VERDICT_RANK[verdict] <= VERDICT_RANK[self.verdict]


class Photo(NamedTuple):
    """The platform's 毕业照片; `since` is the day on which a picture first arrived.

    `pending`: the judge left it to a person, who has not decided yet. `stated`: the centre supplied
    a copy of the registry's picture, which counts as its statement that the two are the same.
    `size` (bytes), `width` and `height` were measured when it came; 0 is not known.
    """

    sha256: str
    since: date
    problems: str = ""
    same: bool | None = None
    pending: bool = False
    stated: bool = False
    size: int = 0
    width: int = 0
    height: int = 0


class File(NamedTuple):
    """The candidate's own state.

    `version` is the last act that wrote the file: a move is made only while it is still the same.
    `degree_by` filed the degree's application, when that was not filed with the graduation's;
    `degree_returned`: it came back once. `other_live` is the batch in which another file of the
    same 学号 is live, `other_graduated`: with a certificate. `refused_before` says when and where
    the person was refused before, "" for never; only the reviews look at it. `confirmed_grounds`:
    the fingerprint of what headquarters let stand of a numbered certificate, "" for nothing.
    """

    stage: Stage
    round_name: str | None = None
    degree: DegreeState = DegreeState.NONE
    last_at: datetime | None = None
    applied_by: int | None = None
    endorsed_by: int | None = None
    other_live: str = ""
    on_roster: bool = False
    approved_photo: str = ""
    explained: bool = False
    same_checked: bool = False
    version: int | None = None
    degree_by: int | None = None
    degree_returned: bool = False
    other_graduated: bool = False
    refused_before: str = ""
    confirmed_grounds: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """The certificate and what came with it; `receiver` is the code of the centre that it goes to.

    `degree_number` is that of the valid degree certificate, or the one that headquarters sent for
    it. `importing` names the confirmed import that has not written this student's rows yet, "" for
    none. `old_since`: since that day's amendment the paper in hand is outdated, None while it says
    what the certificate says; `degree_old_since`: the same for the degree certificate, which
    travels with it.
    """

    held_by: str = ""
    number: str = ""
    queryable: bool = False
    registered: bool = False
    cancelled: bool = False
    missing_documents: tuple[str, ...] = ()
    documents_recorded: bool = True
    in_parcel: bool = False
    counted: bool = True
    registered_on: date | None = None
    receiver: str = ""
    degree_number: str = ""
    degree_numbered: bool = False
    importing: str = ""
    old_since: date | None = None
    degree_old_since: date | None = None

    @property
    def amended_on(self) -> date | None:
        """When the paper that has to be replaced was amended, of two the later day; None where none
        has to be.
        """
        return max((day for day in (self.old_since, self.degree_old_since) if day), default=None)

    @property
    def old_papers(self) -> str:
        """Which papers have to be replaced, in words."""
        return old_papers_words(
            certificate=self.old_since is not None, degree=self.degree_old_since is not None
        )

    @property
    def registration(self) -> Registration:
        if self.cancelled:
            return Registration.CANCELLED
        if self.registered:
            return Registration.ENTERED
        return Registration.NONE

    @property
    def degree_paper(self) -> DegreePaper:
        if not self.degree_numbered:
            return DegreePaper.NONE
        if self.degree_old_since:
            return DegreePaper.OLD
        return DegreePaper.NUMBERED


NO_PAPER = Paper()


class Facts(NamedTuple):
    """Everything about one candidate on one day.

    `passes` are joined pass keys (see `academics.pass_key`); `changes_on` is the next day on which
    time alone can change them: a 发布日期 or a 数据日期 to come. `content_hash` is the hash of the content
    that the certificate would have by the record of today; `lacking` what holds a numbered
    certificate up today (`person_gates.lacking`). `edition` names the plan and the policy that a
    valid certificate was numbered by, 0 where there is none. `document` is a word for the document,
    the birthday and the sex that `id_problems` were found in, "" where there are none.
    """

    student_no: str
    entry: int
    standing: Standing
    level: Level
    goes_on: bool
    id_problems: int
    passes: str
    plan: str
    file: File
    chsi: Chsi | None = None
    photo: Photo | None = None
    paper: Paper = NO_PAPER
    confirmed: bool = False
    prior_check: PriorCheck | None = None
    moral: bool | None = None
    degree_findings: tuple[tuple[str, str, str], ...] = ()
    changes_on: date | None = None
    case: Case | None = None
    content: ContentState | None = None
    content_hash: str = ""
    lacking: tuple[Finding, ...] = ()
    edition: int = 0
    document: str = ""

    @property
    def paper_state(self) -> PaperState:
        """Whether the paper in hand says what the certificate says."""
        return paper_state(self.file.stage, old_paper=self.paper.amended_on is not None)

    @property
    def grounds(self) -> Grounds | None:
        """Whether exactly what is missing after the numbering was confirmed by headquarters; None
        where nothing is missing.
        """
        if not self.lacking:
            return None
        if self.grounds_mark == self.file.confirmed_grounds:
            return Grounds.CONFIRMED
        return Grounds.LOST

    @property
    def grounds_mark(self) -> str:
        """The fingerprint of what is missing after the numbering, as a confirmation is bound to it."""
        return fingerprint(self.student_no, self.lacking)

    @property
    def degree_paper(self) -> DegreePaper | None:
        """None where no degree was granted: there is no such certificate."""
        if self.file.degree is not DegreeState.GRANTED:
            return None
        return self.paper.degree_paper


@dataclass(frozen=True, slots=True)
class ActDetails:
    """What the person who acts has said: the act, not the candidate.

    `own` are the 学号 of the two who act, where they study here. `system`: the program acts for a
    desk, nobody in person. `closing`: this is part of closing the batch, or of opening it again;
    `undone`: of a closing that did not take place, which leaves no trace on the file. `on` is the
    day of what is recorded, when that is another than today. `seen`: the last act on the file that
    the person had before the eyes, 0 for a file without any, None when nobody said; `cases`: the
    marks of the identity cases that were shown, None likewise; `grounds`: the fingerprints of what
    is let stand, as it was shown, None likewise; `against`: the fingerprint of what stood against
    a granted degree, None likewise; `content`: the hash of the new content that was shown.
    `waybills`: (centre, carrier, number) where there are several parcels. `spotless`: whoever has
    so much as a warning is left out.
    """

    actor: int
    desk: Desk
    round_name: str | None = None
    second: int | None = None
    second_ok: bool = False
    reason: ReasonCode | None = None
    note: str = ""
    statement: bool = False
    with_degree: bool = False
    same_checked: bool = False
    carrier: str = ""
    tracking: str = ""
    waybills: tuple[tuple[str, str, str], ...] = ()
    unit: str = ""
    handover: HandoverMethod | None = None
    confirmed: bool = False
    own: frozenset[str] = frozenset()
    system: bool = False
    closing: bool = False
    undone: bool = False
    on: date | None = None
    seen: int | None = None
    cases: frozenset[str] | None = None
    grounds: frozenset[str] | None = None
    against: str | None = None
    content: str = ""
    spotless: bool = False

    def waybill(self, centre: str) -> tuple[str, str]:
        """(carrier, number) of the parcel to `centre`; empty words where none was given.

        The number has its one spelling, also of an act that was confirmed before numbers had one;
        what is longer than a parcel keeps counts as not given.
        """
        carrier, number = self._given(centre)
        number = stored_waybill(number)
        if len(carrier) > CARRIER_MAX or len(number) > WAYBILL_MAX:
            return "", ""
        return carrier, number

    def _given(self, centre: str) -> tuple[str, str]:
        if not self.waybills:
            return self.carrier.strip(), self.tracking.strip()
        given = (waybill for waybill in self.waybills if waybill[0] == centre)
        _, carrier, number = next(given, (centre, "", ""))
        return carrier.strip(), number.strip()
