"""与学籍记录不一致: certificates that differ from today's record, and how many an import would make differ."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, F, JSONField, OuterRef, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from graduand.models import Certificate, CertificateContent, PlanRow
from graduand.models.engine import Ids
from graduand.queries.listing import Criterion, yes_no
from graduand.queries.scope import Actor, certificates_of
from graduand.queries.stations import issued_body

# What a content (rulebook/certificates/certificate_content.py) has from the student's record, and
# from the plan.
# The rest is the batch's, which does not change while certificates are valid, and the picture that
# was approved.
_OF_STUDENT = ("exam_no", "name", "sex", "birth", "id_kind", "id_hash", "entry", "level")
_OF_PLAN = ("major_code", "major_name", "years", "min_semesters")
Values = Mapping[str, Any]


def _agrees(yes: bool) -> Q:
    if yes:
        return ~_differs()
    return _differs()


def criterion() -> Criterion:
    """The criterion on a list of certificates."""
    return yes_no(
        "record",
        "与学籍记录",
        _agrees,
        "一致",
        "不一致",
        rare=True,
    )


def _differs() -> Q:
    newer = CertificateContent.objects.filter(
        certificate=OuterRef("certificate"), version__gt=OuterRef("version")
    )
    student = "certificate__candidate__student__"
    record = {name: student + name for name in _OF_STUDENT} | {
        name: f"{student}plan__{name}" for name in _OF_PLAN
    }
    newest = CertificateContent.objects.filter(~Exists(newer), certificate=OuterRef("pk"))
    newest = newest.annotate(
        **{
            f"told_{name}": Cast(KeyTextTransform(name, Cast("body", JSONField())), TextField())
            for name in record
        },
        **{f"now_{name}": Cast(path, TextField()) for name, path in record.items()},
    )
    same = Q(**{f"told_{name}": F(f"now_{name}") for name in record})
    return Q(Exists(newest.filter(~same)))


def after_students(changes: Mapping[int, Values], actor: Actor | None) -> dict[str, int]:
    """How many `valid` certificates these students (by id) have, and how many are `differing` from
    the record once it has these values; two queries.

    Of those that `actor` sees; None is the operator, who sees all.
    """
    plans = PlanRow.objects.filter(
        id__among=sorted({values["plan_id"] for values in changes.values() if "plan_id" in values})
    )
    now = {
        pk: dict(zip(_OF_PLAN, rest, strict=True))
        for pk, *rest in plans.values_list("id", *_OF_PLAN)
    }
    rows = certificates_of(actor).filter(candidate__student_id__among=Ids(changes))
    return _counts(
        _says_other(body, {**now.get(changes[student].get("plan_id"), {}), **changes[student]})
        for student, _, body in _issued(rows)
    )


def after_plans(changes: Mapping[int, Values], actor: Actor | None) -> dict[str, int]:
    """How many valid certificates the students of these plans (by id) have, and how many would
    differ from the record; one query.
    """
    rows = certificates_of(actor).filter(candidate__student__plan_id__among=Ids(changes))
    return _counts(_says_other(body, changes[plan]) for _, plan, body in _issued(rows))


def _counts(differ: Iterable[bool]) -> dict[str, int]:
    found = list(differ)
    return {"valid": len(found), "differing": sum(found)}


def _issued(rows: QuerySet[Certificate]) -> QuerySet[Certificate, tuple[int, int, str | None]]:
    valid = rows.filter(voided_at=None).annotate(body=issued_body())
    return valid.values_list("candidate__student_id", "candidate__student__plan_id", "body")


def _says_other(body: str | None, values: Values) -> bool:
    """Whether a stored content differs from `values` in what both have."""
    content = json.loads(body or "{}")
    return any(
        str(content[name]) != str(values[name])
        for name in (*_OF_STUDENT, *_OF_PLAN)
        if name in content and name in values
    )
