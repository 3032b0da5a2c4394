"""What a confirmation says about its people: the counts, who is skipped and why, by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from graduand.models import Pick
from graduand.office import picks
from graduand.pages.door.access import Visit
from graduand.pages.frame.base import address
from graduand.pages.frame.lists import filter_form
from graduand.pages.frame.offers import Offer, supposed
from graduand.pages.frame.season.deadlines import early_report
from graduand.queries.basis import basis_of
from graduand.queries.certificates import rosters
from graduand.queries.filing import confirming
from graduand.queries.filing.confirming import SkippedPerson
from graduand.queries.listing import BATCH
from graduand.queries.review.against_degrees import DegreeObjection, against_granted
from graduand.queries.review.let_stand import LetStand, let_stand
from graduand.queries.season.seasons import EVERY_BATCH, Season
from graduand.queries.verdicts import Preview, preview
from graduand.rulebook.chapters.clause import Clause
from graduand.rulebook.clauses import CLAUSES
from graduand.rulebook.facts import ActDetails
from graduand.rulebook.gates import Basis
from graduand.rulebook.terms import Verb

NAMED = 20
SETTLED = "办理流程"


@dataclass(frozen=True, slots=True)
class RefusedGroup:
    """People kept out for the same reason: how many, and the first of them by name."""

    label: str
    source: str
    count: int
    people: tuple[SkippedPerson, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedPick:
    """A pick in its present state: `gone` have moved to another unit since and are not named."""

    pick: Pick
    offer: Offer
    basis: Basis
    asked: ActDetails
    preview: Preview
    gone: int

    @property
    def skipped(self) -> list[int]:
        """Who would be left out, in the order of the groups."""
        return [
            pk for files in (*self.preview.stopped.values(), self.preview.settled) for pk in files
        ]


def judged(visit: Visit, pick: Pick, offer: Offer) -> JudgedPick:
    """The frozen files, judged now as the act will judge them."""
    ids = picks.ids_of(pick)
    basis = basis_of(pick.batch)
    visible_ids = confirming.still_visible_ids(visit.actor, ids)
    asked = replace(
        supposed(visit, offer, None),
        round_name=round_of(pick, offer, basis),
        spotless=pick.spotless,
    )
    if pick.everybody or pick.size != 1:
        asked = replace(asked, second=None)
    seen = preview(offer.verb, pick.batch, [pk for pk in ids if pk in visible_ids], asked, basis)
    return JudgedPick(pick, offer, basis, asked, seen, len(ids) - len(visible_ids))


def round_of(pick: Pick, offer: Offer, known: Basis | None = None) -> str | None:
    """The round that an application goes to: the early one from the list of 续读本科 (notice 三.3)."""
    if offer.verb is not Verb.APPLY:
        return None
    basis = known or basis_of(pick.batch)
    filing_round = basis.open_round(early=["goes_on", "1"] in pick.filter)
    if filing_round is None:
        return None
    return filing_round.name


def filed_in(visit: Visit, look: JudgedPick) -> str:
    """Which round an application goes to, and what that means for 续读学生."""
    season = visit.season(look.pick.batch.code)
    filing_round = look.basis.policy.round(look.asked.round_name)
    if look.offer.verb is not Verb.APPLY or season is None or filing_round is None:
        return ""
    words = _going_on(visit, look, season)
    return f"申请轮次：{filing_round.name}（{filing_round.kind.label}，截止 {filing_round.closes}）。{words}"


def _going_on(visit: Visit, look: JudgedPick, season: Season) -> str:
    """For 续读学生, filed alone or with others: their own round, or why they have none."""
    if ["goes_on", "1"] in look.pick.filter:
        return early_report(season, visit.today)
    count = confirming.going_on(look.preview.passing)
    if not count:
        return ""
    early = season.early_round(visit.today)
    if early is None:
        return f"其中 {count} 人续读本科：{early_report(season, visit.today)}"
    own = f"「{early.name}」（截止 {early.closes}）"
    return f"其中 {count} 人续读本科，有单独上报的轮次{own}：要单独上报的，请取消后从「续读本科单独上报」提交。"


@dataclass(frozen=True, slots=True)
class EarlierBatch:
    """An earlier batch that takes applications, and who of a later one could be filed there."""

    code: str
    closes: date
    issue_date: date
    count: int
    people: list[confirming.MovablePerson]


def sooner(visit: Visit, look: JudgedPick) -> list[EarlierBatch]:
    """The batches of an earlier certificate that this application gives up; one query each."""
    if look.offer.verb is not Verb.APPLY:
        return []
    found = []
    here = look.basis.policy.issue_date
    for season in visit.unfinished:
        filing_round = season.open_round(visit.today)
        if filing_round is None or season.policy.issue_date >= here:
            continue
        count, people = confirming.fileable_in(season.batch.pk, look.preview.passing, NAMED)
        if count:
            found.append(
                EarlierBatch(
                    season.code, filing_round.closes, season.policy.issue_date, count, people
                )
            )
    return found


def decided_on(look: JudgedPick) -> dict[str, Any]:
    """The facts that a decision is bound to, as they are shown."""
    return {"grounds": _let_stand_by(look), "degrees": _taken_back(look)}


def _let_stand_by(look: JudgedPick) -> list[LetStand]:
    """What 核实后维持 would confirm of each file."""
    if look.offer.verb is not Verb.CONFIRM_ISSUE:
        return []
    return let_stand(look.preview.passing[:NAMED], look.basis)


def _taken_back(look: JudgedPick) -> list[DegreeObjection]:
    """The findings against each granted degree that would be taken back."""
    if look.offer.verb is not Verb.DEGREE_DECLINE:
        return []
    return list(against_granted(look.preview.passing[:NAMED], look.basis).values())


def numbered_early(look: JudgedPick) -> tuple[str, ...]:
    """The reasons against numbering them today already; empty for any other step."""
    if look.offer.verb is not Verb.CERTIFY:
        return ()
    return rosters.numbered_early(look.pick.batch, look.preview.passing)


def picked_from(visit: Visit, spec: Any, pick: Pick) -> str:
    """`毕业申请：毕业批次 202307、申请状态 未申请`: the list and its filter.

    The batch is that of the files: a student's page has no list to filter, and the visitor's own
    batch may be another.
    """
    asked = dict(pick.filter)
    if BATCH in asked:
        asked[BATCH] = pick.batch.code
    question = filter_form.words(visit.actor, spec, list(asked.items()))
    return "：".join(filter(None, (spec.title, question)))


def list_address(spec: Any, pick: Pick, batch: str) -> str:
    """Where the people were picked from: the list with its filter, in the `batch` of the files.

    A page about one student or one parcel has no list: the filter then has the batch that the
    visitor looks at, which may be another.
    """
    asked = dict(pick.filter)
    if asked.get(BATCH, EVERY_BATCH) != EVERY_BATCH:
        asked[BATCH] = batch
    return address(spec.path, list(asked.items()))


def counts(look: JudgedPick) -> dict[str, Any]:
    """可以提交 and 将跳过, the reasons with the first names of each, the warnings of those that pass."""
    seen = look.preview
    shown = confirming.skipped(look.offer.verb, look.basis, look.skipped[:NAMED], look.asked)
    names = {person.id: person for person in shown}
    return {
        "chosen": look.pick.size,
        "ready": seen.passes,
        "people": confirming.people(seen.passing[:NAMED]),
        "without_degree": len(seen.without_degree),
        "graduate_only": confirming.without_degree(seen.without_degree, NAMED),
        "skipped": look.pick.size - seen.passes,
        "named": len(names),
        "nameable": len(look.skipped),
        "groups": _groups(look, names),
        "warned": seen.warned,
        "warnings": _warnings(look),
    }


def _groups(look: JudgedPick, names: dict[int, SkippedPerson]) -> list[RefusedGroup]:
    """The people who would be left out, by the reason; `names` are those who are named."""
    seen = look.preview
    groups = [_group(CLAUSES[code], files, names) for code, files in seen.stopped.items()]
    if seen.settled:
        people = tuple(names[pk] for pk in seen.settled if pk in names)
        target = look.offer.step.target.label
        groups.append(RefusedGroup(f"已经是「{target}」", SETTLED, seen.unchanged, people))
    if look.gone:
        groups.append(RefusedGroup("已不属于您的单位", SETTLED, look.gone))
    return groups


def _warnings(look: JudgedPick) -> list[dict[str, Any]]:
    """The warnings of those who pass; with the degree asked for, its conditions are listed
    separately.
    """
    return [
        {"label": CLAUSES[code].title, "count": n}
        for code, n in look.preview.by_warning.items()
        if not (look.offer.with_degree and code.startswith("DEGREE-"))
    ]


def _group(clause: Clause, files: list[int], names: dict[int, SkippedPerson]) -> RefusedGroup:
    return RefusedGroup(
        clause.title, clause.source, len(files), tuple(names[pk] for pk in files if pk in names)
    )
