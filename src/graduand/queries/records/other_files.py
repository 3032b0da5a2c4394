"""The files of one student in other batches, each with the last refusal there: for whoever looks at
one of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from graduand.models import Candidate, Event
from graduand.queries.records.person import HistoryEvent, done
from graduand.rulebook.terms import Stage, Verb

REFUSALS = (Verb.SEND_BACK.value, Verb.REJECT.value)


@dataclass(frozen=True, slots=True)
class OtherFile:
    """A file in another batch; `aside`: it waits there. `refused` is the last time that it came
    back or was rejected.
    """

    pk: int
    batch: str
    stage: Stage
    closed: bool
    aside: bool
    refused: HistoryEvent | None


def other_files(people: QuerySet[Candidate], file: Candidate) -> list[OtherFile]:
    """The files of the student beside `file` among `people`, newest batch first; two queries, one
    when there is none.
    """
    rows = people.filter(student=file.student_id, batch__deleted_at=None).exclude(pk=file.pk)
    found = list(rows.select_related("batch").order_by("-batch__code"))
    if not found:
        return []
    events = Event.objects.filter(candidate__in=[one.pk for one in found], verb__in=REFUSALS)
    last = {
        event.candidate_id: event
        for event in events.select_related("actor", "second", "act").order_by("id")
    }
    return [
        OtherFile(
            one.pk,
            one.batch.code,
            Stage(one.stage),
            one.batch.closed_at is not None,
            one.aside,
            done(last[one.pk]) if one.pk in last else None,
        )
        for one in found
    ]
