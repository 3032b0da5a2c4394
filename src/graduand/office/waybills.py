"""One sealed parcel a centre, each under a waybill of its own (notice 六)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from graduand.models import Candidate, Parcel
from graduand.queries.confirming import centres
from graduand.rulebook.terms import Stage

Waybill = tuple[str, str]


def of(said: Mapping[str, Any]) -> dict[str, Waybill]:
    """Centre code -> (carrier, number), as an act keeps them; those that were left open are left out."""
    given = {
        code: (carrier.strip(), number.strip())
        for code, (carrier, number) in said.get("waybills", {}).items()
    }
    return {code: waybill for code, waybill in given.items() if all(waybill)}


def problem_with(files: Sequence[int], said: Mapping[str, Any]) -> str:
    """Why these files can't be sent under these waybills, as a sentence; "" when they can."""
    waiting = Candidate.objects.filter(id__among=list(files), stage=Stage.CERTIFIED.value)
    bound = centres(list(waiting.values_list("id", flat=True)))
    alone = (said.get("carrier", "").strip(), said.get("tracking", "").strip())
    names = {code: name for code, name, _ in bound}
    if "waybills" in said:
        waybills = {code: waybill for code, waybill in of(said).items() if code in names}
        return _shared(waybills, names) or _in_use(waybills)
    if not all(alone):
        return ""
    if len(bound) > 1:
        parts = "、".join(f"{name}（{code}）{n:,} 件" for code, name, n in bound)
        return f"一个运单只寄往一个学习中心，所选证书分属：{parts}。请为每个学习中心各填一个运单，命令行请用 --centre 分别寄出"
    return _in_use(dict.fromkeys(names, alone))


def _shared(waybills: Mapping[str, Waybill], names: Mapping[str, str]) -> str:
    """Two centres under one waybill."""
    users: dict[Waybill, list[str]] = {}
    for code, waybill in waybills.items():
        users.setdefault(waybill, []).append(names[code])
    for (carrier, number), centres_of_it in users.items():
        if len(centres_of_it) > 1:
            return f"运单 {carrier} {number} 同时填给了{'、'.join(centres_of_it)}，一个运单只寄往一个学习中心，请分别填写"
    return ""


def _in_use(waybills: Mapping[str, Waybill]) -> str:
    """A parcel on its way is sealed: whoever was left behind travels under a waybill of their own."""
    any_of = Q()
    for carrier, number in waybills.values():
        any_of |= Q(carrier=carrier, tracking=number)
    if not any_of:
        return ""
    for parcel in (
        Parcel.objects.filter(any_of, received_at=None).select_related("receiver").order_by("id")
    ):
        return (
            f"运单 {parcel} 已寄往{parcel.receiver}且尚未签收，包裹已封，请换一个运单号寄出其余证书"
        )
    return ""
