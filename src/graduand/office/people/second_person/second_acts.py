"""What two people do together: one asks at the own account, another one of headquarters agrees at
the own account.

Nothing is done before the second has agreed, and then exactly what was asked for, on exactly the
file as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from graduand.models import Act, Batch, Candidate, Certificate, Consent, PolicyDraft, User
from graduand.office import acts
from graduand.office.people import granting
from graduand.office.refusal import Refused
from graduand.office.season import policy_drafts
from graduand.office.season.ending import closing, finishing, reopening
from graduand.queries import clock
from graduand.queries.basis import basis_of, policy_of
from graduand.queries.certificates import issued
from graduand.queries.facts.gathering import gather
from graduand.queries.filing.candidates import stored
from graduand.queries.review.against_degrees import against_granted
from graduand.queries.review.let_stand import let_stand
from graduand.queries.scope import Actor
from graduand.queries.season import closing_summary, gaps
from graduand.queries.side_tracks import case_marks, with_side_facts
from graduand.rulebook.clauses import CLAUSES, blocking
from graduand.rulebook.facts import ActDetails
from graduand.rulebook.journey import step_of
from graduand.rulebook.judging import judge
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.steps import Track
from graduand.rulebook.terms import Desk, Stage, Verb
from graduand.rulebook.words import name_some

# What was asked for and not answered within a day is asked for again.
VALID = timedelta(hours=24)
# The verbs about one certificate.
_ON_PAPERS = frozenset(
    {
        Verb.VOID,
        Verb.AMEND,
        Verb.DEREGISTER,
        Verb.REREGISTER,
        Verb.UNCOLLECT,
        Verb.RECALL,
        Verb.CONFIRM_ISSUE,
    }
)
# So many people are named in a refusal.
SHOWN = 5


def by_two(verb: Verb, file: Candidate) -> bool:
    """Whether this step on this file takes a second person."""
    step = step_of(verb)
    return step.may_take_two and (step.two_people or "SECOND" in demanded(verb, file))


def demanded(verb: Verb, file: Candidate) -> frozenset[str]:
    """Whether this step on this file asks for a reason (REASON) and a second person (SECOND)."""
    step = step_of(verb)
    basis = basis_of(file.batch)
    known = with_side_facts(
        gather([file.pk], basis.policy, basis.today, papers=True), step.track, basis
    )[file.pk]
    asked = ActDetails(actor=0, desk=step.desk_at(step.place(known)) or step.desk)
    return frozenset(finding.code for finding in judge(step, known, basis, asked)) & {
        "REASON",
        "SECOND",
    }


def act_detail(verb: Verb, file: Candidate, said: dict[str, Any]) -> dict[str, Any]:
    """What the second person agrees to; with the day, so that what ran out can be asked for again.

    By whichever door it was asked: the second one is shown what would be written, and nothing else
    is.
    """
    student = file.student
    if verb is Verb.AMEND:
        said = _with_content(file, said)
    if verb is Verb.CONFIRM_ISSUE:
        said = _with_grounds(file, said)
    if verb is Verb.DEGREE_DECLINE:
        said = _with_against(file, said)
    shown = {}
    if step_of(verb).track is Track.CASE:
        shown["cases"] = case_marks([file.pk])
    return {
        "verb": verb.value,
        "batch": file.batch_id,
        "file": file.pk,
        "seen": file.last_act_id or 0,
        **shown,
        "said": said,
        "student": f"{student.name}（{student.number}）",
        "on": clock.today().isoformat(),
        **_paper(verb, file),
    }


def _paper(verb: Verb, file: Candidate) -> dict[str, str]:
    """Which certificate is taken back or changed, and where the file is: what the second person
    looks for on paper.
    """
    if verb not in _ON_PAPERS:
        return {}
    number = (
        Certificate.objects.filter(candidate=file, voided_at=None)
        .values_list("number", flat=True)
        .first()
    )
    if not number:
        return {}
    return {"paper": f"证书 {number}，{Stage(file.stage).label}"}


def _with_content(file: Candidate, said: dict[str, Any]) -> dict[str, Any]:
    """What would be written on the certificate by the record of this moment, unless the asker has
    said what was shown.
    """
    would = issued.amendment(file.pk, policy_of(file.batch))
    if would is None:
        return dict(said)
    return {**would._asdict(), **said}


def _with_grounds(file: Candidate, said: dict[str, Any]) -> dict[str, Any]:
    """What is let stand, in words and as the act is bound to it: what is missing at this moment.
    Raises Refused where the asker was shown something else.
    """
    found = let_stand([file.pk], basis_of(file.batch))
    marks = [one.mark for one in found]
    sentences = [sentence for one in found for sentence in one.sentences]
    if said.get("grounds", marks) != marks:
        raise Refused(_changed(said.get("read", ()), sentences))
    return {**_unread(said), "grounds": marks, "let_stand": sentences}


def _with_against(file: Candidate, said: dict[str, Any]) -> dict[str, Any]:
    """What stands against a granted degree at this moment, in words and as the act is bound to it.
    Raises Refused where the asker was shown something else.
    """
    found = against_granted([file.pk], basis_of(file.batch)).get(file.pk)
    if found is None:
        return _unread(said)
    if said.get("against", found.mark) != found.mark:
        raise Refused(_changed(said.get("read", ()), found.sentences))
    return {**_unread(said), "against": found.mark, "fails": list(found.sentences)}


def _unread(said: dict[str, Any]) -> dict[str, Any]:
    """Without the sentences that the asker's form had shown: what is kept is how things stand."""
    return {name: value for name, value in said.items() if name != "read"}


def _changed(shown: Sequence[str], now: Sequence[str]) -> str:
    """That what one was shown is no longer so, and what of it has changed."""
    more = "；".join(one for one in now if one not in shown)
    gone = "；".join(one for one in shown if one not in now)
    told = [CLAUSES["STALE"].text]
    if more:
        told.append(f"现在另有：{more}")
    if gone:
        told.append(f"不再有：{gone}")
    return "。".join(told)


def _first(row: Consent, verb: Verb | None = None) -> Actor:
    """Who asked, with the rights of today: one of headquarters, or of the desk whose step `verb`
    is. Raises Refused.
    """
    found = granting.asker(row)
    desks = {Desk.HQ}
    if verb:
        desks.update(owner for _, owner in step_of(verb).origins)
    if found.desk not in desks:
        raise Refused(granting.ASKER_GONE)
    return found


def can_be_done(row: Consent) -> tuple[Batch, Actor]:
    """The batch of the file, and who asked. Raises Refused where either is gone since."""
    said = row.detail
    batch = _standing(row)
    if not Candidate.objects.filter(pk=said["file"], batch=batch).exists():
        raise Refused(f"批次 {batch.code} 在提出之后删除过，请按现在的情况重新提出")
    return batch, _first(row, Verb(said["verb"]))


def act(row: Consent, second: Actor) -> Act:
    """Do what was asked for; both stand in the event. Raises Refused, and then nothing at all has
    happened.
    """
    said = row.detail
    batch, first = can_be_done(row)
    request = acts.ActRequest(
        Verb(said["verb"]),
        second=User.objects.get(pk=second.user_id),
        key=f"consent-{row.pk}",
        answers={**said["said"], "seen": said["seen"] or 0, "cases": said.get("cases")},
    )
    done = acts.do(batch, [said["file"]], first, request)
    if done.done != 1:
        _refuse_other_facts(row, request.verb)
        raise Refused(_why(done))
    return done


def _refuse_other_facts(row: Consent, verb: Verb) -> None:
    """What was shown of the file is not so any more: raises Refused with what has changed of it."""
    said = row.detail["said"]
    file = Candidate.objects.select_related("student", "batch").get(pk=row.detail["file"])
    if verb is Verb.CONFIRM_ISSUE:
        _with_grounds(file, {**said, "read": said.get("let_stand", ())})
    if verb is Verb.DEGREE_DECLINE:
        _with_against(file, {**said, "read": said.get("fails", ())})


def _why(done: Act) -> str:
    """The first thing that stood against it."""
    refusal = done.refusals.first()
    if refusal is None or (first := blocking(stored(refusal.findings))) is None:
        return "档案已由他人办理，请重新提出"
    return first.sentence


def look_at_policy_again(row: Consent) -> None:
    """The trial is that of today's facts before anybody agrees to it. Raises Refused when it was
    made anew and differs.
    """
    policy_drafts.look_again(
        PolicyDraft.objects.get(pk=row.detail["draft"]), policy_drafts.AGREE_AGAIN
    )


def policy_can_be_saved(row: Consent) -> None:
    """Raises Refused where the policy has changed since, its batch takes no other, or the asker is
    gone.
    """
    _first(row)
    policy_drafts.refuse_overtaken(PolicyDraft.objects.get(pk=row.detail["draft"]))


def policy(row: Consent, second: Actor) -> None:
    """Put a tried policy in force that gives more time. Raises Refused when another one is in force
    meanwhile.
    """
    policy_drafts.agreed(row.detail["draft"], row.reason, _first(row).user_id, second)


def _standing(row: Consent) -> Batch:
    """The batch that was asked about. Raises Refused when it has been deleted since."""
    batch = Batch.objects.get(pk=row.detail["batch"])
    if batch.deleted_at is not None:
        raise Refused(f"批次 {batch.code} 在提出之后已删除，不能办理")
    return batch


def can_be_switched(row: Consent) -> None:
    """Raises Refused where the batch, or what was said of its files, is not as it was."""
    batch, _ = _to_switch(row)
    _refuse_others(batch, row.detail)


def _to_switch(row: Consent) -> tuple[Batch, Actor]:
    """The batch, under the policy that was in force then, and who asked. Raises Refused."""
    batch = _standing(row)
    first = _first(row)
    if batch.policy_id != row.detail.get("version"):
        raise Refused(
            f"批次 {batch.code} 的规定在提出之后改过，或批次删除后重新载入过，请按现在的情况重新提出"
        )
    return batch, first


def switch(row: Consent, _second: Actor) -> None:
    """Close a batch, in the background, open a closed one again, or declare it finished. Raises
    Refused.
    """
    batch, first = _to_switch(row)
    match BatchSwitch(row.detail["do"]):
        case BatchSwitch.CLOSE:
            closing.order(batch, first)
        case BatchSwitch.REOPEN:
            reopening.order(batch, first)
        case BatchSwitch.FINISH:
            finishing.declare(batch, first.user_id)
    # Last: from now on nobody explains anything in this batch.
    _refuse_others(batch, row.detail)


def _refuse_others(batch: Batch, detail: dict[str, Any]) -> None:
    """Raises Refused where anybody is affected, or explained, of whom that was not said."""
    _refuse_other_reasons(batch, detail)
    if detail["do"] == BatchSwitch.CLOSE:
        _refuse_other_people(batch, detail)


def _refuse_other_people(batch: Batch, detail: dict[str, Any]) -> None:
    """Who agrees has read whom the closing carries over, and who stays though no certificate goes
    on: raises Refused where it is about anybody of whom that was not said.
    """
    shown = detail.get("people", {})
    for group, found in closing_summary.people(batch).items():
        if more := sorted(set(found).difference(shown.get(group, ()))):
            rows = Candidate.objects.filter(id__among=more).order_by("student__number")
            names = [
                f"{number} {name}"
                for number, name in rows.values_list("student__number", "student__name")[:SHOWN]
            ]
            who = f"多了 {len(more):,} 人（{name_some(names, SHOWN, len(more))}）"
            raise Refused(
                f"提出之后，{closing_summary.GROUPS[group]}里{who}，请撤回后按现在的情况重新提出"
            )


def _refuse_other_reasons(batch: Batch, detail: dict[str, Any]) -> None:
    """Who agrees has read why the files were not finished, and of whom: raises Refused where
    anybody has a reason that was not shown of him.

    One who has gone on meanwhile leaves fewer, and that changes nothing of what was agreed to.
    """
    if detail["do"] == BatchSwitch.REOPEN:
        return
    shown = {
        (stage, text): set().union(*files) for stage, text, _, *files in detail.get("explained", ())
    }
    for said, files in gaps.reasons(batch):
        if not shown.get((said.stage.value, said.text), set()).issuperset(files):
            raise Refused(
                f"提出之后，原因「{said.text}」是新写的，或者又有学生改为这一原因，请撤回后按现在的说明重新提出"
            )
