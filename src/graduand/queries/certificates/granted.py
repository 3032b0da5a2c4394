"""The findings against granted degrees, by the plan, the policy and the proofs of the day of the
grant, whatever is asked since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from graduand.models import DegreeGrant, PolicyVersion
from graduand.models.engine import Ids
from graduand.queries.audit import editions
from graduand.queries.audit.degrees import DegreeBasis, Row, degree_findings_by
from graduand.queries.basis import policy_at
from graduand.queries.certificates import issued
from graduand.rulebook.audit.degree import DegreeCourse
from graduand.rulebook.calendar import office_day
from graduand.rulebook.season.policy import BatchPolicy


def against_degrees(
    students: Sequence[int], granted: Mapping[int, int], policy: BatchPolicy, day: date
) -> dict[int, tuple[Row, ...]]:
    """Findings against the degree of each of `students`. Those of the files `granted` (candidate ->
    student) are judged by what their degree was granted by. Four queries, one more where there are
    such files, and one for plans and policies that were not read before.
    """
    formed = {granted[pk]: basis for pk, basis in _formed(list(granted), policy).items()}
    return degree_findings_by(students, policy, day, formed)


def against_granted(
    files: Mapping[int, int], policy: BatchPolicy, day: date
) -> dict[int, tuple[Row, ...]]:
    """Findings against the degree of files (candidate -> student) whose degree was granted, by
    candidate.
    """
    found = against_degrees(list(files.values()), files, policy, day)
    return {pk: found[student] for pk, student in files.items()}


def _formed(files: Sequence[int], policy: BatchPolicy) -> dict[int, DegreeBasis]:
    """What the degree of each of `files` was granted by, as it was stored then."""
    if not files:
        return {}
    grants = DegreeGrant.objects.filter(candidate_id__among=Ids(files)).order_by("id")
    columns = ("candidate_id", "at", "edition_id", "edition__policy__digest", "edition__sha256")
    kept = {pk: rest for pk, *rest in grants.values_list(*columns)}
    known = editions.named(
        {edition: (digest, sha256) for _, edition, digest, sha256 in kept.values()}
    )
    courses = {
        pk: {
            course.code: DegreeCourse(course.code, course.name, course.nature, course.degree_course)
            for course in edition.audit.plan.courses
        }
        for pk, edition in known.items()
    }
    found = {
        pk: DegreeBasis(known[edition].policy, courses[edition], office_day(at))
        for pk, (at, edition, *_) in kept.items()
    }
    return found | _unkept([pk for pk in files if pk not in found], policy)


def _unkept(files: Sequence[int], policy: BatchPolicy) -> dict[int, DegreeBasis]:
    """Today's plan for files where that was not stored, and `graduand init` has not filled it in
    yet; two queries.
    """
    moments = issued.granted_at(files)
    versions = versions_at(moments, policy.code)
    return {
        pk: DegreeBasis(
            policy_at(*versions[pk]) if pk in versions else policy, None, office_day(at)
        )
        for pk, at in moments.items()
    }


def versions_at(moments: Mapping[int, datetime], batch: str) -> dict[int, tuple[str, int]]:
    """(digest, version) of the policy of the batch that was in force at each moment: the last one
    loaded by then.
    """
    if not moments:
        return {}
    versions = PolicyVersion.objects.filter(batch__code=batch).order_by("-number")
    known = list(versions.values_list("loaded_at", "digest", "id"))
    found = ((pk, _loaded_by(at, known)) for pk, at in moments.items())
    return {pk: version for pk, version in found if version is not None}


def _loaded_by(at: datetime, known: Iterable[tuple[datetime, str, int]]) -> tuple[str, int] | None:
    return next(((digest, version) for loaded, digest, version in known if loaded <= at), None)
