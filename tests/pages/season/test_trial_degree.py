"""The trial of a policy that asks something else for the degree: who gains and who loses that half, in words."""

import io
import re

import pytest
from openpyxl import load_workbook

from graduand.models import CourseRow, DegreeMaterial, Module, Student
from tests.pages.season.policy_forms import attempt

pytestmark = pytest.mark.django_db


def test_the_trial_says_who_gains_and_who_loses_the_degree_half_in_words(world, at):
    """学位论文成绩 80 → 75: it changes nobody's graduation, and somebody's degree."""
    plan = world.plan
    plan.pk, plan.code, plan.level = None, "B1", "top_up"
    plan.save()
    pupil = world.student(1)
    for model in (Module, CourseRow):
        model.objects.update(plan=plan)
    Student.objects.update(level="top_up", plan=plan)
    DegreeMaterial.objects.create(
        student=pupil, thesis_mark="77", language_kind="大学英语四级", language_mark="430"
    )
    world.judge()
    where = attempt(at("hq"), **{"degree.min_thesis": "75"})["Location"]
    page = " ".join(at("hq").get(where).content.decode().split())
    assert "1 人的判断会变" in page
    assert "满足学位条件：现行 0 人， 改后 1 人，其中不再满足 0 人、新满足 1 人。" in page
    assert re.findall(r"<h3>([^<]*)</h3>", page) == ["新满足学位条件 1 人"]
    assert (
        f'{pupil.name}</a><small>{pupil.number}</small><span class="end">论文成绩不够</span>'
        in page
    )
    book = load_workbook(io.BytesIO(at("hq").post(f"{where}/moved.xlsx").getvalue())).active
    assert [cell.value for cell in book[2]][3:] == ["是", "是", "否", "是", "论文成绩不够", None]
    assert "DEGREE-THESIS" not in page
