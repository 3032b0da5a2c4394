"""What stands against degrees that were granted: by the policy and the proofs of its day, whatever is asked since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from graduand.models import PolicyVersion
from graduand.queries import issued
from graduand.queries.bench import policy_at
from graduand.queries.degrees import Row, degree_findings_under
from graduand.rulebook.calendar import office_day
from graduand.rulebook.policy import BatchPolicy


def against_degrees(
    students: Sequence[int], granted: Mapping[int, int], policy: BatchPolicy, day: date
) -> dict[int, tuple[Row, ...]]:
    """Findings against the degree of each of `students`; the files `granted` (candidate -> student) have theirs. Four queries,
    two more where anybody has, and one for a policy that nobody has read yet.
    """
    moments = issued.granted_at(list(granted))
    under = {granted[pk]: found for pk, found in _in_force(moments, policy).items()}
    proved = {granted[pk]: office_day(at) for pk, at in moments.items()}
    asked = {one.digest: one for one in (policy, *under.values())}
    found = dict(zip(asked, degree_findings_under(students, list(asked.values()), day, proved), strict=True))
    return {pk: found[under.get(pk, policy).digest][pk] for pk in students}


def against_granted(files: Mapping[int, int], policy: BatchPolicy, day: date) -> dict[int, tuple[Row, ...]]:
    """The same of files (candidate -> student) whose degree was granted, by candidate."""
    found = against_degrees(list(files.values()), files, policy, day)
    return {pk: found[student] for pk, student in files.items()}


def _in_force(moments: Mapping[int, datetime], policy: BatchPolicy) -> dict[int, BatchPolicy]:
    """The policy of the batch by which each was granted: the last one that had been loaded by then."""
    if not moments:
        return {}
    versions = PolicyVersion.objects.filter(batch__code=policy.code).order_by("-number")
    known = list(versions.values_list("loaded_at", "digest", "id"))
    found = {}
    for pk, at in moments.items():
        digest, version = next(((digest, pk) for loaded, digest, pk in known if loaded <= at), (policy.digest, 0))
        found[pk] = policy if digest == policy.digest else policy_at(digest, version)
    return found
