"""旧证: which paper an amendment left behind, and that it was replaced by a print of the new content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from graduand.models import Certificate
from graduand.models.engine import Ids
from graduand.queries import clock
from graduand.queries.issued import Issued
from graduand.rulebook.certificate_content import Content, prints_alike
from graduand.rulebook.terms import Stage


def left_behind(old: Mapping[int, Issued], new: Mapping[int, Content], at: datetime) -> int:
    """The papers of these candidates say what was amended, as far as that stands on the paper at all; returns how many."""
    behind = [
        pk for pk, content in new.items() if (was := old[pk].content) is not None and not prints_alike(was, content)
    ]
    papers = Certificate.objects.filter(candidate_id__among=Ids(behind), voided_at=None)
    return papers.update(old_paper_since=at)


def replaced(printed: Mapping[int, datetime]) -> int:
    """The certificates of `printed` (candidate -> since when the paper was old, as it was read before the content) were
    printed anew; returns how many old papers that replaces.

    Only where the old paper lies at home; what was amended once more meanwhile is old still, whatever moment the others
    were read at: each is compared with its own. One statement an amendment that was printed, not one a person.
    """
    read_at: dict[datetime, list[int]] = defaultdict(list)
    for pk, since in printed.items():
        read_at[since].append(pk)
    here = Certificate.objects.filter(candidate__stage=Stage.CERTIFIED.value, voided_at=None)
    return sum(
        here.filter(candidate_id__among=Ids(ids), old_paper_since=since).update(old_paper_since=None, reprinted_at=clock.now())
        for since, ids in read_at.items()
    )
