"""旧证: which paper an amendment left behind, and that it was replaced by a print of the new content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from graduand.models import Certificate
from graduand.models.engine import Ids, engine_of
from graduand.office.issuing.rows import db_time
from graduand.queries import clock, issued
from graduand.queries.issued import Issued, Papers
from graduand.queries.verdicts import chunks
from graduand.rulebook.certificate_content import Content, prints_alike
from graduand.rulebook.terms import Stage

PIECE = 500
_MARK = {"old_paper_since": "timestamptz", "old_paper_sha256": "text"}


def hold(candidates: Mapping[int, object]) -> QuerySet[Certificate]:
    """The valid certificates of `candidates`, which nobody else amends or replaces until the transaction ends."""
    papers = Certificate.objects.filter(candidate_id__among=Ids(candidates), voided_at=None)
    papers.update(number=F("number"))
    return papers


def left_behind(papers: Papers, old: Mapping[int, Issued], new: Mapping[int, Content], at: datetime) -> int:
    """The papers of these candidates say what was amended, as far as that stands on the paper at all; returns how many.

    A paper that was old before is compared by what it says itself: where that was amended back it is the right one, and
    where nobody knows what it says it stays old.
    """
    changed = {
        pk: content for pk, content in new.items() if (was := old[pk].content) is not None and not prints_alike(was, content)
    }
    said = {pk: old[pk].sha256 for pk in changed} | issued.said_by_old_papers(papers, list(changed))
    known = issued.kept_under(papers, list(changed), set(said.values()))
    rows = [
        (pk, None, "") if said[pk] in known and prints_alike(known[said[pk]], content) else (pk, db_time(at), said[pk])
        for pk, content in changed.items()
    ]
    with connection.cursor() as cursor:
        table = papers.certificates._meta.db_table
        engine_of().update_each(cursor, table, "candidate_id", _MARK, "voided_at IS NULL", rows)
    return sum(since is not None for _, since, _ in rows)


def begun(candidates: Sequence[int]) -> None:
    """A print of these is about to be read. Until it has ended (`replaced`) nobody knows which paper is in hand, if the old
    one lies at home: a print that is cut off leaves sheets that may be taken for it.

    Before the look at what they say: who is amended after it stays marked.
    """
    papers = Certificate.objects.filter(candidate_id__among=Ids(candidates), candidate__stage=Stage.CERTIFIED.value)
    known = papers.filter(voided_at=None, old_paper_since__isnull=False).exclude(old_paper_sha256="")
    if known.exists():  # others write while a long print reads
        known.update(old_paper_sha256="")


def replaced(printed: Mapping[int, Content]) -> int:
    """What was printed of those whose paper was an old one when it was read; returns how many old papers that replaces.

    Only where the old paper lies at home. Where the certificate was amended meanwhile, the print is an old paper, too; which
    of the two is in hand, and what it says, nobody knows then.
    """
    done = 0
    for piece in chunks(sorted(printed), PIECE):
        with transaction.atomic():
            done += _replaced({pk: printed[pk] for pk in piece})
    return done


def _replaced(printed: Mapping[int, Content]) -> int:
    here = hold(printed).filter(candidate__stage=Stage.CERTIFIED.value)
    now, right, wrong = issued.graduations(list(printed)), [], []
    for pk, number in here.values_list("candidate_id", "number"):
        content = now[pk].content
        if content is not None and prints_alike(printed[pk], content):
            right.append(pk)
        elif number == printed[pk].number:
            wrong.append(pk)
    at = clock.now()
    here.filter(candidate_id__among=Ids(wrong)).update(
        old_paper_since=Coalesce("old_paper_since", at), old_paper_sha256=""
    )
    return here.filter(candidate_id__among=Ids(right)).update(
        old_paper_since=None, old_paper_sha256="", reprinted_at=at
    )
