"""Terms, batches, windows, promises and the strict date parser (T01, T12, X14)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduand.rulebook.calendar import (
    BadDate,
    HalfYear,
    Term,
    Window,
    add_months,
    add_years,
    batch_code,
    batch_term,
    midnight,
    monday_before,
    office_day,
    parse_date,
    parse_month,
    parse_pause,
    promise_due,
    semesters,
)

DAYS = st.dates(date(1950, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("2021春", Term(2021, 0)),
        ("2021春季", Term(2021, 0)),
        ("2021年春季", Term(2021, 0)),
        ("２０２１年 秋", Term(2021, 1)),
        ("202103", Term(2021, 0)),
        ("202109", Term(2021, 1)),
    ],
)
def test_terms_are_read(text, term):
    assert Term.parse(text) == term


@pytest.mark.parametrize(
    "text", ["", "2021", "202101", "2021夏", "春2021", "20213", "2021春秋", "0021春"]
)
def test_terms_are_refused(text):
    with pytest.raises(BadDate):
        Term.parse(text)


def test_a_refused_term_says_how_to_write_it():
    with pytest.raises(BadDate) as caught:
        Term.parse("21春")
    assert caught.value.message == "年度学期「21春」无法识别，应写成 2021春 或 2021秋"


def test_a_term_in_words_and_dates():
    spring, autumn = Term(2015, 0), Term(2015, 1)
    assert (str(spring), spring.season, spring.entry_date) == (
        "2015春",
        HalfYear.SPRING,
        date(2015, 3, 1),
    )
    assert (str(autumn), autumn.season, autumn.entry_date) == (
        "2015秋",
        HalfYear.AUTUMN,
        date(2015, 9, 1),
    )
    assert add_years(autumn.entry_date, 8) == date(2023, 9, 1)


@given(st.integers(1900, 2100), st.integers(0, 1))
def test_ordinals_go_round_and_keep_the_order(year, half):
    term = Term(year, half)
    assert Term.from_ordinal(term.ordinal) == term == Term.parse(str(term))
    assert sorted([term, Term(2021, 0)]) == sorted(
        [term, Term(2021, 0)], key=lambda t: t.entry_date
    )


@pytest.mark.parametrize(
    ("text", "code"), [("202307", "202307"), ("2501", "202501"), ("２４０１", "202401")]
)
def test_batch_codes(text, code):
    assert batch_code(text) == code


@pytest.mark.parametrize("text", ["202308", "2023", "23071", "", "2023-07", "202313"])
def test_batch_codes_refused(text):
    with pytest.raises(BadDate):
        batch_code(text)


@pytest.mark.parametrize(
    ("entry", "code", "count"),
    [
        ("2021春", "202307", 5),
        ("2020秋", "202301", 5),
        ("2021秋", "202307", 4),
        ("2023春", "202307", 1),
        ("2023秋", "202307", 0),
        ("2018春", "2501", 14),
    ],
)
def test_semesters_count_both_ends(entry, code, count):
    assert semesters(Term.parse(entry), code) == count


def test_a_batch_ends_a_term():
    assert (str(batch_term("202307")), str(batch_term("202401"))) == ("2023春", "2023秋")


def test_T01_a_closing_day_is_included_up_to_the_next_midnight():
    window = Window(date(2023, 7, 6), date(2023, 7, 16))
    assert [window.contains(date(2023, 7, d)) for d in (5, 6, 16, 17)] == [False, True, True, False]
    assert (window.opens_at, window.closes_at) == (
        midnight(date(2023, 7, 6)),
        midnight(date(2023, 7, 17)),
    )
    last = window.closes_at - timedelta(microseconds=1)
    assert (office_day(last), office_day(window.closes_at)) == (
        date(2023, 7, 16),
        date(2023, 7, 17),
    )


@given(DAYS)
def test_a_window_without_limits_holds_every_day(day):
    assert Window(None, None).contains(day)
    assert Window(day, None).contains(day)
    assert not Window(None, day).contains(day + timedelta(days=1))
    assert (Window(None, day).opens_at, Window(day, None).closes_at) == (None, None)


def test_a_window_cannot_close_before_it_opens():
    with pytest.raises(BadDate):
        Window(date(2023, 7, 2), date(2023, 7, 1))


def test_T08_instants_need_a_zone():
    assert office_day(datetime(2023, 7, 16, 16, 0, tzinfo=UTC)) == date(2023, 7, 17)
    with pytest.raises(ValueError, match="time zone"):
        office_day(datetime(2023, 7, 16))


@pytest.mark.parametrize("day", [date(2023, 9, 11) + timedelta(days=n) for n in range(7)])
def test_T12_the_monday_before_is_the_same_for_the_whole_week(day):
    assert monday_before(day) == date(2023, 9, 4)


@given(DAYS, st.integers(0, 8), st.integers(0, 6))
def test_T12_the_asked_weekday_of_the_asked_week(day, weeks, weekday):
    found = monday_before(day, weeks, weekday)
    monday = found - timedelta(days=weekday)
    assert (found.weekday(), monday.weekday()) == (weekday, 0)
    assert 0 <= (day - monday).days - 7 * weeks <= 6


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2023, 7, 20), 2, date(2023, 9, 20)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 12, 20), 2, date(2024, 2, 20)),
        (date(2023, 3, 31), -1, date(2023, 2, 28)),
    ],
)
def test_T10_months_end_where_the_month_ends(day, months, later):
    assert add_months(day, months) == later


def test_T10_leap_days_in_common_years():
    leap = date(2024, 2, 29)
    assert (add_years(leap, 1), add_years(leap, 4)) == (date(2025, 2, 28), date(2028, 2, 29))


@pytest.mark.parametrize(
    ("pauses", "due"),
    [
        ([], date(2023, 9, 20)),
        ([(date(2023, 8, 1), date(2023, 8, 10))], date(2023, 9, 30)),
        (
            [(date(2023, 8, 1), date(2023, 8, 10)), (date(2023, 8, 5), date(2023, 8, 12))],
            date(2023, 10, 2),
        ),
        ([(date(2023, 7, 10), date(2023, 7, 25))], date(2023, 9, 25)),
        ([(date(2023, 9, 20), date(2023, 9, 24))], date(2023, 9, 25)),
        ([(date(2023, 9, 21), date(2023, 9, 30))], date(2023, 9, 20)),
        (
            [(date(2023, 9, 21), date(2023, 9, 22)), (date(2023, 8, 1), date(2023, 8, 1))],
            date(2023, 9, 23),
        ),
    ],
)
def test_a_promise_stands_still_in_pauses(pauses, due):
    assert promise_due(date(2023, 7, 20), 2, pauses) == due


def test_pauses_are_written_as_intervals():
    assert parse_pause("2023-08-01/2023-08-10") == (date(2023, 8, 1), date(2023, 8, 10))
    with pytest.raises(BadDate):
        parse_pause("2023-08-10/2023-08-01")


@pytest.mark.parametrize(
    "value",
    [
        "2023-07-20",
        "2023/7/20",
        "2023.7.20",
        "2023年7月20日",
        "2023 年 07 月 20 日",
        "2023年7月20号",
        "2023-07-20\u200b",
        "20230720",
        " ２０２３-07-20 ",
        "2023-07-20 00:00:00",
        date(2023, 7, 20),
        datetime(2023, 7, 20),
        45127,
        45127.0,
        20230720,
        20230720.0,
    ],
)
def test_X14_dates_are_read(value):
    assert parse_date(value) == date(2023, 7, 20)


def test_X14_workbooks_may_count_from_1904():
    assert parse_date(45127 - 1462, epoch_1904=True) == date(2023, 7, 20)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2021.3",
        "2021年3月",
        "2021.3.",
        "2021.13.1",
        "2021.3/1",
        2021.3,
        "2021年春",
        "1899-12-30",
        date(1899, 12, 30),
        "2023-02-29",
        "19990231",
        2021,
        202103,
        0,
        -1,
        45127.5,
        float("nan"),
        float("inf"),
        "45127",
        "2023-7/20",
        "20/7/2023",
        "2023-07-20 08:00:00",
        datetime(2023, 7, 20, 8),
        "9999-01-01",
        True,
    ],
)
def test_X14_what_is_no_date_is_refused(value):
    with pytest.raises(BadDate):
        parse_date(value)


def test_X14_a_day_that_does_not_exist_is_named():
    with pytest.raises(BadDate) as caught:
        parse_date("2023-02-29")
    assert caught.value.message == "日期「2023-02-29」不存在，请核对"


def test_N02_a_birthday_in_the_summer_time_hole_is_a_plain_date():
    assert type(parse_date("1986-05-04")) is date


@pytest.mark.parametrize(
    "value",
    [
        "2018-09",
        "2018/9",
        "2018.9",
        "2018.09",
        "2018年9月",
        "2018年09月",
        "2018-09\u200b",
        "201809",
        date(2018, 9, 17),
    ],
)
def test_months_are_read_as_their_first_day(value):
    assert parse_month(value) == date(2018, 9, 1)


@pytest.mark.parametrize("value", ["2018", "2018-13", "2018.13", "2018年", "2018年9月1日", ""])
def test_months_refused(value):
    with pytest.raises(BadDate):
        parse_month(value)


@given(DAYS)
def test_every_written_form_reads_back(day):
    written = (day.isoformat(), f"{day:%Y%m%d}", f"{day.year}/{day.month}/{day.day}")
    assert [parse_date(text) for text in written] == [day] * 3
