"""What stands on a certificate: all that its print and its registration show, fixed when the number
is given.

The content is written once as text and hashed. Afterwards papers, the registry's file and
comparisons read that text, never today's policy, plan or student.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from graduand.rulebook.calendar import Term
from graduand.rulebook.certificates.paper_words import certificate_text, shown_years
from graduand.rulebook.identity.id_documents import mask_id
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import IdKind, Level, Sex

# The layouts that have been printed so far; a new layout or wording gets a new name.
GRADUATION = "graduation-1"
DEGREE = "degree-1"
# 学习形式 as the registry writes it.
FORM = "开放教育"


@dataclass(frozen=True, slots=True)
class Person:
    """The student and the plan as they stand on record; `entry` is the ordinal of the entry term,
    `years` 学制 as the plan has it.
    """

    student_no: str
    exam_no: str
    name: str
    sex: Sex
    birth: date
    id_kind: IdKind
    id_no: str
    entry: int
    level: Level
    major_code: str
    major_name: str
    years: str
    min_semesters: int
    degree: str = ""
    degree_field: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """One version of one certificate. `number` is "" on a proof, `photo` the hash of the picture on
    it.

    `degree` and `degree_field` are "" on a graduation certificate. `text` is the printed sentence;
    a degree certificate has none yet.
    """

    number: str
    template: str
    student_no: str
    exam_no: str
    name: str
    sex: Sex
    birth: date
    id_kind: IdKind
    id_no: str
    entry: int
    level: Level
    major_code: str
    major_name: str
    years: str
    min_semesters: int
    form: str
    school_code: str
    school_name: str
    principal: str
    issued: date
    photo: str
    text: str = ""
    degree: str = ""
    degree_field: str = ""


def graduation(person: Person, policy: BatchPolicy, number: str, photo: str) -> Content:
    """The content of a graduation certificate, as the record and the policy stand."""
    one = person
    school = policy.school
    day = policy.issue_date
    return Content(
        number,
        GRADUATION,
        one.student_no,
        one.exam_no,
        one.name,
        one.sex,
        one.birth,
        one.id_kind,
        one.id_no,
        one.entry,
        one.level,
        one.major_code,
        one.major_name,
        one.years,
        one.min_semesters,
        FORM,
        school.code,
        school.name,
        policy.principal(day),
        day,
        photo,
        certificate_text(one, day),
    )


def degree(person: Person, policy: BatchPolicy, number: str, photo: str, granted: date) -> Content:
    """The content of a degree certificate; it is signed by whoever was in office when the degree
    was granted.
    """
    return replace(
        graduation(person, policy, number, photo),
        template=DEGREE,
        text="",
        issued=granted,
        principal=policy.principal(granted),
        degree=person.degree,
        degree_field=person.degree_field,
    )


# What both certificates say of the person and the study.
_OF_PERSON = tuple(one.name for one in fields(Person) if one.name not in ("degree", "degree_field"))


def amended_degree(standing: Content, old: Content, new: Content) -> Content:
    """The degree certificate `standing` after its graduation certificate was amended from `old` to
    `new`.

    What was corrected there is corrected here; the degree, its day and who signed it stay, whatever
    plan and policy say.
    """
    corrected = {
        name: getattr(new, name) for name in _OF_PERSON if getattr(new, name) != getattr(old, name)
    }
    return replace(standing, **corrected)


# -- as it is kept -----------------------------------------------------------------------------------------------

_SEALED = "id_no"
_KEYED = "id_hash"
_NAMES = tuple(one.name for one in fields(Content) if one.name != _SEALED)
# Made once: json.dumps would make an encoder anew for each of thousands.
_written = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_WORDS: dict[str, Callable[[Any], Any]] = {
    "sex": Sex,
    "birth": date.fromisoformat,
    "id_kind": IdKind,
    "level": Level,
    "issued": date.fromisoformat,
}


def body_of(content: Content, id_hash: str) -> str:
    """The text that is kept and hashed: everything but the 证件号, which is kept sealed and enters as
    a keyed hash.
    """
    data: dict[str, Any] = {name: getattr(content, name) for name in _NAMES}
    data |= {
        "sex": content.sex.value,
        "birth": content.birth.isoformat(),
        "id_kind": content.id_kind.value,
        "level": content.level.value,
        "issued": content.issued.isoformat(),
        _KEYED: id_hash,
    }
    return _written(data)


def hash_of(body: str) -> str:
    """sha256 of a kept text."""
    return hashlib.sha256(body.encode()).hexdigest()


def read(body: str, id_no: str) -> tuple[Content, str]:
    """(content, keyed hash of the 证件号) of a kept text. Raises ValueError, KeyError, TypeError for
    any other text.
    """
    data = json.loads(body)
    id_hash = data.pop(_KEYED)
    for name, word in _WORDS.items():
        data[name] = word(data[name])
    return Content(id_no=id_no, **data), id_hash


# -- two versions side by side -----------------------------------------------------------------------------------

LABELS = {
    "student_no": "学号",
    "exam_no": "考生号",
    "name": "姓名",
    "sex": "性别",
    "birth": "出生日期",
    "id_kind": "证件类型",
    "id_no": "证件号",
    "entry": "入学时间",
    "level": "层次",
    "major_code": "专业代码",
    "major_name": "专业名称",
    "years": "学制",
    "min_semesters": "最短学期数",
    "form": "学习形式",
    "school_code": "学校代码",
    "school_name": "学校名称",
    "principal": "院（校）长",
    "issued": "发证日期",
    "photo": "照片",
    "degree": "学位",
    "degree_field": "学位门类",
}


def shown(content: Content) -> dict[str, str]:
    """label -> text, as people read it; the 证件号 masked, the picture by the beginning of its hash."""
    texts = {
        name: str(getattr(content, name))
        for name in LABELS
        if name not in ("sex", "birth", "id_kind", "level", "issued")
    }
    texts |= {
        "sex": content.sex.label,
        "birth": content.birth.isoformat(),
        "id_kind": content.id_kind.label,
        "id_no": mask_id(content.id_no),
        "level": content.level.label,
        "issued": content.issued.isoformat(),
        "entry": str(Term.from_ordinal(content.entry)),
        "photo": content.photo[:12],
        "years": shown_years(content.years),
    }
    return {label: texts[name] for name, label in LABELS.items()}


def differences(old: Content, new: Content) -> list[tuple[str, str, str]]:
    """(label, before, after) of everything that differs but the number; a masked value that changed
    says so.
    """
    before = shown(old)
    after = shown(new)
    found = []
    for name, label in LABELS.items():
        if getattr(old, name) != getattr(new, name):
            value = after[label]
            if value == before[label]:
                value += "（有变化）"
            found.append((label, before[label], value))
    if not found and old.text != new.text:
        found.append(("证书正文", old.text, new.text))
    return found


# What the print shows (papers/printed/certificate.py); the rest of a content is for the registry
# alone.
_PRINTED = ("number", "text", "issued", "school_code", "school_name", "principal", "photo")


# A degree certificate has no sentence yet: what it will say of the person and the degree, whoever
# makes the paper.
_DEGREE_PRINTED = (*_PRINTED, "name", "sex", "birth", "major_name", "degree", "degree_field")


def prints_alike(one: Content, other: Content) -> bool:
    """Whether both look the same on paper, so that a print of the one is a print of the other."""
    shown: tuple[str, ...] = _PRINTED
    if one.template == DEGREE:
        shown = _DEGREE_PRINTED
    return all(getattr(one, name) == getattr(other, name) for name in shown)


# -- what a batch may no longer change ---------------------------------------------------------------------------


def changed_terms(old: BatchPolicy, new: BatchPolicy) -> list[str]:
    """What is printed on every certificate of a batch and would change under `new`, a phrase each.

    Naming a principal where there was none changes no certificate, since without one nothing is
    numbered.
    """
    pairs = (
        ("发证日期", old.issue_date.isoformat(), new.issue_date.isoformat()),
        ("学校代码", old.school.code, new.school.code),
        ("学校名称", old.school.name, new.school.name),
        ("办学类型", old.school.type_digit, new.school.type_digit),
        ("证书编号", old.numbering.label, new.numbering.label),
        ("发证日期在任的院（校）长", old.principal(old.issue_date), new.principal(old.issue_date)),
    )
    return [f"{what} {was} 改为 {then or '空'}" for what, was, then in pairs if was and was != then]


def changed_degree_terms(
    old: BatchPolicy, new: BatchPolicy, granted: Collection[date]
) -> dict[date, str]:
    """Of the days on which degrees were granted, those whose principal would change; a phrase each.

    A degree certificate names who was in office on its own day, which may be years after the
    batch's.
    """
    found = {}
    for day in sorted(granted):
        was = old.principal(day)
        then = new.principal(day)
        if was and was != then:
            found[day] = f"学位授予日期 {day} 在任的院（校）长 {was} 改为 {then or '空'}"
    return found
