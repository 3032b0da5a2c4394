"""Plain data for papers: everything that a printed page may show of one person, gathered by
`queries.papers.printing` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from graduand.rulebook.certificates.certificate_content import Content
from graduand.rulebook.papers.archive_content import Archive
from graduand.rulebook.terms import DegreeState, IdKind, Level, Sex, Stage


@dataclass(frozen=True, slots=True)
class UnitAddress:
    """A unit as labels show it."""

    code: str
    name: str
    address: str = ""
    contact: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """What the list of a parcel says besides its people: from where, to where, which papers, and
    who answers.
    """

    sender: UnitAddress
    receiver: UnitAddress
    papers: tuple[str, ...] = ()
    contacts: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Label:
        """A label as it was stored with a sealed parcel."""
        sender = UnitAddress(**data["sender"])
        receiver = UnitAddress(**data["receiver"])
        return cls(sender, receiver, tuple(data["papers"]), data["contacts"])


@dataclass(frozen=True, slots=True)
class ParcelFacts:
    """The parcel that a certificate travels in; `sealed_on` None and no number where it is still to
    be sealed.
    """

    label: Label
    carrier: str = ""
    tracking: str = ""
    sealed_on: date | None = None
    key: int = 0


@dataclass(frozen=True, slots=True)
class Graduand:
    """A person whose papers are printed.

    `roster` is the number of the frozen roster (0: on none), `place` the position in the batch's
    rosters, counted through them in their order; `number` the 电子注册号, "" before certify; `photo` a
    hash, "" for none; `years` 学制 as the plan has it; `centre` is named as in the archive.

    From certify on everything that the certificate says comes from its own `content`, and
    everything else that a paper says of the person from the `archive` of that moment, whatever the
    student's record, results and plan say since. `unreadable`: there is a number, and no content or
    archive that can be trusted. `old_since`: since when the paper is outdated by an amendment.
    `held_up`: the certificate is in a parcel and must not be handed out yet. `taken_out`: what
    became of one that no longer travels in `parcel`, "" while it does; `counted`: the result of
    that parcel's count for it, None where it was gone before.
    """

    candidate: int
    student_no: str
    name: str
    sex: Sex
    birth: date
    id_kind: IdKind
    id_no: str
    level: Level
    major_name: str
    years: str
    min_semesters: int
    entry: int
    centre: UnitAddress
    class_name: str
    stage: Stage
    degree: DegreeState
    archive: Archive
    round_name: str = ""
    roster: int = 0
    place: int = 0
    frozen_on: date | None = None
    number: str = ""
    photo: str = ""
    parcel: ParcelFacts | None = None
    collected_by: str = ""
    collected_on: date | None = None

    content: Content | None = None
    unreadable: bool = False
    old_since: datetime | None = None
    held_up: bool = False
    taken_out: str = ""
    counted: bool | None = None
