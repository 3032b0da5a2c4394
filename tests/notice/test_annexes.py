"""附件1：毕业生登记表；附件3：照片上传。 (附件2 is with the parts that it serves.)"""

from datetime import date

import pytest

from graduand.rulebook.canon import BadText
from graduand.rulebook.filing.registration_form import (
    REQUIRED,
    STARRED,
    RegistrationForm,
    SchoolingLine,
    form_findings,
    ordered_history,
    paper_level,
    printed_fields,
)
from graduand.rulebook.photos.spec import student_no_of
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import Level
from tests.factories import policy_data

LEAST = 200
COLLEGE = SchoolingLine(date(2009, 9, 1), date(2012, 7, 1), "某市职业学院")
SCHOOL = SchoolingLine(date(2006, 9, 1), date(2009, 7, 1), "某市高级中学")


def test_附件1_note_2_nothing_is_left_blank_and_the_starred_say_无():
    form = RegistrationForm(Level.TOP_UP, {})
    empty = [
        finding.argument for finding in form_findings(form, LEAST) if finding.code == "FORM-EMPTY"
    ]
    assert set(REQUIRED) <= set(empty)
    assert not set(STARRED) & set(empty)
    assert {printed_fields(form)[label] for label in STARRED} == {"无"}


def test_附件1_note_5_the_level_as_the_form_writes_it():
    assert [paper_level(level) for level in (Level.JUNIOR, Level.TOP_UP)] == [
        "专科",
        "专科起点本科",
    ]


def test_附件1_note_6_schooling_in_order_from_upper_secondary_school():
    assert [school.since.year for school in ordered_history((COLLEGE, SCHOOL))] == [2006, 2009]
    form = RegistrationForm(Level.JUNIOR, {}, (COLLEGE,))
    assert "FORM-HISTORY-START" in [finding.code for finding in form_findings(form, LEAST)]


def test_附件1_two_hundred_characters_not_bytes():
    for text, counted in (("好" * 200, []), ("a" * 199, ["199"]), (" " * 300, ["0"])):
        form = RegistrationForm(Level.JUNIOR, {}, appraisal=text)
        assert [
            f.argument for f in form_findings(form, LEAST) if f.code == "FORM-APPRAISAL"
        ] == counted


def test_附件3_1_photos_are_named_by_the_student_number():
    assert student_no_of("2117151000123.jpg") == ("2117151000123", False)
    assert student_no_of("２１１７１５１０００１２３.JPG").key == "2117151000123"
    for name in ("张三.jpg", "2117151000123.png", "照片/2117151000123.jpg", "2117151000123"):
        with pytest.raises(BadText):
            student_no_of(name)


def test_附件3_2_the_measures_are_data():
    spec = BatchPolicy.from_dict(policy_data()).photo
    assert (spec.width, spec.height, spec.max_bytes, spec.format) == (480, 640, 50 * 1024, "jpeg")
