"""作废的成绩: a mark that was taken back stays where it is looked for, with who did it, when and by which file."""

import re
from datetime import timedelta

import pytest

from graduand.rulebook.terms import SheetKind
from tests.pages.records.test_provenance import bring, filed, marks_of  # noqa: F401  the fixture
from tests.pages.world import NOON, account_for, set_clock

COURSE, GONE = "健康管理学（002）", "成绩 86（2021春）已由学校作废"


def voided(world, folder, who="college", **change):
    bring(
        world,
        folder,
        SheetKind.RESULTS,
        who,
        **{"课程代码": "002", "成绩": "86", "复核通过": "", "作废": "是", **change},
    )
    world.judge()


def desks(at, file):
    """The two pages that show the marks of a file: the review desk's and that of the file."""
    return (at("college"), f"/reviews/{file.pk}"), (at("a"), f"/candidates/{file.pk}")


def test_a_voided_mark_stands_with_who_took_it_back_on_both_pages(world, at, tmp_path, filed):  # noqa: F811
    voided(world, tmp_path)
    for client, address in desks(at, filed):
        assert marks_of(client, address)[COURSE] == [
            "7",
            "86",
            "2021春",
            "1",
            "",
            "学院李老师 7-12 成绩.csv",
            "已作废",
        ]


def test_what_it_was_before_is_told_too(world, at, tmp_path, filed):  # noqa: F811
    voided(world, tmp_path, 成绩="50")
    assert marks_of(at("college"), f"/reviews/{filed.pk}")[COURSE][1:5] == [
        "50",
        "2021春",
        "1",
        "更改前 86",
    ]


def test_beside_a_mark_that_counts_it_stands_among_the_earlier_ones(world, at, tmp_path, filed):  # noqa: F811
    voided(world, tmp_path)
    bring(
        world,
        tmp_path,
        SheetKind.RESULTS,
        "hq",
        课程代码="002",
        成绩="71",
        学期="2022秋",
        复核通过="",
    )
    world.judge()
    told = "86（2021春考试次序 1）已作废（学院李老师 7-12 成绩.csv）"
    for client, address in desks(at, filed):
        row = marks_of(client, address)[COURSE]
        assert (row[1:5], row[-1]) == (["71", "2022秋", "1", told], "通过")


def test_so_does_one_of_a_course_that_the_plan_does_not_have(world, at, tmp_path, filed):  # noqa: F811
    voided(world, tmp_path, 课程代码="没有这门课")
    row = marks_of(at("college"), f"/reviews/{filed.pk}")["没有这门课"]
    assert (row[1:3], row[-2:]) == (["86", "2021春"], ["学院李老师 7-12 成绩.csv", "已作废"])


def own_page(client):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get("/my").content.decode()))


@pytest.mark.parametrize(("change", "told"), [({}, True), ({"作废": ""}, False)])
def test_the_student_is_told_to_ask_the_college_before_sitting_again(
    world,
    at,
    tmp_path,
    filed,  # noqa: F811
    change,
    told,
):
    account_for(world, filed.student)
    voided(world, tmp_path, 成绩="86" if told else "50", **change)
    page = own_page(at("student"))
    assert ("健康管理学" in page, "必须通过" in page) == (True, True)
    assert (f"「健康管理学」的{GONE}" in page, "请先向学院查询" in page, "李老师" in page) == (
        told,
        told,
        False,
    )


def test_nothing_is_said_once_the_course_is_passed_again(world, at, tmp_path, filed):  # noqa: F811
    account_for(world, filed.student)
    voided(world, tmp_path)
    voided(world, tmp_path, 课程代码="001")
    assert own_page(at("student")).count("已由学校作废") == 2
    bring(
        world,
        tmp_path,
        SheetKind.RESULTS,
        "hq",
        课程代码="002",
        成绩="71",
        学期="2022秋",
        复核通过="",
    )
    world.judge()
    assert own_page(at("student")).count("已由学校作废") == 1


def test_what_is_not_released_yet_is_told_to_the_desks_alone(world, at, tmp_path, filed):  # noqa: F811
    account_for(world, filed.student)
    voided(world, tmp_path, 发布日期="2023-07-20")
    assert marks_of(at("college"), f"/reviews/{filed.pk}")[COURSE][-1] == "已作废"
    page = own_page(at("student"))
    assert ("健康管理学" in page, GONE in page) == (True, False)
    set_clock(NOON + timedelta(days=8))
    assert GONE in own_page(at("student"))
