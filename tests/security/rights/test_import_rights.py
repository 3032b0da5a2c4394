"""Facts belong to a function: every role x every kind of data, by page and by command, against the printed table."""

import csv
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from graduand.models import (
    ChsiReport,
    IdentityCase,
    Intake,
    PhotoUpload,
    Result,
    SheetUpload,
    Student,
)
from graduand.rulebook.people.rights import MAY_IMPORT, import_refusal
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.terms import PhotoKind, Role, SheetKind
from tests.management.calling import graduand
from tests.security.objects import populate
from tests.security.own_objects import PERSON

ROLES = [role for role in Role if role is not Role.STUDENT]


@pytest.fixture
def house(world):
    """The small season, and an account of every role."""
    populate(world)
    return world


def printed() -> dict[tuple[str, str], str]:
    """(kind, label of the role) -> what docs/access.md says: ● or a limit; nothing where it may not."""
    text = (Path(__file__).resolve().parents[3] / "docs/access.md").read_text(encoding="utf-8")
    lines = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    head = next(place for place, cells in enumerate(lines) if cells[0] == "数据")
    rows = lines[head + 2 : head + 2 + len(MAY_IMPORT)]
    return {
        (cells[0].split("`")[1], label): cell
        for cells in rows
        for label, cell in zip(lines[head], cells, strict=True)
        if cell and label != "数据"
    }


def empty_sheet(folder: Path, kind: SheetKind) -> Path:
    """A file with nothing but the headers: who may import it hears of its rows, who may not hears of that."""
    path = folder / f"{kind.value}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerow(SPECS[kind].headers)
    return path


def a_zip(folder: Path) -> Path:
    path = folder / "照片.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.jpg", b"no picture")
    return path


def sent_by_page(client, kind, path: Path, key: str) -> tuple[int, str]:
    """(status, what is said) of the form that sends a file."""
    file = SimpleUploadedFile(path.name, path.read_bytes())
    if isinstance(kind, SheetKind):
        answer = client.post("/imports/send", {"kind": kind.value, "key": key, "file": file})
    else:
        form = {"kind": kind.value, "naming": "student_no", "key": key, "file": file}
        answer = client.post("/photos/import/send", form)
    return answer.status_code, answer.content.decode()


def sent_by_command(kind, path: Path, name: str):
    if isinstance(kind, SheetKind):
        return graduand("import", kind.value, path, "--as", name, "--trial")
    return graduand("photos", "import", path, "--kind", kind.value, "--as", name, "--trial")


@pytest.mark.parametrize("role", ROLES, ids=[role.value for role in ROLES])
def test_a_role_imports_what_the_printed_table_says_and_nothing_else(
    house, at, tmp_path, role, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    name, cells = PERSON[role], printed()
    by_page, by_command = set(), set()
    for kind in MAY_IMPORT:
        path = empty_sheet(tmp_path, kind) if isinstance(kind, SheetKind) else a_zip(tmp_path)
        refusal = import_refusal({role}, kind)
        status, said = sent_by_page(at(name), kind, path, f"k{kind.value}")
        if status == 302:
            by_page.add(kind.value)
        elif status == 403:
            assert refusal in said
        else:
            assert status == 404  # the officers open no page of imports
        answer = sent_by_command(kind, path, name)
        if refusal in answer.err:
            assert (answer.code, answer.err) == (1, f"{refusal}\n")
        else:
            by_command.add(kind.value)
    allowed = {kind for kind, label in cells if label == role.label}
    assert (by_page, by_command) == (allowed, allowed)


def test_the_printed_table_names_nothing_twice_and_nothing_else():
    kinds = {kind for kind, _ in printed()}
    assert kinds == {kind.value for kind in (*SheetKind, *PhotoKind)}


def sheet(folder: Path, kind: SheetKind, **cells: str) -> Path:
    path = folder / f"{kind.label}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(cells))
        writer.writeheader()
        writer.writerow(cells)
    return path


ATTACKS = (
    "clearing its own doubt",
    "granting its own 复核通过",
    "importing a mark",
    "adding a student",
)


NEWCOMER = {
    "学号": "2117151000001",
    "姓名": "张三丰",
    "性别": "男",
    "出生日期": "1990-03-07",
    "民族": "汉族",
    "证件类型": "居民身份证",
    "证件号": "110105199003071331",
    "入学年度学期": "2021春",
    "学籍状态": "在籍",
    "学习中心代码": "101",
    "学生类别": "开放",
    "学历层次": "专科",
    "专业规则代码": "JK01",
    "班级名称": "21春健康1班",
}


def attack(world, folder: Path, what: str) -> tuple[SheetKind, Path]:
    """A file that would help the own student along."""
    student = Student.objects.filter(centre=world.centres[0]).order_by("id").first()
    mark = {
        "学号": student.number,
        "课程代码": "009",
        "成绩": "99",
        "学期": "2021春",
        "发布日期": "2023-06-01",
    }
    files = {
        "clearing its own doubt": (
            SheetKind.CHSI,
            {
                "学号": student.number,
                "姓名": student.name,
                "录取照片": "有",
                "学历照片": "有",
                "核验结果": "正常",
                "数据日期": "2023-07-11",
            },
        ),
        "granting its own 复核通过": (SheetKind.RESULTS, mark | {"复核通过": "是"}),
        "importing a mark": (SheetKind.RESULTS, mark | {"课程代码": "002", "考试次序": "2"}),
        "adding a student": (SheetKind.STUDENTS, NEWCOMER),
    }
    kind, cells = files[what]
    return kind, sheet(folder, kind, **cells)


def facts() -> dict[str, list]:
    """Everything that a decision on a file rests on."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (Student, Result, ChsiReport, IdentityCase)
    }


@pytest.mark.parametrize("what", ATTACKS)
@pytest.mark.parametrize("name", ["a", "teacher", "dispatch"])
def test_nobody_brings_the_evidence_for_the_own_file(house, at, tmp_path, what, name):
    kind, path = attack(house, tmp_path, what)
    before = facts()
    role = next(role for role, person in PERSON.items() if person == name)
    status, said = sent_by_page(at(name), kind, path, "k1")
    answer = graduand("import", kind.value, path, "--as", name)
    if status == 302:  # a centre may send 学生, and then hears of every row that it may not bring
        upload = SheetUpload.objects.get(key="k1")
        assert (name, kind, upload.checked.refused, upload.checked.created) == (
            "a",
            SheetKind.STUDENTS,
            1,
            0,
        )
        at(name).post(f"/imports/{upload.pk}/begin", {"partial": "1"})
        assert "新增学生由学院或总部导入" in answer.err
    else:
        assert (status, import_refusal({role}, kind) in said) == (403, True)
        assert answer.err == f"{import_refusal({role}, kind)}\n"
    assert (answer.code, facts()) == (1, before)


@pytest.mark.parametrize("what", ATTACKS)
def test_the_control_whoever_has_the_function_brings_them(house, tmp_path, what):
    kind, path = attack(house, tmp_path, what)
    who = {SheetKind.CHSI: "hq", SheetKind.RESULTS: "college", SheetKind.STUDENTS: "college"}[kind]
    before = facts()
    answer = graduand("import", kind.value, path, "--as", who)
    assert (answer.code, facts() != before) == (0, True)
    assert Intake.objects.latest("id").by.username == who


def test_without_a_name_the_programs_own_account_of_the_desk_imports(house, tmp_path):
    kind, path = attack(house, tmp_path, "importing a mark")
    assert graduand("import", kind.value, path).code == 0
    assert Intake.objects.latest("id").by.username == "system-hq"


def test_a_refused_kind_leaves_no_upload(house, at, tmp_path):
    sent_by_page(at("dispatch"), SheetKind.CHSI, empty_sheet(tmp_path, SheetKind.CHSI), "k1")
    before = PhotoUpload.objects.count()
    sent_by_page(at("dispatch"), PhotoKind.GRADUATION, a_zip(tmp_path), "k2")
    assert (SheetUpload.objects.filter(key="k1").count(), PhotoUpload.objects.count()) == (
        0,
        before,
    )
