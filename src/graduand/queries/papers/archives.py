"""What the papers of the archive say of each file: as stored with its number, or by today's record."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured

from graduand.models import (
    ArchiveContent,
    Candidate,
    PhotoRow,
    Profile,
    Result,
    Schooling,
    key_ring,
)
from graduand.models.engine import Ids
from graduand.papers.printed.transcript import marks_of
from graduand.rulebook.audit.academics import PlanAudit
from graduand.rulebook.calendar import parse_month
from graduand.rulebook.canon import BadText
from graduand.rulebook.filing.registration_form import SchoolingLine as Line
from graduand.rulebook.gates import Basis
from graduand.rulebook.papers import archive_content
from graduand.rulebook.papers.archive_content import NO_PROFILE, Archive, Opinion
from graduand.rulebook.papers.transcript import CountedResult, transcript
from graduand.rulebook.terms import ObtainedBy, PhotoKind, PriorCheck

_COLUMNS = (
    "id",
    "student_id",
    "student__plan__code",
    "student__nation",
    "student__politics",
    "student__category",
    "student__class_name",
    "student__mobile",
    "student__email",
    "centre__name",
)
_PROFILE = (
    "enrolled_on",
    "prior_level",
    "prior_school",
    "prior_graduated",
    "prior_certificate",
    "prior_check",
    "home_address",
    "employer",
    "work_phone",
    "home_phone",
    "internship",
    "thesis_title",
    "awards",
    "occupation",
)
_WAY = {word.value: word for word in ObtainedBy}


class Terms(NamedTuple):
    """What the record is read with: the compiled plans, the least characters of 自我鉴定, the day whose
    results count.
    """

    audits: Mapping[str, PlanAudit]
    least: int
    day: date


def terms_of(basis: Basis) -> Terms:
    """By the policy in force, as of the day of the basis."""
    return Terms(basis.audits, basis.policy.self_appraisal_min_chars, basis.today)


# -- as they were kept -------------------------------------------------------------------------------------------


def stored_archives(ids: Sequence[int]) -> dict[int, Archive | None]:
    """The archive of each of the candidates `ids` (at most a chunk) whose valid certificate has
    one; one query.

    None where it is not what was kept.
    """
    rows = ArchiveContent.objects.filter(
        certificate__candidate_id__among=Ids(ids), certificate__voided_at=None
    )
    columns = ("certificate__candidate_id", "certificate__number", "body", "digest")
    return {
        pk: _vouched(bytes(body), digest, number)
        for pk, number, body, digest in rows.values_list(*columns)
    }


def _vouched(sealed: bytes, digest: str, number: str) -> Archive | None:
    ring = key_ring()
    try:
        body = zlib.decompress(ring.open_bytes(sealed)).decode()
        archive, of = archive_content.read(body)
    except (ImproperlyConfigured, zlib.error, ValueError, KeyError, TypeError):
        return None
    if of == number and ring.digest(body) == digest:
        return archive
    return None


# -- as the record stands ----------------------------------------------------------------------------------------


def on_record(ids: Sequence[int], terms: Terms) -> dict[int, Archive]:
    """The archive of each of the candidates `ids` (at most a chunk) by the record of today; five
    queries.
    """
    rows = list(Candidate.objects.filter(id__among=Ids(ids)).values_list(*_COLUMNS))
    students = Ids(row[1] for row in rows)
    photos = _admission_photos(students)
    profiles = _profiles(students)
    histories = _histories(students)
    taken, passes = results_of(students, terms.day)
    found = {}
    for pk, student, plan, nation, politics, category, class_name, mobile, email, centre in rows:
        earned = transcript(terms.audits[plan], taken.get(student, ()), passes.get(student, ""))
        found[pk] = Archive(
            nation,
            politics,
            category,
            class_name,
            mobile,
            email,
            centre,
            terms.least,
            photos.get(student, ""),
            profiles.get(student, NO_PROFILE),
            tuple(histories.get(student, ())),
            marks_of(earned),
            earned.short,
        )
    return found


def _admission_photos(students: Ids) -> dict[int, str]:
    rows = PhotoRow.objects.filter(
        student_id__among=students, kind=PhotoKind.ADMISSION.value, current=True
    )
    return dict(rows.values_list("student_id", "sha256"))


def _profiles(students: Ids) -> dict[int, archive_content.ProfileContent]:
    found = {}
    rows = Profile.objects.filter(student_id__among=students).values_list(
        "student_id", "opinions", *_PROFILE
    )
    for pk, opinions, *values in rows:
        told: dict[str, Any] = dict(zip(_PROFILE, values, strict=True))
        if told["prior_check"]:
            told["prior_check"] = PriorCheck(told["prior_check"]).label
        said = {
            name: Opinion(one.get("text", ""), one.get("on", "")) for name, one in opinions.items()
        }
        found[pk] = archive_content.ProfileContent(**told, opinions=said)
    return found


def _histories(students: Ids) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = {}
    rows = Schooling.objects.filter(student_id__among=students).order_by("student_id", "start")
    for pk, start, end, place in rows.values_list("student_id", "start", "end", "place"):
        found.setdefault(pk, []).append(Line(_month(start), _end(end), place))
    return found


_month = lru_cache(2_048)(parse_month)


def _end(text: str) -> date | None:
    """None while it lasts (至今)."""
    try:
        return _month(text)
    except BadText:
        return None


def results_of(students: Ids, day: date) -> tuple[dict[int, list[CountedResult]], dict[int, str]]:
    """The results that count on `day` (released by then, and not void), and their joined pass keys;
    one query.
    """
    found: dict[int, list[CountedResult]] = {}
    keys: dict[int, list[str]] = {}
    rows = Result.objects.filter(
        student_id__among=students, released__lte=day, void=False
    ).order_by("student_id", "course", "term", "attempt")
    columns = ("student_id", "course", "mark", "obtained", "term", "pass_key", "attempt")
    for pk, course, mark, way, term, key, attempt in rows.values_list(*columns):
        one = CountedResult(course, mark, _WAY[way], term, bool(key), key.startswith("r"), attempt)
        if pk in found:
            found[pk].append(one)
        else:
            found[pk] = [one]
            keys[pk] = []
        if key:
            keys[pk].append(key)
    return found, {pk: ",".join(sorted(passed)) for pk, passed in keys.items()}
