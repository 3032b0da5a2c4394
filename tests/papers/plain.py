"""People whose papers are printed, as plain data; a typesetter for them."""

from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from graduand.papers.printed.fonts import fonts
from graduand.papers.printed.render import PaperToSet, RenderLimits, Typesetter
from graduand.rulebook.certificates.certificate_content import Content, Person, graduation
from graduand.rulebook.filing.registration_form import SchoolingLine
from graduand.rulebook.papers.archive_content import Archive, Opinion, ProfileContent
from graduand.rulebook.papers.paper_facts import Graduand, UnitAddress
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import DegreeState, IdKind, Level, Sex, Stage
from tests.factories import policy_data
from tests.material import portraits

ISSUED = date(2023, 7, 20)
NOON = 1_689_825_600  # of that day in Shanghai
IN_ARCHIVE = {one.name for one in fields(Archive)} - {"class_name", "centre"}
CENTRE = UnitAddress("C1", "第1学习中心", "云岭市梧桐街 1 号", "赵老师", "010-5550101")


def graduand(**changes: Any) -> Graduand:
    """A numbered 专科 graduate with a whole profile."""
    values: dict[str, Any] = {
        "candidate": 1,
        "student_no": "2135101450123",
        "name": "王小明",
        "sex": Sex.FEMALE,
        "birth": date(1990, 3, 7),
        "id_kind": IdKind.RESIDENT,
        "id_no": "11010519900307002X",
        "level": Level.JUNIOR,
        "major_name": "健康管理",
        "years": "2.5",
        "min_semesters": 5,
        "entry": 4042,
        "centre": CENTRE,
        "class_name": "21春健康管理",
        "stage": Stage.CERTIFIED,
        "degree": DegreeState.NONE,
        "round_name": "首批",
        "roster": 1,
        "place": 7,
        "frozen_on": date(2023, 7, 14),
        "number": "511618202306000123",
    }
    of_archive = {name: changes.pop(name) for name in IN_ARCHIVE & changes.keys()}
    return Graduand(**{**values, "archive": archive(**of_archive), **changes})


def archive(**changes: Any) -> Archive:
    """The archive of that graduate, without marks."""
    values: dict[str, Any] = {
        "nation": "汉族",
        "politics": "群众",
        "category": "开放",
        "class_name": "21春健康管理",
        "mobile": "13800001234",
        "email": "",
        "centre": CENTRE.name,
        "least": 200,
        "profile": ProfileContent(
            enrolled_on=date(2021, 2, 15),
            prior_level="高中",
            prior_school="云岭市第一中学",
            internship="云岭市第一社区卫生服务中心，慢性病随访",
            opinions={"初审": Opinion("材料齐全", "2021-02-16")},
        ),
        "history": (
            SchoolingLine(date(2008, 9, 1), None, "云岭职业学院"),
            SchoolingLine(date(2005, 9, 1), date(2008, 7, 1), "云岭市第一中学（高中）"),
        ),
    }
    return Archive(**{**values, **changes})


def content(person: Graduand) -> Content:
    """What the certificate of that person says."""
    of = (
        "student_no",
        "name",
        "sex",
        "birth",
        "id_kind",
        "id_no",
        "entry",
        "level",
        "major_name",
        "years",
        "min_semesters",
    )
    record = Person(exam_no="", major_code="520801", **{name: getattr(person, name) for name in of})
    return graduation(record, BatchPolicy.from_dict(policy_data()), person.number, person.photo)


def typesetter(tmp_path: Path, picture: bytes | None = None, **limits: int) -> Typesetter:
    """A typesetter with the installed fonts; every picture is `picture`."""
    data = picture or portraits.portrait()
    return Typesetter(
        fonts(tmp_path / "fonts"), NOON, lambda _: data, tmp_path, RenderLimits(**limits)
    )


def set_paper(setter: Typesetter, paper: PaperToSet, tmp_path: Path) -> Path:
    """Set one paper that must come out; returns its file."""
    outcome = next(setter.set([paper]))
    assert (outcome.misfits, outcome.error) == ((), "")
    path = tmp_path / "paper.pdf"
    path.write_bytes(outcome.pdf)
    return path
