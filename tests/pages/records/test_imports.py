"""Imports in the browser: upload, preview, result; the file that was looked at is the file that is imported."""

import io
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from openpyxl import load_workbook

from graduand.models import Grant, Intake, Job, SheetUpload, Student, Unit
from graduand.office.records import uploads
from graduand.office.records.files import sealed_sheets
from graduand.office.records.import_rights import sheets_for
from graduand.office.records.kinds import KINDS
from graduand.papers.workbooks import returned_workbooks
from graduand.queries import clock
from graduand.rulebook.people.rights import import_refusal
from graduand.rulebook.terms import JobState, SheetKind
from tests import jobs
from tests.pages.records.uploads import STUDENT, csv_of, page, send, students
from tests.pages.world import last_left


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
    assert list(Intake.objects.order_by("id").values_list("trial", "kept", "created")) == [
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


BOOK = "下载带「错误原因」的工作簿"


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
    for once in (f'action="/imports/{upload.pk}/errors.xlsx"', f"{BOOK}</button>"):
        assert shown.count(once) == 1
    only = "上面的新增、更新、未变，是「只导入没有问题的 1 行」的结果。"
    assert f"有错误的文件不能整份导入；{only}" in shown
    book = load_workbook(io.BytesIO(client.post(f"/imports/{upload.pk}/errors.xlsx").getvalue()))
    assert last_left() == ("import-returned", "college", 2, "written")  # both rows are in it
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert rows[0][-1] == "错误原因"
    assert [row[-1] for row in rows[1:]] == [None, "性别「?」不认识；可填：男、女"]
    refused = client.post(f"/imports/{upload.pk}/begin")
    assert (refused.status_code, Student.objects.count()) == (409, 0)
    client.post(f"/imports/{upload.pk}/begin", {"partial": "1"})
    intake = Intake.objects.last()
    assert (Student.objects.count(), intake.refused, intake.kept) == (1, 1, True)
    left = "还有 1 行没有导入"
    done = " ".join(client.get(f"/imports/{upload.pk}").content.decode().split())
    for words in (left, "把红色的行改好后重新上传：已导入的行会记为「未变」。", BOOK):
        assert words in done
    record = " ".join(client.get(f"/imports/records/{intake.pk}").content.decode().split())
    here = f'<a href="/imports/{upload.pk}">这个文件的页面</a>'
    assert f"{left}：请{BOOK}（在{here}上）" in record


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
    assert (uploads.notes_of(upload).problems, upload.checked) == (
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
    assert "文件不能导入" in shown
    assert Intake.objects.count() == 0


def test_S11_a_file_beyond_the_limit_is_refused(world, at, settings):
    settings.MOST_SHEET_BYTES = 1 << 20
    answer = send(at("college"), b"x" * ((1 << 20) + 1))
    assert (answer.status_code, SheetUpload.objects.count()) == (409, 0)
    assert "超过上限 1 MB" in answer.content.decode()


def test_I15_no_identity_number_stands_in_a_kept_file(world, at, settings):
    send(at("college"), students(1))
    upload = SheetUpload.objects.get()
    kept = [
        path for path in (sealed_sheets._root()).rglob("*.sealed") if path.stem == upload.sha256
    ]
    assert [STUDENT["证件号"].encode() in path.read_bytes() for path in kept] == [False]
    assert [oct(path.stat().st_mode & 0o777) for path in kept] == ["0o600"]
    with sealed_sheets.opened(upload.sha256) as path:
        assert path.read_bytes() == students(1)


def test_a_kept_file_that_was_changed_is_not_opened(world, at):
    send(at("college"), students(1))
    upload = SheetUpload.objects.get()
    place = sealed_sheets._place(upload.sha256)
    place.write_bytes(b"")
    with pytest.raises(FileNotFoundError), sealed_sheets.opened(upload.sha256):
        pass
    assert uploads.notes_of(uploads.look_again(upload)).problems == (uploads.GONE,)
    place.unlink()
    assert uploads.notes_of(uploads.look_again(upload)).problems == (uploads.GONE,)


def test_where_no_workbook_could_be_made_nobody_is_told_to_download_it(
    world, at, monkeypatch, tmp_path
):
    """The process that makes it ends without one; the record of the import says so, too."""
    (tmp_path / "broken.py").write_text("raise SystemExit(1)")
    monkeypatch.setattr(returned_workbooks, "CHILD", tmp_path / "broken.py")
    client = at("college")
    rows = students(2) + students(3).splitlines(keepends=True)[-1].replace("汉族".encode(), b"")
    sent = send(client, rows)
    while jobs.work_once():
        pass
    shown = page(client, sent)
    assert (returned_workbooks.NOT_RETURNED in shown, "请下载带「错误原因」" in shown) == (
        True,
        False,
    )
    assert "请按下面列出的行号（每种原因列出前几行）在原文件里改好后重新上传" in shown
    upload = SheetUpload.objects.get()
    client.post(f"/imports/{upload.pk}/begin", {"partial": "1"})
    while jobs.work_once():
        pass
    shown = client.get(f"/imports/{upload.pk}").content.decode()
    assert ("还有 1 行没有导入" in shown, "请下载" in shown) == (True, False)
    record = f"/imports/records/{SheetUpload.objects.get().done_id}"
    for name, who in (("college", "请在"), ("hq", "请由导入人在")):
        shown = "".join(at(name).get(record).content.decode().split())
        assert f"没有留下带「错误原因」的工作簿，{who}原文件里改好后重新导入" in shown
        assert ("请下载带" in shown, "由导入人下载" in shown) == (False, False)


@pytest.mark.parametrize("damage", [0, 3, 10, 200])
def test_a_file_that_was_damaged_where_it_is_kept_is_kept_anew_when_it_is_sent_again(
    world, at, damage
):
    send(at("college"), students(1))
    upload = SheetUpload.objects.get()
    place = sealed_sheets._place(upload.sha256)
    place.write_bytes(place.read_bytes()[:damage])
    send(at("college"), students(1), key="k2")
    with sealed_sheets.opened(upload.sha256) as path:
        assert path.read_bytes() == students(1)
    assert SheetUpload.objects.get(key="k2").checked.created == 1


def test_the_page_of_a_file_says_how_many_errors_there_are(world, at):
    rows = [{**STUDENT, "学号": f"21171510{n:05d}", "性别": f"x{n}"} for n in range(25)]
    few = page(at("college"), send(at("college"), csv_of(*rows[:3])))
    many = page(at("college"), send(at("college"), csv_of(*rows), key="k2"))
    assert ("错误（共 3 项）" in few, "错误（列出前 20 项）" in many, "SHA" in few) == (
        True,
        True,
        False,
    )


def test_the_steps_work_in_few_questions(world, at, asks):
    client = at("college")
    where = send(client, students(3))["Location"]
    client.get(where)
    with asks(8):
        assert client.get(where).status_code == 200
    with asks(10):
        assert client.get("/imports/new").status_code == 200
    assert SheetKind.STUDENTS in KINDS
