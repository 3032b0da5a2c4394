"""Policies, imports, photos, the audit, lists and one student's story through the command line."""

import csv
import shutil
import zipfile

import openpyxl
import pytest

from graduand.demo import portraits
from graduand.models import (
    Batch,
    Candidate,
    Consent,
    Deployment,
    Intake,
    Job,
    Judgement,
    Round,
    Student,
    Unit,
)
from graduand.office.audit import auditing
from graduand.office.people import own_accounts
from graduand.office.people.second_person import consent_answers
from graduand.office.season.ending import closing, reopening, switching
from graduand.papers.workbooks.tables import table_workbook
from graduand.rulebook.season.batch_terms import BatchSwitch
from tests import acting, factories, jobs, people
from tests.acting import stages
from tests.management.calling import graduand, numbers, returned
from tests.material.portraits import face_as

UNIT_HEADERS = ("单位代码", "单位名称", "单位类型", "上级单位代码")


def units_book(folder, rows):
    return table_workbook(folder / "单位.xlsx", UNIT_HEADERS, rows)


def test_a_policy_is_loaded_once(db, tmp_path):
    policy = tmp_path / "p.toml"
    shutil.copy(factories.EXAMPLE, policy)
    first = graduand("batch", "load", policy, "--json")
    assert first.code == 0
    warnings = first.json["warnings"]
    assert first.json == {
        "batch": "202307",
        "version": 1,
        "changed": True,
        "listed": 0,
        "not_listed": 0,
        "warnings": warnings,
    }
    assert [line.removeprefix("提醒：") for line in first.err.splitlines()] == warnings
    assert graduand("batch", "load", policy, "--json").json["changed"] is False
    policy.write_text(
        policy.read_text(encoding="utf-8").replace(
            'code = "202307"', 'code = "202307"\nfoo = 1\nbar = 2'
        )
    )
    refused = graduand("batch", "load", policy)
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (1, "", 3)
    assert refused.err.splitlines()[-1] == "政策文件有 2 处问题，没有载入"
    assert graduand("batch", "load", tmp_path / "none.toml").code == 2
    broken = tmp_path / "broken.toml"
    broken.write_text("code = ")
    assert graduand("batch", "load", broken).code == 1


def by_two(action: str, *more: str):
    return graduand(
        "batch", action, "202307", "--as", "hq1", "--second", "hq2", "--reason", "期满", *more
    )


NAMED = "还有满足毕业条件、尚未申请 1 人（2021000000001 学生000001）没有说明，请先办结或在「查缺补漏与关闭」逐项说明\n"


def test_七_3_a_batch_is_closed_opened_and_finished_by_two_with_the_rules_of_the_page(season):
    alone = graduand("batch", "close", "202307")
    assert (alone.code, alone.err) == (
        1,
        "「关闭批次」须由两位总部人员共同办理：用 --as 说明由谁提出，用 --reason 写明原因\n",
    )
    ids = factories.enrol(season)
    auditing.run(season.batch)
    silent = by_two("close")
    assert (silent.code, silent.err) == (1, NAMED)
    closing.explain(season.batch, "unfiled", None, "联系不上", people.actor(season.staff.hq))
    same = graduand(
        "batch", "close", "202307", "--as", "hq1", "--second", "hq1", "--reason", "期满"
    )
    assert (same.code, same.err, stages(ids)) == (
        1,
        "第二人须是另一位在岗、有权同意的人员\n",
        ["listed"],
    )
    answer = by_two("close", "--json")
    assert (answer.code, answer.json) == (
        0,
        {"batch": "202307", "round": "", "open": False, "lapsed": 1},
    )
    assert stages(ids) == ["lapsed"]
    assert by_two("finish").code == 1  # nothing was left: it was finished when it closed
    assert Batch.objects.get().finished_at is not None
    asked = graduand("batch", "open", "202307", "--as", "hq1", "--reason", "补办")
    assert (asked.code, asked.err.startswith("恢复 1 人（关闭前：未申请 1）；")) == (1, True)
    Consent.objects.filter(agreed=None).delete()
    assert by_two("open").out == "批次 202307 已开放\n"
    assert (Batch.objects.get().closed_at, Batch.objects.get().finished_at) == (None, None)
    assert Job.objects.get(kind="closing").state == "done"
    assert list(Consent.objects.order_by("id").values_list("agreed", flat=True)) == [True, True]


@pytest.mark.parametrize(
    "command",
    [
        ("list", "202307"),
        ("audit", "202307"),
        ("act", "apply", "202307", "--as", "hq1"),
        ("batch", "open", "202307", "--round", "首批"),
    ],
    ids=" ".join,
)
def test_七_1_killed_after_the_second_agreed_the_next_command_brings_the_list_back_first(
    season, command
):
    """Nothing lies between the agreement and the order: whoever was killed there, or anywhere after, is gone on for."""
    ids = factories.enrol(season, 3)
    auditing.run(season.batch)
    hq = people.actor(season.staff.hq)
    closing.explain(season.batch, "unfiled", None, "联系不上", hq)
    acting.shut(season.batch, hq)
    row = switching.ask(hq, Batch.objects.get(), BatchSwitch.REOPEN, "补办")
    consent_answers.decide(people.actor(season.staff.second), row.pk, agree=True)
    assert (Batch.objects.get().reopening, stages(ids)) == (True, ["lapsed"] * 3)
    assert graduand(*command).code == 0
    assert Batch.objects.get().closed_at is None
    assert "lapsed" not in stages(ids)


def test_七_1_while_a_worker_is_at_it_the_command_says_so(season):
    factories.enrol(season)
    Candidate.objects.update(explanation="联系不上")
    auditing.run(season.batch)
    acting.shut(season.batch, people.actor(season.staff.hq))
    reopening.order(season.batch, people.actor(season.staff.hq))
    jobs.claim("worker")
    answer = graduand("batch", "open", "202307", "--round", "首批")
    assert (answer.code, answer.err) == (
        1,
        "批次 202307 正在恢复名单（恢复完成后才能办理），不能开放或关闭轮次\n",
    )


def test_outside_a_demonstration_the_second_person_is_asked_and_nothing_happens(season):
    Deployment.objects.filter(key="demo").delete()
    ids = factories.enrol(season)
    told = by_two("close")
    assert (told.code, told.err) == (
        1,
        "正式系统里第二人须登录网页，在「待同意事项」中同意；请去掉 --second 再提出\n",
    )
    asked = graduand("batch", "close", "202307", "--as", "hq1", "--reason", "期满", "--json")
    row = Consent.objects.get()
    assert (asked.code, asked.json) == (
        1,
        {"batch": "202307", "code": "WAITS-SECOND", "consent": row.pk},
    )
    assert asked.err.startswith("将结转 ")
    assert (stages(ids), Batch.objects.get().closed_at, row.reason) == (["listed"], None, "期满")


def test_a_round_is_closed_and_opened(season):
    assert graduand("batch", "close", "202307", "--round", "首批").code == 0
    assert Round.objects.get(name="首批").closed_at is not None
    assert (
        graduand("batch", "open", "202307", "--round", "首批").out == "批次 202307「首批」已开放\n"
    )
    assert graduand("batch", "lock", "202307").code == 2


def test_a_batch_is_deleted_in_two_steps(season):
    factories.enrol(season, 3)
    first = graduand("batch", "delete", "202307")
    assert (first.code, first.err) == (
        1,
        "将删除批次 202307 和它的名单（3 人），政策版本保留；确认请加 --confirmed\n",
    )
    done = graduand("batch", "delete", "202307", "--confirmed", "--json")
    assert (done.code, done.json) == (0, {"batch": "202307", "deleted": 3})
    assert graduand("audit", "202307").code == 2


def test_units_are_imported_and_the_first_accounts_move_to_headquarters(db, tmp_path):
    boss = own_accounts.first_account("boss", "correct horse staple")
    book = units_book(tmp_path, [("000", "总部", "总部", ""), ("310", "学院", "学院", "000")])
    answer = graduand("import", "单位", book, "--json")
    shape = {
        "kind": "units",
        "rows": 2,
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "refused": 0,
        "unwritten": 0,
        "warned": 0,
        "file": "",
    }
    assert (answer.code, answer.json) == (0, shape)
    assert list(Unit.objects.order_by("code").values_list("code", flat=True)) == ["000", "310"]
    assert set(boss.grants.values_list("unit__code", flat=True)) == {"000"}
    again = graduand("import", "units", book, "--json")
    assert (again.code, again.json) == (0, {**shape, "created": 0, "unchanged": 2})


def test_what_fails_comes_back_in_the_users_own_workbook(db, tmp_path):
    book = units_book(tmp_path, [("000", "总部", "总部", ""), ("310", "学院", "飞船", "000")])
    answer = graduand("import", "units", book, "--json", "--errors", tmp_path / "back.xlsx")
    assert (answer.code, answer.json["refused"], answer.json["created"]) == (1, 1, 0)
    assert answer.json["file"] == str(tmp_path / "back.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "back.xlsx").active.iter_rows(values_only=True))
    assert rows[0] == (*UNIT_HEADERS, "错误原因")
    assert answer.err.splitlines()[0] == f"第 3 行：{rows[2][4]}"
    partial = graduand(
        "import", "units", book, "--json", "--partial", "--errors", tmp_path / "back.xlsx"
    )
    assert (partial.code, partial.json["created"]) == (1, 1)


def test_a_trial_writes_nothing(db, tmp_path):
    book = units_book(tmp_path, [("000", "总部", "总部", "")])
    answer = graduand("import", "units", book, "--trial", "--json")
    assert (answer.code, answer.json["created"], Unit.objects.filter(code="000").count()) == (
        0,
        1,
        0,
    )
    assert list(Intake.objects.values_list("trial", flat=True)) == [True]


def test_photos_go_in_and_bad_ones_come_back(season, tmp_path):
    good, bad = numbers(factories.enrol(season, 2, photo=False))
    pictures = [(good, portraits.portrait(good, woman=True)), (bad, face_as(size=(300, 400)))]
    source = portraits.write_zip(tmp_path / "照片.zip", pictures)
    answer = graduand("photos", "import", source, "--kind", "毕业照片", "--json")
    back = str(returned("照片-错误.zip"))
    shape = {
        "kind": "graduation",
        "rows": 2,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "refused": 1,
        "unwritten": 0,
        "warned": 0,
    }
    assert (answer.code, answer.json) == (1, {**shape, "file": back})
    refused = f"{bad}.jpg：照片尺寸 300×400，应为 480×640（宽×高，像素），照片不够大，不能放大，请重新拍摄"
    assert answer.err == f"{refused}\n已重新审核 2 人\n"
    assert zipfile.is_zipfile(back)
    again = graduand("photos", "import", source, "--kind", "毕业照片", "--as", "clerk1", "--json")
    assert (again.json["created"], again.json["unchanged"], again.json["refused"]) == (0, 1, 1)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("import", "天气", "x.xlsx"), "没有「天气」这种表，可用：单位、专业规则、"),
        (("import", "units", "nowhere.xlsx"), "找不到文件 nowhere.xlsx"),
        (("import", "units"), "缺少参数：FILE"),
        (("photos", "import", "nowhere.zip", "--kind", "毕业照片"), "找不到文件 nowhere.zip"),
        (("photos", "import", "nowhere.zip"), "缺少参数：--kind"),
        (
            ("photos", "export", "x.zip", "--kind", "毕业照片"),
            "参数 action 的值「export」不对，可用：import",
        ),
        (("audit", "202307", "--on", "昨天"), "--on："),
        (("audit", "202307", "--csv", "/nowhere/at/all.csv"), "目录 /nowhere/at 不存在"),
        (("audit", "二月"), ""),
        (("demo", "--students", "3"), "--students 不能少于 60"),
        (("demo", "--students", "many"), "参数 --students 的值「many」看不懂"),
        (("batch", "open", "209901"), "没有批次 209901"),
    ],
)
def test_a_wrong_call_is_exit_2(season, words, sentence):
    answer = graduand(*words)
    assert (answer.code, answer.out, answer.err[: len(sentence)]) == (2, "", sentence)


def test_the_audit_and_its_csv(season, tmp_path):
    fit, unfit = factories.enrol(season, 2), factories.enrol(season, 1, fit=False)
    out = tmp_path / "out.csv"
    answer = graduand("audit", "202307", "--csv", out, "--json")
    codes = {"CRED-MODULE": 1, "CRED-TOTAL": 1, "PRACTICE": 1}
    shape = {
        "batch": "202307",
        "on": "2023-07-12",
        "judged": 3,
        "fit": 2,
        "unfit": 1,
        "not_listed": 0,
        "by_code": codes,
        "file": str(out),
    }
    assert (answer.code, answer.json) == (0, shape)
    assert out.read_bytes()[:3] == b"\xef\xbb\xbf"
    rows = list(csv.reader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0] == ["学号", "姓名", "学习中心", "满足毕业条件", "不满足项"]
    assert [row[3] for row in rows[1:]] == ["是", "是", "否"]
    assert rows[3][4] == "CRED-MODULE:综合实践;CRED-TOTAL;PRACTICE:P1"
    assert [row[0] for row in rows[1:]] == numbers(fit + unfit)


def test_an_audit_of_another_day_is_a_trial(season):
    factories.enrol(season, 1)
    answer = graduand("audit", "202307", "--on", "2023-06-01", "--json")
    assert (answer.code, answer.json["on"], answer.json["fit"], Judgement.objects.count()) == (
        0,
        "2023-06-01",
        0,
        0,
    )


def test_the_lists_of_every_round(season):
    factories.enrol(season, 2)
    factories.enrol(season, 1, photo=False)
    answer = graduand("list", "2307", "--json")
    rounds = {"首批": 2, "续读本科": 0, "第二批": 2}  # 三.3: nobody of them goes on to 本科
    assert (answer.code, answer.json) == (
        0,
        {"batch": "202307", "judged": 3, "fit": 3, "rounds": rounds},
    )


def test_nobody_to_put_on_a_roster(season):
    answer = graduand("roster", "202307", "--json")
    assert (answer.code, answer.json) == (0, {"batch": "202307", "rosters": [], "listed": 0})
    clerk = graduand("roster", "202307", "--as", "clerk1")
    assert (clerk.code, clerk.err) == (2, "花名册由总部冻结，账号「clerk1」属于学习中心\n")


def test_the_story_of_one_student(season):
    ids = factories.enrol(season, 1)
    number = numbers(ids)[0]
    graduand("act", "apply", "202307")
    told = graduand("status", number, "--json")
    assert told.code == 0
    file = told.json["files"][0]
    names = ("batch", "stage", "round", "reported_no", "next", "next_desk", "holder", "promise_due")
    assert {name: file[name] for name in names} == {
        "batch": "202307",
        "stage": "已申请",
        "round": "首批",
        "reported_no": 1,
        "next": "学院审核通过",
        "next_desk": "学院",
        "holder": "生命健康学院",
        "promise_due": "2023-09-20",
    }
    assert [chapter["what"] for chapter in told.json["chapters"]] == ["学信网反馈", "收到毕业照片"]
    assert [chapter["what"] for chapter in file["chapters"]] == ["申请毕业：未申请 → 已申请"]
    assert [hurdle for hurdle in file["hurdles"] if hurdle["blocks"]] == []
    text = graduand("status", number).out
    assert (
        "  下一步：学院审核通过，由生命健康学院（学院）办理；承诺 2023-09-20 或之前领到证书"
        in text.splitlines()
    )
    stranger = graduand("status", "9999999999999", "--json")
    assert (stranger.code, stranger.out, stranger.err) == (1, "", "没有学号 9999999999999\n")


def test_the_story_says_what_stands_in_the_way(season):
    ids = factories.enrol(season, 1, photo=False)
    file = graduand("status", numbers(ids)[0], "--json").json["files"][0]
    assert [(h["code"], h["source"], h["desk"], h["blocks"]) for h in file["hurdles"]] == [
        ("PHOTO-PLATFORM", "四.2(2)", "学习中心", True)
    ]
    assert (file["next"], file["holder"]) == ("申请毕业", "第1学习中心")
    assert Student.objects.count() == 1
