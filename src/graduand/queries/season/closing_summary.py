"""What the two people who close a batch read about its files: which it carries over, and which stay
though they cannot be numbered.
"""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from graduand.models import Batch, Candidate, Certificate
from graduand.queries.audit import degrees
from graduand.queries.audit.degrees import ASKED, BACK, NUMBERING
from graduand.queries.certificates import old_papers
from graduand.queries.filing import candidate_criteria
from graduand.queries.review import grounds
from graduand.queries.season import gaps
from graduand.queries.season.batches import OpenItem
from graduand.queries.season.gaps import OPEN


def sentence(batch: Batch) -> str:
    """Whom closing it now would carry over, who would stay and can't be numbered, and whose
    certificate is held up.
    """
    carried = gaps.carried_over(batch)
    lost, held = who_stays(batch)
    if lost:
        carried += (
            f"；另有 {lost:,} 人准予毕业后不再符合条件，不在结转之内，留在本批次也不能编号制证"
        )
    if held:
        carried += (
            f"；已编号制证的有 {held:,} 人不再符合毕业条件，证书等总部核实，核实以前不能寄出和签领"
        )
    return carried


def who_stays(batch: Batch) -> tuple[int, int]:
    """(how many are approved and can't be numbered as they are, whose certificate waits for
    headquarters); two queries.
    """
    return _of(batch, candidate_criteria.lost()).count(), _of(batch, grounds.lost()).count()


def still_open(files: QuerySet[Candidate]) -> list[OpenItem]:
    """What of these files can still be done once their batch is finished, in the order of the
    work; six queries.
    """
    files = files.filter(aside=False)
    stages = dict(files.order_by().values_list("stage").annotate(n=Count("id")))
    found = [
        OpenItem(stage.value, label, stages.get(stage.value, 0)) for label, stage in OPEN.values()
    ]
    papers = Certificate.objects.filter(
        candidate__in=files.values("id"), voided_at=None, queryable=False
    )
    old = Certificate.objects.filter(
        old_papers.left(), candidate__in=files.values("id"), voided_at=None
    )
    found += [
        OpenItem("registry", "学信网尚不可查询", papers.count()),
        OpenItem(old_papers.OLD, "更正后旧证未更换", old.count()),
        OpenItem("degree_back", "学位材料退回", files.filter(degrees.waits(BACK)).count()),
        OpenItem(ASKED, "学位待授予", files.filter(degrees.waits(ASKED)).count()),
        OpenItem(NUMBERING, "学位待编号", files.filter(degrees.waits(NUMBERING)).count()),
    ]
    return [item for item in found if item.count]


def leaves_the_todos(batch: Batch) -> str:
    """What is not done and leaves every home when the batch is finished, without a full stop; ""
    for nothing.
    """
    left = still_open(Candidate.objects.filter(batch=batch))
    if not left:
        return ""
    parts = "、".join(f"{item.label} {item.count:,}" for item in left)
    return f"办结以后不再列入首页和待办的：{parts}；仍可办理，见批次页「办结后仍可办理」"


# The sentence where the group contains people whom the first sentence did not mean.
GROUPS = {
    "carried": "将结转的人",
    "lost": "准予毕业后不再符合条件的人",
    "held": "编号制证后不再符合毕业条件的人",
}


def people(batch: Batch) -> dict[str, list[int]]:
    """Group -> ids of the files that the sentence is about; three queries."""
    who = {
        "carried": gaps.to_be_carried_over(),
        "lost": candidate_criteria.lost(),
        "held": grounds.lost(),
    }
    return {
        group: list(_of(batch, q).order_by("id").values_list("id", flat=True))
        for group, q in who.items()
    }


def _of(batch: Batch, who: Q) -> QuerySet[Candidate]:
    return Candidate.objects.filter(who, batch=batch, aside=False)
