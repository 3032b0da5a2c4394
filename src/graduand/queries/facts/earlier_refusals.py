"""People who were refused before: rejected in any batch, or sent back in another one; shown to
whoever reviews the file now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graduand.models import Event
from graduand.models.engine import Ids
from graduand.rulebook.calendar import office_day
from graduand.rulebook.terms import ReasonCode, Verb

_SAID = {Verb.REJECT.value: "审核不通过", Verb.SEND_BACK.value: "被退回补正"}
_SHORT = {Verb.REJECT.value: "曾不通过", Verb.SEND_BACK.value: "曾退回补正"}
# The file that is asked about: any file of the same student.
_ASKED = "candidate__student__candidates__id"


class EarlierRefusal(NamedTuple):
    """The refusal in a few words, and with the day, the batch and the reason."""

    short: str
    words: str


def refused_before(files: Sequence[int]) -> dict[int, EarlierRefusal]:
    """`曾不通过`, `2023-01-10 在 202301 批次审核不通过（材料不全）`: the last time, for each of
    `files` that has one; one query.

    What was sent back in its own batch was filed anew and is reviewed afresh: only what it was
    rejected for counts there.
    """
    events = Event.objects.filter(
        candidate__student__candidates__id__among=Ids(files), verb__in=_SAID
    )
    columns = (_ASKED, "candidate_id", "candidate__batch__code", "verb", "reason", "at")
    found: dict[int, EarlierRefusal] = {}
    for asked, refused, batch, verb, reason, at in events.order_by("at", "id").values_list(
        *columns
    ):
        if verb == Verb.REJECT.value or refused != asked:
            why = ""
            if reason:
                why = f"（{ReasonCode(reason).label}）"
            found[asked] = EarlierRefusal(
                _SHORT[verb], f"{office_day(at)} 在 {batch} 批次{_SAID[verb]}{why}"
            )
    return found
