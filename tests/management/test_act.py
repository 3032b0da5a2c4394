"""`graduand act` and its short forms: every verb on a small season, the summary, what is refused and how it is said."""

import openpyxl
import pytest

from graduand.models import (
    Act,
    Candidate,
    Event,
    Handover,
    Parcel,
    ParcelItem,
    PhotoRow,
    User,
)
from graduand.office import acts
from graduand.office.acts import ActRequest
from graduand.rulebook.terms import Stage, Verb
from tests import acting, factories, people
from tests.management.acting import act, reach
from tests.management.calling import graduand, numbers, returned, stages, students_file, tally

REASON = "综合实践课程 P1 必须通过且复核通过，现为已通过、尚未复核（三.1）"


def test_the_season_from_application_to_hand_over(season, tmp_path):
    ids = factories.enrol(season, 3)
    said = students_file(tmp_path, ["已核查"], "statement.txt")
    assert act("apply", "202307", "--statement", said).json == tally("apply", done=3)
    assert act("endorse", "202307").json == tally("endorse", done=3)
    assert act("approve", "202307").json == tally("approve", done=3)
    made = graduand("roster", "202307", "--json").json
    assert made == {
        "batch": "202307",
        "rosters": [{"number": 1, "round": "首批", "size": 3}],
        "listed": 3,
    }
    assert graduand("certify", "202307", "--round", "首批", "--json").json == tally(
        "certify", done=3
    )
    shipped = graduand(
        "ship", "202307", "--centre", "C1", "--carrier", "顺丰", "--tracking", "SF9", "--json"
    )
    assert shipped.json == tally("ship", done=3, warned=3)  # the certificates are of the 20th
    assert graduand("receive", "202307", "--json").json == tally("receive", done=3)
    everybody = students_file(tmp_path, numbers(ids))
    acting.register(ids)
    collected = graduand(
        "collect", "202307", "--students", everybody, "--method", "本人", "--confirmed", "--json"
    )
    assert (collected.code, collected.json) == (0, tally("collect", done=3, warned=3))
    assert stages(ids) == ["collected"] * 3
    assert list(Parcel.objects.values_list("carrier", "tracking")) == [("顺丰", "SF9")]
    assert list(Handover.objects.values_list("method", "confirmed")) == [("in_person", True)] * 3


def test_七_3_who_fetches_for_a_student_says_at_the_command_line_too_what_he_is_to_him(
    season, tmp_path
):
    file = acting.candidate_at(season, Stage.RECEIVED)
    acting.register([file.pk])
    words = [
        "collect",
        "202307",
        "--students",
        students_file(tmp_path, numbers([file.pk])),
        "--method",
        "代领",
        "--confirmed",
        "--note",
        "王秀兰，护照 E12345678",
    ]
    refused = graduand(*words)
    sentence = "代领须写明代领人与学生的关系（如母亲、同学、班主任）：没有写与学生的关系"
    assert (refused.code, sentence in refused.err, stages([file.pk])) == (1, True, ["received"])
    assert graduand(*words, "--relation", "其母").code == 0
    assert (stages([file.pk]), Event.objects.latest("id").note) == (
        ["collected"],
        "其母 王秀兰，护照 E1*****78",
    )


def test_without_a_name_the_desk_of_the_verb_acts(season):
    ids = factories.enrol(season)
    reach(season, ids, "certified")
    rows = (
        Event.objects.filter(candidate=ids[0])
        .order_by("id")
        .values_list("verb", "actor__username", "desk", "acted_for")
    )
    assert list(rows) == [
        ("apply", "system-centre", "centre", False),
        ("endorse", "system-college", "college", False),
        ("approve", "system-hq", "hq", False),
        ("certify", "system-hq", "hq", False),
    ]
    assert not User.objects.get(username="system-hq").has_usable_password()


def test_hq_acts_for_a_lower_desk_and_the_event_says_so(season):
    ids = factories.enrol(season)
    assert act("apply", "202307", "--as", "hq1").code == 0
    event = Event.objects.get(candidate=ids[0])
    assert (event.actor.username, event.desk, event.acted_for) == ("hq1", "centre", True)


def test_sent_back_from_every_desk_at_once(season, tmp_path):
    ids = factories.enrol(season, 2)
    one = students_file(tmp_path, numbers(ids[:1]))
    assert act("apply", "202307").code == act("endorse", "202307", "--students", one).code == 0
    answer = act("send_back", "202307", "--reason", "照片问题", "--note", "请重拍")
    assert (answer.code, answer.json) == (0, tally("send_back", done=2))
    rows = (
        Event.objects.filter(verb="send_back")
        .order_by("candidate_id")
        .values_list("desk", "acted_for", "reason", "note")
    )
    assert list(rows) == [("hq", False, "photo", "请重拍"), ("college", False, "photo", "请重拍")]


def test_already_there_is_unchanged(season):
    factories.enrol(season, 2)
    assert act("apply", "202307").json["done"] == 2
    again = act("apply", "202307")
    assert (again.code, again.json) == (
        0,
        tally("apply"),
    )  # nobody is in the origin stages any more


def test_named_and_already_there_is_unchanged(season, tmp_path):
    ids = factories.enrol(season, 2)
    file = students_file(tmp_path, numbers(ids))
    act("apply", "202307", "--students", file)
    again = act("apply", "202307", "--students", file)
    assert (again.code, again.json) == (0, tally("apply", unchanged=2))


def test_an_unknown_student_is_refused_by_name(season, tmp_path):
    ids = factories.enrol(season)
    file = students_file(tmp_path, [*numbers(ids), "9999999999999", " ", "9999999999999"])
    answer = act("apply", "202307", "--students", file)
    assert answer.code == 1
    number = Act.objects.get().pk
    back = returned(f"refused-apply-{number}.xlsx")
    assert answer.json == tally("apply", str(back), {"UNKNOWN": 1}, done=1, refused=1)
    assert answer.err == "9999999999999：没有这个学号，或不在本次办理的范围内\n"
    sheet = openpyxl.load_workbook(back).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["学号", "姓名", "学习中心", "原因", "下一步"],
        [
            "9999999999999",
            None,
            None,
            "没有这个学号，或不在本次办理的范围内",
            "核对学号、学习中心和轮次",
        ],
    ]


def test_the_refused_come_back_with_reasons(season, tmp_path):
    factories.enrol(season, 1)
    unfit = factories.enrol(season, 1, fit=False)
    answer = act("apply", "202307", "--errors", tmp_path / "out.xlsx")
    assert answer.code == 1
    file = str(tmp_path / "out.xlsx")
    assert answer.json == tally(
        "apply", file, {"PRACTICE": 1, "CRED-TOTAL": 1, "CRED-MODULE": 1}, done=1, refused=1
    )
    rows = list(openpyxl.load_workbook(file).active.iter_rows(min_row=2, values_only=True))
    assert [row[:3] for row in rows] == [
        (*numbers(unfit), f"学生{numbers(unfit)[0][-6:]}", "第1学习中心")
    ]
    assert rows[0][3].split("；")[0] == REASON
    assert answer.err.startswith(f"{numbers(unfit)[0]} 学生{numbers(unfit)[0][-6:]}：{REASON}")


def test_another_centres_student_is_unknown_to_a_clerk(season, tmp_path):
    theirs = factories.enrol(season, 1, centre=1)
    answer = act(
        "apply", "202307", "--as", "clerk1", "--students", students_file(tmp_path, numbers(theirs))
    )
    assert (answer.code, answer.json["by_code"], stages(theirs)) == (1, {"UNKNOWN": 1}, ["listed"])


def test_only_that_centre_and_only_that_round(season):
    here, there = factories.enrol(season, 1), factories.enrol(season, 1, centre=1)
    assert act("apply", "202307", "--centre", "C2").json["done"] == 1
    assert stages(here + there) == ["listed", "applied"]
    assert act("endorse", "202307", "--round", "第二批").json == tally("endorse")
    assert act("endorse", "202307", "--round", "首批").json["done"] == 1


def test_what_was_not_in_the_parcel_is_a_discrepancy(season, tmp_path):
    ids = factories.enrol(season, 3)
    reach(season, ids, "certified")
    graduand("ship", "202307", "--carrier", "顺丰", "--tracking", "SF9")
    found = students_file(tmp_path, numbers(ids[:2]))
    answer = graduand("receive", "202307", "--counted", found, "--json")
    assert answer.code == 1
    assert answer.json == tally(
        "receive", answer.json["file"], {"PARCEL-SHORT": 1}, done=2, refused=1
    )
    assert stages(ids) == ["received", "received", "shipped"]
    missing = ParcelItem.objects.get(candidate=ids[2])
    assert (missing.counted, missing.open) == (False, True)
    turned_up = graduand(
        "receive", "202307", "--counted", students_file(tmp_path, numbers(ids[2:])), "--json"
    )
    assert (turned_up.code, turned_up.json, stages(ids[2:])) == (
        0,
        tally("receive", done=1),
        ["received"],
    )


def test_one_waybill_for_two_centres_is_refused_and_centre_by_centre_it_goes(season):
    """The rule of the page is the command's."""
    ids = [*factories.enrol(season, 1), *factories.enrol(season, 1, centre=1)]
    reach(season, ids, "certified")
    refused = graduand("ship", "202307", "--carrier", "顺丰", "--tracking", "SF9")
    assert (refused.code, "一个运单只寄往一个学习中心" in refused.err, stages(ids)) == (
        1,
        True,
        ["certified"] * 2,
    )
    for centre in ("C1", "C2"):
        sent = graduand(
            "ship", "202307", "--centre", centre, "--carrier", "顺丰", "--tracking", f"SF{centre}"
        )
        assert sent.code == 0
    parcels = list(Parcel.objects.order_by("tracking").values_list("tracking", "receiver__code"))
    assert (parcels, stages(ids)) == ([("SFC1", "C1"), ("SFC2", "C2")], ["shipped"] * 2)


def test_what_a_killed_run_left_is_finished_first(season):
    ids = factories.enrol(season, 2)
    clerk = people.actor(season.staff.clerks[0])
    left = acts.confirm(season.batch, ids[:1], clerk, ActRequest(Verb.APPLY))
    answer = act("apply", "202307")
    assert (answer.code, answer.json["done"]) == (0, 1)
    assert answer.err == "先办完了上次中断的「申请毕业」：1 人\n"
    assert Act.objects.get(pk=left.pk).done == 1
    assert stages(ids) == ["applied", "applied"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("case_clear",), "「备案通过」须用 --students 说明是哪些学生"),
        (("deregister",), "「登记注册注销」须用 --students 说明是哪些学生"),
        (
            ("apply", "--on", "2023-07-12"),
            "--on 只用于登记注册注销（deregister）和更正证书内容（amend）",
        ),
    ],
)
def test_what_is_about_named_people_names_them(season, words, sentence):
    verb, *more = words
    answer = graduand("act", verb, "202307", *more)
    assert (answer.code, answer.err) == (2, f"{sentence}\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("grant", "202307"), "没有「grant」这个操作，可用：apply、withdraw、"),
        (("apply", "209901"), "没有批次 209901；已有：202307"),
        (
            ("apply", "202307", "--round", "第九批"),
            "批次 202307 没有轮次「第九批」，可用：首批、续读本科、第二批",
        ),
        (("apply", "202307", "--centre", "C9"), "没有单位「C9」，学习中心有：C1"),
        (("apply", "202307", "--as", "nobody"), "没有账号「nobody」"),
        (("apply", "202307", "--as", "system-hq"), "没有账号「system-hq」"),
        (("reopen", "202307", "--second", "nobody"), "没有账号「nobody」"),
        (("reject", "202307", "--reason", "坏天气"), "没有原因「坏天气」，可用：photo 照片问题、"),
        (("collect", "202307", "--method", "托梦"), "没有领取方式「托梦」，可用：本人、代领、邮寄"),
        (("apply", "202307", "--students", "missing.txt"), "找不到文件 missing.txt"),
        (("apply", "202307", "--counted", "missing.txt"), "--counted 只用于签收（receive）"),
        (("apply",), "缺少参数：BATCH"),
        (("apply", "202307", "--nonsense"), "不认识的参数：--nonsense"),
        (("apply", "202307", "--reason"), "参数 --reason 后面缺少值"),
    ],
)
def test_a_wrong_call_is_exit_2_with_a_sentence(season, words, sentence):
    factories.enrol(season)
    answer = graduand("act", *words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(sentence)
    assert Act.objects.count() == 0


def test_a_desk_without_that_step_is_refused(season):
    factories.enrol(season)
    answer = act("approve", "202307", "--as", "clerk1")
    assert (answer.code, answer.err) == (1, "「准予毕业」由总部办理，您的岗位是学习中心\n")


def test_the_line_for_people(season):
    factories.enrol(season, 2)
    PhotoRow.objects.update(review="pending")
    assert (
        graduand("act", "apply", "202307").out
        == "申请毕业 202307：办理 2 人（已申请），有提醒 2 人\n"
    )
    assert Candidate.objects.filter(stage="applied").count() == 2
