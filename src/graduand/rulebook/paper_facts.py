"""Plain data for papers: all that a printed page may show of one person, gathered by `queries.papers` alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from graduand.rulebook.certificate_content import Content
from graduand.rulebook.registration_form import Schooling
from graduand.rulebook.terms import DegreeState, IdKind, Level, ObtainedBy, Sex, Stage


@dataclass(frozen=True, slots=True)
class Taken:
    """One result that counts on the day of printing.

    `passes` when its pass key is not empty, `reviewed` when that key says 复核通过, which 综合实践 needs.
    """

    course: str
    mark: str
    obtained: ObtainedBy
    term: int
    passes: bool
    reviewed: bool = False
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Opinion:
    """One of the three opinions on an enrolment; `on` is "" or ISO."""

    text: str = ""
    on: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """报名与学习经历; texts are "" where nothing is on record."""

    enrolled_on: date | None = None
    prior_level: str = ""
    prior_school: str = ""
    prior_graduated: str = ""
    prior_certificate: str = ""
    prior_check: str = ""
    home_address: str = ""
    employer: str = ""
    work_phone: str = ""
    home_phone: str = ""
    internship: str = ""
    thesis_title: str = ""
    awards: str = ""
    occupation: str = ""
    opinions: Mapping[str, Opinion] = field(default_factory=dict)


NO_PROFILE = Profile()


@dataclass(frozen=True, slots=True)
class Place:
    """A unit as it stands on labels."""

    code: str
    name: str
    address: str = ""
    contact: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """The parcel that a certificate travels in; `sealed_on` None and no number where it is still to be sealed."""

    sender: Place
    receiver: Place
    carrier: str = ""
    tracking: str = ""
    sealed_on: date | None = None
    key: int = 0


@dataclass(frozen=True, slots=True)
class Graduand:
    """A person whose papers are printed.

    `roster` is the number of the frozen roster (0: on none), `place` the place in the batch's rosters, counted
    through them in their order; `number` the 电子注册号, "" before certify; photos are hashes, "" for none; `passes`
    joined pass keys; `years` 学制 as the plan has it.

    From certify on everything that the certificate says is the certificate's own `content`, whatever the student's
    record and the plan say since; `unreadable`: there is a number, and no content that can be trusted.
    """

    candidate: int
    student_no: str
    name: str
    sex: Sex
    birth: date
    nation: str
    id_kind: IdKind
    id_no: str
    politics: str
    category: str
    level: Level
    plan: str
    major_name: str
    years: str
    min_semesters: int
    entry: int
    centre: Place
    class_name: str
    mobile: str
    email: str
    stage: Stage
    degree: DegreeState
    round_name: str = ""
    roster: int = 0
    place: int = 0
    frozen_on: date | None = None
    number: str = ""
    photo: str = ""
    admission_photo: str = ""
    profile: Profile = NO_PROFILE
    history: tuple[Schooling, ...] = ()
    taken: tuple[Taken, ...] = ()
    passes: str = ""
    parcel: Parcel | None = None
    collected_by: str = ""
    collected_on: date | None = None

    content: Content | None = None
    unreadable: bool = False
