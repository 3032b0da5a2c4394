"""The season on the running program, every station by its own account, while the next batch is already there."""

import pytest

from graduand.demo import sheets
from graduand.rulebook.terms import SheetKind
from tests.running.conftest import MANY
from tests.running.program import Program
from tests.running.season import CENTRES, NEXT, Season, known_people, newcomers
from tests.running.workbooks import as_excel

pytestmark = [pytest.mark.running, pytest.mark.slow]
BEFORE, TODAY, AFTER = "2023-08-29T09:00", "2023-09-06T10:00", "2024-01-08T09:00"
READY = "2073101000002"  # may apply from July on, and does so in the next batch
DOUBTED = "2113103000041"  # 身份核验不确定, and nobody has been at it yet


@pytest.fixture(scope="module")
def season(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Season:
    return Season(program.start(BEFORE), tmp_path_factory.mktemp("sent"))


def numbers(people):
    return [one.number for one in people]


def test_the_season_from_the_first_workbook_to_the_last_signature(season):
    people = newcomers(MANY, each=2)
    send_in(season, people)
    tell_the_centres(season)
    season.at(TODAY)
    season.load_batch()
    season.program.settle()
    next_batch_waits(season, people)
    file_and_review(season, people)
    number(season, people)
    deliver(season, people)
    hand_over(season, people)
    case_goes_up_and_is_filed(season)
    lists_leave_and_a_round_closes(season, people)
    next_batch_lists_nobody_who_graduated(season, people)
    season.at(AFTER)
    next_batch_is_filed(season)
    season.program.settle()
    assert season.program.look("violations") == []


def send_in(season, people):
    """Students, what the registry says, marks of everybody (unchanged but for the new ones), pictures by the centres."""
    season.students(people)
    assert (
        "新增 100 更新 0 未变 1,488 有误 0" in season.results([*known_people(MANY), *people]).main
    )
    for username, mine in (("zhongxin1", people[:2]), ("zhongxin2", people[2:])):
        assert "导入 2 未变 0 未导入 0 共 2" in season.photos(username, mine).main
    season.program.command("list", "202307")  # what the timer runs every night


def tell_the_centres(season):
    """A notice from the policy; a centre reads it and says so, and headquarters sees who has not."""
    office, centre = season.who("zongbu2"), season.who("zhongxin1")
    office.go("/notices")
    office.click("起草通知")
    notice = office.press("发布").url
    centre.go("/notices")
    centre.go(centre.page.row("未阅").links[0][1])
    centre.press("确认已阅")
    assert "确认已阅" in centre.go(notice).main
    assert not centre.page.offers("确认已阅")
    read = office.go(notice).main
    assert ("城东学习中心 陆知秋" in read, "河西学习中心 温景行" in read) == (True, False)


def file_and_review(season, people):
    """Two centres apply, the college sends one back, it comes again; headquarters grants all of them."""
    season.apply("zhongxin1", numbers(people[:2]))
    season.apply("zhongxin2", numbers(people[2:]))
    season.review(people[0].number, "退回补正", reason="材料不全", note="请补交毕业生登记表")
    assert season.stages(people) == {"applied", "returned"}
    assert (
        "请补交毕业生登记表"
        in season.file(
            "zhongxin1", "/candidates?batch=202307&stage=returned", people[0].number
        ).main
    )
    season.apply("zhongxin1", numbers(people[:1]), stage="returned")
    for one in people:
        season.review(one.number)
    assert season.stages(people) == {"endorsed"}
    season.who("zongbu1").act(
        "/candidates?batch=202307&stage=endorsed", "批量准予毕业", numbers(people)
    )
    assert season.stages(people) == {"approved"}


def number(season, people):
    """The roster is fixed, then everybody on it gets a number."""
    season.freeze_roster()
    season.who("zongbu1").act(
        "/candidates?batch=202307&stage=approved", "批量编号制证", numbers(people)
    )
    assert season.stages(people) == {"certified"}


def deliver(season, people):
    """A parcel a centre; in one of them a certificate is missing, is found, and is counted in."""
    season.ship(numbers(people), {CENTRES[0]: "YL09060001", CENTRES[1]: "YL09060002"})
    assert season.stages(people) == {"shipped"}
    season.count("zhongxin1", "YL09060001", missing=people[1].number)
    assert season.stages(people[:2]) == {"received", "shipped"}
    assert "缺 1" in season.who("xueyuan2").go("/parcels?short=1").row("YL09060001").words
    season.count("zhongxin1", "YL09060001")
    season.count("zhongxin2", "YL09060002")
    assert season.stages(people) == {"received"}


def hand_over(season, people):
    """Nobody signs before the registry has answered; then everybody does, and the student of the season reads it."""
    early = season.who("zhongxin2").choose(
        "/handovers?batch=202307&stage=received", "批量签领", numbers(people[2:])
    )
    assert "已选 2 可以提交 0 将跳过 2" in early.main
    assert "学历注册尚不可查询" in early.main
    head, *rows = season.exported("zongbu1", "/certificates?batch=202307")
    place = {name: head.index(name) for name in ("学号", "姓名", "证书编号")}
    answer = [
        (
            *(row[place[name]] for name in ("学号", "姓名", "证书编号")),
            "2023-07-20",
            "是",
            "2023-09-06",
        )
        for row in rows
        if row[place["学号"]] in numbers(people)
    ]
    assert len(answer) == len(people)
    path = as_excel(season.folder / "注册结果.xlsx", sheets.REGISTERED, answer)
    season.who("zongbu1").import_sheet(SheetKind.REGISTERED.label, path)
    season.hand_over("zhongxin1", numbers(people[:2]))
    season.hand_over("zhongxin2", numbers(people[2:]))
    assert season.stages(people) == {"collected"}
    assert "请带身份证件领取" in season.student().page.main
    season.hand_over("zhongxin1", [season.student().username])
    assert "已领取毕业证书。祝贺毕业！" in season.student().go("/my").main


def case_goes_up_and_is_filed(season):
    """身份核查: the centre submits, the college reports, headquarters files."""
    for username, step, basis in (
        ("zhongxin3", "提交材料", "学生身份复核表、身份证复印件"),
        ("xueyuan1", "上报总部", "身份备案汇总表第 5 号"),
        ("zongbu1", "备案通过", "教学备〔2023〕8号"),
    ):
        desk = season.who(username)
        desk.choose_line("/identity", DOUBTED, step)
        said = desk.confirmed(note=basis).main
        assert "成功 1 未通过 0 共 1" in said, said[-300:]
    assert "备案通过" in season.who("zhongxin3").go("/identity?open=0").row(DOUBTED).words


def lists_leave_and_a_round_closes(season, people):
    """A centre's list as a workbook holds its own people only; a round closed by hand takes no application."""
    head, *rows = season.exported("zhongxin2", "/candidates?batch=202307&stage=collected")
    own = {row[head.index("学号")] for row in rows}
    assert set(numbers(people)) & own == set(numbers(people[2:]))
    office = season.who("zongbu2")
    office.go("/batches/202307")
    form = next(
        f
        for f in office.page.forms
        if f.button("提前关闭：第二批") or f.button("提前关闭 ：第二批")
    )
    office.press("提前关闭", action=form.action)
    assert "已提前关闭" in office.go("/batches/202307").main
    office.press("恢复申请", action=form.action)


def next_batch_waits(season, people):
    """202401 has been loaded: its list is there to be prepared, and nobody files in it before its first opening."""
    centre = season.who("zhongxin1")
    centre.go(f"/candidates?batch={NEXT}&stage=listed")
    assert centre.page.row(READY).tick != ""
    assert centre.page.row(people[0].number).tick != ""
    assert [centre.page.offers(words) for words in ("批量申请毕业", "批量暂缓毕业")] == [
        False,
        True,
    ]
    assert (
        f"批量申请毕业、批量申请毕业+学位：批次 {NEXT} 现在不能申请，「首批」2024-01-06 开始"
        in centre.page.main
    )


def next_batch_lists_nobody_who_graduated(season, people):
    """Whoever has a certificate of 202307 is set aside in the batch beside it."""
    rows = season.who("zhongxin1").go(f"/candidates?batch={NEXT}&stage=listed").rows
    listed = {number for number in (READY, *numbers(people)) for row in rows if number in row.words}
    assert listed == {READY}


def next_batch_is_filed(season):
    """The clock has passed the first opening of 202401: who did not apply in July does it now."""
    centre = season.who("zhongxin1")
    done = centre.act(
        f"/candidates?batch={NEXT}&stage=listed", "批量申请毕业", [READY], same_checked=True
    )
    assert "成功 1 未通过 0 共 1" in done.main
    assert centre.go(f"/candidates?batch={NEXT}&stage=applied").row(READY).tick != ""
