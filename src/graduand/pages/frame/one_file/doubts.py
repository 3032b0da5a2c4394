"""The open identity case of a person on the page of a file: where it is, which desk acts next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graduand.models import Candidate, IdentityCase
from graduand.pages.door.access import Visit
from graduand.queries import stations
from graduand.queries.identity import case_files
from graduand.rulebook.clauses import Finding
from graduand.rulebook.identity.doubts import DOUBT, who_has
from graduand.rulebook.terms import CaseState


@dataclass(frozen=True, slots=True)
class CaseLine:
    """`words` say where the case is; `url` opens it, "" where it is another centre's.

    `file` is the one it is recorded in.
    """

    words: str
    url: str = ""
    file: str = ""
    batch: str = ""


def case_line(visit: Visit, file: Candidate, findings: Sequence[Finding]) -> CaseLine | None:
    """The case behind a doubt of the stored judgement; None without one. Two queries at most."""
    doubt = next((finding for finding in findings if finding.code == DOUBT), None)
    if doubt is None:
        return None
    begun = case_files.begun(visit.seasons, visit.today)
    rows = stations.cases(visit.actor, begun).annotate(
        through=case_files.file_of_case(visit.actor, begun)
    )
    case = rows.filter(student=file.student_id).order_by("-opened_at", "-id").first()
    if case is None and not IdentityCase.objects.filter(student=file.student_id).exists():
        return CaseLine("身份核查还没有立案，请总部重新导入学信网反馈，由系统立案")
    if case is None:
        who = doubt.next_step or f"现在由{doubt.desk.label}办理"
        return CaseLine(f"身份核查的案卷随档案在另一学习中心，{who}；备案结果这里会更新")
    state = CaseState(case.state)
    words = f"身份核查「{state.label}」"
    if state.holds:
        words += f"，{who_has(state)}"
    url = f"/identity/{case.pk}"
    if case.through is None or case.through == file.pk:
        return CaseLine(words, url)
    batch = Candidate.objects.values_list("batch__code", flat=True).get(pk=case.through)
    return CaseLine(words, url, f"/candidates/{case.through}", batch)
