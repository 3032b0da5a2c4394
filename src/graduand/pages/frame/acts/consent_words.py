"""What a question to a second person says: what it is about, its state, and what the asker was
told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from graduand.models import Batch, Candidate, Consent, PolicyDraft
from graduand.office.people.second_person import consents
from graduand.office.people.second_person.second_acts import VALID
from graduand.office.season import policy_drafts
from graduand.office.season.ending import finishing
from graduand.pages.frame import tags
from graduand.pages.frame.acts import answering, outdated_questions
from graduand.pages.frame.base import stamp
from graduand.pages.frame.season.policy_changes import differences
from graduand.queries.basis import basis_of
from graduand.queries.certificates import issued
from graduand.queries.people import accounts
from graduand.queries.records import person
from graduand.queries.review import grounds
from graduand.queries.review.against_degrees import DegreeObjection
from graduand.queries.season import policies
from graduand.queries.season.seasons import Season, naming_next
from graduand.rulebook.clauses import Finding
from graduand.rulebook.gates import Basis, Gate
from graduand.rulebook.journey import step_of
from graduand.rulebook.people.account_terms import ConsentKind, Purpose
from graduand.rulebook.review import side_gates
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.steps import Track
from graduand.rulebook.terms import ReasonCode, Role, Stage, Verb
from graduand.rulebook.words import led_by

WAITS = tags.Tag(tags.WARN, "等待同意")
FAILED = tags.Tag(tags.BAD, "没有办成")
AGREED = tags.Tag(tags.OK, "已同意")
DECLINED = tags.Tag(tags.BAD, "不同意")
LATE = tags.Tag(tags.IDLE, "已过期")
# How many of a policy's changes are named in the title; the table below it names all.
MOST_NAMED = 8
# The consequences, as both the asker and the second person read them.
SWITCHED = {
    BatchSwitch.CLOSE: "关闭后，还没有准予毕业的转入下一批次；已准予的继续制证、发放",
    BatchSwitch.FINISH: "办结后，未领的证书转入待领保管，学生来时照常签领",
}
FACTOR_DROPPED = "同意后所有设备退出，本人登录后重新设置"
FACTOR_OF_TWO_DROPPED = (
    "同意后所有设备退出，密码同时作废：由服务器管理员发放激活码"
    "（graduand accounts activate 账号），本人重新设置密码和二次验证"
)
SWAPPED = "请先对照两人的照片；原来的照片都会保留"


def state(row: Consent, now: datetime) -> tags.Tag:
    """The state of a question; one for two people of headquarters expires after a day."""
    if row.agreed:
        return AGREED
    if row.agreed is not None:
        return DECLINED
    if row.kind in consents.BY_TWO and row.asked_at < (row.withdrawn_at or now) - VALID:
        return LATE  # it may have been withdrawn since, because it was asked again
    if row.withdrawn_at is not None:
        return tags.Tag(tags.IDLE, "已撤回")
    if row.problem:
        return FAILED
    return WAITS


def declined(row: Consent) -> str:
    """Who declined, when, and why, without a full stop."""
    who = ""
    if row.decided_by is not None:
        who = row.decided_by.name
    why = led_by("原因：", row.problem) or "没有写明原因"
    return f"{who} 于 {stamp(row.decided_at or row.asked_at)} 没有同意，{why}"


def proposed_in_vain(row: Consent | None) -> str:
    """Who had asked and when, then who declined, when, and why; "" for no question."""
    if row is None:
        return ""
    return f"{row.asked_by.name} 于 {stamp(row.asked_at)} 提出，{declined(row)}"


def of_file(row: Consent) -> dict[str, str]:
    """What a file's page says of a question about it: it waits, could not be done, or was declined."""
    verb = Verb(row.detail["verb"]).label
    asked = f"{row.asked_by.name} 于 {stamp(row.asked_at)} 提出「{verb}」（{reason(row)}）"
    if row.agreed is None and row.problem:
        failed = f"{asked}，第二人同意时没有办成：{row.problem}"
        return {"tone": tags.BAD, "words": f"{failed}；请由提出人撤回，按现在的情况重新提出"}
    if row.agreed is None:
        return {
            "tone": tags.WARN,
            "words": f"{consents.asked_already(row, f'「{verb}」')}（{reason(row)}）",
        }
    return {
        "tone": tags.INFO,
        "words": f"{asked}，{declined(row)}；没有办理，可以按答复处理后重新提出",
    }


def reason(row: Consent) -> str:
    """Why it is asked, labelled as in the form: `原因：…`, `文号：…`, `依据：…`, with a recorded day."""
    gates = _gates_of(row)
    return f"{_recorded_day(row, gates)}{_reason_label(gates)}：{row.reason}"


def _gates_of(row: Consent) -> Sequence[Gate]:
    """The gates of the step that is asked for; empty where the question is about no step."""
    if row.kind != ConsentKind.ACT:
        return ()
    return step_of(Verb(row.detail["verb"])).gates


def _reason_label(gates: Sequence[Gate]) -> str:
    if side_gates.grounded not in gates:
        return "原因"
    if side_gates.registrys_answer in gates:
        return "文号"
    return "依据"


def _recorded_day(row: Consent, gates: Sequence[Gate]) -> str:
    """The day that would be recorded, as the start of the reason; "" for a step without one."""
    if side_gates.cancelled_by_today not in gates:
        return ""
    return f"学信网注销的日期：{row.detail['said'].get('on') or '同意的当天'}；"


def outcome(row: Consent, draft: PolicyDraft | None = None) -> str:
    """What an answer led to, for the person who has just given it."""
    about = what(row, draft)
    if not row.agreed:
        return f"已记录为不同意：{about}。没有办理，原因已告知 {row.asked_by.name}。"
    match ConsentKind(row.kind):
        case ConsentKind.EXPORT:
            return f"已同意。{row.asked_by.name} 可以在一天内{about}。"
        case ConsentKind.BATCH if row.detail["do"] != BatchSwitch.FINISH:
            return f"已同意。正在后台办理：{about}；办完以后批次页面显示结果。"
    return f"已同意。已经办理：{about}。"


def what(row: Consent, draft: PolicyDraft | None = None) -> str:
    """What the second person would agree to, in a sentence; `draft` is that of a policy."""
    detail = row.detail
    match ConsentKind(row.kind):
        case ConsentKind.GRANT | ConsentKind.FACTOR:
            return _to_an_account(row)
        case ConsentKind.ACT:
            return _step(detail)
        case ConsentKind.POLICY:
            return _policy(detail, draft)
        case ConsentKind.BATCH:
            switched = f"{BatchSwitch(detail['do']).label} {detail['code']}"
            return f"{switched}{led_by('：', detail.get('told'))}"
        case ConsentKind.SWAP:
            return f"{detail['students'][0]}与{detail['students'][1]}：互换毕业照片"
        case ConsentKind.EXPORT:
            fields = "、".join(detail["labels"])
            purpose = Purpose(detail["purpose"]).label
            return f"导出「{detail['title']}」{detail['rows']:,} 行，含 {fields}，用于{purpose}"


def _to_an_account(row: Consent) -> str:
    """What would be done to somebody's account; "" where the account no longer exists."""
    if row.user is None:
        return ""
    who = f"{row.user.name}（{row.user.username}）"
    if row.kind == ConsentKind.GRANT:
        return f"授予 {who}「{Role(row.detail['role']).label}」"
    return f"停用 {who}的二次验证，由本人重新设置"


def _step(detail: dict[str, Any]) -> str:
    """The step that would be done to a file, or to the paper that is named, and its reason."""
    step = f"{detail['student']}{led_by('，', detail.get('paper'))}：{Verb(detail['verb']).label}"
    reason = ReasonCode.of(detail["said"].get("reason", ""))
    if reason is None or _passes_over(detail):  # no reason is chosen for a case
        return step
    return f"{step}（{reason.label}）"


def _policy(detail: dict[str, Any], draft: PolicyDraft | None) -> str:
    """The names of all changes, and those that make the policy a matter for two people."""
    longer = "；".join(detail["later"])
    names = [label for label, _, _ in _differences(draft)]
    if not names:
        return f"批次 {detail['code']} 的规定：{longer}"
    named = "、".join(names[:MOST_NAMED])
    if len(names) > MOST_NAMED:
        named += "等"
    return f"批次 {detail['code']} 的规定改 {len(names)} 处（{named}），其中延长期限：{longer}"


def _differences(draft: PolicyDraft | None) -> list[tuple[str, str, str]]:
    if draft is None:
        return []
    if draft.base is None:
        return differences({}, draft.source)
    return differences(draft.base.source, draft.source)


def changes(row: Consent, draft: PolicyDraft | None) -> dict[str, Any]:
    """All changes, not only those for two people: (what, before, after), and two headings."""
    if row.kind == ConsentKind.ACT:
        return {
            "changes": row.detail.get("said", {}).get("changes", ()),
            "heads": ("更正前", "更正后"),
        }
    return {"changes": _differences(draft), "heads": ("现行", "改为")}


def effects(draft: PolicyDraft | None) -> dict[str, Any]:
    """Whose judgement a policy changes, in the numbers of its trial, and the tone."""
    if draft is None:
        return {"effects": [], "tone": tags.IDLE}
    if draft.tried_at is None:
        return {"effects": ["试判还没有完成，完成后才能同意"], "tone": tags.WARN}
    numbers = _numbers(draft, draft.tried)
    if any(draft.tried.get(name) for name in ("lost", "stopped", "degree_lost")):
        return {"effects": numbers, "tone": tags.WARN}
    return {"effects": numbers, "tone": tags.INFO}


def _numbers(draft: PolicyDraft, sums: dict[str, Any]) -> list[str]:
    """The sums of a trial, in a sentence each."""
    found = [
        f"试判 {sums.get('judged', 0):,} 人：满足毕业条件的{_moved(sums, 'fit')}，"
        f"其中不再满足 {sums.get('lost', 0):,} 人、新满足 {sums.get('gained', 0):,} 人",
        f"可以申请的（含照片、身份等）{_moved(sums, 'clear')}，"
        f"其中不能再申请 {sums.get('stopped', 0):,} 人、新可申请 {sums.get('freed', 0):,} 人",
    ]
    if policy_drafts.changes_degree(draft) and sums.get("degree"):
        found.append(
            f"满足学位条件的{_moved(sums, 'degree')}，"
            f"其中不再满足 {sums.get('degree_lost', 0):,} 人、新满足 {sums.get('degree_gained', 0):,} 人"
        )
    return found


def _moved(sums: dict[str, Any], name: str) -> str:
    before, after = sums.get(name, (0, 0))
    return f"现行 {before:,} 人、改后 {after:,} 人"


def places(rows: Sequence[Consent]) -> dict[int, str]:
    """Where each file that is asked about stands, and which conditions it meets, also of a degree
    that is to be taken back. One query, and a few more for such degrees.
    """
    files = {row.pk: row.detail["file"] for row in rows if row.kind == ConsentKind.ACT}
    known = Candidate.objects.select_related("batch", "roster", "judgement", "stale").in_bulk(
        list(files.values())
    )
    degrees = outdated_questions.degrees_of(rows)
    return {
        pk: _place(known[file]) + _degree(degrees.get(pk))
        for pk, file in files.items()
        if file in known
    }


def _degree(objection: DegreeObjection | None) -> str:
    """Which conditions of a granted degree fail; "" where the question is about none."""
    if objection is None:
        return ""
    if not objection.titles:
        return "；学位各项条件均满足"
    return f"；学位不符合：{'、'.join(objection.titles)}"


def _place(file: Candidate) -> str:
    place = f"批次 {file.batch.code}，现在{Stage(file.stage).label}"
    if file.roster and file.roster.number:
        place += f"，已列入第 {file.roster.number} 号花名册"
    return f"{place}；{_conditions(file)}"


def _conditions(file: Candidate) -> str:
    """What the last verdict says, as on the file's page."""
    judged, findings = person.judgement(file)
    if judged is None or getattr(file, "stale", None) is not None:
        return "正在重新审核"
    blocking = [finding for finding in grounds.settled(file, findings) if finding.blocks]
    words = (
        led_by("不符合：", _titles(blocking)),
        led_by("不符合、已核实维持：", _titles(grounds.let_stand(file, findings))),
    )
    return "；".join(filter(None, words)) or "各项条件均满足"


def _titles(findings: Iterable[Finding]) -> str:
    """The titles of the clauses, each once."""
    return "、".join(dict.fromkeys(finding.clause.title for finding in findings))


def warnings(
    rows: Sequence[Consent], drafts: Mapping[int, PolicyDraft], known: Sequence[Season]
) -> dict[int, list[str]]:
    """What the asker was told, as it reads now, by the key of the question. `drafts` are those of
    the policies, by the same key; `known` all batches. A few queries per batch.
    """
    acts = [row for row in rows if row.kind == ConsentKind.ACT]
    concerned = _batches_of(acts)
    of_two = _of_two(rows)
    texts_by_question = {row.pk: _told(row, of_two) for row in rows}
    for pk, draft in drafts.items():
        texts_by_question.setdefault(pk, []).extend(_of_policy(draft))
    for row in acts:
        if row.detail["batch"] in concerned:
            batch, basis = concerned[row.detail["batch"]]
            texts_by_question[row.pk].append(naming_next(_advice(row, basis), known, batch.code))
            texts_by_question[row.pk].append(finishing.would_undo(batch, Verb(row.detail["verb"])))
    return {
        pk: [text.rstrip("。") for text in texts if text] for pk, texts in texts_by_question.items()
    }


def _batches_of(acts: Sequence[Consent]) -> dict[int, tuple[Batch, Basis]]:
    """The batches of the files that steps are asked for, each with its basis."""
    asked = {row.detail["batch"] for row in acts}
    batches = Batch.objects.filter(pk__in=asked, deleted_at=None, policy__isnull=False)
    return {batch.pk: (batch, basis_of(batch)) for batch in batches}


def _advice(row: Consent, basis: Basis) -> str:
    """The advice as the asker read it; amending nothing printed calls no paper back."""
    verb = Verb(row.detail["verb"])
    if verb is not Verb.AMEND:
        return answering.advice(verb, basis)
    amendment = issued.amendment(row.detail["file"], basis.policy)
    same_paper = amendment is not None and amendment.same_paper
    return answering.advice(verb, basis, same_paper=same_paper)


def _of_policy(draft: PolicyDraft) -> list[str]:
    """The warnings that the page of the policy's trial shows."""
    policy = BatchPolicy.from_dict(draft.source)
    texts = [text.replace("rounds「", "「") for text in policy.warnings]
    if policy_drafts.is_late(draft):
        texts.append("试判之后有人的资料有变化，或已过了一天：同意时先按今天的资料重新试判")
    return texts


def factor_dropped(*, of_two: bool) -> str:
    """The sentence about removing a second factor; of a role of two (`of_two`) the password ends
    too.
    """
    if of_two and settings.SECOND_FACTOR == "required":
        return FACTOR_OF_TWO_DROPPED
    return FACTOR_DROPPED


def _of_two(rows: Iterable[Consent]) -> set[int]:
    """The accounts with a role that two people granted, of those asked about; at most one query."""
    asked = {row.user_id for row in rows if row.kind == ConsentKind.FACTOR and row.user_id}
    if not asked:
        return set()
    return accounts.roles_of_two(asked)


def _told(row: Consent, of_two: Collection[int]) -> list[str]:
    """The part that does not depend on the batch."""
    match ConsentKind(row.kind):
        case ConsentKind.BATCH:
            return [SWITCHED.get(BatchSwitch(row.detail["do"]), "")]
        case ConsentKind.FACTOR:
            return [factor_dropped(of_two=row.user_id in of_two)]
        case ConsentKind.SWAP:
            return [SWAPPED]
        case ConsentKind.ACT if _passes_over(row.detail):
            return [answering.PASSED_OVER]
    return []


def _passes_over(detail: dict[str, Any]) -> bool:
    """Whether a case would be decided a level early; only such a decision has a reason."""
    on_a_case = step_of(Verb(detail["verb"])).track is Track.CASE
    return on_a_case and bool(detail["said"].get("reason"))


def drafts_of(rows: Iterable[Consent]) -> dict[int, PolicyDraft]:
    """The draft of each question about a policy, by the question's key; at most one query."""
    draft_ids = {row.pk: row.detail["draft"] for row in rows if row.kind == ConsentKind.POLICY}
    found = policies.drafts(set(draft_ids.values()))
    return {pk: found[draft] for pk, draft in draft_ids.items() if draft in found}
