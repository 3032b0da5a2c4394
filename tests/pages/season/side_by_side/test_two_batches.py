"""The pages of batches with two and three of them: each its own closing, where each stands, one deleted, one finished."""

import re
from datetime import datetime

import pytest
from django.db.models import F

from graduand.models import (
    Batch,
    Candidate,
    Consent,
    Grant,
    IdentityCase,
    PolicyDraft,
    Student,
    User,
)
from graduand.office.audit import auditing
from graduand.office.refusal import Refused
from graduand.office.season import batches, deleting, policy_drafts
from graduand.office.season.ending import closing
from graduand.pages.frame.season.policy_form import form_of
from graduand.queries import clock, scope
from graduand.queries.records.story import story
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.season.next_season import next_season
from graduand.rulebook.terms import Role, Verb
from tests import jobs
from tests.acting import shut
from tests.factories import policy_data
from tests.pages.world import NOON, PASSWORD, set_clock


@pytest.fixture
def second(world):
    """Another person of headquarters."""
    user = world.users["hq2"] = User.objects.create_user("hq2", "总部钱老师", PASSWORD)
    Grant.objects.create(
        user=user, role=Role.HQ_REVIEWER.value, unit=world.centres[0].parent.parent
    )
    return user


def load(code: str, issue: str, closes: str, opens: str) -> Batch:
    return batches.load(
        policy_data(
            code=code,
            issue_date=issue,
            closes_at=closes,
            progression=None,
            rounds=[{"name": "首批", "opens": opens, "closes": closes}],
        ),
        None,
    ).batch


@pytest.fixture
def three(world):
    """A batch before and one after the one that is shown."""
    world.student(1), world.student(2)
    before = load("202301", "2023-01-20", "2023-07-30", "2022-12-01")
    after = load("202401", "2024-01-20", "2024-04-12", "2023-12-01")
    world.judge()
    return before, world.batch, after


def text_of(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_closing_of_every_batch_opens_and_its_links_are_its_own(three, at):
    for batch in three[:2]:
        page = text_of(at("hq").get(f"/batches/{batch.code}/closing"))
        assert f"批次 {batch.code}：查缺补漏与关闭" in page
        assert f'href="/candidates?batch={batch.code}&amp;gap=motion"' in page


def test_the_closing_of_a_batch_that_has_not_begun_says_so(three, at, world):
    """There is nothing to explain and nothing to close yet, on the page and for whoever asks otherwise."""
    client, after = at("hq"), three[2]
    page = text_of(client.get("/batches/202401/closing"))
    assert "批次 202401 的申请还没有开始（「首批」2023-12-01 起），没有要说明或关闭的。" in page
    assert (
        "gap=" in page,
        "/batches/202401/switch" in page,
        "/batches/202401/explain" in page,
    ) == (False, False, False)
    for link in ("/candidates?batch=202401", "/batches/202401", "/batches/202401/delete"):
        assert f'href="{link}"' in page
        assert client.get(link).status_code == 200
    assert (
        client.post(
            "/batches/202401/switch", {"do": "close", "key": "k", "reason": "误载入"}
        ).status_code
        == 409
    )
    assert (
        client.post("/batches/202401/explain", {"gap": "unfiled", "note": "x"}).status_code == 409
    )
    with pytest.raises(Refused, match="批次 202401 的申请还没有开始"):
        shut(after, world.actor("hq"))
    auditing.run(after)
    assert "</a>，2023-12-01 起可在「首批」申请；" in text_of(client.get("/batches/202401"))
    set_clock(datetime(2023, 12, 1, 9, 0, tzinfo=OFFICE_ZONE))
    assert "gap=unfiled" in text_of(client.get("/batches/202401/closing"))


def test_the_list_says_where_each_batch_stands(three, at):
    before, now, _ = three
    page = text_of(at("hq").get("/batches"))
    assert [
        page.count(f">{word}</span>") for word in ("准备中", "申请中", "已关闭，办理中", "已办结")
    ] == [1, 2, 0, 0]
    Batch.objects.filter(pk=now.pk).update(closed_at=now.policy.loaded_at)
    Batch.objects.filter(pk=before.pk).update(
        closed_at=now.policy.loaded_at, finished_at=now.policy.loaded_at
    )
    rows = {
        state: [
            b.code
            for b in three
            if f'href="/batches/{b.code}"' in text_of(at("hq").get(f"/batches?state={state}"))
        ]
        for state in ("open", "closed", "finished")
    }
    assert rows == {"open": ["202401"], "closed": ["202307"], "finished": ["202301"]}


def test_a_batch_whose_last_day_is_over_waits_for_headquarters_to_close_it(three, at):
    """It is neither 申请中 nor closed, and only headquarters, who can close it, is alarmed."""
    set_clock(datetime(2023, 11, 1, 9, 0, tzinfo=OFFICE_ZONE))
    page = text_of(at("hq").get("/batches"))
    assert [page.count(f">{word}</span>") for word in ("准备中", "申请中", "已截止，待关闭")] == [
        1,
        0,
        2,
    ]
    homes = {name: text_of(at(name).get("/")) for name in ("hq", "college")}
    link = '<a href="/batches/202307/closing">批次 202307 已于 2023-10-12 截止，不能再审核通过：由总部查缺补漏后关闭，'
    assert {
        name: (home.count(link), home.count("202307 · 已截止")) for name, home in homes.items()
    } == {
        "hq": (1, 1),
        "college": (0, 1),
    }


def test_a_batch_says_who_is_worked_on_in_another_one(three, world, at):
    filed = Candidate.objects.filter(batch=world.batch).first().student
    world.do("a", Verb.APPLY, filed)
    said = {code: text_of(at("hq").get(f"/batches/{code}")) for code in ("202401", "202307")}
    assert {code: ">1 人在其他批次办理</a>" in page for code, page in said.items()} == {
        "202401": True,
        "202307": False,
    }
    assert {code: "未列入" in page for code, page in said.items()} == {
        "202401": False,
        "202307": False,
    }  # it has a file of each


def test_a_batch_is_deleted_in_two_steps_by_headquarters_alone(three, at):
    client = at("hq")
    assert 'href="/batches/202401/delete"' in text_of(client.get("/batches/202401"))
    assert "将删除这个批次和它的名单（2 人）" in text_of(client.get("/batches/202401/delete"))
    wrong = client.post("/batches/202401/delete/confirmed", {"code": "202307"})
    shown = wrong.content.decode()
    told = "没有删除：输入的「202307」不是批次 202401 的代码。要删除，请输入 202401；不删除，请按「取消」。"
    assert (wrong.status_code, told in shown) == (409, True)
    assert ('action="/batches/202401/delete/confirmed"' in shown, 'value="202307"' in shown) == (
        True,
        True,
    )
    assert Batch.objects.filter(code="202401", deleted_at=None).exists()
    assert [
        at(name).get("/batches/202401/delete").status_code for name in ("college", "a", "auditor")
    ] == [404] * 3
    assert client.post("/batches/202401/delete/confirmed", {"code": "202401"}).status_code == 302
    assert [
        client.get(f"/batches/202401{more}").status_code for more in ("", "/closing", "/delete")
    ] == [404] * 3
    assert jobs.work_once("worker")
    assert set(Candidate.objects.values_list("batch__code", flat=True)) == {"202301", "202307"}


def test_while_a_deleted_batch_goes_in_the_background_no_page_shows_a_file_of_it(three, at):
    """Decision 27; the worker is away: it is in no list from the press on, and nothing is an error page."""
    gone = Candidate.objects.filter(batch__code="202401").first()
    client = at("hq")
    client.post("/batches/202401/delete/confirmed", {"code": "202401"})
    pages = ["/", "/candidates?batch=all", "/candidates?batch=open", "/batches", "/jobs"]
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)
    assert client.get(f"/candidates/{gone.pk}").status_code == 404
    listed = text_of(client.get("/candidates?batch=all"))
    assert ("202307" in listed, "202401" in listed) == (True, False)
    told = story(gone.student.number)
    assert {file.batch for file in told.files} == {"202301", "202307"}


def test_a_draft_of_a_deleted_batch_says_that_the_batch_is_gone(three, at):
    later, client = Batch.objects.get(code="202401"), at("hq")
    actor = scope.actor_of(User.objects.get(username="hq"), clock.today())
    changed = later.policy.source | {"extra_gates": ["INFO-CONFIRM"]}
    draft = policy_drafts.draft(changed, actor, "k")
    deleting.delete(later, actor)
    page = text_of(client.get(f"/batches/drafts/{draft.pk}"))
    assert ("批次 202401 已删除" in page, "已改过" in page) == (True, False)


def test_a_batch_in_which_something_has_happened_says_so_instead_of_being_deleted(three, world, at):
    world.do("a", Verb.APPLY, Candidate.objects.filter(batch=world.batch).first().student)
    page = text_of(at("hq").get("/batches/202307/delete"))
    assert "批次 202307 已有办理记录（" in page
    assert "</button></footer>" not in page
    assert 'href="/batches/202307/delete"' not in text_of(at("hq").get("/batches/202307"))
    assert at("hq").post("/batches/202307/delete/confirmed", {"code": "202307"}).status_code == 409


def test_a_closed_batch_shows_what_is_left_and_is_finished_by_two(three, world, at, second):
    student = Candidate.objects.filter(batch=world.batch).first().student
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, student)
    closing.explain(world.batch, "unfiled", None, "联系不上", world.actor("hq"))
    shut(world.batch, world.actor("hq"))
    client = at("hq")
    assert "待编号制证 1" in text_of(client.get("/batches/202307"))
    page = text_of(client.get("/batches/202307/closing"))
    assert 'href="/candidates?batch=202307&amp;stage=approved"' in page
    assert (
        client.post(
            "/batches/202307/switch", {"do": "finish", "key": "k", "reason": "期满"}
        ).status_code
        == 409
    )
    client.post("/batches/202307/explain", {"gap": "onward", "note": "等待总部编号"})
    client.post("/batches/202307/switch", {"do": "finish", "key": "k", "reason": "期满"})
    at("hq2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"})
    assert ">已办结<" in text_of(client.get("/batches/202307"))
    then = {f"{step}_at": F("approved_at") for step in ("certified", "shipped", "received")}
    Candidate.objects.filter(batch=world.batch, student=student).update(stage="received", **then)
    kept = text_of(client.get("/batches/202307"))
    assert (
        "待领保管" in kept,
        'href="/handovers?batch=202307&amp;centre=101&amp;stage=received">1 本<' in kept,
    ) == (True, True)


def moved_on(client, changes, months, days="0"):
    """填入顺延后的日期, pressed in the form of a new batch where somebody has typed `changes`."""
    source = Batch.objects.get(code="202307").policy.source
    form = form_of(source, fresh=True)
    typed = {one.id: one.value for _, fields in [*form.groups, *form.rounds] for one in fields}
    return client.post(
        "/batches/new/days",
        {**typed, **changes, "of": "", "key": "k", "months": months, "days": days},
    )


def fields_of(page):
    return dict(re.findall(r'<input id="([\w.-]+)"[^>]* value="([^"]*)"', page))


def test_what_was_typed_stays_when_the_dates_of_a_new_batch_are_moved_on(world, at):
    typed = {
        "contacts.phone": "010-99999999",
        "rounds.0.name": "第一轮",
        "rounds.1.name": "",
        "issue_date": "2024-01-01",
    }
    page = text_of(moved_on(at("hq"), typed, months="5", days="2"))
    filled = fields_of(page)
    names = (
        "p-contacts.phone",
        "p-rounds.0.name",
        "p-rounds.0.opens",
        "p-issue_date",
        "s-months",
        "s-days",
    )
    assert [filled[name] for name in names] == [
        "010-99999999",
        "第一轮",
        "2023-12-08",
        "2023-12-22",
        "5",
        "2",
    ]
    assert "轮次：第二批" not in page
    assert "日期须重新填写" not in page
    assert PolicyDraft.objects.count() == 0
    assert (
        "<button hidden>试判</button>"
        in page.split('action="/batches/try"')[1].split("formaction")[0]
    )


@pytest.mark.parametrize(
    ("typed", "filled", "months", "code"),
    [
        ("202402", "", "6", "202402"),
        ("", "", "6", "202401"),
        ("202401", "202401", "12", "202407"),
        ("202405", "", "3", "202405"),
    ],
)
def test_the_code_of_a_new_batch_that_somebody_typed_stays(world, at, typed, filled, months, code):
    page = text_of(moved_on(at("hq"), {"code": typed, "filled": filled}, months=months))
    assert fields_of(page)["p-code"] == code


@pytest.mark.parametrize(("months", "days"), [("a", "0"), ("5", ""), ("367", "0")])
def test_a_span_that_is_no_number_is_said_beside_what_was_typed(world, at, months, days):
    answer = moved_on(at("hq"), {"contacts.phone": "010-99999999"}, months=months, days=days)
    page = answer.content.decode()
    assert (answer.status_code, fields_of(page)["p-contacts.phone"]) == (422, "010-99999999")
    assert "顺延的月数和天数应为 0 到 366 的整数" in page


def test_a_form_that_is_refused_does_not_ask_for_dates_that_stand_in_it(world, at):
    source = next_season(world.batch.policy.source, 12, 0)
    form = form_of(source)
    typed = {one.id: one.value for _, fields in [*form.groups, *form.rounds] for one in fields}
    answer = at("hq").post(
        "/batches/try", {**typed, "of": "", "key": "k", "closes_at": "2023-12-01", "months": "7"}
    )
    page = answer.content.decode()
    assert (answer.status_code, "日期须重新填写" in page) == (422, False)
    assert [fields_of(page)[name] for name in ("p-rounds.0.opens", "s-months")] == [
        "2024-07-06",
        "7",
    ]


def test_a_new_batch_takes_all_its_dates_in_one_go_and_is_compared_with_the_last_one(world, at):
    filed = world.student(1)
    world.student(2)
    world.judge()
    world.do("a", Verb.APPLY, filed)
    client = at("hq")
    page = text_of(moved_on(client, {}, months="12"))
    assert "日期都由批次 202307 顺延 12 个月 0 天得来，请逐项核对。" in page
    values = dict(re.findall(r'<input id="p-([\w.]+)"[^>]* value="([^"]*)"', page))
    assert (values["code"], values["rounds.0.opens"], values["enrolled_through"]) == (
        "202407",
        "2024-07-06",
        "2022春",
    )
    source = next_season(world.batch.policy.source, 12, 0)
    form = form_of(source)
    typed = {one.id: one.value for _, fields in [*form.groups, *form.rounds] for one in fields}
    draft = client.post("/batches/try", {**typed, "of": "", "key": "k1"})["Location"]
    page = text_of(client.get(draft))
    assert "与批次 202307 的不同" in page
    assert (
        '<th scope="row">「首批」申请开始</th><td><del>2023-07-06</del></td><td><ins>2024-07-06</ins></td>'
        in page
    )
    assert "照片宽" not in page  # what is the same is no difference
    assert "建立后将列入 1 人；另有 1 人未列入（他批次有在办档案 1 人）。" in page


def test_the_headline_of_home_says_what_the_switch_says(three, at):
    """With one batch its pill, with all of them 全部: a to-do that belongs to no batch is counted in 全部 alone."""
    IdentityCase.objects.create(student=Student.objects.first(), verdict="unsure", opened_at=NOON)
    for name in ("a", "college", "hq"):
        for address in ("/", *(f"/?batch={batch.code}" for batch in three)):
            page = text_of(at(name).get(address))
            pill = re.search(r'aria-current="page">[^<]+<b>(\d+)</b></a>', page)[1]
            said = re.search(r"今天(?:需要处理 (\d+) 件事|没有需要处理的事)", page)[1]
            assert (said or "0") == pill


def test_both_who_close_a_batch_read_how_early_it_is_and_who_is_carried_over(
    three, world, at, second
):
    """Nobody closes a batch by its name alone, a month before its last day, with people returned and deferred in it."""
    one, two = (
        file.student
        for file in Candidate.objects.filter(batch=world.batch).select_related("student")
    )
    world.do("a", Verb.APPLY, one)
    world.do("college", Verb.SEND_BACK, one, reason="details")
    world.do("a", Verb.DEFER, two, statement=True)
    for gap in ("returned", "deferred"):
        closing.explain(world.batch, gap, None, "联系不上", world.actor("hq"))
    told = "将结转 2 人（退回补正 1，暂缓毕业 1）；截止日期 2023-10-12，还有 92 天，「首批」、「续读本科」还在申请中。"
    shown = [text_of(at("hq").get("/batches/202307/closing"))]
    at("hq").post("/batches/202307/switch", {"do": "close", "key": "k", "reason": "当季办结"})
    shown.append(text_of(at("hq2").get("/consents")))
    assert [told.rstrip("。") in page for page in shown] == [True, True]
    assert 'href="/batches/202307/closing">关闭批次 202307' in shown[1]
