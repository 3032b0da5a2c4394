"""One sealed parcel a centre, each under a waybill of its own (notice 六)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.conf import settings

from graduand.models import Act, Candidate, Parcel
from graduand.office.refusal import Refused
from graduand.queries.filing.confirming import centres
from graduand.queries.verdicts import Verdict
from graduand.rulebook.canon import BadText, canon_text, canon_waybill
from graduand.rulebook.clauses import Finding
from graduand.rulebook.dispatch.carriers import canon_carrier
from graduand.rulebook.facts import ActDetails
from graduand.rulebook.terms import Stage

Waybill = tuple[str, str]
# From a unit to a centre, by their codes.
Way = tuple[str, str]


def of(said: Mapping[str, Any]) -> dict[str, Waybill]:
    """Centre code -> (carrier, number), as an act keeps them; those that were left open are left out."""
    given = {
        code: (carrier.strip(), number.strip())
        for code, (carrier, number) in said.get("waybills", {}).items()
    }
    return {code: waybill for code, waybill in given.items() if all(waybill)}


def tidied(said: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed with each waybill in its one spelling, carrier and number, by whichever door it
    came.

    Raises Refused.
    """
    kept = dict(said)
    try:
        if kept.get("carrier"):
            kept["carrier"] = _carrier(kept["carrier"])
        if kept.get("tracking"):
            kept["tracking"] = canon_waybill(kept["tracking"])
        if "waybills" in kept:
            kept["waybills"] = {
                code: [_carrier(carrier), canon_waybill(number)]
                for code, (carrier, number) in kept["waybills"].items()
            }
    except BadText as problem:
        raise Refused(problem.message) from problem
    return kept


def _carrier(name: str) -> str:
    """A carrier by the name under which the house knows it. Raises BadText."""
    return canon_carrier(canon_text(name), settings.CARRIERS)


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
    for parcel in _on_the_way(waybills.values()):
        return (
            f"运单 {parcel} 已寄往{parcel.receiver}且尚未签收，包裹已封，请换一个运单号寄出其余证书"
        )
    return ""


def _on_the_way(waybills: Collection[Waybill]) -> list[Parcel]:
    """The parcels on their way under one of these, however the carrier is spelled there; one query."""
    numbers = {number for _, number in waybills}
    wanted = set(map(_plain, waybills))
    rows = Parcel.objects.filter(tracking__in=numbers, received_at=None).order_by("id")
    parcels = rows.select_related("sender", "receiver")
    return [one for one in parcels if _plain((one.carrier, one.tracking)) in wanted]


def _plain(waybill: Waybill) -> Waybill:
    """By what two waybills are compared: a parcel says for ever what was written on it."""
    carrier, number = waybill
    return canon_carrier(carrier, settings.CARRIERS), number


def refuse_sealed(act: Act, asked: ActDetails, judged: dict[int, Verdict]) -> dict[int, Verdict]:
    """Of what passes refuses by name whatever has no parcel of its own under the waybill given.

    It was free when the act was confirmed; another act may have sealed a parcel under it since, or
    a student moved to another centre. Where two ways are left, most of the papers keep the waybill.
    """
    travelling: dict[Waybill, dict[Way, list[int]]] = defaultdict(lambda: defaultdict(list))
    for pk, verdict in judged.items():
        paper = verdict.facts.paper
        if verdict.passes:
            waybill = asked.waybill(paper.receiver)
            travelling[waybill][paper.held_by, paper.receiver].append(pk)
    sealed = _sealed(act, travelling)
    for waybill, ways in travelling.items():
        most = Counter({way: len(files) for way, files in ways.items()}).most_common(1)
        kept = sealed.get(_plain(waybill), most[0][0])
        for way, files in ways.items():
            if way != kept:
                _refuse(judged, files, waybill)
    return judged


def _sealed(act: Act, waybills: Collection[Waybill]) -> dict[Waybill, Way | None]:
    """Each of `waybills`, in its one spelling, that is on its way: the way of the act's own parcel,
    None for another's.
    """
    found: dict[Waybill, Way | None] = {}
    for parcel in _on_the_way(waybills):
        mine = (parcel.sealed_at, parcel.sealed_by_id) == (act.confirmed_at, act.actor_id)
        way = (parcel.sender.code, parcel.receiver.code) if mine else None
        found[_plain((parcel.carrier, parcel.tracking))] = way
    return found


def _refuse(judged: dict[int, Verdict], files: Sequence[int], waybill: Waybill) -> None:
    finding = Finding("WAYBILL", " ".join(waybill))
    for pk in files:
        judged[pk] = Verdict(judged[pk].facts, (finding,), unchanged=False, refusal=finding)
