"""In a process of its own: what the data of a served home say, as JSON; the pages are asked for everything else."""

import json
import sys
from collections.abc import Callable
from typing import Any

import django

django.setup()

from graduand.models import Batch, Candidate, Job, Stale  # noqa: E402 - after Django is set up
from tests import invariants  # noqa: E402 - after Django is set up


def violations() -> list[str]:
    """Every invariant that does not hold, in every batch."""
    return invariants.everywhere()


def stages(*numbers: str) -> dict[str, str]:
    """学号 -> stage in the first batch, of these people."""
    rows = Candidate.objects.filter(
        student__number__in=numbers, batch=Batch.objects.order_by("id").first()
    )
    return dict(rows.order_by("student__number").values_list("student__number", "stage"))


def waiting() -> dict[str, int]:
    """Work that has not ended, by kind; and how many verdicts are stale."""
    jobs = Job.objects.exclude(state="done").values_list("kind", flat=True)
    return {"jobs": len(jobs), "stale": Stale.objects.filter(candidate__aside=False).count()}


QUESTIONS: dict[str, Callable[..., Any]] = {
    "violations": violations,
    "stages": stages,
    "waiting": waiting,
}

if __name__ == "__main__":
    json.dump(QUESTIONS[sys.argv[1]](*sys.argv[2:]), sys.stdout, ensure_ascii=False)
