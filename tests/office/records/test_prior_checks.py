"""前置学历核验 decides on a file: it comes from whoever reviews, and what it was made of takes it along."""

import openpyxl
import pytest

from graduand.models import Grant, Profile, Unit, User
from graduand.office.records.importing import import_sheet
from graduand.office.records.sheets.profiles import CHECK_IS_ANOTHERS, CHECKED_ANEW, ONLY_THE_CHECK
from graduand.papers.workbooks.import_templates import template_workbook
from graduand.rulebook.people.account_terms import Extent
from graduand.rulebook.people.rights import import_extent, who_imports
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.records.sheet_extents import template_of
from graduand.rulebook.terms import Desk, Role, SheetKind
from tests.office.records.files import CHECK, ROWS, bring, table, world

pytestmark = pytest.mark.django_db
NUMBER = "2117151000001"


@pytest.fixture
def people(tmp_path):
    """A small world, and an account of each of the roles that bring a part of the sheet."""
    world(tmp_path)
    units = {
        "centre_clerk": "C01",
        "class_teacher": "C01",
        "college_reviewer": "X01",
        "hq_reviewer": "Z",
    }
    made = {role: User.objects.create_user(role, role) for role in units}
    for role, code in units.items():
        Grant.objects.create(user=made[role], role=role, unit=Unit.objects.get(code=code))
    return made


def checks(folder, by, word):
    """A file of nothing but the check, as the college's template offers it."""
    path = table(folder / "核验.csv", [{"学号": NUMBER, "前置学历核验": word}])

    return import_sheet(SheetKind.PROFILES, path, by=by)


@pytest.mark.parametrize("role", ["centre_clerk", "class_teacher"])
def test_who_files_does_not_bring_the_check(people, tmp_path, role):
    refused = bring(tmp_path, SheetKind.PROFILES, by=people[role])
    assert (refused.created, refused.problems) == (
        0,
        (f"第 2 行：前置学历核验「通过」与记录「未查」不一致；{CHECK_IS_ANOTHERS}",),
    )
    assert (
        bring(tmp_path, SheetKind.PROFILES, {"前置学历核验": "未查"}, by=people[role]).created == 1
    )
    assert Profile.objects.get().prior_check == ""


@pytest.mark.parametrize("role", ["college_reviewer", "hq_reviewer"])
def test_who_reviews_brings_the_check_and_nothing_else(people, tmp_path, role):
    told = bring(tmp_path, SheetKind.PROFILES, by=people["centre_clerk"], without=CHECK)
    brought = checks(tmp_path, people[role], "通过")
    row = Profile.objects.get()
    assert (row.prior_check, row.check_brought_by_id, row.brought_by_id) == (
        "passed",
        brought.intake,
        told.intake,
    )
    assert checks(tmp_path, people[role], "通过").unchanged == 1
    whole = bring(tmp_path, SheetKind.PROFILES, {"前置毕业学校": "另一中学"}, by=people[role])
    assert whole.problems == (f"第 2 行：前置毕业学校与记录不一致；{ONLY_THE_CHECK}",)
    assert bring(tmp_path, SheetKind.PROFILES, by=people[role]).unchanged == 1


def test_a_centres_file_leaves_the_check_as_it_is(people, tmp_path):
    clerk = people["centre_clerk"]
    bring(tmp_path, SheetKind.PROFILES, by=clerk, without=CHECK)
    brought = checks(tmp_path, people["college_reviewer"], "通过")
    changed = bring(tmp_path, SheetKind.PROFILES, {"家庭住址": "天津"}, by=clerk, without=CHECK)
    row = Profile.objects.get()
    assert (
        changed.updated,
        changed.warnings,
        row.prior_check,
        row.check_brought_by_id,
        row.home_address,
    ) == (1, (), "passed", brought.intake, "天津")
    equal = bring(tmp_path, SheetKind.PROFILES, {"家庭住址": "天津"}, by=clerk)
    assert equal.unchanged == 1


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("前置学历层次", "专科"),
        ("前置毕业学校", "另一中学"),
        ("前置毕业时间", "2010-07"),
        ("前置证书编号", "G124"),
    ],
)
def test_a_check_of_something_else_is_no_check(people, tmp_path, header, value):
    clerk = people["centre_clerk"]
    bring(tmp_path, SheetKind.PROFILES, by=clerk, without=CHECK)
    checks(tmp_path, people["college_reviewer"], "通过")
    changed = bring(tmp_path, SheetKind.PROFILES, {header: value}, by=clerk, without=CHECK)
    row = Profile.objects.get()
    assert (changed.warnings, row.prior_check, row.check_brought_by_id) == (
        (f"第 2 行：{CHECKED_ANEW}",),
        "",
        None,
    )


def test_emptying_is_a_difference_too(people, tmp_path):
    clerk = people["centre_clerk"]
    bring(tmp_path, SheetKind.PROFILES, by=clerk, without=CHECK)
    checks(tmp_path, people["college_reviewer"], "未通过")
    emptied = bring(tmp_path, SheetKind.PROFILES, {"前置学历核验": ""}, by=clerk, clear=True)
    assert emptied.problems == (
        f"第 2 行：前置学历核验「未查」与记录「未通过」不一致；{CHECK_IS_ANOTHERS}",
    )


def test_without_a_person_the_program_imports_the_whole_sheet(tmp_path):
    world(tmp_path)
    brought = bring(tmp_path, SheetKind.PROFILES)
    row = Profile.objects.get()
    assert (row.prior_check, row.check_brought_by_id) == ("passed", brought.intake)


def test_each_template_offers_the_own_columns(tmp_path):
    rest = tuple(header for header in SPECS[SheetKind.PROFILES].headers if header != "前置学历核验")
    offered = {}
    for role, desk in (
        (Role.CENTRE_CLERK, Desk.CENTRE),
        (Role.CLASS_TEACHER, Desk.CENTRE),
        (Role.COLLEGE_REVIEWER, Desk.COLLEGE),
        (Role.HQ_REVIEWER, Desk.HQ),
    ):
        extent = import_extent({role}, desk, SheetKind.PROFILES)
        path = template_workbook(tmp_path / "t.xlsx", template_of(SheetKind.PROFILES, extent), {})
        offered[role] = tuple(cell.value for cell in openpyxl.load_workbook(path).worksheets[0][1])
    assert offered == {
        Role.CENTRE_CLERK: rest,
        Role.CLASS_TEACHER: rest,
        Role.COLLEGE_REVIEWER: ("学号", "前置学历核验"),
        Role.HQ_REVIEWER: ("学号", "前置学历核验"),
    }
    assert set(ROWS[SheetKind.PROFILES]) - {"前置学历核验"} <= set(rest)


def test_the_sentence_names_everybody_with_his_part():
    assert who_imports(SheetKind.PROFILES) == (
        "学习中心（不含前置学历核验）；班主任（只限所带班级，不含前置学历核验）；"
        "总部审核（只填前置学历核验）；学院审核（只填前置学历核验）"
    )
    assert import_extent({Role.HQ_ADMIN}, Desk.HQ, SheetKind.PROFILES) is None
    assert (
        import_extent({Role.CENTRE_CLERK, Role.CLASS_TEACHER}, Desk.CENTRE, SheetKind.PROFILES)
        is Extent.TOLD
    )
