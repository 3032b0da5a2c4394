"""旧证: which papers are outdated by an amendment, and that they were replaced by a print of the new
content.

The mark on a certificate says what the paper last printed says, where that differs from the valid
content. Only a print clears it: one that read the certificate after the mark was made, and whose
content is still the valid one when it ends.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import F, QuerySet

from graduand.models import Certificate
from graduand.models.engine import Ids, engine_of
from graduand.office.certificates.issuing.rows import db_time
from graduand.queries import clock
from graduand.queries.certificates import issued
from graduand.queries.certificates.issued import Issued, IssuedPapers, ValidPapers
from graduand.queries.verdicts import chunks
from graduand.rulebook.certificates.certificate_content import Content, prints_alike
from graduand.rulebook.terms import Stage

PIECE = 200
_MARK = {"old_paper_since": "timestamptz", "old_paper_sha256": "text"}


class PrintedContent(NamedTuple):
    """What a printed sheet says, and since when the paper was outdated at the time of reading;
    None: it was not.
    """

    content: Content
    old_since: datetime | None = None


class ReprintOutcome(NamedTuple):
    """The result of a print, by candidate: whose outdated paper its sheet replaces, and whose sheet
    is of no use, because the certificate says something else by now, or was amended or printed
    elsewhere after it was read.
    """

    renewed: list[int]
    useless: list[int]


def hold(candidates: Collection[int]) -> QuerySet[Certificate]:
    """The valid certificates of `candidates`, which nobody else amends or replaces until the
    transaction ends.
    """
    papers = Certificate.objects.filter(candidate_id__among=Ids(candidates), voided_at=None)
    papers.update(number=F("number"))
    return papers


def left_behind(
    papers: IssuedPapers, old: Mapping[int, Issued], new: Mapping[int, Content], at: datetime
) -> int:
    """Mark the papers of these candidates as outdated, as far as the amendment shows on the paper
    at all; returns how many.

    A paper that was outdated before is compared by what it says itself: where the certificate was
    amended back it is the right one, and where it is not known what it says it stays outdated.
    """
    changed = {
        pk: content
        for pk, content in new.items()
        if (was := old[pk].content) is not None and not prints_alike(was, content)
    }
    on_paper = {pk: old[pk].sha256 for pk in changed} | issued.old_paper_hashes(
        papers, list(changed)
    )
    known = issued.contents_by_hash(papers, list(changed), set(on_paper.values()))
    rows: list[tuple[int, Any, str]] = []
    for pk, content in changed.items():
        if on_paper[pk] in known and prints_alike(known[on_paper[pk]], content):
            rows.append((pk, None, ""))
        else:
            rows.append((pk, db_time(at), on_paper[pk]))
    with connection.cursor() as cursor:
        table = papers.certificates._meta.db_table
        engine_of().update_each(cursor, table, "candidate_id", _MARK, "voided_at IS NULL", rows)
    return sum(since is not None for _, since, _ in rows)


def begun(candidates: Sequence[int]) -> ValidPapers:
    """What a print of these papers is going to say. Where an outdated paper was not sent out yet,
    it is not known until the print has ended which paper is in hand: a print that is cut off leaves
    sheets that may be taken for it.

    Read while nobody else amends: a later amendment is compared with what the print says, not with
    the older paper.
    """
    with transaction.atomic():
        old = hold(candidates).filter(
            candidate__stage=Stage.CERTIFIED.value, old_paper_since__isnull=False
        )
        old.exclude(old_paper_sha256="").update(old_paper_sha256="")
        return issued.standing(candidates)


def ended(printed: Mapping[int, PrintedContent], *, whole: bool = True) -> ReprintOutcome:
    """Record that a print produced all this, or, where it is not `whole`, was broken off and may
    have produced it: then it replaces nothing.

    A certificate that is amended after the first look here has a mark that says what the paper last
    printed says.
    """
    found = ReprintOutcome([], [])
    for piece in chunks(sorted(printed), PIECE):
        standing = issued.standing(piece)
        unsettled = {
            pk: printed[pk]
            for pk in piece
            if pk in standing.old_papers or not _valid(standing, pk, printed[pk])
        }
        if unsettled:  # hardly ever: nobody waits for the end of most prints
            with transaction.atomic():
                renewed, useless = _ended(unsettled, whole)
            found.renewed.extend(renewed)
            found.useless.extend(useless)
    return found


def _ended(printed: Mapping[int, PrintedContent], whole: bool) -> ReprintOutcome:
    """The marks of papers that were not sent out follow the print; other papers say what they said."""
    here = hold(printed).filter(candidate__stage=Stage.CERTIFIED.value)
    standing = issued.standing(list(printed))
    at = clock.now()
    useless = [pk for pk, sheet in printed.items() if not _usable(standing, pk, sheet)]
    same_number = [
        pk
        for pk, number in here.values_list("candidate_id", "number")
        if number == printed[pk].content.number
    ]
    doubtful = sorted(set(useless).intersection(same_number))
    # The mark is of now: a print under way, which read before it, does not clear it either.
    here.filter(candidate_id__among=Ids(doubtful)).update(old_paper_since=at, old_paper_sha256="")
    renewed: list[int] = []
    if whole:
        renewed = sorted(set(same_number).intersection(standing.old_papers).difference(useless))
    here.filter(candidate_id__among=Ids(renewed)).update(
        old_paper_since=None, old_paper_sha256="", reprinted_at=at
    )
    return ReprintOutcome(renewed, useless)


def _usable(standing: ValidPapers, candidate: int, sheet: PrintedContent) -> bool:
    """Whether the sheet says what is valid, and nobody has amended it since it was read, or printed
    something else.
    """
    marked = standing.old_papers.get(candidate)
    return _valid(standing, candidate, sheet) and marked in (None, sheet.old_since)


def _valid(standing: ValidPapers, candidate: int, sheet: PrintedContent) -> bool:
    certificate = standing.certificates.get(candidate)
    if certificate is None or certificate.content is None:
        return False
    return prints_alike(sheet.content, certificate.content)
