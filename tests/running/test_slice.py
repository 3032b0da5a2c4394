"""The season in a minute, on the running program: sign in, import, apply, review, hand over, the next batch."""

import pytest

from tests.running.conftest import MANY
from tests.running.program import Program
from tests.running.season import NEXT, Season, known_people

pytestmark = pytest.mark.running
TODAY = "2023-09-06T10:00"
# Each account of the season, and the page on which it begins its day.
DESKS = {
    "zongbu1": "/",
    "zongbu2": "/",
    "xueyuan1": "/",
    "xueyuan2": "/",
    "zhongxin1": "/",
    "zhongxin6": "/",
    "xitong1": "/people",
    "anquan1": "/people",
    "shenji1": "/trail",
}
READY, COLLECTS = (
    "2073101000002",
    "2013101000057",
)  # one who may apply; the student of the demonstration


@pytest.fixture(scope="module")
def season(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Season:
    return Season(program.start(TODAY), tmp_path_factory.mktemp("sent"))


def test_every_account_signs_in_and_a_wrong_password_does_not(season):
    assert {username: season.who(username).page.url for username in DESKS} == DESKS
    stranger = season.who("zhongxin6")
    stranger.press("退出")
    stranger.go("/login")
    refused = stranger.press("登录", {"账号": "zhongxin6", "密码": "not-the-password"}, status=401)
    assert refused.form("登录").action == "/login"
    season.people.pop("zhongxin6")


def test_a_workbook_of_wps_goes_through_the_store_and_the_worker(season):
    done = season.results(known_people(MANY))
    assert "新增 0 更新 0 未变 1,488 有误 0" in done.main
    season.program.settle()  # nobody has to know that there is an audit


def test_a_file_is_applied_for_reviewed_and_granted(season):
    season.apply("zhongxin1", [READY])
    season.review(READY)
    season.who("zongbu1").act("/candidates?batch=202307&stage=endorsed", "批量准予毕业", [READY])
    assert season.program.look("stages", READY) == {READY: "approved"}


def test_a_certificate_is_handed_over_and_the_student_reads_it(season):
    assert "请带身份证件领取" in season.student().page.main
    season.hand_over("zhongxin1", [COLLECTS])
    assert "已领取毕业证书。祝贺毕业！" in season.student().go("/my").main


def test_the_next_batch_stands_beside_this_one(season):
    season.load_batch()
    page = season.who("zongbu1").go("/batches")
    assert [code for row in page.rows for code in (NEXT, "202307") if code in row.words] == [
        NEXT,
        "202307",
    ]
    assert season.program.look("violations") == []
