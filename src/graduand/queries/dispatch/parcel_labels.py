"""What the list of a parcel says of places, papers and who answers, as it stands today."""

from __future__ import annotations

from collections.abc import Mapping

from graduand.models import Unit
from graduand.papers.printed.roster import contacts_line
from graduand.rulebook.papers.paper_facts import Label, UnitAddress
from graduand.rulebook.season.policy import BatchPolicy

Places = Mapping[int, UnitAddress]


def places() -> dict[int, UnitAddress]:
    """Every unit as it stands on labels, by primary key; one query."""
    columns = ("id", "code", "name", "address", "contact", "phone")
    return {pk: UnitAddress(*texts) for pk, *texts in Unit.objects.values_list(*columns)}


def today(known: Places, sender: int, receiver: int, policy: BatchPolicy) -> Label:
    """The label of a parcel that is sealed today."""
    papers = tuple(kind.label for kind in policy.dossier)
    return Label(known[sender], known[receiver], papers, contacts_line(policy.contacts))
