"""A list with personal fields as a workbook: for a purpose, above 200 rows with a second person's consent, written down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from graduand.models import Candidate, Consent, Outgoing
from graduand.office.outgoing import list_exports, privacy
from graduand.office.outgoing.list_exports import ListExport
from graduand.office.outgoing.privacy import LookRecord
from graduand.office.people.second_person import consents
from graduand.office.refusal import Refused
from graduand.queries.scope import Actor
from graduand.rulebook.outgoing.privacy import PersonalField, revealable
from graduand.rulebook.people.account_terms import LookKind, Purpose

WITHOUT_CONSENT = 200
PIECE = 1_000


@dataclass(frozen=True, slots=True)
class PersonalExport:
    """What somebody wants to take out: the plain list, the personal fields added to it, why, and
    which rows.
    """

    leaving: ListExport
    fields: tuple[PersonalField, ...]
    purpose: Purpose
    ids: Sequence[int]

    @property
    def rows(self) -> int:
        return len(self.ids)

    def detail(self, back: str) -> dict[str, Any]:
        """What a second person agrees to: this list, these fields, this purpose, these files and no others."""
        return {
            "listing": self.leaving.listing,
            "title": self.leaving.title,
            "asked": [list(p) for p in self.leaving.asked],
            "fields": [field.key for field in self.fields],
            "labels": [field.label for field in self.fields],
            "purpose": self.purpose.value,
            "rows": self.rows,
            "back": back,
            "whom": consents.people_of(self.ids),
        }


def fields_of(actor: Actor, keys: Sequence[str]) -> tuple[PersonalField, ...]:
    """The personal fields asked for. Raises Refused for none, and for one that the actor's role may not see (A11)."""
    allowed = {field.key: field for field in revealable(actor.roles)}
    if not keys or not set(keys) <= set(allowed):
        raise Refused("请选择要导出的个人信息；有些项目您的岗位不能导出")
    return tuple(field for key, field in allowed.items() if key in keys)


def consent_for(actor: Actor, wanted: PersonalExport, back: str) -> Consent | None:
    """The actor's consent to exactly this; None when none is needed. Raises Refused when one has to
    be asked for.
    """
    if wanted.rows <= WITHOUT_CONSENT:
        return None
    found = consents.agreed_export(actor, wanted.detail(back))
    if found is None:
        raise Refused(f"共 {wanted.rows:,} 行，超过 {WITHOUT_CONSENT} 行须由另一人同意后才能导出")
    return found


def write(
    actor: Actor,
    wanted: PersonalExport,
    consent: Consent | None,
    ids: Sequence[int],
    plain: Iterator[list[str] | None],
    address: str = "",
) -> tuple[Outgoing, BinaryIO]:
    """(the record, the workbook, open): the record and the look at every student stand before the
    file is written.

    `plain` are the rows of `ids`, None for one that has left the list meanwhile, which leaves the
    house with nothing. The consent counts as used unless the file fails.
    """
    cause = list_exports.ExportCause(wanted.purpose, consent)
    with list_exports.begin(actor, wanted.leaving, len(ids), cause, address) as writing:
        _write_looks(actor, wanted, ids, writing.record.serial, address)
        rows = _beside(ids, plain, wanted.fields)
        return writing.record, list_exports.finish(actor, wanted.leaving, rows, writing, cause)


def _write_looks(
    actor: Actor, wanted: PersonalExport, ids: Sequence[int], serial: int, address: str
) -> None:
    """Record one look per student, some at a time: a long list holds the database no longer than a
    short one.
    """
    what = (
        f"{wanted.leaving.title}第 {serial} 号：{'、'.join(field.label for field in wanted.fields)}"
    )
    known: set[int] = set()
    for start in range(0, len(ids), PIECE):
        rows = Candidate.objects.filter(pk__among=list(ids[start : start + PIECE]))
        students = dict.fromkeys(rows.values_list("student_id", flat=True))
        fresh = tuple(student for student in students if student not in known)
        known.update(fresh)
        privacy.write_look(LookRecord(actor, fresh, LookKind.EXPORT, what, wanted.purpose), address)


def _beside(
    ids: Sequence[int], plain: Iterator[list[str] | None], fields: tuple[PersonalField, ...]
) -> Iterator[list[str]]:
    """Each plain row with its personal fields; `ids` are the candidates in the order of the rows.
    One query per thousand.
    """
    for start in range(0, len(ids), PIECE):
        piece = ids[start : start + PIECE]
        files = Candidate.objects.filter(pk__among=list(piece)).select_related(
            "student", "student__profile", "student__degree_material"
        )
        students = {file.pk: file.student for file in files}
        for pk, row in zip(piece, plain, strict=False):
            if row is not None and pk in students:
                yield [*row, *(privacy.value_of(students[pk], field) for field in fields)]
