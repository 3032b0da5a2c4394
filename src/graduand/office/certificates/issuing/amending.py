"""更正证书内容: what the registry corrected under the same number gets a new version of its content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db import IntegrityError

from graduand.models import Act, Certificate, Statement
from graduand.models.engine import Ids
from graduand.office.certificates.issuing import contents, editions, reprinting
from graduand.office.certificates.issuing.numbering import same_policy
from graduand.office.chunk import Chunk, Numbers
from graduand.office.season.ending import finishing
from graduand.queries.certificates import issued
from graduand.queries.certificates.issued import Issued, IssuedPapers
from graduand.queries.verdicts import Verdict
from graduand.rulebook.certificates.certificate_content import Content, amended_degree


def amend(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """Write the next version of each content, by today's record; the event carries both hashes.

    Raises IntegrityError when a certificate or its record has changed since it was judged.
    """
    same_policy(chunk)
    reprinting.hold(done)
    old = issued.graduations(list(done))
    new = issued.as_on_record(old, chunk.basis.policy)
    hashes = {pk: issued.sha256_of(content) for pk, content in new.items()}
    if any(hashes.get(pk) != verdict.facts.content_hash for pk, verdict in done.items()):
        raise IntegrityError("the record has changed since it was judged")
    _judge_by_the_new_plan(chunk, done)
    behind = _keep(chunk, issued.GRADUATIONS, old, new) + _amend_degrees(chunk, old, new)
    if behind and chunk.basis.closed_on is not None:
        finishing.take_up(chunk.act, done)  # a person replaces the paper
    Statement.objects.bulk_create(_answers(chunk.act, done))
    return {pk: f"{old[pk].number} {old[pk].sha256[:8]}→{hashes[pk][:8]}" for pk in done}


def _judge_by_the_new_plan(chunk: Chunk, done: Mapping[int, Verdict]) -> None:
    """From now on a certificate that names another 专业 is judged by the rules of that one, and by
    the policy that numbered it.
    """
    plans = {pk: verdict.facts.plan for pk, verdict in done.items()}
    valid = Certificate.objects.filter(
        candidate_id__among=Ids(list(done)), voided_at=None, edition__isnull=False
    )
    moved = defaultdict[int, list[int]](list)
    for pk, code, policy in valid.values_list(
        "candidate_id", "edition__plan__code", "edition__policy_id"
    ):
        if code != plans[pk]:
            moved[policy].append(pk)
    for policy, files in moved.items():
        audits = [chunk.basis.audits[code] for code in sorted({plans[pk] for pk in files})]
        kept = editions.keep(audits, policy, chunk.act.batch_id, chunk.at, chunk.act.pk)
        for code, edition in kept.items():
            same = [pk for pk in files if plans[pk] == code]
            Certificate.objects.filter(candidate_id__among=Ids(same), voided_at=None).update(
                edition=edition
            )


def _answers(act: Act, candidates: Iterable[int]) -> list[Statement]:
    """The registry's answer with each file; the scan was sealed when the act was asked for."""
    statement = act.asked["statement"]
    if not (isinstance(statement, dict) and statement.get("file")):
        return []
    scan = {name: statement[name] for name in ("kind", "sha256", "file", "size")}
    return [Statement(act=act, candidate_id=pk, **scan) for pk in candidates]


def _amend_degrees(chunk: Chunk, old: Mapping[int, Issued], new: Mapping[int, Content]) -> int:
    """The degree certificate says the same about the person, so it is amended in what two people
    have seen, and in nothing else.
    """
    standing = issued.degrees(list(new))
    amended = {}
    for pk, degree in standing.items():
        before = old[pk].content
        if degree.content is None or before is None:
            continue
        content = amended_degree(degree.content, before, new[pk])
        if content != degree.content:
            amended[pk] = content
    return _keep(chunk, issued.DEGREES, standing, amended)


def _keep(
    chunk: Chunk, papers: IssuedPapers, old: Mapping[int, Issued], new: Mapping[int, Content]
) -> int:
    """Write the next version of each content; returns how many papers are outdated by it."""
    contents.keep_next(
        papers, {pk: (old[pk].version + 1, content) for pk, content in new.items()}, chunk
    )
    return reprinting.left_behind(papers, old, new, chunk.at)
