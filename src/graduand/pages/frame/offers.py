"""Buttons: the steps of a desk, what each asks for, and assumed answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from graduand.pages.door.access import Visit
from graduand.queries.listing import BATCH
from graduand.queries.listing import ListFilter as Question
from graduand.queries.people.own_files import own_students
from graduand.queries.scope import Actor
from graduand.queries.season import returning_files
from graduand.queries.season.seasons import OPEN_BATCHES, Season
from graduand.rulebook import gates
from graduand.rulebook.canon import canon_text
from graduand.rulebook.certificate_terms import DegreePaper, Grounds
from graduand.rulebook.clauses import Finding
from graduand.rulebook.dispatch import gates as dispatch_gates
from graduand.rulebook.facts import ActDetails
from graduand.rulebook.journey import NAMED_ONLY, SIDE_STEPS, step_of
from graduand.rulebook.judging import may_act, offers
from graduand.rulebook.people import rights
from graduand.rulebook.review import side_gates
from graduand.rulebook.review.reasons import reasons_for
from graduand.rulebook.steps import Step, Track
from graduand.rulebook.terms import (
    CaseState,
    DegreeState,
    Desk,
    HandoverMethod,
    Level,
    ReasonCode,
    Stage,
    Verb,
)

LONGEST_NOTE = 500
# A second person is assumed, too: whether one is needed is asked when the form is sent.
NOBODY_YET = -1
WITH_DEGREE = "apply_degree"
HANDING_OVER = (
    ("relation", "代领人与学生的关系，如母亲、同学、班主任（代领时填写）"),
    ("note", "代领人姓名、证件名称和号码（代领时填写）"),
    ("carrier", "承运单位（邮寄时填写）"),
    ("tracking", "运单号（邮寄时填写）"),
)
_TYPED = ("note", "relation", "carrier", "tracking")
# Verbs that are not offered singly: they follow the opening of the batch.
IN_BULK_ONLY = frozenset(returning_files.VERBS)
# Verbs that are only for named people; everybody who is left lapses with the closing of the batch.
BY_NAME = NAMED_ONLY | {Verb.LAPSE}


@dataclass(frozen=True, slots=True)
class Offer:
    """A verb as a button; `key` is its word in addresses; `again`: a returned file is filed anew."""

    verb: Verb
    with_degree: bool = False
    again: bool = False

    @property
    def key(self) -> str:
        if self.with_degree:
            return WITH_DEGREE
        return self.verb.value

    @property
    def label(self) -> str:
        if self.with_degree:
            return f"{self._plain_label}+学位"
        return self._plain_label

    @property
    def _plain_label(self) -> str:
        """The label without the degree."""
        if self.again:
            return _AGAIN
        return self.verb.label

    @property
    def short(self) -> str:
        if self.again and not self.with_degree:
            return _AGAIN
        return _SHORT.get(self.key, self.verb.label)

    @property
    def step(self) -> Step:
        return step_of(self.verb)


_AGAIN = "重新提交"
_SHORT = {
    "apply": "申请",
    WITH_DEGREE: "+学位",
    "defer": "暂缓",
    "endorse": "通过",
    "send_back": "退回",
}
APPLY = Offer(Verb.APPLY)
APPLY_DEGREE = Offer(Verb.APPLY, with_degree=True)
DEFER = Offer(Verb.DEFER)
# The bulk verbs of the list: the centre's stand in the order of annex 2.
LIST_OFFERS: dict[Desk, tuple[Offer, ...]] = {
    Desk.CENTRE: (APPLY, APPLY_DEGREE, DEFER),
    Desk.COLLEGE: (Offer(Verb.ENDORSE), Offer(Verb.SEND_BACK)),
    Desk.HQ: (Offer(Verb.APPROVE), Offer(Verb.SEND_BACK)),
}


@dataclass(frozen=True, slots=True)
class RequiredAnswers:
    """The fields that a step's gates need: 原因, statements to tick, 承运单位 and so on.

    `likely` is the reason that is preselected. `day` labels a day up to today; `early` says that a
    level is skipped, for which the note gives the reason.
    """

    reason: list[tuple[str, str]] = field(default_factory=list)
    likely: str = ""
    checks: list[tuple[str, str, bool]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    optional: list[tuple[str, str]] = field(default_factory=list)
    handover: list[tuple[str, str]] = field(default_factory=list)
    statement: bool = False
    waybills: bool = False
    answer: bool = False
    day: str = ""
    early: str = ""


def list_offers(desk: Desk, stage: str, degree: str = "") -> tuple[Offer, ...]:
    """The verbs above the list: those of the stage (or the degree's state) that is filtered by,
    else the usual ones.

    There are none where the desk has nothing to do at that stage. What takes a second person is
    done file by file, and sending back comes last.
    """
    usual = LIST_OFFERS[desk]
    if degree and not stage:
        return _degree_offers(desk, DegreeState(degree))
    if not stage:
        return usual
    alone = [offer for offer in file_offers(desk, Stage(stage)) if not offer.step.two_people]
    if stage == Stage.COLLECTED:  # what a student has comes back one by one
        alone = [offer for offer in alone if offer.verb is not Verb.RECALL]
    return tuple(sorted(alone, key=lambda offer: gates.reasoned in offer.step.gates))


def _degree_offers(desk: Desk, degree: DegreeState) -> tuple[Offer, ...]:
    """The verbs for degrees in the state `degree`; granted ones are numbered all at once."""
    found = side_offers(Track.DEGREE, desk, degree)
    if degree is DegreeState.GRANTED:
        return (*side_offers(Track.DEGREE_PAPER, desk, DegreePaper.NONE), *found)
    return found


def file_offers(desk: Desk, stage: Stage, *, closed: bool = False) -> tuple[Offer, ...]:
    """The verbs on one file, in the order of the journey table; `closed` is its batch.

    Files that are left lapse with the closing; singly this is offered only for a file that comes
    back to a closed batch.
    """
    found: list[Offer] = []
    for step in offers(desk, stage):
        if step.verb is Verb.APPLY:
            again = stage is Stage.RETURNED
            found += [
                Offer(Verb.APPLY, again=again),
                Offer(Verb.APPLY, with_degree=True, again=again),
            ]
        elif step.verb not in IN_BULK_ONLY and (closed or step.verb is not Verb.LAPSE):
            found.append(Offer(step.verb))
    return tuple(found)


def side_offers(
    track: Track, desk: Desk, place: DegreeState | CaseState | DegreePaper | Grounds
) -> tuple[Offer, ...]:
    """The verbs beside the journey that `desk` has at `place`, in the order of the table."""
    found = [
        step for step in SIDE_STEPS.values() if step.track is track and step.desk_at(place) is desk
    ]
    return tuple(Offer(step.verb) for step in found)


def held_offers(actor: Actor, offered: Iterable[Offer]) -> tuple[Offer, ...]:
    """The offers of the desk that one of the actor's roles has."""
    return tuple(offer for offer in offered if rights.may(actor.roles, actor.desk, offer.verb))


def starts_at(offer: Offer, desk: Desk, stage: Stage) -> bool:
    """Whether `desk` can do that to a file of the stage.

    What is decided beside the journey does not depend on the stage alone.
    """
    owner = offer.step.desk_at(stage)
    return offer.step.track is not Track.STAGE or (owner is not None and may_act(desk, owner))


def may_be_meant(offered: Sequence[Offer], desk: Desk, line: Any) -> bool:
    """Whether one of the verbs of a list can be done to a line, as far as its stage says."""
    stage = getattr(line, "stage", "")
    return stage not in set(Stage) or any(starts_at(offer, desk, Stage(stage)) for offer in offered)


def beginning(offered: Sequence[Offer], desk: Desk) -> list[Stage]:
    """The stages at which one of the verbs of a list begins: other files have no box to tick."""
    return [stage for stage in Stage if any(starts_at(offer, desk, stage) for offer in offered)]


def with_a_box(files: QuerySet[Any], offered: Sequence[Offer], desk: Desk) -> QuerySet[Any]:
    """The files that have a box to tick on a list with these verbs."""
    return files.filter(stage__in=[stage.value for stage in beginning(offered, desk)])


def meant_for_nobody(offered: Sequence[Offer], desk: Desk, rows: QuerySet[Any], path: str) -> str:
    """Why no verb of a list moves any of its `rows`: none is at a stage at which one begins; ""
    where some may be.

    `path` leads to the stage. One query.
    """
    begins = beginning(offered, desk)
    if not begins or rows.filter(**{f"{path}__in": [stage.value for stage in begins]}).exists():
        return ""
    return f"这个名单里没有{'、'.join(f'「{stage.label}」' for stage in begins)}的人"


def closed_reason(visit: Visit, asked: Question, offer: Offer) -> str:
    """Why `offer` moves no file of a list today, by the days of its batches.

    "" where it may move some.
    """
    early = asked["goes_on"] == "1"
    reasons = [
        _shut(offer, season, visit.today, early=early) for season in _seasons_of(visit, asked)
    ]
    if not reasons or not all(reasons):
        return ""
    return reasons[0]


def _seasons_of(visit: Visit, asked: Question) -> Sequence[Season]:
    """The batches that a list is about."""
    here = visit.season(asked[BATCH])
    if here:
        return (here,)
    if asked[BATCH] == OPEN_BATCHES:
        return visit.unfinished
    return visit.seasons


def _shut(offer: Offer, season: Season, day: date, *, early: bool) -> str:
    """Why `offer` moves no file of one batch today; `early`: applications go to the open round of
    续读本科.
    """
    wanted = set(offer.step.gates)
    if gates.batch_open not in wanted:
        return ""
    if not season.batch.is_open:
        return f"批次 {season.code} 已关闭，不再申请和审核"
    if season.overdue(day):
        return f"批次 {season.code} 已于 {season.policy.closes_at} 截止，不再申请和审核"
    early = early or offer.verb is not Verb.APPLY
    if gates.round_open not in wanted or season.open_round(day, early=early) is not None:
        return ""
    coming = season.filing_round(day)
    if coming is None:
        return f"批次 {season.code} 各轮次的申请都已截止"
    return f"批次 {season.code} 现在不能申请，「{coming.name}」{coming.opens} 开始"


def no_degree(offer: Offer, level: Level) -> str:
    """Why the degree can't be asked for on this file; "" where it can (学位规定: not at 专科)."""
    if offer.with_degree and level is Level.JUNIOR:
        return Finding("DEGREE-LEVEL", has=level.label).sentence
    return ""


def offer_of(actor: Actor, key: str) -> Offer | None:
    """The offer of that key, if the actor's desk has such a step and one of the roles the verb."""
    offer = _offer_named(key)
    if offer is None:
        return None
    owners = {owner for _, owner in offer.step.origins}
    if offer.verb in IN_BULK_ONLY or actor.desk not in owners:
        return None
    return next(iter(held_offers(actor, [offer])), None)


def _offer_named(key: str) -> Offer | None:
    """The offer of a key from an address; None for a word that is no verb."""
    if key == WITH_DEGREE:
        return APPLY_DEGREE
    if key in set(Verb):
        return Offer(Verb(key))
    return None


def reason_choices(offer: Offer, *, old_paper: bool | None = None) -> list[tuple[str, str]]:
    """The reasons of this step, as a form offers them; `old_paper` as `reasons_for` has it."""
    return [(reason.value, reason.label) for reason in reasons_for(offer.verb, old_paper=old_paper)]


def asks(offer: Offer) -> RequiredAnswers:
    """What the confirmation asks for, read off the step's gates."""
    wanted = set(offer.step.gates)
    found = RequiredAnswers(
        statement=gates.statement in wanted,
        waybills=dispatch_gates.tracked in wanted,
        answer=side_gates.registrys_answer in wanted,
    )
    if side_gates.cancelled_by_today in wanted:
        found = replace(found, day="学信网注销的日期")
    if gates.reasoned in wanted:
        found.reason.extend(reason_choices(offer))
    if side_gates.grounded in wanted:
        found.texts.append(("note", _grounds_label(registrys_answer=found.answer)))
    if side_gates.two_people_but_at_closing in wanted:
        found.texts.append(("note", "原因"))
    if offer.verb is Verb.APPLY:
        found.checks.append(
            ("same_checked", "已核查学信网：学历照片已上传，与毕业照片一致（四.2(3)）", True)
        )
    if dispatch_gates.handed_over in wanted:
        found.handover.extend(HandoverMethod.choices())
        found.optional.extend(HANDING_OVER)
        found.checks.append(("confirmed", "学生已核对毕业证书与学信网信息一致", True))
    return found


def _grounds_label(*, registrys_answer: bool) -> str:
    """The label of the field for the grounds of a step."""
    if registrys_answer:
        return "学信网更正结果的文号"
    return "依据（文号、日期或所交材料）"


def supposed(
    visit: Visit, offer: Offer, season: Season | None, *, early: bool = False
) -> ActDetails:
    """The act as if every question of its form were answered, for a preview and a button's tooltip.

    A hand-over is assumed to be to the student in person, without a proxy or a parcel.
    """
    details = ActDetails(
        actor=visit.actor.user_id,
        desk=visit.actor.desk,
        round_name=round_name(visit, season, offer, early=early),
        second=NOBODY_YET,
        second_ok=True,
        reason=ReasonCode.OTHER,
        note=offer.label,
        statement=True,
        with_degree=offer.with_degree,
        carrier=offer.label,
        tracking=offer.label,
        unit=visit.actor.unit_code,
        handover=HandoverMethod.IN_PERSON,
        confirmed=True,
        same_checked=offer.verb is Verb.APPLY,
        own=frozenset(own_students(visit.actor.student_id).values()),
    )
    if offer.verb is Verb.COLLECT:
        details = replace(details, note="", carrier="", tracking="")
    if asks(offer).answer:
        details = replace(details, on=visit.today)
    return details


def answered(form: QueryDict, offer: Offer) -> dict[str, Any]:
    """The answers of the form, as an act stores them. Raises BadText for text that can't be stored."""
    said = {name: canon_text(form.get(name, ""))[:LONGEST_NOTE] for name in _TYPED}
    reason = ReasonCode.of(form.get("reason", ""))
    if reason is not None:
        said["reason"] = reason.value
    handover = HandoverMethod.of(form.get("handover", ""))
    if handover is not None:
        said["handover"] = handover.value
    ticked = {name: form.get(name) == "1" for name in ("same_checked", "confirmed")}
    answers = {**said, **ticked, "with_degree": offer.with_degree}
    return {name: value for name, value in answers.items() if value}


def round_name(visit: Visit, season: Season | None, offer: Offer, *, early: bool) -> str | None:
    """The round of `season` that an application goes to: `early` that of 续读本科 (notice 三.3)."""
    if offer.verb is not Verb.APPLY or season is None:
        return None
    filing_round = season.open_round(visit.today, early=early)
    if filing_round is None:
        return None
    return filing_round.name
