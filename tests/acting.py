"""Files moved by the real steps: the usual actor of a step, the answers given with it, and its
target.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from graduand.models import (
    Act,
    Batch,
    Candidate,
    Certificate,
    ChsiReport,
    IdentityCase,
    Parcel,
    User,
)
from graduand.office import acts
from graduand.office.acts import ActRequest
from graduand.office.duties import roll_forward
from graduand.office.filing.signed_statements import SignedStatements
from graduand.office.queue import orders
from graduand.office.season import batches
from graduand.office.season.ending import closing, reopening
from graduand.queries import clock
from graduand.queries.scope import Actor
from graduand.queries.season import returning_files
from graduand.rulebook.clauses import Finding
from graduand.rulebook.journey import NAMED_ONLY, step_of
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import CaseState, Desk, ReasonCode, Stage, Verb
from tests import people
from tests.factories import Season, enrol


def shut(batch: Batch, actor: Actor) -> Act | None:
    """Close the batch: two people ask for it and the worker does it. Returns the closing's last
    act; None when no file was left.
    """
    closing.order(batch, actor)
    while not closing.advance(batch.pk)[2]:
        pass
    orders.leave(WorkKind.CLOSING, batch.pk)
    batch.refresh_from_db()
    return (
        Act.objects.filter(batch=batch, verb=Verb.LAPSE.value, asked__closing=True)
        .order_by("id")
        .last()
    )


def opened_again(season: Season) -> None:
    """Open the closed batch again: two people ask for it and the worker restores its list."""
    reopening.order(season.batch, people.actor(season.staff.hq))
    roll_forward.batches()
    season.batch.refresh_from_db()


SAID: dict[Verb, dict[str, Any]] = {
    Verb.SEND_BACK: {"reason": ReasonCode.PHOTO.value},
    Verb.REJECT: {"reason": ReasonCode.RESULT.value},
    Verb.REOPEN: {"reason": ReasonCode.RESULT.value},
    Verb.VOID: {"reason": ReasonCode.DETAILS.value},
    Verb.UNCOLLECT: {"reason": ReasonCode.MISRECORDED.value},
    Verb.RECALL: {"reason": ReasonCode.UNCLAIMED.value},
    Verb.LAPSE: {"closing": True},
    Verb.RELIST: {"closing": True},
    Verb.RELIST_DEFERRED: {"closing": True},
    **{verb: {"closing": True, "undone": True} for verb in returning_files.TO_THE_APPLICATION},
    Verb.DEGREE_RETURN: {"reason": ReasonCode.MATERIALS.value},
    Verb.DEGREE_DECLINE: {"reason": ReasonCode.MATERIALS.value},
    **{verb: {"note": "教学备〔2023〕8号"} for verb in NAMED_ONLY},
    Verb.AMEND: {
        "reason": ReasonCode.DETAILS.value,
        "note": "学信函〔2023〕5号",
        "on": "2023-07-24",
        "statement": True,
    },
    Verb.CONFIRM_ISSUE: {"note": "教务会议纪要〔2023〕9号"},
    Verb.DEFER: {"statement": True},  # given as a text that says where the papers are kept
    Verb.SHIP: {"carrier": "顺丰", "tracking": "SF1"},
    Verb.COLLECT: {"handover": "in_person", "confirmed": True},
}


def desk_user(season: Season, verb: Verb, ids: list[int]) -> User:
    """The account that usually does `verb`: the clerk of the first file's centre, the college, or
    headquarters.
    """
    desk = {Verb.SEND_BACK: Desk.COLLEGE, Verb.REJECT: Desk.COLLEGE}.get(verb)
    desk = desk or step_of(verb).desk
    if desk is Desk.HQ:
        return season.staff.hq
    if desk is Desk.COLLEGE:
        return season.staff.dispatch if verb in (Verb.SHIP, Verb.RECALL) else season.staff.college
    centre = Candidate.objects.values_list("centre_id", flat=True).get(pk=ids[0])
    return season.staff.clerks[[unit.pk for unit in season.centres].index(centre)]


def act(
    season: Season,
    verb: Verb,
    ids: list[int],
    by: User | None = None,
    *,
    second: User | None = None,
    round_name: str | None = None,
    key: str | None = None,
    **said: Any,
) -> Act:
    """Do `verb` as its usual desk (or as `by`), with the usual answers except where `said` has
    others.
    """
    told = {**SAID.get(verb, {}), **_of_papers(verb, ids), **said}
    if verb is Verb.LAPSE and not told["closing"]:
        second = second or season.staff.second
    request = ActRequest(
        verb,
        round_name,
        second,
        told,
        **({"key": key} if key else {}),
        statements=signed(verb, told),
    )
    return acts.do(season.batch, ids, people.actor(by or desk_user(season, verb, ids)), request)


def _of_papers(verb: Verb, ids: list[int]) -> dict[str, Any]:
    """The reason for recalling an outdated paper, which RECALL has to give."""
    old = Certificate.objects.filter(
        candidate__in=ids, voided_at=None, old_paper_since__isnull=False
    )
    return {"reason": ReasonCode.REPLACED.value} if verb is Verb.RECALL and old.exists() else {}


def signed(verb: Verb, said: dict[str, Any]) -> SignedStatements | None:
    """The signed statements for a deferral, where `said` has them."""
    return (
        SignedStatements(signed_on=date(2023, 7, 1), place="档案柜")
        if verb is Verb.DEFER and said.get("statement")
        else None
    )


def doubted(season: Season, stage: Stage = Stage.APPLIED, verdict: str = "unsure") -> Candidate:
    """A file at `stage` whose student then gets an identity case from the registry's row."""
    return doubt(candidate_at(season, stage), verdict)


def doubt(file: Candidate, verdict: str = "unsure") -> Candidate:
    """Let the registry's row open a case about the file's student."""
    ChsiReport.objects.filter(student=file.student_id).update(verdict=verdict)
    IdentityCase.objects.create(student_id=file.student_id, verdict=verdict, opened_at=clock.now())
    return file


def case_to(season: Season, ids: list[int], state: CaseState) -> None:
    """Take open cases to `state` from desk to desk, as far as steps lead there."""
    reported = (Verb.CASE_SUBMIT, Verb.CASE_REPORT)
    way = {
        CaseState.SUBMITTED: reported[:1],
        CaseState.REPORTED: reported,
        CaseState.CLEARED: (*reported, Verb.CASE_CLEAR),
        CaseState.UPHELD: (*reported, Verb.CASE_UPHOLD),
        CaseState.COLLECTING: (Verb.CASE_SUBMIT, Verb.CASE_RETURN),
    }
    for verb in way.get(state, ()):
        assert act(season, verb, ids).by_code == {}
    if state is CaseState.AT_COLLEGE:  # no step leads to this state: it comes from older data
        IdentityCase.objects.filter(student__candidates__in=ids).update(state=state.value)


def register(ids: list[int]) -> None:
    """Do what importing 注册结果 does: the numbers can be queried at the registry."""
    valid = Certificate.objects.filter(candidate__in=ids, voided_at=None, cancelled_on=None)
    valid.update(queryable=True, registered_on=date(2023, 7, 21))


def let_stand(season: Season, ids: list[int]) -> None:
    """Confirm certificates whose conditions have failed since: two people of headquarters let them
    stand.
    """
    done = act(season, Verb.CONFIRM_ISSUE, ids, second=season.staff.second)
    assert (done.done + done.unchanged, done.by_code) == (len(ids), {})


_WAY: dict[Stage, tuple[Verb, ...]] = {
    Stage.LISTED: (),
    Stage.DEFERRED: (Verb.DEFER,),
    Stage.RETURNED: (Verb.APPLY, Verb.SEND_BACK),
    Stage.REJECTED: (Verb.APPLY, Verb.REJECT),
    Stage.LAPSED: (Verb.LAPSE,),
    Stage.APPLIED: (Verb.APPLY,),
    Stage.ENDORSED: (Verb.APPLY, Verb.ENDORSE),
    Stage.APPROVED: (Verb.APPLY, Verb.ENDORSE, Verb.APPROVE),
    Stage.CERTIFIED: (Verb.APPLY, Verb.ENDORSE, Verb.APPROVE, Verb.CERTIFY),
    Stage.SHIPPED: (Verb.APPLY, Verb.ENDORSE, Verb.APPROVE, Verb.CERTIFY, Verb.SHIP),
    Stage.RECEIVED: (Verb.APPLY, Verb.ENDORSE, Verb.APPROVE, Verb.CERTIFY, Verb.SHIP, Verb.RECEIVE),
    Stage.COLLECTED: (
        Verb.APPLY,
        Verb.ENDORSE,
        Verb.APPROVE,
        Verb.CERTIFY,
        Verb.SHIP,
        Verb.RECEIVE,
        Verb.COLLECT,
    ),
}


def _stride(season: Season, verb: Verb, ids: list[int]) -> None:
    """Take one step, after preparing what it needs; fails when a file is refused."""
    if verb is Verb.CERTIFY:
        batches.freeze_roster(season.batch, season.staff.hq.pk)
    if verb is Verb.COLLECT:
        register(ids)
    # a sealed parcel takes no further file, so each walk sends its own
    parcel = {"tracking": f"SF{Parcel.objects.count() + 1}"} if verb is Verb.SHIP else {}
    done = act(season, verb, ids, **parcel)
    assert (done.done, done.by_code) == (len(ids), {}), f"{verb}: {done.by_code}"


def walk(season: Season, ids: list[int], stage: Stage) -> list[int]:
    """Take listed files to `stage` by the real steps; fails when a file is refused."""
    for verb in _WAY[stage]:
        _stride(season, verb, ids)
    return ids


def spread(season: Season, wanted: Iterable[Stage]) -> list[Candidate]:
    """A fresh student's file at each of these stages, in their order.

    Files are moved together as far as their steps agree, since an act costs the same for one file
    and for many.
    """
    ways = [_WAY[stage] for stage in wanted]
    ids = enrol(season, len(ways))
    for place in range(max(len(way) for way in ways)):
        next_steps = {pk: way[place] for pk, way in zip(ids, ways, strict=True) if len(way) > place}
        for verb in dict.fromkeys(next_steps.values()):
            _stride(season, verb, [pk for pk, step in next_steps.items() if step is verb])
    return list(Candidate.objects.filter(pk__in=ids).order_by("student__number"))


def candidate_at(season: Season, stage: Stage, **enrolled: Any) -> Candidate:
    """A fresh student's file at `stage`."""
    return Candidate.objects.get(pk=walk(season, enrol(season, **enrolled), stage)[0])


def stages(ids: list[int]) -> list[Stage]:
    """The stage of each file, in the order of `ids`."""
    known = dict(Candidate.objects.filter(pk__in=ids).values_list("id", "stage"))
    return [Stage(known[pk]) for pk in ids]


def refusals(done: Act) -> dict[int, list[str]]:
    """candidate -> the codes that stopped its file, in the order in which they were found."""
    found = {}
    for row in done.refusals.order_by("candidate_id"):
        findings = [Finding.from_row(one) for one in json.loads(row.findings)]
        found[row.candidate_id] = [finding.code for finding in findings if finding.blocks]
    return found
