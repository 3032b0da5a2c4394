"""Files that were sent back to a centre: the last time, whether it still holds, and the reason in
words.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Max, OuterRef, Q, Subquery
from django.db.models.lookups import In

from graduand.models import Event
from graduand.rulebook.terms import ReasonCode, Stage, Verb

# After a closing that did not take place a file is where it was before: why it had come back was
# recorded then.
BACK = [Verb.SEND_BACK.value, Verb.REOPEN.value]


def still_back() -> Q:
    """Files of people who were sent back and not filed since: the file that waits for it, and those
    in which they are listed, of the same batch or of the next one. A person is filed in one batch
    at a time, so the last step of all files counts.
    """
    unfiled = Q(stage__in=[Stage.RETURNED.value, Stage.LISTED.value])
    return unfiled & Q(In(last_step("verb"), BACK))


def last_step(column: str) -> Subquery:
    """A column of the last application, or return, of a row's person, in whatever batch."""
    return _last([*BACK, Verb.APPLY.value], column)


def last_word(column: str) -> Subquery:
    """A column of what a row's person last decided about graduating in a batch: an application, a
    deferral, or the end of one.
    """
    return _last([Verb.APPLY.value, Verb.DEFER.value, Verb.RESUME.value], column)


def _last(verbs: list[str], column: str) -> Subquery:
    steps = Event.objects.filter(candidate__student=OuterRef("student"), verb__in=verbs)
    return Subquery(steps.order_by("-id").values(column)[:1])


def why_back(ids: Iterable[int]) -> dict[int, str]:
    """Why each of the files was last sent back, for those that were; one query."""
    came_back = Event.objects.filter(candidate__in=list(ids), verb__in=BACK)
    last = came_back.order_by().values("candidate").annotate(last=Max("id")).values("last")
    rows = Event.objects.filter(id__in=last)
    found = rows.values_list("candidate", "reason", "note", "verb")
    return {file: _words(reason, note, verb) for file, reason, note, verb in found}


def why(event: Event) -> str:
    """`信息有误：姓名少一点`."""
    return _words(event.reason, event.note, event.verb)


def _words(reason: str, note: str, verb: str) -> str:
    label = ReasonCode.label_of(reason)
    return "：".join(part for part in (label, note) if part) or Verb(verb).label
