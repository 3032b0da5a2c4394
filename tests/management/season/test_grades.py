"""`graduand grades`: the same word as on the page, with the same refusals."""

import json

import pytest

from tests.management.calling import graduand
from tests.pages.world import build


@pytest.fixture
def world(db):
    return build()


def test_it_tells_declares_and_takes_back(world):
    said = json.loads(graduand("grades", "202307", "--json").out)
    assert [(row["round"], row["by"]) for row in said["rounds"]] == [("首批", ""), ("第二批", "")]
    graduand("grades", "202307", "--round", "首批", "--as", "college")
    said = json.loads(graduand("grades", "202307", "--json").out)
    assert [(row["round"], row["by"]) for row in said["rounds"]] == [
        ("首批", "学院李老师"),
        ("第二批", ""),
    ]
    refused = graduand("grades", "202307", "--round", "首批", "--as", "college", "--withdraw")
    assert (refused.code, "请写明撤回的原因" in refused.err) == (1, True)


def test_a_centre_is_refused_as_on_the_page(world):
    refused = graduand("grades", "202307", "--round", "首批", "--college", "10", "--as", "a")
    assert (refused.code, "成绩由学院审核人员申报" in refused.err) == (1, True)
