"""导入记录: an import is called as the page of its file calls it, and says whether every row went in."""

import re

from graduand.models import Intake
from tests.pages.records.uploads import csv_of, send


def test_a_record_is_called_as_the_step_is_and_says_whether_every_row_went_in(world, at):
    """A mark that is looked at is a 提醒 and takes nothing from 全部导入."""
    world.student(1)
    marks = {
        "学号": "2115100000001",
        "课程代码": "99999",
        "成绩": "70",
        "学期": "2021春",
        "发布日期": "2021-07-10",
    }
    client = at("college")
    upload = send(client, csv_of(marks), "results", "k1", "成绩.csv")["Location"]
    shown = " ".join(client.get(upload).content.decode().split())
    assert [
        shown.count(text) for text in ("没有课程代码「99999」", "的课程不在", "没有这些课程代码")
    ] == [1, 0, 0]
    client.post(f"{upload}/begin")
    assert Intake.objects.get(kept=True).warned == 1
    listed = client.get("/imports").content.decode()
    assert [
        re.findall(r'class="tag[^"]*">([^<]+)<', listed),
        "试运行" in listed,
        "是否校验预览" in listed,
    ] == [["全部导入", "校验预览"], False, True]
