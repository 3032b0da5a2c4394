"""决定性的事实，谁带来的: on the review desk and on a student's page each fact says who brought it, when, by which file."""

import csv
import re
from datetime import timedelta

import pytest

from graduand.models import Grant, Intake, PhotoCheck, PhotoRow, PhotoUpload, User
from graduand.office.audit import auditing
from graduand.office.records.importing import import_sheet
from graduand.office.season import batches
from graduand.queries import clock
from graduand.rulebook.terms import Role, SheetKind, Verb
from tests.pages.world import NOON, PASSWORD

CARD_DESK = 33
NUMBER = "2115100000001"
FILES = {
    SheetKind.RESULTS: {
        "学号": NUMBER,
        "课程代码": "009",
        "成绩": "90",
        "学期": "2021春",
        "发布日期": "2023-06-01",
        "复核通过": "是",
    },
    SheetKind.CHSI: {
        "学号": NUMBER,
        "姓名": "卫画晴",
        "录取照片": "有",
        "学历照片": "有",
        "核验结果": "正常",
        "数据日期": "2023-07-10",
    },
}


def bring(world, folder, kind: SheetKind, who: str, **change) -> Intake:
    """Somebody imports one row."""
    path = folder / f"{kind.label}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(FILES[kind] | change))
        writer.writeheader()
        writer.writerow(FILES[kind] | change)
    tally = import_sheet(kind, path, by=world.users[who])
    assert tally.problems == ()
    return Intake.objects.get(pk=tally.intake)


@pytest.fixture
def filed(world):
    """One student whose file waits at the college."""
    student = world.student(1, name="卫画晴")
    world.judge()
    world.do("a", Verb.APPLY, student, same_checked=True)
    return world.file(student)


def lines(client, address: str) -> dict[str, str]:
    """Label of a fact -> what the card says beside it, in plain text."""
    page = client.get(address).content.decode()
    card = re.search(r'<ul class="things brought">(.*?)</ul>', page, re.DOTALL).group(1)
    found = {}
    for item in re.findall(r"<li>(.*?)</li>", card, re.DOTALL):
        label, rest = re.search(r"<b>(.*?)</b>(.*)", item, re.DOTALL).groups()
        found[label] = " ".join(re.sub(r"<[^>]+>", " ", rest).split())
    return found


def test_each_fact_says_who_brought_it_and_a_reviewer_sees_what_is_his_own(
    world, at, tmp_path, filed
):
    marks = bring(world, tmp_path, SheetKind.RESULTS, "college")
    report = bring(world, tmp_path, SheetKind.CHSI, "hq")
    desk = lines(at("college"), f"/reviews/{filed.pk}")
    assert desk == {
        "学信网核验": "总部 总部何老师 · 2023-07-12 12:00 · 学信网反馈.csv 正常",
        "信息比对": "总部 总部何老师 · 2023-07-12 12:00 · 学信网反馈.csv 一致",
        "毕业照片": "杭州学习中心 周老师 · 2023-07-12 12:00 合格",
        "总学分": "生命健康学院 学院李老师 您导入的 · 2023-07-12 12:00 · 成绩.csv 12 / 12",
        "总部考试学分": "生命健康学院 学院李老师 您导入的 · 2023-07-12 12:00 · 成绩.csv 0 / 0",
        "实践复核": "生命健康学院 学院李老师 您导入的 · 2023-07-12 12:00 · 成绩.csv 复核通过",
        "学籍状态": "来源未记录（早于此功能） 在籍",
    }
    page = at("college").get(f"/reviews/{filed.pk}").content.decode()
    links = [f'href="/imports/records/{pk}"' in page for pk in (marks.pk, report.pk)]
    assert links == [True, False]  # headquarters' records are not a college's to open
    assert (
        f'href="/imports/records/{report.pk}"'
        in at("hq").get(f"/reviews/{filed.pk}").content.decode()
    )
    assert "您导入的" not in lines(at("a"), f"/candidates/{filed.pk}")["总学分"]


def test_what_an_import_left_as_it_was_stays_with_whoever_brought_it(world, at, tmp_path, filed):
    other = world.users["college2"] = User.objects.create_user("college2", "学院赵老师", PASSWORD)
    Grant.objects.create(user=other, role=Role.COLLEGE_REVIEWER.value, unit=world.centres[0].parent)
    bring(world, tmp_path, SheetKind.RESULTS, "college")
    bring(world, tmp_path, SheetKind.RESULTS, "college2")
    assert "学院李老师" in lines(at("a"), f"/candidates/{filed.pk}")["实践复核"]
    bring(world, tmp_path, SheetKind.RESULTS, "college2", 成绩="91")
    assert "学院赵老师" in lines(at("a"), f"/candidates/{filed.pk}")["实践复核"]


def test_what_is_not_there_and_what_is_older_is_said(world, at, filed):
    shown = lines(at("a"), f"/candidates/{filed.pk}")
    assert (shown["学信网核验"], shown["总学分"]) == (
        "来源未记录（早于此功能） 正常",
        "来源未记录（早于此功能） 12 / 12",
    )
    world.student(2, photo=False, chsi=False, credits=False)
    world.judge()
    other = world.batch.candidates.exclude(pk=filed.pk).get()
    shown = lines(at("a"), f"/candidates/{other.pk}")
    assert (shown["学信网核验"], shown["毕业照片"], shown["实践复核"]) == (
        "总部没有导入过此学生的反馈数据 无反馈数据",
        "学习中心没有上传过照片 未存",
        "没有导入过复核通过 复核通过 0 / 1 门",
    )


def test_a_copy_that_the_centre_supplied_says_so(world, at, filed):
    clerk = world.users["a"]
    upload = PhotoUpload.objects.create(
        key="u", kind="credential", name="学信网.zip", sha256="0", by=clerk, at=NOON, total=1
    )
    check = PhotoCheck.objects.create(
        upload=upload, place=0, name="x.jpg", student=filed.student, verdict="pass"
    )
    PhotoRow.objects.create(
        student=filed.student,
        kind="credential",
        sha256="e" * 64,
        size=1,
        width=1,
        height=1,
        since=NOON.date(),
        stored_at=NOON,
        stored_by=clerk,
        judged=check,
        supplied=True,
    )
    assert lines(at("college"), f"/reviews/{filed.pk}")["学历照片"] == (
        "杭州学习中心 周老师 · 2023-07-12 12:00 · 学信网.zip 中心提供"
    )


@pytest.mark.parametrize("imports", [1, 3])
def test_the_card_takes_the_same_questions_whoever_brought_the_facts(
    world, at, asks, tmp_path, filed, imports
):
    for number in range(imports):
        bring(
            world,
            tmp_path,
            SheetKind.RESULTS,
            "college",
            成绩=str(90 + number),
            考试次序=str(number + 1),
        )
        bring(world, tmp_path, SheetKind.CHSI, "hq", 数据日期=f"2023-07-0{number + 3}")
    client = at("college")
    client.get(f"/reviews/{filed.pk}")
    with asks(CARD_DESK):
        client.get(f"/reviews/{filed.pk}")


def test_a_voided_mark_a_failed_one_and_one_of_another_plan_decide_nothing(
    world, at, tmp_path, filed
):
    other = world.users["college2"] = User.objects.create_user("college2", "学院赵老师", PASSWORD)
    Grant.objects.create(user=other, role=Role.COLLEGE_REVIEWER.value, unit=world.centres[0].parent)
    bring(world, tmp_path, SheetKind.RESULTS, "college")
    shown = lines(at("a"), f"/candidates/{filed.pk}")
    bring(world, tmp_path, SheetKind.RESULTS, "college2", 考试次序="2", 作废="是")
    bring(world, tmp_path, SheetKind.RESULTS, "college2", 考试次序="3", 成绩="30")
    bring(world, tmp_path, SheetKind.RESULTS, "college2", 课程代码="没有这门课")
    world.judge()
    assert lines(at("a"), f"/candidates/{filed.pk}") == shown
    assert "学院李老师" in shown["总学分"]
    assert "学院李老师" in shown["实践复核"]
    bring(world, tmp_path, SheetKind.RESULTS, "college2", 作废="是")
    world.judge()
    left = lines(at("a"), f"/candidates/{filed.pk}")["实践复核"]
    assert left.endswith("复核通过 0 / 1 门")
    assert "学院赵老师" in left  # who took it back is who brought what stands there now


def test_a_reviewed_mark_that_fails_is_no_passed_practice(world, at, tmp_path):
    student = world.student(1, name="卫画晴", credits=False)
    bring(world, tmp_path, SheetKind.RESULTS, "college", 成绩="40")
    world.judge()
    assert (
        lines(at("a"), f"/candidates/{world.file(student).pk}")["实践复核"]
        == "没有导入过复核通过 复核通过 0 / 1 门"
    )


def test_what_only_some_policies_ask_for_has_its_source(world, at, tmp_path, filed):
    address = f"/candidates/{filed.pk}"
    assert {"前置学历核验", "学生确认"}.isdisjoint(lines(at("a"), address))
    batches.load(world.batch.policy.source | {"extra_gates": ["INFO-CONFIRM", "QUALIF"]}, None)
    type(filed.student).objects.filter(pk=filed.student_id).update(level="top_up")
    shown = lines(at("a"), address)
    assert (shown["前置学历核验"], shown["学生确认"]) == (
        "没有导入过核验结果 未查",
        "没有导入过确认 未确认",
    )
    path = tmp_path / "核验.csv"
    path.write_text(f"学号,前置学历核验\n{NUMBER},通过\n", encoding="utf-8-sig")
    assert import_sheet(SheetKind.PROFILES, path, by=world.users["college"]).problems == ()
    assert (
        lines(at("a"), address)["前置学历核验"]
        == "生命健康学院 学院李老师 · 2023-07-12 12:00 · 核验.csv 通过"
    )


def course_rows(client, address: str) -> dict[str, str]:
    """Course -> 来源 beside its mark, in plain text."""
    page = client.get(address).content.decode()
    rows = re.findall(r'<tr[^>]*>\s*<td>(.*?)</td>.*?data-label="来源">(.*?)</td>', page, re.DOTALL)
    return {name: " ".join(re.sub(r"<[^>]+>", " ", source).split()) for name, source in rows}


def test_each_mark_says_who_brought_it(world, at, tmp_path, filed):
    """Of several sittings the one that is shown; what is older than this record says nothing; a link for who may open it."""
    marks = bring(world, tmp_path, SheetKind.RESULTS, "college")
    for name, address in (("college", f"/reviews/{filed.pk}"), ("a", f"/candidates/{filed.pk}")):
        assert course_rows(at(name), address) == {
            "国家开放大学学习指南（001）": "",
            "健康管理学（002）": "",
            "综合实践（009）·综合实践": "学院李老师 7-12 成绩.csv",
        }
    page = at("college").get(f"/candidates/{filed.pk}").content.decode()
    whole = "生命健康学院 学院李老师 2023-07-12 12:00 成绩.csv"
    assert f'<a href="/imports/records/{marks.pk}" title="{whole}">' in page
    assert f'<span title="{whole}">' in at("a").get(f"/candidates/{filed.pk}").content.decode()


# -- what was lowered or declared --------------------------------------------------------------------------------


def marks_of(client, address: str) -> dict[str, list[str]]:
    """Name of a course -> the cells of its row, in plain text."""
    page = client.get(address).content.decode()
    rows = re.findall(r"<tr(?: class=\"telling\")?>\s*<td>(.*?)</td>(.*?)</tr>", page, re.DOTALL)
    return {
        name: [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<td.*?>(.*?)</td>", rest, re.DOTALL)
        ]
        for name, rest in rows
    }


def test_a_lowered_mark_names_its_import_in_the_sums_and_shows_what_it_was(
    world, at, tmp_path, filed
):
    bring(world, tmp_path, SheetKind.RESULTS, "hq", 成绩="95")
    other = world.users["college2"] = User.objects.create_user("college2", "学院赵老师", PASSWORD)
    Grant.objects.create(user=other, role=Role.COLLEGE_REVIEWER.value, unit=world.centres[0].parent)
    bring(world, tmp_path, SheetKind.RESULTS, "college2", 课程代码="002", 成绩="55", 复核通过="")
    world.judge()
    shown = lines(at("a"), f"/candidates/{filed.pk}")
    assert shown["总学分"] == "生命健康学院 学院赵老师 · 2023-07-12 12:00 · 成绩.csv 5 / 12"
    assert "总部何老师" in shown["实践复核"]
    rows = marks_of(at("a"), f"/candidates/{filed.pk}")
    assert rows["健康管理学（002）"][:5] == ["7", "55", "2021春", "1", "更改前 86"]
    assert rows["综合实践（009）·综合实践"][1:5] == ["95", "2021春", "1", "更改前 86"]
    bring(world, tmp_path, SheetKind.RESULTS, "college2", 课程代码="002", 成绩="40", 复核通过="")
    bring(
        world,
        tmp_path,
        SheetKind.RESULTS,
        "college2",
        课程代码="002",
        成绩="40",
        复核通过="",
        发布日期="2023-06-02",
    )
    assert marks_of(at("a"), f"/candidates/{filed.pk}")["健康管理学（002）"][4] == "更改前 86、55"


def test_what_a_re_sit_failed_again_lowers_no_sum(world, at, tmp_path, filed):
    bring(world, tmp_path, SheetKind.RESULTS, "hq")
    bring(world, tmp_path, SheetKind.RESULTS, "college", 考试次序="2", 成绩="30", 复核通过="")
    assert "总部何老师" in lines(at("a"), f"/candidates/{filed.pk}")["总学分"]


def test_after_the_declaration_nobody_is_reminded_and_the_page_says_by_whom_and_when(world, at):
    student = world.student(1, name="卫画晴")
    PhotoRow.objects.update(same=None)
    world.judge()
    address = f"/candidates/{world.file(student).pk}"
    reminder, declared = (
        "本系统未存学信网照片，尚未比对",
        "杭州学习中心 周老师 · 2023-07-12 12:00 · 申请时声明 已声明核查学信网",
    )
    assert reminder in at("hq").get(address).content.decode()
    assert "与学信网照片比对" not in lines(at("hq"), address)
    reasons = at("hq").get("/candidates?code=PHOTO-SAME").content.decode()
    assert "查询到 <b>1</b>" in reasons
    world.do("a", Verb.APPLY, student, same_checked=True)
    for page in (address, f"/reviews/{world.file(student).pk}"):
        assert reminder not in at("college").get(page).content.decode()
        assert (
            lines(at("hq" if page == address else "college"), page)["与学信网照片比对"] == declared
        )
    own = lines(at("a"), address)  # her own word is no import
    assert own["与学信网照片比对"] == declared.replace("周老师 ·", "周老师 您声明的 ·")
    assert "周老师 您存入的 ·" in own["毕业照片"]
    assert "查询到 <b>0</b>" in at("hq").get("/candidates?code=PHOTO-SAME").content.decode()
    world.do(
        "college", Verb.SEND_BACK, student, reason="photo"
    )  # whoever applies anew declares anew
    assert reminder in at("hq").get(address).content.decode()
    assert "查询到 <b>1</b>" in at("hq").get("/candidates?code=PHOTO-SAME").content.decode()


def test_of_a_picture_that_came_after_the_declaration_everybody_is_reminded(world, at):
    student = world.student(1, name="卫画晴")
    PhotoRow.objects.update(same=None)
    world.judge()
    world.do("a", Verb.APPLY, student, same_checked=True)
    PhotoRow.objects.update(stored_at=clock.now() + timedelta(hours=1))
    address = f"/candidates/{world.file(student).pk}"
    for name, page in (("hq", address), ("college", f"/reviews/{world.file(student).pk}")):
        assert "本系统未存学信网照片，尚未比对" in at(name).get(page).content.decode()
        assert "与学信网照片比对" not in lines(at(name), page)
    assert "查询到 <b>1</b>" in at("hq").get("/candidates?code=PHOTO-SAME").content.decode()


def test_a_mismatch_found_after_the_declaration_is_no_reminder(world, at):
    student = world.student(1, name="卫画晴")
    PhotoRow.objects.update(same=None)
    world.judge()
    world.do("a", Verb.APPLY, student, same_checked=True)
    PhotoRow.objects.update(same=False)
    auditing.mark_stale([student.pk])
    auditing.run(world.batch)
    page = at("hq").get(f"/candidates/{world.file(student).pk}").content.decode()
    assert "毕业照片与学信网学历照片：经核对不一致" in page
    assert "查询到 <b>1</b>" in at("hq").get("/candidates?code=PHOTO-SAME").content.decode()
