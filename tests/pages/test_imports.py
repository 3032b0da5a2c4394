"""Imports in the browser: template, upload, preview, result; the file that was looked at is the file that is imported."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from openpyxl import Workbook, load_workbook

from graduand.gateways.sheets import read_sheet
from graduand.models import Grant, Intake, Job, SheetUpload, Student, Unit, User
from graduand.office.import_rights import sheets_for
from graduand.office.intake import kept_sheets, uploads
from graduand.office.intake.kinds import KINDS
from graduand.papers.import_templates import template_workbook
from graduand.queries import clock
from graduand.rulebook.rights import import_refusal
from graduand.rulebook.sheet_columns import SPECS
from graduand.rulebook.terms import JobState, Role, SheetKind
from tests import jobs
from tests.pages.world import PASSWORD, last_left

STUDENT = {
    "学号": "2117151000001",
    "姓名": "张三丰",
    "性别": "男",
    "出生日期": "1990-03-07",
    "民族": "汉族",
    "证件类型": "居民身份证",
    "证件号": "110105199003071331",
    "政治面貌": "群众",
    "入学年度学期": "2021春",
    "学籍状态": "在籍",
    "学习中心代码": "101",
    "学生类别": "开放",
    "学历层次": "专科",
    "专业规则代码": "JK01",
}


def csv_of(*rows: dict) -> bytes:
    """A CSV file as a centre saves it."""
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    return "\r\n".join(lines).encode("utf-8-sig")


def students(count: int, **changes) -> bytes:
    return csv_of(
        *({**STUDENT, "学号": f"21171510{n:05d}", **changes} for n in range(1, count + 1))
    )


def send(client, data: bytes, kind="students", key="k1", name="学生.csv"):
    return client.post(
        "/imports/send", {"kind": kind, "key": key, "file": SimpleUploadedFile(name, data)}
    )


def page(client, answer) -> str:
    assert (answer.status_code, answer["Location"].startswith("/imports/")) == (302, True)
    return client.get(answer["Location"]).content.decode()


def test_preview_writes_nothing_and_the_import_does_what_it_said(world, at):
    client = at("college")
    shown = page(client, send(client, students(3)))
    upload = SheetUpload.objects.get()
    assert "校验预览" in shown
    assert "导入 3 行" in shown
    assert (Student.objects.count(), upload.checked.created, upload.checked.kept) == (0, 3, False)
    done = page(client, client.post(f"/imports/{upload.pk}/begin"))
    upload.refresh_from_db()
    assert "导入完成" in done
    assert (Student.objects.count(), upload.done.created, upload.done.kept, upload.done.sha256) == (
        3,
        3,
        True,
        upload.sha256,
    )


def test_W01_the_same_form_twice_is_one_upload_and_one_import(world, at):
    client = at("college")
    first, second = send(client, students(2)), send(client, students(2))
    assert first["Location"] == second["Location"]
    upload = SheetUpload.objects.get()
    for _ in range(3):
        client.post(f"/imports/{upload.pk}/begin")
    assert list(Intake.objects.values_list("trial", "kept", "created")) == [
        (True, False, 2),
        (False, True, 2),
    ]


def test_I14_a_second_import_of_the_same_file_changes_nothing_and_says_so(world, at):
    client = at("college")
    for key in ("k1", "k2"):
        answer = send(client, students(2), key=key)
        shown = page(client, client.post(f"{answer['Location']}/begin"))
    assert "与系统里的数据相同，没有改动" in shown
    assert (Student.objects.count(), Intake.objects.last().unchanged) == (2, 2)


def test_rows_with_errors_come_back_in_the_senders_own_workbook(world, at):
    client = at("college")
    bad = csv_of(STUDENT, {**STUDENT, "学号": "2117151000002", "性别": "？"})
    shown = page(client, send(client, bad))
    upload = SheetUpload.objects.get()
    assert "第 3 行：性别「?」不认识；可填：男、女" in shown
    assert "正在准备带「错误原因」的工作簿…" in shown
    early = client.post(f"/imports/{upload.pk}/errors.xlsx")
    assert (early.status_code, "请稍等几秒再下载" in early.content.decode()) == (409, True)
    assert jobs.work_once("worker")
    shown = client.get(f"/imports/{upload.pk}").content.decode()
    assert (
        shown.count(f'action="/imports/{upload.pk}/errors.xlsx"')
        == shown.count("下载带「错误原因」的工作簿</button>")
        == 1
    )
    assert (
        "有错误的文件不能整份导入；上面的新增、更新、未变，是「只导入没有问题的 1 行」的结果。"
        in shown
    )
    book = load_workbook(io.BytesIO(client.post(f"/imports/{upload.pk}/errors.xlsx").getvalue()))
    assert last_left() == ("import-returned", "college", 2, "written")  # both rows are in it
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert rows[0][-1] == "错误原因"
    assert [row[-1] for row in rows[1:]] == [None, "性别「?」不认识；可填：男、女"]
    refused = client.post(f"/imports/{upload.pk}/begin")
    assert (refused.status_code, Student.objects.count()) == (409, 0)
    client.post(f"/imports/{upload.pk}/begin", {"partial": "1"})
    assert (Student.objects.count(), Intake.objects.last().refused, Intake.objects.last().kept) == (
        1,
        1,
        True,
    )
    left, ask = "还有 1 行没有导入", "把红色的行改好后重新上传：已导入的行会记为「未变」。"
    done = " ".join(client.get(f"/imports/{upload.pk}").content.decode().split())
    assert (left in done, ask in done, "下载带「错误原因」的工作簿" in done) == (True, True, True)
    record = " ".join(
        client.get(f"/imports/records/{Intake.objects.last().pk}").content.decode().split()
    )
    assert (
        f'{left}：请下载带「错误原因」的工作簿（在<a href="/imports/{upload.pk}">这个文件的页面</a>上）'
        in record
    )


def test_X18_what_changed_after_the_preview_is_previewed_again(world, at):
    client = at("college")
    first, second = send(client, students(2)), send(client, students(2), key="k2")
    client.post(f"{second['Location']}/begin")
    shown = page(client, client.post(f"{first['Location']}/begin"))
    assert "预览之后数据有了变化（可能有别人导入过）；请重新预览，核对后再导入" in shown
    again = page(client, client.post(f"{first['Location']}/check"))
    assert "导入 2 行" in again
    client.post(f"{first['Location']}/begin")
    assert sorted(Intake.objects.filter(kept=True).values_list("created", "unchanged")) == [
        (0, 2),
        (2, 0),
    ]


def test_a_big_file_is_done_by_the_worker_trial_and_import_both(world, at, settings):
    settings.SHEET_AT_ONCE_BYTES = 10
    client = at("college")
    shown = page(client, send(client, students(4)))
    assert "正在校验…" in shown
    assert (Job.objects.get(kind="sheet").kind, Job.objects.get(kind="sheet").state) == (
        "sheet",
        JobState.WAITING.value,
    )
    assert jobs.work_once("worker")
    upload = SheetUpload.objects.get()
    assert "正在导入…" in page(client, client.post(f"/imports/{upload.pk}/begin"))
    assert Student.objects.count() == 0
    assert jobs.work_once("worker")
    assert (Student.objects.count(), Job.objects.get(kind="sheet").state) == (
        4,
        JobState.DONE.value,
    )
    job = Job.objects.get(kind="sheet")
    assert (
        f'href="/jobs/{job.kind}/{job.subject}">导入数据：学生.csv</a>'
        in client.get("/jobs").content.decode()
    )
    assert client.get(f"/jobs/{job.kind}/{job.subject}")["Location"] == f"/imports/{upload.pk}"
    poll = client.get(f"/imports/{upload.pk}?poll=2", headers={"HX-Request": "true"})
    assert poll["HX-Refresh"] == "true"


def test_K02_a_killed_import_is_taken_up_and_written_once(world, at, settings, monkeypatch):
    client = at("college")
    upload = SheetUpload.objects.get(pk=send(client, students(2))["Location"].split("/")[-1])
    SheetUpload.objects.filter(pk=upload.pk).update(confirmed_at=clock.now())
    Job.objects.filter(subject=upload.pk).update(
        state=JobState.RUNNING.value,
        owner="web:killed",
        leased_until=clock.real_now() - timedelta(seconds=1),
    )
    monkeypatch.setattr(
        uploads.SheetUpload.objects, "filter", _lost(uploads.SheetUpload.objects.filter)
    )
    jobs.work_once("first")  # the rows are written, the kill comes before the upload knows
    monkeypatch.undo()
    assert (Student.objects.count(), SheetUpload.objects.get().finished_at) == (2, None)
    Job.objects.update(state=JobState.WAITING.value, owner="", leased_until=None, not_before=None)
    assert jobs.work_once("second")
    assert list(Intake.objects.filter(kept=True).values_list("created", flat=True)) == [2]
    assert SheetUpload.objects.get().done == Intake.objects.get(kept=True)


def _lost(real):
    """The connection is gone when the upload's row is to be written."""

    def asked(*args, **wanted):
        if "finished_at" in wanted:
            raise ConnectionError
        return real(*args, **wanted)

    return asked


def test_the_database_keeps_the_rows_of_an_upload_once(world, at):
    upload = SheetUpload.objects.get(pk=send(at("college"), students(1))["Location"].split("/")[-1])
    uploads.begin(upload, partial=False)
    record = Intake.objects.get(kept=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Intake.objects.create(
            kind="students",
            name="x",
            sha256="0",
            trial=False,
            at=clock.now(),
            kept=True,
            upload=upload,
        )
    assert Intake.objects.get(kept=True) == record


def test_another_colleges_centre_is_refused_with_the_words_of_an_unknown_one(world, at):
    Unit.objects.filter(code="102").update(parent=Unit.objects.get(code="0"))
    client = at("college")
    shown = page(client, send(client, students(1, 学习中心代码="102")))
    assert "1 行有误" in shown
    assert Student.objects.count() == 0


def test_A01_an_upload_is_its_senders_own(world, at):
    pk = send(at("college"), students(1))["Location"].split("/")[-1]
    found = {
        name: [
            at(name).get(f"/imports/{pk}").status_code,
            at(name).post(f"/imports/{pk}/begin").status_code,
            at(name).post(f"/imports/{pk}/errors.xlsx").status_code,
        ]
        for name in ("b", "hq", "auditor")
    }
    assert found == {name: [404, 404, 404] for name in ("b", "hq", "auditor")}
    record = f"/imports/records/{Intake.objects.get().pk}"
    records = {name: at(name).get(record).status_code for name in ("college", "b", "hq")}
    assert records == {"college": 200, "b": 404, "hq": 200}


def test_A04_rights_that_ended_before_the_worker_came(world, at, settings):
    settings.SHEET_AT_ONCE_BYTES = 10
    client = at("college")
    pk = send(client, students(1))["Location"].split("/")[-1]
    Grant.objects.filter(user=world.users["college"]).delete()
    jobs.work_once("worker")
    upload = SheetUpload.objects.get(pk=pk)
    assert (uploads.said_of(upload).problems, upload.checked) == (
        (import_refusal((), SheetKind.STUDENTS),),
        None,
    )


def test_a_function_imports_its_own_kinds_only_and_the_page_says_who_imports_the_rest(
    world, at, boss
):
    offered = {
        name: len(sheets_for(world.actor(name)))
        for name in ("a", "college", "hq", "boss", "auditor")
    }
    assert offered == {"a": 5, "college": 9, "hq": 6, "boss": 6, "auditor": 0}
    shown = at("a").get("/imports/new").content.decode()
    assert "<b>学信网反馈</b><small>由总部审核导入</small>" in shown
    assert "<b>学生</b><small>只改手机、邮箱、班级</small>" in shown
    assert at("a").get("/imports/templates/chsi.xlsx").status_code == 404
    assert at("boss").get("/imports/templates/users.xlsx").status_code == 200


def test_a_centres_template_of_students_offers_its_contacts_only(world, at):
    book = load_workbook(io.BytesIO(at("a").get("/imports/templates/students.xlsx").content))
    assert [cell.value for cell in book.worksheets[0][1]] == [
        "学号",
        "姓名",
        "班级名称",
        "班级代码",
        "手机",
        "邮箱",
    ]


def test_A10_a_role_of_headquarters_is_not_given_by_an_import(world, at, boss):
    row = {"账号": "wang", "姓名": "王小明", "单位代码": "0", "角色": "总部管理"}
    client = at("boss")
    shown = page(client, send(client, csv_of(row), kind="users"))
    assert "第 2 行：「总部管理」须由两人授予，不能导入；请在「人员与岗位」中办理" in shown
    taken = {"账号": "hq", "姓名": "总部何老师", "单位代码": "101", "角色": "学习中心"}
    shown = page(client, send(client, csv_of(taken), kind="users", key="k2"))
    assert "该账号的岗位须由两人办理，不能通过导入更改" in shown


def test_numbers_ask_for_a_fresh_proof_of_identity(world, at):
    from tests.pages.conftest import (
        prove,
    )  # a conftest is no package of its own when it is collected

    client = at("hq")
    where = send(client, csv_of({"学号": "1", "电子注册号": "511618202306000001"}), kind="numbers")[
        "Location"
    ]
    prove(client, world.users["hq"], ago=3600)
    answer = client.post(f"{where}/begin")
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/account/again")


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "姓名\r\n张三".encode()]
)
def test_what_can_not_be_read_is_said_in_a_sentence(world, at, data):
    client = at("college")
    name = "x.xlsx" if data[:2] == b"PK" else "x.csv"
    shown = page(client, send(client, data, name=name))
    assert "文件不能读取" in shown
    assert Intake.objects.count() == 0


def test_S11_a_file_beyond_the_limit_is_refused(world, at, settings):
    settings.MOST_SHEET_BYTES = 1 << 20
    answer = send(at("college"), b"x" * ((1 << 20) + 1))
    assert (answer.status_code, SheetUpload.objects.count()) == (409, 0)
    assert "超过上限 1 MB" in answer.content.decode()


def test_I15_no_identity_number_stands_in_a_kept_file(world, at, settings):
    send(at("college"), students(1))
    upload = SheetUpload.objects.get()
    kept = [path for path in (kept_sheets._root()).rglob("*.sealed") if path.stem == upload.sha256]
    assert [STUDENT["证件号"].encode() in path.read_bytes() for path in kept] == [False]
    assert [oct(path.stat().st_mode & 0o777) for path in kept] == ["0o600"]
    with kept_sheets.opened(upload.sha256) as path:
        assert path.read_bytes() == students(1)


def test_a_kept_file_that_was_changed_is_not_opened(world, at):
    send(at("college"), students(1))
    upload = SheetUpload.objects.get()
    place = kept_sheets._place(upload.sha256)
    place.write_bytes(b"")
    with pytest.raises(ValueError, match="not what it was"), kept_sheets.opened(upload.sha256):
        pass
    place.unlink()
    assert uploads.said_of(uploads.look_again(upload)).problems == (uploads.GONE,)


def test_the_template_is_what_the_importer_reads(tmp_path):
    """Every kind: the headers are the importer's, each column is text, required ones are marked, lists hold the terms."""
    codes = {"centre_code": ["101"], "plan_code": ["P1"]}
    assert set(SPECS) == set(KINDS)
    for kind, spec in SPECS.items():
        book = load_workbook(template_workbook(tmp_path / f"{kind.value}.xlsx", spec, codes))
        first = book.worksheets[0]
        assert [cell.value for cell in first[1]] == list(spec.headers)
        marked = [cell.value for cell in first[1] if cell.fill.fgColor.rgb == "FF1155CC"]
        assert marked == list(spec.required_headers)
        texts = [
            (one.min, one.max)
            for one in first.column_dimensions.values()
            if one.number_format == "@"
        ]
        assert sum(last - start + 1 for start, last in texts) == len(spec.columns)
        assert [column.header for column in spec.columns if not column.form] == []
        rules = {
            str(rule.sqref).split(":")[0]: rule.formula1
            for rule in first.data_validations.dataValidation
        }
        offered = {
            cell.coordinate[:-1] + "2": _words(book, rules[cell.coordinate[:-1] + "2"])
            for cell, column in zip(first[1], spec.columns, strict=True)
            if column.words
        }
        assert offered == {
            cell.coordinate[:-1] + "2": list(column.words)
            for cell, column in zip(first[1], spec.columns, strict=True)
            if column.words
        }
        assert book.worksheets[1].title == "填写说明"


def test_a_filled_template_raises_no_notice(tmp_path):
    """Its second sheet and its hidden lists are ours; a real notice must not drown in them."""
    path = template_workbook(
        tmp_path / "students.xlsx", SPECS[SheetKind.STUDENTS], {"centre_code": ["101"]}
    )
    book = load_workbook(path)
    assert [(one.title, one.sheet_state) for one in book.worksheets[1:]] == [
        ("填写说明", "visible"),
        ("选项", "hidden"),
    ]
    book.worksheets[0].append(list(STUDENT.values()))
    book.save(path)
    with read_sheet(path, "学生.xlsx") as sheet:
        assert sheet.notes.sentences() == []
    book.create_sheet("去年")
    book.save(path)
    with read_sheet(path, "学生.xlsx") as sheet:
        assert sheet.notes.sentences() == ["工作簿有 2 个工作表，只读取第一个「学生」"]


def test_the_page_of_a_file_says_how_many_errors_there_are(world, at):
    rows = [{**STUDENT, "学号": f"21171510{n:05d}", "性别": f"x{n}"} for n in range(25)]
    few = page(at("college"), send(at("college"), csv_of(*rows[:3])))
    many = page(at("college"), send(at("college"), csv_of(*rows), key="k2"))
    assert ("错误（共 3 项）" in few, "错误（列出前 20 项）" in many, "SHA" in few) == (
        True,
        True,
        False,
    )


def test_nobody_has_downloaded_a_template_before_it_was_asked_for(world, at):
    steps = [
        at("college").get("/imports/new").content.decode(),
        page(at("college"), send(at("college"), students(1))),
    ]
    told = [
        re.findall(r'<li class="(\w*)"[^>]*>.*?(下载模板|上传|校验预览|结果)', text, re.DOTALL)[:4]
        for text in steps
    ]
    assert [[state for state, _ in one] for one in told] == [
        ["", "now", "", ""],
        ["", "done", "now", ""],
    ]


def _words(book, formula):
    sheet, cells = formula.lstrip("=").split("!")
    return [row[0].value for row in book[sheet][cells.replace("$", "")]] if ":" in cells else []


def test_every_word_of_a_list_is_taken_by_the_importer():
    for spec in SPECS.values():
        for column in spec.columns:
            for word in column.words:
                column.parse(word)


def test_the_steps_work_in_few_questions(world, at, asks):
    client = at("college")
    where = send(client, students(3))["Location"]
    client.get(where)
    with asks(8):
        assert client.get(where).status_code == 200
    with asks(8):
        assert client.get("/imports/new").status_code == 200
    assert SheetKind.STUDENTS in KINDS


@pytest.fixture
def teacher(world):
    """A class teacher of 杭州."""
    user = world.users["teacher"] = User.objects.create_user("teacher", "班主任", PASSWORD)
    Grant.objects.create(user=user, role=Role.CLASS_TEACHER.value, unit=world.centres[0])
    return user


def xlsx_of(headers, *rows) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in (headers, *rows):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("kind", list(SheetKind))
@pytest.mark.parametrize("name", ["a", "teacher", "college", "hq"])
def test_a_workbook_of_another_kind_is_refused_in_words(world, at, teacher, name, kind):
    """Whoever sends whatever, as a workbook whose rows fail, is told what is missing."""
    client, student = at(name), world.student(1)
    mine = kind in sheets_for(world.actor(name))
    for other in SheetKind:
        headers = SPECS[other].headers
        rows = [
            [student.number if header == "学号" else "1" for header in headers]
        ] * 2  # twice: the keys repeat too
        sent = send(
            client,
            xlsx_of(headers, *rows),
            kind.value,
            f"{other.value}".replace("_", ""),
            "表.xlsx",
        )
        assert sent.status_code == (302 if mine else 403)
        if mine:
            assert client.get(sent["Location"]).status_code == 200
            assert uploads.said_of(SheetUpload.objects.latest("id")).problems


@pytest.mark.parametrize("kind", ["students", "profiles"])
def test_a_sheet_of_which_only_the_key_is_there_lacks_its_columns(world, at, kind):
    student, headers = world.student(1), SPECS[SheetKind.RESULTS].headers
    shown = page(at("a"), send(at("a"), xlsx_of(headers, [student.number]), kind, name="成绩.xlsx"))
    assert f"「{SheetKind(kind).label}」表缺少要导入的列，至少要有其中一列：" in shown


def test_the_rows_that_fail_come_back_in_the_senders_own_workbook(world, at):
    client = at("a")
    data = xlsx_of(["学号", "手机"], ["2117151009999", "13800000000"])
    assert "没有这个学号" in page(client, send(client, data, name="学生.xlsx"))
    assert jobs.work_once("worker")
    back = client.post(f"/imports/{SheetUpload.objects.get().pk}/errors.xlsx").getvalue()
    assert [cell.value for cell in load_workbook(io.BytesIO(back)).active[1]] == [
        "学号",
        "手机",
        "错误原因",
    ]
