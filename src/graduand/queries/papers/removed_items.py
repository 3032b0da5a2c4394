"""Items that were in a sealed parcel and no longer travel in it: their lines stay on its list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import F, OuterRef, Subquery

from graduand.models import Batch, CertificateContent, ParcelItem
from graduand.models.engine import Ids
from graduand.queries.certificates import voided_papers
from graduand.queries.certificates.issued import Issued, ValidPapers, vouched
from graduand.queries.dispatch import parcel_labels
from graduand.queries.papers.printing import (
    PARCEL_COLUMNS,
    as_issued,
    graduands,
    parcel_facts,
)
from graduand.queries.scope import Actor, visible
from graduand.queries.stations import Rows
from graduand.queries.verdicts import chunks
from graduand.rulebook.gates import Basis
from graduand.rulebook.papers.paper_facts import Graduand
from graduand.rulebook.papers.printing import taken_out
from graduand.rulebook.terms import SENT_STAGES

_CHUNK = 100
_PACKED = tuple(stage.value for stage in SENT_STAGES)
_COLUMNS = (
    "candidate_id",
    "parcel__receiver__code",
    "counted",
    "void_number",
    "void_from",
    *PARCEL_COLUMNS,
)
_NOBODY_NUMBERED = ValidPapers({}, {})


def lines(
    batch: Batch, basis: Basis, by: Actor, *, centre: int | None, round_name: str | None
) -> dict[str, list[Graduand]]:
    """The items that `by` sees, by the code of the centre that their parcel goes to, wherever their
    files are by now: each as the certificate said when it was packed.
    """
    found = defaultdict(list)
    units = parcel_labels.places()
    items = _items(batch, by, centre, round_name).values_list(*_COLUMNS)
    for piece in chunks(list(items), _CHUNK):
        ids = list(dict.fromkeys(row[0] for row in piece))
        people = {one.candidate: one for one in graduands(ids, basis, _NOBODY_NUMBERED)}
        packed = _Packed(ids)
        for pk, code, counted, number, stage, *parcel in piece:
            person = as_issued(people[pk], packed.at(pk, parcel[-1]))
            facts = parcel_facts(parcel, units, basis.policy)
            became = taken_out(bool(number), lost=not stage)
            found[code].append(replace(person, parcel=facts, taken_out=became, counted=counted))
    return dict(found)


def _items(batch: Batch, by: Actor, centre: int | None, round_name: str | None) -> Rows:
    items = ParcelItem.objects.filter(candidate__batch=batch)
    items = visible(by, items, "parcel__receiver", "candidate__student")
    if centre is not None:
        items = items.filter(parcel__receiver=centre)
    if round_name is not None:
        items = items.filter(candidate__round__name=round_name)
    newest = ParcelItem.objects.filter(candidate=OuterRef("candidate")).order_by("-id")
    items = items.annotate(newest=Subquery(newest.values("id")[:1]), **voided_papers.of_item())
    return items.exclude(candidate__stage__in=_PACKED, pk=F("newest")).order_by("id")


class _Packed:
    """The certificates of some candidates, voided ones too, to be asked for by day; one query."""

    def __init__(self, ids: Sequence[int]) -> None:
        self._kept: dict[int, list[tuple[datetime, Issued]]] = defaultdict(list)
        for pk, made, *told in self._rows(ids):
            self._kept[pk].append((made, _read(*told)))

    @staticmethod
    def _rows(ids: Sequence[int]) -> Iterable[tuple[int, datetime, str, str, str, str]]:
        rows = CertificateContent.objects.filter(certificate__candidate_id__among=Ids(ids))
        return rows.order_by("certificate__made_at", "version").values_list(
            "certificate__candidate_id",
            "certificate__made_at",
            "certificate__number",
            "body",
            "id_no",
            "sha256",
        )

    def at(self, candidate: int, sealed: datetime) -> Issued | None:
        """The certificate that existed when a parcel was sealed, in its last version."""
        made = [paper for at, paper in self._kept[candidate] if at <= sealed]
        return made[-1] if made else None


def _read(number: str, body: str, id_no: str, sha256: str) -> Issued:
    return Issued(number, vouched(body, id_no, sha256, number))
