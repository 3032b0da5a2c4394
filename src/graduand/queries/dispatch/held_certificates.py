"""暂不发: certificates that must not be handed to anybody for now, for the lists by which a centre
hands out and counts.

Asked of the facts of the moment, as for the lists on paper: a list to hand out by does not rely on
stored verdicts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from graduand.models import Batch, Candidate
from graduand.models.engine import Ids
from graduand.queries.basis import basis_of
from graduand.queries.facts import gathering
from graduand.rulebook.papers import printing
from graduand.rulebook.terms import Stage

# A certificate that the student has signed for can no longer be held back.
_ON_THE_WAY = (Stage.CERTIFIED.value, Stage.SHIPPED.value, Stage.RECEIVED.value)


def held_up(files: Iterable[int]) -> dict[int, str]:
    """By candidate, in sentences, why a certificate is not to be given out; candidates without such
    a reason are left out.

    A constant number of queries per batch.
    """
    found: dict[int, str] = {}
    for batch, ids in _by_batch(files).items():
        basis = basis_of(batch)
        for pk, known in gathering.gather(ids, basis.policy, basis.today, papers=True).items():
            if snags := printing.holding_up(known, basis, packed=False):
                found[pk] = "；".join(snag.sentence for snag in snags)
    return found


def _by_batch(files: Iterable[int]) -> dict[Batch, list[int]]:
    on_the_way = Candidate.objects.filter(id__among=Ids(files), stage__in=_ON_THE_WAY)
    found = defaultdict(list)
    for file in on_the_way.select_related("batch").only("id", "batch").order_by("id"):
        found[file.batch].append(file.pk)
    return found
