"""The contents of the papers of one run: each person's data by kind, and what prevents the print or
comes with it as a warning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from graduand.gateways.hashed_files import place_of
from graduand.papers.printed import registration_form, roster, transcript
from graduand.papers.printed.certificate import certificate
from graduand.papers.printed.fonts import Fonts
from graduand.papers.printed.render import PaperToSet, RenderLimits, Typesetter
from graduand.queries.certificates import issued
from graduand.queries.facts import gathering
from graduand.rulebook.calendar import midnight, office_day
from graduand.rulebook.certificate_terms import OLD_PAPER_OUT
from graduand.rulebook.certificates.certificate_content import Person, graduation
from graduand.rulebook.certificates.paper_words import day_text, month_text
from graduand.rulebook.facts import Facts
from graduand.rulebook.filing.registration_form import form_findings
from graduand.rulebook.gates import Basis
from graduand.rulebook.papers import printing
from graduand.rulebook.papers.paper_facts import Graduand
from graduand.rulebook.papers.printing import GETA, NUMBERED_LISTS, PERSONAL, PrintProblem
from graduand.rulebook.terms import PaperKind, Stage

# PaperKind's own value names the template.
_TITLES = {
    PaperKind.REGISTRATION_FORM: "毕业生登记表",
    PaperKind.TRANSCRIPT: "学生成绩单",
    PaperKind.ENROLMENT_FORM: "报名登记表",
    PaperKind.CERTIFICATE: "毕业证书",
    PaperKind.ROSTER: "毕业生花名册",
    PaperKind.PACKING_LIST: "装箱单",
    PaperKind.SIGN_OFF: "毕业证书签领表",
}
_PICTURED = (PaperKind.REGISTRATION_FORM, PaperKind.ENROLMENT_FORM, PaperKind.CERTIFICATE)
# The lists of which a centre has one, however many parcels it gets.
_OF_A_CENTRE = {PaperKind.ROSTER: roster.rosters, PaperKind.SIGN_OFF: roster.sign_offs}
# Names of the parts of a person's data as people call them.
_FIELDS = "字段"
_SPOKEN = {
    "fields": _FIELDS,
    "text": "证书正文",
    "history": "学习经历",
    "opinions": "审核意见",
    "modules": "课程",
    "outside": "课程",
}


@dataclass(frozen=True, slots=True)
class PaperSheet:
    """One person's paper: the data of the template, the picture on it, and what was found."""

    person: Graduand
    data: Mapping[str, Any] = field(default_factory=dict)
    picture: str = ""
    snags: tuple[PrintProblem, ...] = ()

    @property
    def blocked(self) -> bool:
        return any(snag.blocks for snag in self.snags)


class Contents:
    """The papers of one kind in one batch: data, pictures, checks, and the typesetter that sets
    them.
    """

    def __init__(
        self,
        kind: PaperKind,
        basis: Basis,
        known: Fonts,
        photos: Path,
        staging: Path,
        limits: RenderLimits,
    ) -> None:
        self.kind = kind
        self.basis = basis
        self.fonts = known
        self.photos = photos
        self.limits = limits
        self.staging = staging
        self.issued = basis.policy.issue_date
        self.voided: dict[int, str] = {}
        # By the code of the receiver: whose line stays on the list of a parcel left without them.
        self.taken_out: dict[str, list[Graduand]] = {}

    @cached_property
    def typesetter(self) -> Typesetter:
        """The day of graduation is the only time in a paper: the same data gives the same bytes
        (C09).
        """
        noon = midnight(self.issued) + timedelta(hours=12)  # the same day in most time zones
        return Typesetter(
            self.fonts, int(noon.timestamp()), self.picture, self.staging, self.limits
        )

    def picture(self, sha256: str) -> bytes:
        """The stripped copy of a stored picture."""
        return place_of(self.photos, sha256).read_bytes()

    def paper(self, sheets: Sequence[PaperSheet]) -> PaperToSet:
        """The paper of one person, or of many in one file."""
        people = [{**sheet.data, "key": key} for key, sheet in enumerate(sheets)]
        of = sheets[0].person.centre.code
        if len(sheets) == 1:
            of = sheets[0].person.student_no
        pictures = tuple(dict.fromkeys(sheet.picture for sheet in sheets if sheet.picture))
        return PaperToSet(f"{self.kind.value}.typ", self.head(of) | {"people": people}, pictures)

    def head(self, of: str) -> dict[str, Any]:
        """What is printed on every paper of the kind; `of` is a 学号 or a 单位代码."""
        policy = self.basis.policy
        head: dict[str, Any] = {
            "title": f"{_TITLES[self.kind]} {of}",
            "school": policy.school.name,
            "batch": policy.code,
        }
        if self.kind is PaperKind.REGISTRATION_FORM:
            head |= {
                "notes": registration_form.NOTES,
                "opinion": registration_form.OPINION,
                "head-office": registration_form.HEAD_OFFICE,
            }
        elif self.kind is PaperKind.CERTIFICATE:
            return head  # each certificate has its own school and principal
        if self.kind is PaperKind.ROSTER:
            head |= {"graduated": month_text(self.issued), "graduation-day": day_text(self.issued)}
        return head

    def sheets(self, people: Sequence[Graduand]) -> list[PaperSheet]:
        """One sheet per person, in order. Lists have no data of one person: only their names are
        checked.
        """
        known: dict[int, Facts] = {}
        if self.kind is PaperKind.CERTIFICATE:
            known = self._facts(people)
            people = self._with_proofs(people)
        elif self.kind in NUMBERED_LISTS:
            known = self._facts([person for person in people if person.number])
        if self.kind not in PERSONAL:
            return [
                _unreadable(person) or self._of_list(person, known.get(person.candidate))
                for person in people
            ]
        return [
            _unreadable(person) or self._sheet(person, known.get(person.candidate))
            for person in people
        ]

    def _facts(self, people: Sequence[Graduand]) -> dict[int, Facts]:
        ids = [person.candidate for person in people]
        return gathering.gather(ids, self.basis.policy, self.basis.today, papers=True)

    def _with_proofs(self, people: Sequence[Graduand]) -> list[Graduand]:
        """The content; for a person without a number the one that the certificate would have today,
        on a proof.
        """
        unnumbered = [person.candidate for person in people if not person.number]
        records = issued.persons(unnumbered)
        self.voided = issued.voided_numbers(unnumbered)
        return [self._with_proof(person, records.get(person.candidate)) for person in people]

    def _with_proof(self, person: Graduand, record: Person | None) -> Graduand:
        if record is None:
            return person
        return replace(person, content=graduation(record, self.basis.policy, "", person.photo))

    def _sheet(self, person: Graduand, known: Facts | None) -> PaperSheet:
        person, picture, snags = self._pictured(person, known)
        data: dict[str, Any]
        if self.kind is PaperKind.REGISTRATION_FORM:
            data = registration_form.registration_form(person, self.issued)
            form = registration_form.form_of(person, self.issued)
            snags += printing.form_snags(
                form_findings(form, person.archive.least), frozen=bool(person.number)
            )
        elif self.kind is PaperKind.ENROLMENT_FORM:
            data = registration_form.enrolment_form(person, self.issued)
        elif self.kind is PaperKind.TRANSCRIPT:
            data = transcript.transcript_paper(person, self.issued)
            if person.archive.short:
                snags.append(printing.short_credits())
        else:
            assert person.content is not None  # it was read, or made for a proof
            data = certificate(person.content)
            if person.old_since is not None and person.stage in OLD_PAPER_OUT:
                snags.append(printing.old_paper_out(person.stage, office_day(person.old_since)))
            snags += printing.content_snags(person.content, self.voided.get(person.candidate, ""))
        if lacking := self._lacking(data):
            snags.append(printing.missing_glyphs(lacking, blocks=True))
        return PaperSheet(person, data, picture, tuple(snags))

    def _pictured(
        self, person: Graduand, known: Facts | None
    ) -> tuple[Graduand, str, list[PrintProblem]]:
        """The person with the picture that can be printed, its hash, and what is wrong with it."""
        if self.kind not in _PICTURED:
            return person, "", []
        at_entry = self.kind is PaperKind.ENROLMENT_FORM
        name = "毕业照片"
        sha256 = person.photo
        if at_entry:
            name = "入学照片"
            sha256 = person.archive.admission_photo
        whole = bool(sha256) and self._whole(sha256)
        if known is not None and person.content is not None:
            return (
                person,
                sha256,
                printing.certificate_snags(known, self.basis, person.content, whole),
            )
        if whole:
            return person, sha256, []
        snag = printing.no_picture(name)
        if sha256:
            snag = printing.lost_picture(blocks=False)
        if at_entry:
            return _without_admission_photo(person), "", [snag]
        return replace(person, photo=""), "", [snag]

    def _whole(self, sha256: str) -> bool:
        """Whether the stored file is there and is the picture that the hash names (I12)."""
        try:
            return hashlib.sha256(self.picture(sha256)).hexdigest() == sha256
        except OSError:
            return False

    def _of_list(self, person: Graduand, known: Facts | None) -> PaperSheet:
        snags = self._holding_up(person, known)
        person = replace(person, held_up=bool(snags))
        texts = {"姓名": person.name, "专业": person.major_name, "班级": person.class_name}
        lacking = [
            (what, chars) for what, text in texts.items() if (chars := self.fonts.lacking(text))
        ]
        if not lacking:
            return PaperSheet(person, snags=tuple(snags))
        said = replace(
            person,
            name=self.printable(person.name),
            major_name=self.printable(person.major_name),
            class_name=self.printable(person.class_name),
        )
        return PaperSheet(said, snags=(*snags, printing.missing_glyphs(lacking, blocks=False)))

    def _holding_up(self, person: Graduand, known: Facts | None) -> list[PrintProblem]:
        """The findings that keep the certificate from the student, on a list by which certificates
        are packed or handed out.

        People who are held up are left out of 签领表: a centre hands out by it and records the
        hand-over afterwards, when the certificate has gone. The receiver of a sealed parcel counts
        by its list (notice 六), so it names everybody in the parcel, and says whose certificate must
        not be handed out yet. A certificate in the student's hand was signed for: that line stays.
        """
        if known is None or person.stage is Stage.COLLECTED:
            return []
        packed = (
            self.kind is PaperKind.PACKING_LIST
            and person.parcel is not None
            and bool(person.parcel.key)
        )
        return printing.holding_up(known, self.basis, packed=packed)

    def printable(self, text: str) -> str:
        """`text` with 〓 where no font has the character."""
        missing = self.fonts.lacking(text)
        if not missing:
            return text
        return "".join(GETA if char in missing else char for char in text)

    def _lacking(self, data: Mapping[str, Any]) -> list[tuple[str, str]]:
        """(field, characters) of what can't be printed."""
        found: dict[str, str] = {}
        for what, text in _texts(data, ""):
            if chars := self.fonts.lacking(text):
                found[what] = found.get(what, "") + chars
        return [(what, "".join(dict.fromkeys(chars))) for what, chars in found.items()]


def _without_admission_photo(person: Graduand) -> Graduand:
    return replace(person, archive=replace(person.archive, admission_photo=""))


def _unreadable(person: Graduand) -> PaperSheet | None:
    """Nothing is printed of a certificate whose content is missing, or is not what it was."""
    if not person.unreadable:
        return None
    return PaperSheet(person, snags=(printing.unreadable(person.number),))


def centre_lists(
    contents: Contents, code: str, people: Sequence[Graduand], merge: bool
) -> Iterator[tuple[str, PaperToSet]]:
    """(end of the file's name, paper) of the lists of the centre `code`; `people` are its, in
    roster order.
    """
    if not people:
        return
    template = f"{contents.kind.value}.typ"
    if contents.kind is not PaperKind.PACKING_LIST:
        parts = _OF_A_CENTRE[contents.kind](people)
        yield "", PaperToSet(template, contents.head(code) | {"people": parts})
        return
    boxes = [(parcel, _printable(part, contents)) for parcel, part in roster.parcels(people)]
    if merge and boxes:
        yield (
            "",
            PaperToSet(template, contents.head(code) | {"people": [part for _, part in boxes]}),
        )
        return
    for parcel, part in boxes:
        suffix = ""
        if parcel.key:
            suffix = f"{parcel.key}-{parcel.tracking}"
        yield suffix, PaperToSet(template, contents.head(code) | {"people": [part]})


def _printable(value: Any, contents: Contents) -> Any:
    """Every text in it printable: addresses and numbers of parcels are typed by people, too."""
    if isinstance(value, str):
        return contents.printable(value)
    if isinstance(value, dict):
        return {name: _printable(item, contents) for name, item in value.items()}
    return [_printable(item, contents) for item in value]


def _texts(value: Any, what: str) -> Iterator[tuple[str, str]]:
    """Every text of a person's data with the name of its field."""
    if isinstance(value, str):
        yield what, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            label = what
            if what in ("", _FIELDS):
                label = _SPOKEN.get(str(name), str(name))
            yield from _texts(item, label)
    else:
        for item in value:
            yield from _texts(item, what)
