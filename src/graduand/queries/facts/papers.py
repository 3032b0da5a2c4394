"""The papers of each file as a judgement looks at them: certificate, archive and parcel."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Exists, OuterRef

from graduand.models import Candidate, Certificate, Document, IncomingNumber, ParcelItem
from graduand.models.engine import Ids
from graduand.queries.certificates import old_papers
from graduand.queries.queue import open_plans
from graduand.rulebook.calendar import office_day_or_none
from graduand.rulebook.facts import Paper
from graduand.rulebook.papers.dossier import missing_papers
from graduand.rulebook.season.policy import BatchPolicy

_CERTIFICATE = (
    "number",
    "held_by__code",
    "queryable",
    "registered_on",
    "cancelled_on",
    "old_paper_since",
    "degree_old",
)


def papers_of(
    ids: Sequence[int], students: Ids, batch: int, policy: BatchPolicy
) -> dict[int, Paper]:
    """Certificate, archive and parcel of each candidate.

    Five queries, and one more while an import is being written.
    """
    files = Ids(ids)
    numbers = _numbers_at_hand(students, batch)
    certificates = _certificates(files)
    parcels = ParcelItem.objects.filter(candidate_id__among=files, open=True)
    counted = dict(parcels.values_list("candidate_id", "counted"))
    missing = _missing_papers(files, policy)
    all_of_them = _labels(policy, ())
    found: dict[int, Paper] = {}
    rows = _people(files, batch)
    plans = open_plans.awaited_students([student for _, student, _, awaited, _ in rows if awaited])
    for pk, student, centre, _, recorded in rows:
        none = (numbers.get(student, ""), "", False, None, None, None, None)
        number, holder, queryable, registered, cancelled, old_paper, degree_old = certificates.get(
            pk, none
        )
        # Made whole at once: `replace` on thousands takes longer than the queries.
        found[pk] = Paper(
            held_by=holder or "",
            number=number,
            queryable=queryable,
            registered=queryable or registered is not None,
            cancelled=cancelled is not None,
            missing_documents=missing.get(pk, all_of_them) if recorded else (),
            documents_recorded=recorded,
            in_parcel=pk in counted,
            counted=counted.get(pk) is not False,
            registered_on=registered,
            receiver=centre,
            importing=open_plans.words(plans[student]) if student in plans else "",
            old_since=office_day_or_none(old_paper),
            degree_old_since=office_day_or_none(degree_old),
        )
    return found


def _numbers_at_hand(students: Ids, batch: int) -> dict[int, str]:
    """The number that headquarters sent for each student, unless it is spent."""
    # A number that was ever on a certificate is used up, even when that certificate was voided.
    spent = Exists(Certificate.objects.filter(number=OuterRef("number")))
    incoming = IncomingNumber.objects.filter(~spent, student_id__among=students, batch_id=batch)
    return dict(incoming.values_list("student_id", "number"))


def _certificates(files: Ids) -> dict[int, Sequence[Any]]:
    """The valid certificate of each file that has one."""
    valid = Certificate.objects.filter(candidate_id__among=files, voided_at=None).annotate(
        degree_old=old_papers.degree_since()
    )
    return {pk: rest for pk, *rest in valid.values_list("candidate_id", *_CERTIFICATE)}


def _people(files: Ids, batch: int) -> list[tuple[int, int, str, bool, bool]]:
    """(file, student, centre, whether an import is awaited, whether arrivals are recorded)."""
    # Where no arrival was ever recorded nobody can say what is missing.
    recorded = Exists(Document.objects.filter(candidate__batch=batch))
    people = Candidate.objects.filter(id__among=files).annotate(
        awaited=open_plans.awaited("student_id"), recorded=recorded
    )
    return list(people.values_list("id", "student_id", "centre__code", "awaited", "recorded"))


def _missing_papers(files: Ids, policy: BatchPolicy) -> dict[int, tuple[str, ...]]:
    """The papers that the archive lacks, of each file of which any has come; one query."""
    have: dict[int, set[str]] = {}
    for pk, kind in Document.objects.filter(candidate_id__among=files).values_list(
        "candidate_id", "kind"
    ):
        have.setdefault(pk, set()).add(kind)
    return {pk: _labels(policy, kinds) for pk, kinds in have.items()}


def _labels(policy: BatchPolicy, have: Collection[str]) -> tuple[str, ...]:
    return tuple(kind.label for kind in missing_papers(policy.dossier, have))
