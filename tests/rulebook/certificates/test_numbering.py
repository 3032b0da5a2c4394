"""Certificate numbers: made, read, checked (C05, C06)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduand.rulebook.certificates.numbering import (
    SERIAL_MAX,
    BadNumber,
    DegreeNumber,
    RegistrationNumber,
    check_degree,
    check_registration,
    degree_number,
    is_prior_number,
    parse_degree,
    parse_registration,
    registration_number,
)
from graduand.rulebook.terms import Level

SAMPLE = "511618201705981300"


def test_the_public_sample_is_read():
    assert parse_registration(SAMPLE) == RegistrationNumber("51161", "8", 2017, "05", 981300)
    assert registration_number("51161", "8", 2017, Level.TOP_UP, 981300) == SAMPLE
    assert check_registration(SAMPLE, "51161", "8", 2017, Level.TOP_UP) == []


@pytest.mark.parametrize(
    ("level", "code"), [(Level.JUNIOR, "06"), (Level.TOP_UP, "05"), (Level.BACHELOR, "05")]
)
def test_the_level_in_the_number(level, code):
    assert registration_number("51161", "8", 2023, level, 1) == f"5116182023{code}000001"


@given(st.integers(1000, 9999), st.sampled_from(Level), st.integers(1, SERIAL_MAX))
def test_numbers_go_round(year, level, serial):
    text = registration_number("51161", "8", year, level, serial)
    assert (len(text), text.isdecimal(), str(parse_registration(text))) == (18, True, text)
    assert parse_registration(text).serial == serial
    assert check_registration(text, "51161", "8", year, level) == []


@pytest.mark.parametrize(
    "text", ["", "51161820170598130", "511618201707981300", "511610201705981300", "X" * 18]
)
def test_other_texts_are_no_registration_number(text):
    with pytest.raises(BadNumber):
        parse_registration(text)
    assert check_registration(text, "51161", "8", 2017, Level.TOP_UP) == [
        f"电子注册号「{text}」不是规定的 18 位数字"
    ]


def test_full_width_digits_and_spaces_are_read():
    assert parse_registration(" ５１１６１8 2017 05 981300 ") == parse_registration(SAMPLE)


def test_every_part_that_disagrees_is_named():
    assert check_registration("511618201705000000", "51162", "7", 2023, Level.JUNIOR) == [
        "电子注册号的学校代码为 51161，应为 51162",
        "电子注册号的办学类型为 8，应为 7",
        "电子注册号的毕业年份为 2017，应为 2023",
        "电子注册号的培养层次（专科）为 05，应为 06",
        "电子注册号的顺序号为 0",
    ]


@pytest.mark.parametrize(
    "parts",
    [
        ("5116", "8", 2023, 1),
        ("51161", "0", 2023, 1),
        ("51161", "88", 2023, 1),
        ("51161", "8", 23, 1),
        ("51161", "8", 2023, 0),
        ("51161", "8", 2023, SERIAL_MAX + 1),
    ],
)
def test_C05_a_number_that_does_not_fit_is_not_made(parts):
    school, digit, year, serial = parts
    with pytest.raises(BadNumber):
        registration_number(school, digit, year, Level.JUNIOR, serial)


@given(st.integers(1000, 9999), st.integers(1, SERIAL_MAX))
def test_degree_numbers_go_round(year, serial):
    text = degree_number("51161", year, serial)
    assert (len(text), parse_degree(text)) == (16, DegreeNumber("51161", "4", year, f"{serial:06}"))
    assert check_degree(text, "51161", year) == []


def test_older_degree_numbers_are_read():
    assert parse_degree("C5116142015001234") == DegreeNumber(
        "51161", "4", 2015, "001234", adult=True
    )
    assert parse_degree("5116142010Z00123") == DegreeNumber("51161", "4", 2010, "Z00123")
    assert str(parse_degree("c5116142015001234")) == "C5116142015001234"


@pytest.mark.parametrize("text", ["", "5116152023000001", "511614202300001", "C511614202300001"])
def test_other_texts_are_no_degree_number(text):
    with pytest.raises(BadNumber):
        parse_degree(text)


def test_degree_parts_that_disagree_are_named():
    assert check_degree("5116132022000001", "51162", 2023) == [
        "学位证书编号的学位授予单位代码为 51161，应为 51162",
        "学位证书编号的学位级别为 3，应为 4",
        "学位证书编号的授予年份为 2022，应为 2023",
    ]
    assert check_degree("x", "51161", 2023) == ["学位证书编号「x」不是规定的 16 位编号"]


@pytest.mark.parametrize(("digits", "possible"), [(16, False), (17, True), (18, True), (19, False)])
def test_earlier_certificates_have_17_or_18_digits(digits, possible):
    assert is_prior_number("1" * digits) is possible
