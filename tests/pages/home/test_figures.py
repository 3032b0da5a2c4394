"""Words and figures without a database: time left, the round to speak of, bars, tags."""

import tomllib
from datetime import date, datetime, timedelta

import pytest

from graduand.pages.frame.charts import BASE, MOST_BARS, TALLEST, WIDTH, bar_chart
from graduand.pages.frame.season.deadlines import deadline, left, round_today, season_steps
from graduand.pages.frame.tags import chsi_tag, fit_tag, photo_tag
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.clauses import Finding
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import Stage
from tests.pages.world import POLICY

POLICY_202307 = BatchPolicy.from_dict(tomllib.loads(POLICY.read_text(encoding="utf-8")))


def at(day, hour=0, minute=0):
    return datetime(2023, *day, hour, minute, tzinfo=OFFICE_ZONE)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=3, hours=4, minutes=59), "3 天 4 小时"),
        (timedelta(days=1), "1 天 0 小时"),
        (timedelta(hours=23, minutes=59), "23 小时 59 分"),
        (timedelta(minutes=59), "59 分钟"),
        (timedelta(seconds=30), "0 分钟"),
    ],
)
def test_time_left_in_words(span, words):
    assert left(span) == words


def test_T01_the_closing_day_counts_to_its_last_second():
    day = date(2023, 7, 16)
    early, last, over = (
        deadline("", day, moment)
        for moment in (at((7, 15), 23, 59), at((7, 16), 23, 59), at((7, 17)))
    )
    assert (early.urgent, last.urgent, last.left, over.urgent) == (False, True, "1 分钟", True)
    assert (early.until, over.left_words) == (at((7, 16), 23, 59), "已截止")


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ((6, 1), "首批"),
        ((7, 6), "首批"),
        ((7, 16), "首批"),
        ((7, 17), "第二批"),
        ((10, 12), "第二批"),
        ((12, 1), "第二批"),
    ],
)
def test_the_round_to_speak_of(day, name):
    assert round_today(POLICY_202307, date(2023, *day), ()).name == name


def states(day, mine="", stages=()):
    turn = round_today(POLICY_202307, date(2023, *day), ())
    return [
        mark.state
        for mark in season_steps(POLICY_202307, turn, at(day, 9), date(2023, *day), mine, stages)
    ]


def test_the_steps_of_a_round_by_date():
    assert states((7, 7)) == ["now", "open", "", "", "", ""]
    assert states((7, 12), "学院审核") == ["open", "open", "now", "open", "", ""]
    assert states((7, 15)) == ["done", "now", "open", "open", "", ""]
    assert states((12, 1)) == ["done"] * 6


def test_a_step_whose_days_are_over_is_not_done_while_files_lie_there():
    """A green tick beside 41 certificates that nobody has is no truth: the step goes on, and is late."""
    left = {Stage.ENDORSED, Stage.SHIPPED, Stage.LISTED}
    assert states((12, 1), "学院审核", left) == ["done", "done", "done", "now", "done", "open"]
    turn = round_today(POLICY_202307, date(2023, 12, 1), ())
    marks = season_steps(
        POLICY_202307, turn, at((12, 1), 9), date(2023, 12, 1), "", {Stage.SHIPPED}
    )
    assert [mark.label for mark in marks if mark.urgent] == ["发放签领"]
    marks = season_steps(POLICY_202307, turn, at((12, 1), 9), date(2023, 12, 1), undeclared=True)
    assert [mark.label for mark in marks if mark.urgent] == ["成绩与照片"]
    early = season_steps(POLICY_202307, turn, at((9, 5), 9), date(2023, 9, 5), undeclared=True)
    assert [mark.label for mark in early if mark.urgent] == []


def test_bars_stand_on_the_base_and_inside_the_picture():
    chart = bar_chart("x", "题", "日期", [(str(n), n) for n in range(20)])
    assert (len(chart.bars), len(chart.rows)) == (MOST_BARS, 20)
    assert chart.desc == "共 20 天，合计 190 人次；图中是最近的 14 天，最多的是 19，19 人。"
    assert [bar.label for bar in chart.bars if bar.peak] == ["19"]
    assert {round(bar.y + bar.h, 1) for bar in chart.bars} == {float(BASE)}
    assert max(bar.h for bar in chart.bars) == TALLEST
    assert max(bar.x + bar.w for bar in chart.bars) <= WIDTH
    assert bar_chart("x", "题", "日期", []) is None
    assert [bar.h for bar in bar_chart("x", "题", "日期", [("7/6", 0)]).bars] == [0.0]


def test_tags_have_a_tone_and_words():
    short, course = (
        Finding("CRED-TOTAL", need="76", has="67.5"),
        Finding("COURSE-MISSING", "001", has="未通过"),
    )
    assert [
        (tag.tone, tag.text)
        for tag in (fit_tag(None), fit_tag(()), fit_tag((short,)), fit_tag((course, short)))
    ] == [
        ("", "未判断"),
        ("ok", "满足"),
        ("bad", "差 8.5"),
        ("bad", "不满足"),
    ]
    photo = [
        photo_tag(found)
        for found in ((), (Finding("PHOTO-PLATFORM"),), (Finding("PHOTO-SPEC", "过大"),))
    ]
    assert [(tag.tone, tag.text) for tag in photo] == [
        ("ok", "存在"),
        ("warn", "未上传"),
        ("bad", "不合格"),
    ]
    doubt = Finding("CHSI-DOUBT", need="备案通过", has="异常")
    registry = [chsi_tag(found) for found in ((), (Finding("CHSI-CREDENTIAL"),), (doubt,))]
    assert [(tag.tone, tag.text) for tag in registry] == [
        ("ok", "存在"),
        ("bad", "缺"),
        ("bad", "存疑"),
    ]
    assert registry[2].title == "学信网核验结果为「异常」，尚未备案通过"
