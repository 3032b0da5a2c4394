"""The text of a plan that a certificate was numbered by: read for as long as the certificate is, by whatever program."""

import json
from dataclasses import MISSING, dataclass, fields, replace
from fractions import Fraction

import pytest

from graduand.rulebook.audit import plan_editions
from graduand.rulebook.audit.plan_editions import hash_of, read, text_of
from graduand.rulebook.facts import Course, Plan
from graduand.rulebook.terms import CourseNature, Level

# Kept since the first editions: never to be brought up to date.
KEPT = (
    '{"code":"K","courses":[{"code":"A","credits":400,"hq_exam":true,"module":"公共","must_pass":true,"name":"课",'
    '"nature":"core","practice":false}],"exempt_cap":"1/3","level":"junior","max_years":8,"min_hq":400,"min_semesters":5,'
    '"min_total":400,"modules":[["公共",400]]}'
)
SHA256 = "a57830527eecfb678da41f93d6c979cf5fc09ea80ba68d1ad0ff4a5749bd3a98"
COURSE = Course(
    "A", "课", 400, "公共", CourseNature.CORE, hq_exam=True, practice=False, must_pass=True
)
PLAN = Plan("K", Level.JUNIOR, 400, 400, 5, 8, Fraction(1, 3), (("公共", 400),), (COURSE,))


@dataclass(frozen=True, slots=True)
class LaterCourse(Course):
    """A later program's."""

    online: bool = False


@dataclass(frozen=True, slots=True)
class LaterPlan(Plan):
    """A later program's."""

    capstone: int = 0


LATER = LaterPlan(**{one.name: getattr(PLAN, one.name) for one in fields(Plan)})


def test_a_kept_text_is_read_and_an_unchanged_plan_has_its_hash():
    assert (read(KEPT, 1), text_of(PLAN), hash_of(KEPT)) == (PLAN, KEPT, SHA256)


def test_a_plan_that_grew_a_field_has_the_same_text_until_the_field_says_something():
    course = LaterCourse(**{one.name: getattr(COURSE, one.name) for one in fields(Course)})
    grown = replace(LATER, courses=(course,))
    said = [replace(grown, capstone=1), replace(grown, courses=(replace(course, online=True),))]
    assert (text_of(grown), len({KEPT, *map(text_of, said)})) == (KEPT, 3)


def test_a_later_program_reads_what_was_kept_before_it(monkeypatch):
    monkeypatch.setattr(plan_editions, "Plan", LaterPlan)
    assert read(KEPT, 1) == LATER
    assert read(text_of(replace(LATER, capstone=1)), 1) == replace(LATER, capstone=1)


def test_what_a_program_does_not_know_is_passed_over():
    told = json.loads(KEPT)
    told["capstone"], told["courses"][0]["online"] = 1, True
    assert read(json.dumps(told), 1) == PLAN


def test_every_field_of_a_plan_or_course_that_no_kept_text_has_says_what_was_before_it():
    told = json.loads(KEPT)
    asked = [
        {one.name for one in fields(kind) if one.default is MISSING} for kind in (Plan, Course)
    ]
    assert asked == [set(told), set(told["courses"][0])]


def test_a_text_that_means_something_else_is_not_read():
    with pytest.raises(ValueError, match="按第 2 版格式保存，本程序只认识第 1 版"):
        read(json.dumps(json.loads(KEPT) | {"format": 2}), 1)
