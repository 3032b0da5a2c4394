"""Judging the people of a batch who are due."""

from __future__ import annotations

from graduand.models import Batch
from graduand.office.audit import rejudging
from graduand.office.queue.kinds import Duty, WorkProgress
from graduand.office.season import listing
from graduand.rulebook.queue.work_terms import WorkKind


class Audits(Duty):
    """First the list of the batch, where that is not complete, then whoever is due."""

    kind = WorkKind.AUDIT
    resumable = True
    after_stop = "前 {done} 人已按现行规定判断，其余 {left} 人在名单里仍显示上一次的判断；每次办理都会重新判断，不受影响。"
    before_first = "还没有开始审核，名单里仍显示上一次的判断；每次办理都会重新判断，不受影响。"

    def advance(self, subject: int) -> WorkProgress:
        if listing.advance(subject) is not None:
            return WorkProgress(0, Batch.objects.get(pk=subject).candidates.count(), ended=False)
        return WorkProgress(*rejudging.advance(subject))
