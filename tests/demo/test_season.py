"""`graduand demo`, in a process: a lively season, accounts that open it, and never on top of real data."""

import sqlite3

import pytest

from tests.management.installation.console import graduand, installed
from tests.running.program import Program

pytestmark = pytest.mark.sqlite


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The smallest invented season; (folder, what the command said)."""
    folder = tmp_path_factory.mktemp("demo")
    answer = graduand(folder, "demo", "--students", "90", "--json")
    assert answer.code == 0, answer.err[-2000:]
    return folder, answer.json


def ask(folder, sql):
    """Rows of the invented database."""
    database = sqlite3.connect(folder / "graduand.sqlite3")
    try:
        return database.execute(sql).fetchall()
    finally:
        database.close()


def test_every_stage_has_somebody(home):
    _, made = home
    assert made["students"] == sum(made["stages"].values()) == 90
    assert list(made["stages"]) == [
        "未申请",
        "暂缓毕业",
        "已申请",
        "退回补正",
        "学院已通过",
        "准予毕业",
        "审核不通过",
        "已编号制证",
        "已寄出",
        "中心已签收",
        "学生已签领",
    ]


def test_every_reason_blocks_somebody(home):
    folder, _ = home
    answer = graduand(folder, "audit", "202307", "--json")
    assert answer.json["on"] == "2023-09-06"
    assert list(answer.json["by_code"]) == [
        "COURSE-MISSING",
        "CRED-EXEMPT",
        "CRED-HQ",
        "CRED-MODULE",
        "CRED-TOTAL",
        "ELIG-EXPIRED",
        "ELIG-STATUS",
        "ELIG-TERM",
        "PRACTICE",
    ]
    gates = (
        "PHOTO-PLATFORM",
        "CHSI-ADMISSION",
        "CHSI-CREDENTIAL",
        "CHSI-DOUBT",
        "INFO-ID",
        "INFO-MATCH",
    )
    for code in gates:
        found = ask(
            folder, f"SELECT count(*) FROM graduand_judgement WHERE unmet LIKE '%\"{code}\"%'"
        )
        assert found[0][0] > 0, code


def test_what_goes_wrong_in_a_season_went_wrong(home):
    folder, _ = home
    for sql in (
        "SELECT 1 FROM graduand_parcelitem WHERE counted = 0",
        "SELECT 1 FROM graduand_certificate WHERE voided_at IS NOT NULL",
        "SELECT 1 FROM graduand_identitycase WHERE state = 'open'",
        "SELECT 1 FROM graduand_identitycase WHERE state = 'submitted'",
        "SELECT 1 FROM graduand_identitycase WHERE state = 'reported'",
        "SELECT 1 FROM graduand_candidate WHERE degree = 'granted'",
        "SELECT 1 FROM graduand_candidate WHERE degree = 'declined'",
        "SELECT 1 FROM graduand_candidate WHERE degree = 'returned'",
        "SELECT 1 FROM graduand_event WHERE verb = 'reopen' AND second_id IS NOT NULL",
        "SELECT 1 FROM graduand_event WHERE verb = 'withdraw'",
        "SELECT 1 FROM graduand_candidate WHERE degree = 'applied'",
        "SELECT 1 FROM graduand_candidate c JOIN graduand_chsireport r USING (student_id) "
        "WHERE c.stage = 'received' AND r.verdict = 'unsure'",
    ):
        assert ask(folder, sql), sql


def test_everything_holds_that_must_hold(home):
    """As in a season that people played: the invariants that the race and fault tests ask for."""
    folder, _ = home
    assert Program(folder).look("violations") == []


def test_of_each_face_one_picture_was_measured_and_the_others_say_whose_they_copied(home):
    folder, _ = home
    rows = ask(
        folder,
        "SELECT judged_by LIKE '%；演示：人像数据抄自照片 %', count(*) FROM graduand_photocheck c "
        "JOIN graduand_photoupload u ON u.id = c.upload_id WHERE u.kind = 'graduation' GROUP BY 1",
    )
    measured, copied = (dict(rows)[kind] for kind in (0, 1))
    assert (measured + copied, 16 <= measured <= 24) == (88, True)


def test_no_event_is_earlier_than_the_one_before(home):
    folder, _ = home
    moments = [row[0] for row in ask(folder, "SELECT at FROM graduand_event ORDER BY id")]
    assert moments == sorted(moments)


def test_the_clock_stands_in_the_second_round_and_applying_works(home):
    folder, _ = home
    asking = ("act", "apply", "202307", "--centre", "3101", "--json")
    unsaid = graduand(folder, *asking)
    assert (unsaid.code, unsaid.json["done"], unsaid.json["by_code"]["PHOTO-SAME"] > 0) == (
        1,
        0,
        True,
    )
    said = folder / "已核查学信网.txt"
    said.write_text("本批学历照片均已在学信网核对", encoding="utf-8")
    answer = graduand(folder, *asking, "--statement", str(said))
    assert (answer.code, answer.json["by_code"].get("ROUND-CLOSED"), answer.json["done"] > 0) == (
        1,
        None,
        True,
    )


def test_the_accounts_have_a_desk_each(home):
    folder, made = home
    assert [row["role"] for row in made["accounts"]] == [
        "总部审核",
        "总部管理",
        "学院审核",
        "学院发放",
        *["学习中心"] * 6,
        "系统管理",
        "安全管理",
        "审计",
        "学生",
    ]
    assert len({row["password"] for row in made["accounts"]}) == 1
    number = made["accounts"][-1]["username"]
    assert graduand(folder, "status", number, "--json").json["files"][0]["stage"] == "中心已签收"


def test_a_demo_is_healthy_and_can_be_made_again(home):
    folder, _ = home
    assert graduand(folder, "doctor").code == 0


def test_real_data_are_never_thrown_away(tmp_path):
    database = sqlite3.connect(installed(tmp_path) / "graduand.sqlite3")
    database.execute("INSERT INTO graduand_batch (code) VALUES ('202307')")
    database.commit()
    database.close()
    answer = graduand(tmp_path, "demo", "--students", "60")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"{tmp_path} 中是正式数据，不会清除；请另设 GRADUAND_HOME 再运行\n"
    assert ask(tmp_path, "SELECT code FROM graduand_batch") == [("202307",)]
