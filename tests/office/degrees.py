"""A season whose degree has a window, and graduates with all that the degree asks for."""

import pytest

from graduand.models import (
    Candidate,
    DegreeMaterial,
)
from graduand.rulebook.terms import Level, Stage
from tests.acting import candidate_at
from tests.factories import make_season

WITH_WINDOW = {"min_average": 75, "min_thesis": 80, "opens": "2023-07-01", "closes": "2025-07-20"}


def thesis(file: Candidate, mark: str = "85") -> Candidate:
    """The material that a degree of this season asks for (no language)."""
    DegreeMaterial.objects.update_or_create(
        student_id=file.student_id, defaults={"thesis_mark": mark}
    )
    return file


def graduate(season, stage: Stage = Stage.APPROVED, mark: str = "85") -> Candidate:
    return thesis(candidate_at(season, stage, level=Level.TOP_UP), mark)


@pytest.fixture
def degrees(db):
    """A season whose degree has a window and asks for no language."""
    return make_season(degree=WITH_WINDOW)


def degree_of(file: Candidate) -> str:
    return Candidate.objects.values_list("degree", flat=True).get(pk=file.pk)
