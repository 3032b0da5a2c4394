"""What two people of headquarters do together: one asks at the own account, the other one agrees at the own account.

Nothing is done before the second has agreed, and then exactly what was asked for, on exactly the file as it was.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from graduand.models import Act, Batch, Candidate, Consent, User
from graduand.office import acts, batches, closing, policy_drafts
from graduand.office.batches import BatchRefused, Extension
from graduand.office.refusal import Refused
from graduand.queries import clock, scope
from graduand.queries.bench import policy_of
from graduand.queries.candidates import stored
from graduand.queries.scope import Actor
from graduand.rulebook import gates, side_gates
from graduand.rulebook.clauses import blocking
from graduand.rulebook.journey import step_of
from graduand.rulebook.policy import BatchPolicy, PolicyRefused
from graduand.rulebook.terms import DegreeState, Desk, Stage, Verb

# What was asked for and not answered within a day is asked for again.
VALID = timedelta(hours=24)
# The dates of a round that can be moved to a later day.
DATES = {"closes": "申请截止", "photo_deadline": "照片截止"}


def by_two(verb: Verb, file: Candidate) -> bool:
    """Whether this step on this file takes a second person."""
    step = step_of(verb)
    if gates.two_people_when_approved in step.gates:
        return file.stage == Stage.APPROVED
    if side_gates.revised in step.gates:
        return file.degree in (DegreeState.GRANTED, DegreeState.DECLINED)
    return step.two_people


def act_detail(verb: Verb, file: Candidate, said: dict[str, Any]) -> dict[str, Any]:
    """What the second person agrees to; with the day, so that what ran out can be asked for again."""
    student = file.student
    return {"verb": verb.value, "batch": file.batch_id, "file": file.pk, "seen": file.last_act_id, "said": said,
            "student": f"{student.name}（{student.number}）", "on": clock.today().isoformat()}  # fmt: skip


def extension_detail(batch: Batch, round_name: str, what: str, until: date) -> dict[str, Any]:
    """The longer deadline that is asked for. Raises Refused for one that is no extension of the policy in force."""
    turn = policy_of(batch).round(round_name)
    assert batch.policy is not None
    if turn is None or what not in DATES:
        raise Refused("没有这个轮次或期限，请从页面上选择")
    now: date | None = getattr(turn, what)
    if now is None or until <= now:
        raise Refused(f"「{turn.name}」{DATES[what]}现为 {now or '不限'}，只能改为更晚的日期")
    _validated(_extended(batch, round_name, what, until.isoformat()))
    return {"batch": batch.pk, "code": batch.code, "round": round_name, "what": what, "from": now.isoformat(),
            "until": until.isoformat(), "version": batch.policy.number, "on": clock.today().isoformat()}  # fmt: skip


def _extended(batch: Batch, round_name: str, what: str, until: str) -> dict[str, Any]:
    assert batch.policy is not None
    source = batch.policy.source
    rounds = [{**turn, what: until} if turn["name"] == round_name else turn for turn in source["rounds"]]
    return {**source, "rounds": rounds}


def _validated(source: dict[str, Any]) -> None:
    try:
        BatchPolicy.from_dict(source)
    except PolicyRefused as problem:
        raise Refused(str(problem).rstrip("。")) from problem


def _first(row: Consent) -> Actor:
    """Who asked, with the rights of today. Raises Refused."""
    found = scope.actor_of(row.asked_by, clock.today())
    if found is None or found.desk is not Desk.HQ:
        raise Refused("提出人已不在总部岗位，不能办理，请由在岗的同事重新提出")
    return found


def act(row: Consent, second: Actor) -> Act:
    """Do what was asked for; both stand in the event. Raises Refused, and then nothing at all has happened."""
    said, batch = row.detail, Batch.objects.get(pk=row.detail["batch"])
    wish = acts.Wish(
        Verb(said["verb"]), second=User.objects.get(pk=second.user_id), said={**said["said"], "seen": said["seen"]},
        key=f"consent-{row.pk}",
    )  # fmt: skip
    done = acts.do(batch, [said["file"]], _first(row), wish)
    if done.done != 1:
        raise Refused(f"没有办理：{_why(done)}")
    return done


def _why(done: Act) -> str:
    """The first thing that stood against it."""
    refusal = done.refusals.first()
    first = blocking(stored(refusal.findings)) if refusal else None
    return first.sentence if first else "档案已由他人办理，请重新提出"


def extend(row: Consent, second: Actor) -> None:
    """Load the policy with the later day as a new version. Raises Refused when it has changed meanwhile."""
    said, batch = row.detail, Batch.objects.select_related("policy").get(pk=row.detail["batch"])
    if batch.policy is None or batch.policy.number != said["version"]:
        raise Refused("批次规定在此期间已改过，请重新提出")
    extension = Extension(row.reason, User.objects.get(pk=second.user_id))
    source = _extended(batch, said["round"], said["what"], said["until"])
    try:
        batches.load(source, _first(row).user_id, extension)
    except BatchRefused as problem:
        raise Refused(str(problem)) from problem


def policy(row: Consent, second: Actor) -> None:
    """Put a tried policy in force that gives more time. Raises Refused when another one is in force meanwhile."""
    policy_drafts.agreed(row.detail["draft"], row.reason, _first(row).user_id, second)


def switch(row: Consent, _second: Actor) -> None:
    """Close a batch, in the background, or open a closed one again. Raises Refused."""
    batch, first = Batch.objects.get(pk=row.detail["batch"]), _first(row)
    if row.detail["do"] == "close":
        closing.order(batch, first.user_id)
    else:
        batches.reopen(batch)
