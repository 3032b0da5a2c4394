"""One sealed parcel per centre, each under a waybill of its own (notice 六).

Two waybills are the same when their numbers are: names of carriers are written in more ways than
any list knows, and two carriers hardly ever have one number on its way at a time. In that case
another waybill is asked for, since nobody could tell two parcels under one number apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings

from graduand.models import Act, Candidate, Parcel
from graduand.office.refusal import Refused
from graduand.queries.dispatch import parcels as parcel_rows
from graduand.queries.filing.confirming import centres
from graduand.queries.verdicts import Verdict
from graduand.rulebook.canon import CARRIER_MAX, BadText, canon_text, canon_waybill
from graduand.rulebook.clauses import Finding
from graduand.rulebook.dispatch.carriers import canon_carrier
from graduand.rulebook.facts import ActDetails
from graduand.rulebook.terms import Stage

Waybill = tuple[str, str]
# From a unit to a centre, by their codes.
Way = tuple[str, str]


def waybills_of(answers: Mapping[str, Any]) -> dict[str, Waybill]:
    """Centre code -> (carrier, number), as an act keeps them; those that were left open are left out."""
    given = {
        code: (carrier.strip(), number.strip())
        for code, (carrier, number) in answers.get("waybills", {}).items()
    }
    return {code: waybill for code, waybill in given.items() if all(waybill)}


def tidied(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The carrier and number of each waybill in their one spelling, whether a page or a command
    sent them.

    Raises Refused.
    """
    kept = dict(answers)
    try:
        if kept.get("carrier"):
            kept["carrier"] = _carrier(kept["carrier"])
        if kept.get("tracking"):
            kept["tracking"] = canon_waybill(kept["tracking"])
        if "waybills" in kept:
            kept["waybills"] = {
                canon_text(code): _spelt(code, *waybill)
                for code, waybill in kept["waybills"].items()
            }
    except BadText as problem:
        raise Refused(problem.message) from problem
    return kept


def _spelt(code: str, carrier: str, number: str) -> list[str]:
    """Raises BadText, which names the centre: it is one of many rows."""
    try:
        return [_carrier(carrier), canon_waybill(number)]
    except BadText as problem:
        raise BadText(f"学习中心 {code}：{problem.message}") from problem


def _carrier(name: str) -> str:
    """A carrier by its canonical name. Raises BadText."""
    known = canon_carrier(canon_text(name), settings.CARRIERS)
    if len(known) > CARRIER_MAX:
        raise BadText(f"承运单位「{known[:20]}…」有 {len(known)} 个字，最多 {CARRIER_MAX} 个字")
    return known


def problem_with(files: Sequence[int], answers: Mapping[str, Any]) -> str:
    """Why these files can't be sent under these waybills, as a sentence; "" when they can."""
    waiting = Candidate.objects.filter(id__among=list(files), stage=Stage.CERTIFIED.value)
    bound = centres(list(waiting.values_list("id", flat=True)))
    alone = (answers.get("carrier", "").strip(), answers.get("tracking", "").strip())
    names = {code: name for code, name, _ in bound}
    if "waybills" in answers:
        waybills = {
            code: waybill for code, waybill in waybills_of(answers).items() if code in names
        }
        return _shared(waybills, names) or _in_use(waybills)
    if not all(alone):
        return ""
    if len(bound) > 1:
        parts = "、".join(f"{name}（{code}）{n:,} 件" for code, name, n in bound)
        return f"一个运单只寄往一个学习中心，所选证书分属：{parts}。请为每个学习中心各填一个运单，命令行请用 --centre 分别寄出"
    return _in_use(dict.fromkeys(names, alone))


def _shared(waybills: Mapping[str, Waybill], names: Mapping[str, str]) -> str:
    """Two centres under one number."""
    users: dict[str, list[str]] = {}
    for code, (_, number) in waybills.items():
        users.setdefault(number, []).append(code)
    for codes in users.values():
        if len(codes) > 1:
            carrier, number = waybills[codes[0]]
            several = "、".join(names[code] for code in codes)
            return f"运单 {carrier} {number} 同时填给了{several}，一个运单只寄往一个学习中心，请分别填写"
    return ""


def _in_use(waybills: Mapping[str, Waybill]) -> str:
    """The refusal of a waybill whose parcel is on its way, and so sealed: certificates left behind
    need another waybill.
    """
    for parcel in _holders(number for _, number in waybills.values()):
        sent = f"运单 {parcel} 已寄往{parcel.receiver}"
        if parcel.received_at is None:
            return f"{sent}且尚未签收，包裹已封，请换一个运单号寄出其余证书"
        return f"{sent}，清点时缺少或未清点的证书还没有办结，请换一个运单号寄出"
    return ""


def _holders(numbers: Iterable[str]) -> list[Parcel]:
    """The parcels that still hold one of these numbers, the first one first; one query."""
    held = Parcel.objects.filter(parcel_rows.sealed(), tracking__in=set(numbers))
    return list(held.select_related("sender", "receiver").order_by("id"))


def refuse_sealed(act: Act, asked: ActDetails, judged: dict[int, Verdict]) -> dict[int, Verdict]:
    """Refuse by name the files that pass but have no parcel of their own under the waybill given.

    The waybill was free when the act was confirmed; another act may have sealed a parcel under it
    since, or a student moved to another centre. Where two ways are left, the one with most papers
    keeps the waybill.
    """
    travelling: dict[str, dict[Way, list[int]]] = defaultdict(lambda: defaultdict(list))
    for pk, verdict in judged.items():
        paper = verdict.facts.paper
        if verdict.passes:
            _, number = asked.waybill(paper.receiver)
            travelling[number][paper.held_by, paper.receiver].append(pk)
    sealed = _sealed(act, travelling)
    for number, ways in travelling.items():
        most = Counter({way: len(files) for way, files in ways.items()}).most_common(1)
        kept = sealed.get(number, most[0][0])
        for way, files in ways.items():
            if way != kept:
                _, receiver = way
                _refuse(judged, files, asked.waybill(receiver))
    return judged


def _sealed(act: Act, numbers: Iterable[str]) -> dict[str, Way | None]:
    """Each of `numbers` that a parcel holds: the way of the act's own one, None for another's, or
    where the act's own was counted in meanwhile and not all of it found.
    """
    found: dict[str, Way | None] = {}
    for parcel in _holders(numbers):
        is_own = (parcel.sealed_at, parcel.sealed_by_id) == (act.confirmed_at, act.actor_id)
        takes_more = is_own and parcel.received_at is None
        way = (parcel.sender.code, parcel.receiver.code) if takes_more else None
        found[parcel.tracking] = found.get(parcel.tracking) or way
    return found


def _refuse(judged: dict[int, Verdict], files: Sequence[int], waybill: Waybill) -> None:
    finding = Finding("WAYBILL", " ".join(waybill))
    for pk in files:
        judged[pk] = Verdict(judged[pk].facts, (finding,), unchanged=False, refusal=finding)
