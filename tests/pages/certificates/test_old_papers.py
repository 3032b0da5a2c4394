"""更正以后的旧证 on the pages: whoever ships, receives or hands over is told, and the desk that must act has it on its home."""

import re
from datetime import date

import pytest

from graduand.models import (
    Candidate,
    Certificate,
    Consent,
    DegreeCertificate,
    Grant,
    Parcel,
    User,
)
from graduand.office import acts
from graduand.pages.frame.offers import list_offers
from graduand.rulebook.terms import Desk, Role, Stage, Verb
from tests import once
from tests.pages.certificates.registered import LATER
from tests.pages.lists.picking import opened, token_of
from tests.pages.lists.test_bulk import figures, reasons
from tests.pages.stations import WAY, bring
from tests.pages.world import account_for, build, set_clock

# The steps of the way by which a file comes to the stage.
STEPS = {Stage.CERTIFIED: 4, Stage.SHIPPED: 5, Stage.RECEIVED: 6, Stage.COLLECTED: 6}
OLD = "证书内容已于 2023-07-25 更正"


def numbered():
    """A season with one file, which has its number."""
    world = build()
    world.one = world.student(1)
    world.judge()
    bring(world, Verb.CERTIFY, world.one)
    return world


made = once.made(numbered)


@pytest.fixture
def world(made, plainly):
    return made()


@pytest.fixture
def old(world):
    """Brings the file to a stage, with a paper that says what was amended on the 25th."""

    def brought(stage):
        go_on(world, stage, world.one)
        Certificate.objects.update(queryable=True, registered_on=date(2023, 7, 21))
        if stage is Stage.COLLECTED:
            world.do("a", Verb.COLLECT, world.one, handover="in_person", confirmed=True)
        set_clock(LATER)
        Certificate.objects.update(old_paper_since=LATER)
        return world.file(world.one).pk

    return brought


def go_on(world, stage, *students):
    """From the number to the stage, each step by its own desk."""
    for name, verb, said in WAY[STEPS[Stage.CERTIFIED] : STEPS[stage]]:
        world.do(name, verb, *students, **said)


def cards(client):
    body = client.get("/").content.decode().replace("&amp;", "&")
    told = re.findall(r'<a class="todo [a-z]*" href="([^"]+)">([^<]+)<b>([\d,]+)</b>', body)
    return {label: (url, int(n)) for url, label, n in told if "更正" in label}


def alarms(client):
    body = client.get("/").content.decode().replace("&amp;", "&")
    return re.findall(r'<a href="([^"]+)">(证书内容已更正[^<]+)</a>', body)


REPRINT = {"更正后待重新打印": ("/certificates?batch=202307&void=0&paper=reprint", 1)}
BACK = {"更正后旧证待收回": ("/certificates?batch=202307&void=0&paper=back", 1)}
GIVEN = [
    (
        "/handovers?batch=202307&stage=collected&paper=back",
        "证书内容已更正，旧证在学生手里：请通知学生交回，收到后转交学院收回",
    )
]
KEPT = [
    (
        "/handovers?batch=202307&stage=received&paper=back",
        "证书内容已更正，中心的旧证不能发给学生，等学院收回",
    )
]


@pytest.mark.parametrize(
    ("stage", "hq", "college", "centre"),
    [
        (Stage.CERTIFIED, REPRINT, {}, []),
        (Stage.SHIPPED, {}, BACK, []),
        (Stage.RECEIVED, {}, BACK, KEPT),
        (Stage.COLLECTED, {}, BACK, GIVEN),
    ],
)
def test_the_desk_that_must_act_has_it_on_its_home(old, at, stage, hq, college, centre):
    old(stage)
    assert (cards(at("hq")), cards(at("college")), alarms(at("a"))) == (hq, college, centre)
    assert (cards(at("a")), alarms(at("hq")), alarms(at("college"))) == ({}, [], [])
    assert alarms(at("b")) == []
    for url, n in (*hq.values(), *college.values(), *((url, 1) for url, _ in centre)):
        assert f"查询到 <b>{n}</b>" in at("hq").get(url).content.decode()


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (Stage.RECEIVED, f"{KEPT[0][1]}。"),
        (Stage.COLLECTED, f"{GIVEN[0][1]}。「撤销签领」只用于登记错了的签领，收回旧证不用它。"),
    ],
)
def test_the_page_of_the_file_asks_the_centre_for_what_its_home_does(old, at, stage, said):
    address = f"/candidates/{old(stage)}"
    assert [said in at(name).get(address).content.decode() for name in ("a", "college", "hq")] == [
        True,
        False,
        False,
    ]
    Certificate.objects.update(old_paper_since=None)
    assert "证书内容已更正" not in at("a").get(address).content.decode()


def test_nobody_s_home_speaks_of_it_while_there_is_none(old, at):
    old(Stage.RECEIVED)
    Certificate.objects.update(old_paper_since=None)
    assert [cards(at(name)) for name in ("hq", "college", "a")] == [{}, {}, {}]
    assert alarms(at("a")) == []


@pytest.mark.parametrize(
    ("name", "stage", "path", "said"),
    [
        ("college", Stage.CERTIFIED, "/certificates", "待重新打印"),
        ("a", Stage.RECEIVED, "/handovers", "旧证待收回"),
        ("hq", Stage.COLLECTED, "/certificates", "旧证待收回"),
    ],
)
def test_the_lists_mark_it(old, at, name, stage, path, said):
    old(stage)
    assert f">{said}</" in at(name).get(path).content.decode()
    counts = [
        f"查询到 <b>{n}</b>" in at(name).get(f"{path}?paper={word}").content.decode()
        for word, n in (("old", 1), ("current", 0))
    ]
    assert counts == [True, True]


def test_what_can_not_be_done_with_it_is_no_number_of_a_to_do(old, at):
    old(Stage.RECEIVED)
    page = (
        at("a").get("/handovers?stage=received&registered=1&doubt=0&paper=current").content.decode()
    )
    assert "查询到 <b>0</b>" in page


@pytest.mark.parametrize(
    ("name", "stage", "verb", "sentence"),
    [
        ("college", Stage.CERTIFIED, "ship", f"{OLD}，还没有按新内容打印，旧证不能寄出"),
        ("a", Stage.RECEIVED, "collect", f"{OLD}，寄出的是旧证，不能发给学生"),
    ],
)
def test_the_file_says_whose_turn_it_is_and_why_the_step_is_stopped(
    old, at, name, stage, verb, sentence
):
    pk = old(stage)
    page = at(name).get(f"/candidates/{pk}").content.decode()
    turn = "总部重新打印" if stage is Stage.CERTIFIED else "学院收回旧证"
    assert (sentence in page, f"{OLD}，现在由{turn}" in page) == (True, True)
    codes = list(reasons(opened(at(name), f"verb={verb}&chosen={pk}")))
    assert codes == ["更正后尚未重新打印" if verb == "ship" else "纸质证书是更正以前的旧证"]


HOW = "graduand papers 202307 --kind 毕业证书 --amended --out 目录"


@pytest.mark.parametrize(("stage", "told"), [(Stage.CERTIFIED, True), (Stage.RECEIVED, False)])
def test_who_has_it_printed_reads_how_and_by_whom(old, at, stage, told):
    """On the page of the file, above the list of the to-do, and the to-do stands in the menu."""
    pk = old(stage)
    page = at("hq").get(f"/candidates/{pk}").content.decode()
    assert (HOW in page, "请系统管理员代为打印" in page) == (told, told)
    assert HOW not in at("college").get(f"/candidates/{pk}").content.decode()
    where = "/certificates?batch=202307&void=0&paper=reprint"
    assert HOW in at("hq").get(where).content.decode()
    home = at("hq").get("/").content.decode().replace("&amp;", "&")
    menu = home[home.index('id="menu"') : home.index("</nav>", home.index('id="menu"'))]
    assert re.findall(r'href="[^"]*paper=reprint"[^>]*>.*?</svg>([^<]+)<', menu) == [
        "更正后待重新打印"
    ]


def degree_of(world, **mark):
    """The degree certificate of the one, whose paper says what was amended; the certificate itself is in order."""
    Certificate.objects.update(old_paper_since=None)
    Candidate.objects.filter(pk=world.file(world.one).pk).update(degree="granted")
    return DegreeCertificate.objects.create(
        candidate=world.file(world.one),
        number="5116142023000001",
        book="5116142023",
        serial=1,
        photo_sha256="a" * 64,
        granted_on=date(2023, 7, 20),
        made_at=LATER,
        **{"old_paper_since": LATER, **mark},
    )


@pytest.mark.parametrize(
    ("stage", "turn", "cards_of"),
    [
        (Stage.CERTIFIED, "现在由总部重制学位证书，制好后办理「登记学位证书重制」", "hq"),
        (Stage.RECEIVED, "现在由学院收回旧证：旧证到学院后办理「退回学院」", "college"),
    ],
)
def test_an_old_degree_paper_alone_is_said_as_such_and_stands_in_the_same_to_dos(
    old, at, world, stage, turn, cards_of
):
    pk = old(stage)
    degree = degree_of(world)
    page = at("hq").get(f"/candidates/{pk}").content.decode()
    assert f"学位证书内容已于 2023-07-25 更正，{turn}" in page
    assert (f"verb=degree_replace&amp;chosen={pk}" in page, HOW in page) == (
        stage is Stage.CERTIFIED,
        False,
    )
    assert cards(at(cards_of)) == {"hq": REPRINT, "college": BACK}[cards_of]
    if stage is Stage.RECEIVED:
        assert list(reasons(opened(at("a"), f"verb=collect&chosen={pk}"))) == [
            "纸质证书是更正以前的旧证"
        ]
    account_for(world, world.one)
    assert "您的学位证书内容已于 2023-07-25 更正" in at("student").get("/my").content.decode()
    degree.old_paper_since, degree.reprinted_at = None, LATER
    degree.save()
    assert "2023-07-25 按更正后的内容重制" in at("hq").get(f"/candidates/{pk}").content.decode()


def test_the_parcel_says_which_of_its_papers_is_an_old_one(old, at):
    old(Stage.SHIPPED)
    page = at("a").get(f"/parcels/{Parcel.objects.get().pk}").content.decode()
    assert (">旧证待收回</small>" in page, "由学院收回" in page) == (True, True)


def test_the_college_takes_back_what_the_student_was_given_and_nothing_else(old, at, world):
    pk = old(Stage.COLLECTED)
    recall = f"verb=recall&amp;chosen={pk}"
    assert recall in at("college").get(f"/candidates/{pk}").content.decode()
    Certificate.objects.update(old_paper_since=None)
    assert recall not in at("college").get(f"/candidates/{pk}").content.decode()
    assert [offer.verb for offer in list_offers(Desk.COLLEGE, "collected")] == []
    Certificate.objects.update(old_paper_since=LATER)
    unit = world.users["hq"].grants.get().unit
    world.users["hq2"] = User.objects.create_user("hq2", "总部吕老师", "x")
    Grant.objects.create(user=world.users["hq2"], role=Role.HQ_REVIEWER.value, unit=unit)
    recalled(at, pk)
    assert Candidate.objects.get(pk=pk).stage == "collected"
    question = Consent.objects.get()
    assert "学生已签领：退回学院（更正后收回旧证）" in at("hq2").get("/consents").content.decode()
    assert at("hq2").post(f"/consents/{question.pk}", {"agree": "1"}).status_code == 302
    assert acts.resume(world.batch).stuck == []
    file = Candidate.objects.get(pk=pk)
    assert (file.stage, file.collected_at, file.received_at) == ("certified", None, None)


@pytest.mark.parametrize("stage", [Stage.SHIPPED, Stage.COLLECTED])
def test_why_it_comes_back_is_chosen_already(old, at, stage):
    pk = old(stage)
    offered = r'<option value="([a-z]+)"( selected)?>'
    shown = opened(at("college"), f"verb=recall&chosen={pk}").content.decode()
    assert re.findall(offered, shown) == [("replaced", " selected"), ("other", "")]
    if stage is Stage.SHIPPED:
        Certificate.objects.update(old_paper_since=None)
        shown = opened(at("college"), f"verb=recall&chosen={pk}").content.decode()
        assert re.findall(offered, shown) == [
            ("missent", ""),
            ("unclaimed", ""),
            ("damaged", ""),
            ("other", ""),
        ]


def recalled(at, pk):
    client = at("college")
    shown = opened(client, f"verb=recall&chosen={pk}")
    answer = client.post("/candidates/submit", {"token": token_of(shown), "reason": "replaced"})
    assert answer.status_code == 302, answer.content.decode()


def test_what_was_replaced_says_so(old, at):
    pk = old(Stage.CERTIFIED)
    Certificate.objects.update(old_paper_since=None, reprinted_at=LATER)
    assert (
        "2023-07-25 按更正后的内容重新打印"
        in at("college").get(f"/candidates/{pk}").content.decode()
    )


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (Stage.COLLECTED, "请把手中的旧证交回学习中心"),
        (Stage.RECEIVED, "学校按新内容重新打印后再发给您"),
    ],
)
def test_the_student_is_told(old, at, world, stage, said):
    old(stage)
    account_for(world, world.one)
    assert said in at("student").get("/my").content.decode()


def test_old_papers_are_taken_back_from_their_list_and_what_takes_two_is_named(world, at):
    """One verb for the whole list; of what a student was given the college asks file by file, for somebody agrees to each."""
    three = [world.one, world.student(2), world.student(3)]
    world.judge()
    bring(world, Verb.CERTIFY, *three[1:])
    go_on(world, Stage.RECEIVED, *three)
    Certificate.objects.update(queryable=True, registered_on=date(2023, 7, 21))
    world.do("a", Verb.COLLECT, three[2], handover="in_person", confirmed=True)
    set_clock(LATER)
    Certificate.objects.update(old_paper_since=LATER)
    listed = at("college").get("/certificates?batch=202307&void=0&paper=back").content.decode()
    assert ("批量退回学院" in listed, listed.count('name="chosen"')) == (True, 3)
    assert (
        "批量退回学院"
        not in at("a").get("/certificates?batch=202307&void=0&paper=back").content.decode()
    )
    dialog = opened(
        at("college"), "verb=recall&all=1&list=certificates&batch=202307&void=0&paper=back"
    )
    assert (figures(dialog), reasons(dialog)) == (
        {"已选": 3, "可以提交": 2, "将跳过": 1},
        {"需要第二人": 1},
    )
    at("college").post(
        "/candidates/submit", {"token": token_of(dialog), "reason": "replaced", "note": "已收到"}
    )
    acts.resume(world.batch)
    assert [world.file(student).stage for student in three] == [
        "certified",
        "certified",
        "collected",
    ]


@pytest.mark.parametrize("name", ["a", "college", "hq"])
def test_what_the_student_was_given_comes_back_through_the_centre_and_the_page_says_so(
    old, at, name
):
    """The student reads to bring it to the centre: the file is not done with, and its page says whose turn it is."""
    pk = old(Stage.COLLECTED)
    page = at(name).get(f"/candidates/{pk}").content.decode()
    turn = f"{OLD}，现在由杭州学习中心通知学生交回旧证，转交学院收回：旧证到学院后办理「退回学院」"
    assert (turn in page, "这份档案已办结" in page) == (True, False)
    Certificate.objects.update(old_paper_since=None, reprinted_at=LATER)
    assert "这份档案已办结" in at(name).get(f"/candidates/{pk}").content.decode()


def test_the_lists_say_where_an_old_paper_is_and_who_sees_to_it(old, at):
    old(Stage.COLLECTED)
    body = at("a").get("/handovers?stage=collected&paper=back").content.decode()
    assert "更正；旧证在学生手里，请学习中心通知学生交回，由学院收回" in body
