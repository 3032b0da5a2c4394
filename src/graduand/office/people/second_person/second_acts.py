"""What takes two people: one asks from their own account, another one of headquarters agrees from
theirs.

Nothing is done before the second person has agreed, and then exactly what was asked for, on exactly
the file as it was.
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

# A question that is not answered within this time has to be asked again.
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
# How many people a refusal names.
SHOWN = 5


def by_two(verb: Verb, file: Candidate) -> bool:
    """Whether this step on this file needs a second person."""
    step = step_of(verb)
    return step.may_take_two and (step.two_people or "SECOND" in demanded(verb, file))


def demanded(verb: Verb, file: Candidate) -> frozenset[str]:
    """Of REASON and SECOND, those that this step on this file asks for: a reason, a second person."""
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


def act_detail(verb: Verb, file: Candidate, answers: dict[str, Any]) -> dict[str, Any]:
    """What the second person agrees to. It holds the day, so that a question that expired can be
    asked again.

    Whether a page or a command asked, the second person is shown exactly what would be written.
    """
    student = file.student
    if verb is Verb.AMEND:
        answers = _with_content(file, answers)
    if verb is Verb.CONFIRM_ISSUE:
        answers = _with_grounds(file, answers)
    if verb is Verb.DEGREE_DECLINE:
        answers = _with_against(file, answers)
    shown = {}
    if step_of(verb).track is Track.CASE:
        shown["cases"] = case_marks([file.pk])
    return {
        "verb": verb.value,
        "batch": file.batch_id,
        "file": file.pk,
        "seen": file.last_act_id or 0,
        **shown,
        "said": answers,
        "student": f"{student.name}（{student.number}）",
        "on": clock.today().isoformat(),
        **_paper(verb, file),
    }


def _paper(verb: Verb, file: Candidate) -> dict[str, str]:
    """Which certificate is taken back or changed, and where the file is: the second person needs
    both to find the paper.
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


def _with_content(file: Candidate, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers with what would be written on the certificate by the records of this moment,
    unless the asker's form has shown it already.
    """
    update = issued.amendment(file.pk, policy_of(file.batch))
    if update is None:
        return dict(answers)
    return {**update._asdict(), **answers}


def _with_grounds(file: Candidate, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers with the shortcomings that are let stand at this moment, as sentences and as the
    marks that the act is bound to. Raises Refused where the asker was shown others.
    """
    grounds = let_stand([file.pk], basis_of(file.batch))
    marks = [ground.mark for ground in grounds]
    sentences = [sentence for ground in grounds for sentence in ground.sentences]
    if answers.get("grounds", marks) != marks:
        raise Refused(_changed(answers.get("read", ()), sentences))
    return {**_unread(answers), "grounds": marks, "let_stand": sentences}


def _with_against(file: Candidate, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers with what stands against a granted degree at this moment, as sentences and as the
    mark that the act is bound to. Raises Refused where the asker was shown something else.
    """
    objection = against_granted([file.pk], basis_of(file.batch)).get(file.pk)
    if objection is None:
        return _unread(answers)
    if answers.get("against", objection.mark) != objection.mark:
        raise Refused(_changed(answers.get("read", ()), objection.sentences))
    return {**_unread(answers), "against": objection.mark, "fails": list(objection.sentences)}


def _unread(answers: dict[str, Any]) -> dict[str, Any]:
    """The answers without the sentences that the asker's form had shown: only the present state is
    kept.
    """
    return {name: value for name, value in answers.items() if name != "read"}


def _changed(shown: Sequence[str], now: Sequence[str]) -> str:
    """The sentence that what the asker was shown no longer holds, and what of it has changed."""
    more = "；".join(sentence for sentence in now if sentence not in shown)
    gone = "；".join(sentence for sentence in shown if sentence not in now)
    parts = [CLAUSES["STALE"].text]
    if more:
        parts.append(f"现在另有：{more}")
    if gone:
        parts.append(f"不再有：{gone}")
    return "。".join(parts)


def _first(row: Consent, verb: Verb | None = None) -> Actor:
    """The asker with the rights of today: of headquarters, or of a desk that may do the step
    `verb`. Raises Refused.
    """
    first = granting.asker(row)
    desks = {Desk.HQ}
    if verb:
        desks.update(owner for _, owner in step_of(verb).origins)
    if first.desk not in desks:
        raise Refused(granting.ASKER_GONE)
    return first


def can_be_done(row: Consent) -> tuple[Batch, Actor]:
    """The batch of the file, and the asker. Raises Refused where either no longer exists."""
    detail = row.detail
    batch = _standing(row)
    if not Candidate.objects.filter(pk=detail["file"], batch=batch).exists():
        raise Refused(f"批次 {batch.code} 在提出之后删除过，请按现在的情况重新提出")
    return batch, _first(row, Verb(detail["verb"]))


def act(row: Consent, second: Actor) -> Act:
    """Do what was asked for; the event names both people. Raises Refused, and then nothing at all
    has been done.
    """
    detail = row.detail
    batch, first = can_be_done(row)
    request = acts.ActRequest(
        Verb(detail["verb"]),
        second=User.objects.get(pk=second.user_id),
        key=f"consent-{row.pk}",
        answers={**detail["said"], "seen": detail["seen"] or 0, "cases": detail.get("cases")},
    )
    done = acts.do(batch, [detail["file"]], first, request)
    if done.done != 1:
        _refuse_other_facts(row, request.verb)
        raise Refused(_why(done))
    return done


def _refuse_other_facts(row: Consent, verb: Verb) -> None:
    """Raises Refused, with what has changed, where what the asker was shown of the file no longer
    holds.
    """
    answers = row.detail["said"]
    file = Candidate.objects.select_related("student", "batch").get(pk=row.detail["file"])
    if verb is Verb.CONFIRM_ISSUE:
        _with_grounds(file, {**answers, "read": answers.get("let_stand", ())})
    if verb is Verb.DEGREE_DECLINE:
        _with_against(file, {**answers, "read": answers.get("fails", ())})


def _why(done: Act) -> str:
    """The first finding that blocked the act, as a sentence."""
    refusal = done.refusals.first()
    if refusal is None or (first := blocking(stored(refusal.findings))) is None:
        return "档案已由他人办理，请重新提出"
    return first.sentence


def look_at_policy_again(row: Consent) -> None:
    """Renew the trial of the policy where facts have changed. Raises Refused when the new trial
    differs from what was shown.
    """
    policy_drafts.look_again(
        PolicyDraft.objects.get(pk=row.detail["draft"]), policy_drafts.AGREE_AGAIN
    )


def policy_can_be_saved(row: Consent) -> None:
    """Raises Refused where the policy has changed since, its batch takes no new policy, or the
    asker may not ask any more.
    """
    _first(row)
    policy_drafts.refuse_overtaken(PolicyDraft.objects.get(pk=row.detail["draft"]))


def policy(row: Consent, second: Actor) -> None:
    """Put a tried policy with longer deadlines in force. Raises Refused when another policy came
    into force meanwhile.
    """
    policy_drafts.agreed(row.detail["draft"], row.reason, _first(row).user_id, second)


def _standing(row: Consent) -> Batch:
    """The batch that was asked about. Raises Refused when it has been deleted since."""
    batch = Batch.objects.get(pk=row.detail["batch"])
    if batch.deleted_at is not None:
        raise Refused(f"批次 {batch.code} 在提出之后已删除，不能办理")
    return batch


def can_be_switched(row: Consent) -> None:
    """Raises Refused where the batch, or what the asker was told of its files, has changed."""
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
    # Checked last: from now on no explanation can be written in this batch.
    _refuse_others(batch, row.detail)


def _refuse_others(batch: Batch, detail: dict[str, Any]) -> None:
    """Raises Refused where files are affected, or have an explanation, that the second person was
    not shown.
    """
    _refuse_other_reasons(batch, detail)
    if detail["do"] == BatchSwitch.CLOSE:
        _refuse_other_people(batch, detail)


def _refuse_other_people(batch: Batch, detail: dict[str, Any]) -> None:
    """Raises Refused where the closing would carry over, or leave without a certificate, anybody
    whom the second person was not shown.
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
    """Raises Refused where a file has an explanation that the second person was not shown for it.

    Files that have moved on meanwhile are no reason to refuse: they only make the list shorter.
    """
    if detail["do"] == BatchSwitch.REOPEN:
        return
    shown = {
        (stage, text): set().union(*files) for stage, text, _, *files in detail.get("explained", ())
    }
    for gap, files in gaps.reasons(batch):
        if not shown.get((gap.stage.value, gap.text), set()).issuperset(files):
            raise Refused(
                f"提出之后，原因「{gap.text}」是新写的，或者又有学生改为这一原因，请撤回后按现在的说明重新提出"
            )
