"""To which questions nobody can agree any more: what each is about is not what it was when it was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graduand.models import Batch, Candidate, Consent
from graduand.queries.against_degrees import Against, against_granted
from graduand.queries.bench import bench_of
from graduand.queries.beside import case_of
from graduand.rulebook.account_terms import ConsentKind
from graduand.rulebook.facts import Case
from graduand.rulebook.terms import Verb

_AGAIN = "已不能按提出时的内容同意：请写明原因不同意，由提出人按现在的情况重新提出"
_OTHER_FACTS = "提出以后该生的资料又有变化，下面各项是提出时的情况"


def outdated(rows: Sequence[Consent]) -> dict[int, str]:
    """Why nobody can agree, by the key of the question; one query, and a few for degrees."""
    acts = [row for row in rows if row.kind == ConsentKind.ACT]
    files = (
        Candidate.objects.filter(pk__in={row.detail["file"] for row in acts})
        if acts
        else Candidate.objects.none()
    )
    now = {pk: rest for pk, *rest in files.values_list("pk", "last_act_id", "judgement__grounds")}
    degrees, cases = degrees_of(acts), _cases_of(acts)
    found = {
        row.pk: _moved_on(row, *now[row.detail["file"]])
        or _case_moved_on(row, cases)
        or _degree_moved_on(row, degrees)
        for row in acts
        if row.detail["file"] in now
    }
    found |= _batches_moved_on(rows)
    return {pk: f"{why}，{_AGAIN}" for pk, why in found.items() if why}


def _moved_on(row: Consent, version: int | None, lacking: str | None) -> str:
    """What has come after the question, as far as what it says of the file is concerned."""
    if row.detail.get("seen") != (version or 0):
        return "提出以后此档案又有人办理过"
    shown = row.detail["said"].get("grounds")
    return _OTHER_FACTS if shown is not None and lacking not in shown else ""


def _cases_of(acts: Sequence[Consent]) -> dict[int, Case]:
    """The identity cases that questions are about, by file."""
    files = sorted({row.detail["file"] for row in acts if row.detail.get("cases") is not None})
    return case_of(files) if files else {}


def _case_moved_on(row: Consent, cases: Mapping[int, Case]) -> str:
    """A case moves through the file of any batch, and leaves this file as it was."""
    now = cases.get(row.detail["file"])
    shown = row.detail.get("cases")
    moved = shown is not None and now is not None and now.mark not in shown
    return "提出以后该生的身份复核又有人办理过" if moved else ""


def _batches_moved_on(rows: Sequence[Consent]) -> dict[int, str]:
    """What is asked of a batch is asked under the policy that was in force then; one query, or none."""
    asked = [row for row in rows if row.kind == ConsentKind.BATCH]
    if not asked:
        return {}
    batches = Batch.objects.filter(pk__in={row.detail["batch"] for row in asked}, deleted_at=None)
    now = dict(batches.values_list("pk", "policy_id"))
    return {
        row.pk: "提出以后批次的规定改过，或批次已删除"
        for row in asked
        if now.get(row.detail["batch"]) != row.detail.get("version")
    }


def _degree_moved_on(row: Consent, degrees: Mapping[int, Against]) -> str:
    now = degrees.get(row.pk)
    return _OTHER_FACTS if now is not None and now.mark != row.detail["said"]["against"] else ""


def degrees_of(rows: Sequence[Consent]) -> dict[int, Against]:
    """What stands against the degree that a question would take back, by its key; a few queries a batch."""
    asked = [row for row in rows if _takes_a_degree_back(row)]
    batches = Batch.objects.filter(
        pk__in={row.detail["batch"] for row in asked}, deleted_at=None, policy__isnull=False
    )
    found: dict[int, Against] = {}
    for batch in batches if asked else ():
        files = {row.pk: row.detail["file"] for row in asked if row.detail["batch"] == batch.pk}
        told = against_granted(sorted(set(files.values())), bench_of(batch))
        found |= {pk: told[file] for pk, file in files.items() if file in told}
    return found


def _takes_a_degree_back(row: Consent) -> bool:
    return (
        row.kind == ConsentKind.ACT
        and row.detail["verb"] == Verb.DEGREE_DECLINE
        and "against" in row.detail["said"]
    )
