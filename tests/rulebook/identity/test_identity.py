"""Identity documents: N01–N04, masks, and what is stored instead of the number."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduand.rulebook.identity.id_documents import (
    IdProblem,
    birth_in,
    check_character,
    describe_problems,
    hard_problems,
    id_problems,
    mask_id,
    mask_name,
    mask_phone,
    problems_from_mask,
    problems_mask,
    sex_in,
)
from graduand.rulebook.terms import IdKind, Sex

BORN = date(1949, 12, 31)
GOOD = "11010519491231002X"


def number(region="110105", birth="19491231", serial="002"):
    stem = region + birth + serial
    return stem + check_character(stem)


def resident(text, birth=BORN, sex=Sex.FEMALE, kind=IdKind.RESIDENT):
    return id_problems(kind, text, birth, sex)


def test_N01_the_standard_example_is_right():
    assert (number(), resident(GOOD)) == (GOOD, ())


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("110105194912310021", (IdProblem.CHECKSUM,)),
        ("11010519491231002x", (IdProblem.SHAPE,)),
        ("1101051949123100", (IdProblem.SHAPE,)),
        ("", (IdProblem.SHAPE,)),
        ("１１０１０５19491231002X", (IdProblem.SHAPE,)),
        ("110105491231002", (IdProblem.OLD15,)),
    ],
)
def test_N01_checksum_shape_and_old_numbers(text, problems):
    assert resident(text) == problems


@pytest.mark.parametrize("region", ["810000", "820000", "830000"])
def test_N01_residence_permits_share_the_standard(region):
    permit = number(region=region)
    assert resident(permit, kind=IdKind.HMT_RESIDENCE) == resident(permit) == ()


def test_N01_a_mainland_number_is_no_residence_permit():
    assert resident(GOOD, kind=IdKind.HMT_RESIDENCE) == (IdProblem.KIND,)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (IdKind.PASSPORT, "E12345678"),
        (IdKind.PASSPORT, "AB1234567"),
        (IdKind.OFFICER, "军字第1234567号"),
        (IdKind.SOLDIER, "士字第20230001号"),
        (IdKind.HONG_KONG, "A123456(7)"),
        (IdKind.HONG_KONG, "H1234567800"),
        (IdKind.MACAO, "5215299/8"),
        (IdKind.TAIWAN, "12345678"),
        (IdKind.TAIWAN, "1234567890(B)"),
        (IdKind.FOREIGN_RESIDENT, "USA110085010101"),
        (IdKind.FOREIGN_RESIDENT, "91118419491231013X"),
        (IdKind.HMT_PERMIT, "H12345678"),
        (IdKind.HMT_PERMIT, "M1234567801"),
        (IdKind.HOUSEHOLD, "110105001234"),
        (IdKind.OTHER, "ABC-1234"),
    ],
)
def test_N01_other_documents_by_their_kind(kind, text):
    assert id_problems(kind, text, BORN, Sex.MALE) == ()


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        (IdKind.PASSPORT, GOOD, IdProblem.KIND),
        (IdKind.PASSPORT, "护照", IdProblem.SHAPE),
        (IdKind.PASSPORT, "ABCDEFGH", IdProblem.SHAPE),
        (IdKind.OFFICER, "军官证", IdProblem.SHAPE),
        (IdKind.TAIWAN, "1234567", IdProblem.SHAPE),
        (IdKind.FOREIGN_RESIDENT, GOOD, IdProblem.KIND),
        (IdKind.OTHER, "", IdProblem.SHAPE),
    ],
)
def test_N01_other_documents_of_the_wrong_shape(kind, text, problem):
    assert id_problems(kind, text, None, None) == (problem,)


def test_N02_a_birthday_in_the_summer_time_hole_is_compared_as_a_day():
    text = number(birth="19860504", serial="001")
    assert birth_in(text) == date(1986, 5, 4)
    assert resident(text, birth=date(1986, 5, 4), sex=Sex.MALE) == ()
    assert resident(text, birth=date(1986, 5, 3), sex=Sex.MALE) == (IdProblem.BIRTH,)


@pytest.mark.parametrize("birth", ["19990231", "18991231", "19991301", "00000000"])
def test_N03_a_birth_date_that_does_not_exist(birth):
    assert resident(number(birth=birth), birth=date(1999, 2, 28)) == (IdProblem.DATE,)


def test_N04_the_seventeenth_digit_is_the_sex():
    assert (sex_in(number(serial="001")), sex_in(number(serial="002"))) == (Sex.MALE, Sex.FEMALE)
    assert resident(number(serial="001")) == (IdProblem.SEX,)


def test_a_strange_region_is_only_said():
    problems = resident(number(region="990105"))
    assert (problems, hard_problems(problems)) == ((IdProblem.REGION,), ())


def test_a_historic_region_is_no_problem():
    assert resident(number(region="510202")) == ()


def test_what_is_not_on_record_is_not_compared():
    assert id_problems(IdKind.RESIDENT, GOOD, None, None) == ()


def test_every_problem_is_told_at_once():
    text = number(region="990105", serial="001")[:17] + "Z"
    assert resident(text) == (IdProblem.SHAPE,)
    wrong = "0" if number(region="990105", serial="001")[17] != "0" else "1"
    assert resident(text[:17] + wrong, birth=date(1950, 1, 1)) == (
        IdProblem.CHECKSUM,
        IdProblem.BIRTH,
        IdProblem.SEX,
        IdProblem.REGION,
    )


@given(st.dates(date(1900, 1, 1), date(2020, 12, 31)), st.integers(0, 999), st.integers(0, 9))
def test_a_made_number_is_right_and_one_changed_digit_is_not(birth, serial, digit):
    text = number(birth=f"{birth:%Y%m%d}", serial=f"{serial:03}")
    sex = Sex.MALE if serial % 2 else Sex.FEMALE
    assert resident(text, birth=birth, sex=sex) == ()
    changed = text[:5] + str(digit) + text[6:]
    expected = () if changed == text else (IdProblem.CHECKSUM,)
    assert resident(changed, birth=birth, sex=sex) == expected


@given(st.sets(st.sampled_from(list(IdProblem))))
def test_problems_go_through_the_stored_bits(problems):
    assert set(problems_from_mask(problems_mask(problems))) == problems


def test_the_stored_bits_never_change():
    assert {problem.value: problems_mask([problem]) for problem in IdProblem} == {
        "shape": 1,
        "checksum": 2,
        "date": 4,
        "birth": 8,
        "sex": 16,
        "old15": 32,
        "kind": 64,
        "region": 128,
    }


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("11010519491231123X", "110105********123X"),
        ("110105491231002", "110105******002"),
        ("E12345678", "E1*****78"),
        ("A12", "***"),
        ("", ""),
    ],
)
def test_masked_ids(text, masked):
    assert mask_id(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13812341234", "138****1234"),
        ("010-55551234", "010-****1234"),
        ("55551234", "****1234"),
        ("8832", "****"),
        ("", ""),
    ],
)
def test_masked_phones(text, masked):
    assert mask_phone(text) == masked


@pytest.mark.parametrize(
    ("name", "masked"), [("王子涵", "王*涵"), ("王涵", "王*"), ("阿依古丽", "阿**丽"), ("", "")]
)
def test_masked_names(name, masked):
    assert mask_name(name) == masked


def test_stored_problems_are_described_without_the_soft_one():
    soft = problems_mask([IdProblem.REGION])
    assert [describe_problems(mask) for mask in (0, soft)] == ["", ""]
    assert describe_problems(soft | problems_mask([IdProblem.SEX, IdProblem.OLD15])) == (
        "证件号中的性别与登记的性别不一致、仍是 15 位旧身份证号，请换成 18 位"
    )


@pytest.mark.parametrize(
    ("number", "problems"),
    [
        ("911184194912310130", (IdProblem.CHECKSUM,)),
        ("911184194913310138", (IdProblem.DATE,)),
        ("911184194901310134", (IdProblem.BIRTH,)),
        ("911184194912310025", (IdProblem.SEX,)),
        ("91118419491231013", (IdProblem.SHAPE,)),
    ],
)
def test_N01_the_new_number_of_permanent_residents_is_checked_like_a_residents(number, problems):
    if IdProblem.CHECKSUM not in problems and len(number) == 18:
        number = number[:17] + check_character(number)
    assert id_problems(IdKind.FOREIGN_RESIDENT, number, BORN, Sex.MALE) == problems


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("港澳居民来往内地通行证", IdKind.HMT_PERMIT),
        ("回乡证", IdKind.HMT_PERMIT),
        ("普通护照", IdKind.PASSPORT),
        ("台胞证", IdKind.TAIWAN),
        ("外国人永久居留证", IdKind.FOREIGN_RESIDENT),
        ("户口本", IdKind.HOUSEHOLD),
        ("二代身份证", IdKind.RESIDENT),
        ("港澳居民居住证", IdKind.HMT_RESIDENCE),
    ],
)
def test_documents_under_the_names_that_people_use(typed, kind):
    assert IdKind.of(typed) is kind
