"""Batches in the browser: their days, the policy as a form with a trial before it is saved, closing by two."""

import io
import re
import tomllib
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from graduand.models import (
    Batch,
    Candidate,
    Consent,
    Grant,
    Job,
    PolicyDraft,
    PolicyVersion,
    Round,
    User,
)
from graduand.office import audit, closing, policy_drafts, policy_files
from graduand.office.refusal import Refused
from graduand.pages.frame import policy_form
from graduand.papers.calendar_file import Entry, calendar_file
from graduand.queries import gaps
from graduand.rulebook.agenda import agenda, day_words
from graduand.rulebook.policy import BatchPolicy, PolicyRefused
from graduand.rulebook.terms import Role, Verb
from tests import jobs
from tests.pages.world import NOON, PASSWORD, POLICY, last_left


@pytest.fixture
def second(world):
    """Another person of headquarters."""
    user = world.users["hq2"] = User.objects.create_user("hq2", "总部钱老师", PASSWORD)
    Grant.objects.create(
        user=user, role=Role.HQ_REVIEWER.value, unit=world.centres[0].parent.parent
    )
    return user


def source() -> dict:
    return Batch.objects.get(code="202307").policy.source


def typed(**changes) -> dict:
    """The form as the page shows it, with what somebody typed."""
    form = policy_form.form_of(source())
    shown = [one for _, fields in [*form.groups, *form.rounds] for one in fields]
    values = {one.id: one.value if one.field.kind != "yes" else (one.value or "0") for one in shown}
    return {
        **values,
        "of": "202307",
        "key": "k1",
        **{name.replace("__", "."): value for name, value in changes.items()},
    }


def attempt(client, **changes):
    return client.post("/batches/try", typed(**changes))


# -- the form ----------------------------------------------------------------------------------------------------


def test_the_form_gives_back_what_it_was_given(world):
    """Every value of the example survives the form, those that it doesn't show too."""
    form = {name: value for name, value in typed().items() if name not in ("of", "key")}
    assert policy_form.source_of(source(), form) == source()


def test_a_wrong_day_stands_beside_its_field_and_nothing_is_saved(world, at):
    answer = attempt(at("hq"), issue_date="2023-01-20", **{"rounds.0.opens": "2023-07-20"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "有 2 处问题，没有保存" in page
    assert 'id="w-issue_date">发证日期 2023-01-20 不在批次 202307 的年月内，疑为旧模板日期<' in page
    assert "「首批」截止 2023-07-16 早于开始 2023-07-20" in page
    assert 'name="issue_date" type="date" value="2023-01-20"' in page
    assert (PolicyDraft.objects.count(), PolicyVersion.objects.count()) == (0, 1)


def test_A07_a_field_that_the_form_does_not_have_changes_nothing(world, at):
    attempt(
        at("hq"), self_appraisal_min_chars="300", numbering="minted", **{"school.code": "99999"}
    )
    assert PolicyDraft.objects.get().source["school"]["code"] == "51161"


# -- the trial ---------------------------------------------------------------------------------------------------


def test_the_trial_says_who_would_change_and_stores_nothing(world, at):
    world.student(1), world.student(2, centre=1), world.student(3, credits=False)
    world.judge()
    before = list(
        Candidate.objects.order_by("id").values_list("judgement__fit", "judgement__codes")
    )
    answer = attempt(at("hq"), enrolled_through="2020秋")
    draft = PolicyDraft.objects.get()
    told = draft.tried
    assert (told["judged"], told["fit"], told["lost"], told["gained"]) == (3, [2, 0], 2, 0)
    assert told["codes"]["ELIG-TERM"] == [0, 3]
    assert [row[1:3] for row in draft.moved] == [[True, False], [True, False], [False, False]]
    assert (
        list(Candidate.objects.order_by("id").values_list("judgement__fit", "judgement__codes"))
        == before
    )
    assert PolicyVersion.objects.count() == 1
    page = at("hq").get(answer["Location"]).content.decode()
    assert "3 人的判断会变" in page
    assert (
        len(
            load_workbook(
                io.BytesIO(at("hq").post(f"{answer['Location']}/moved.xlsx").getvalue())
            ).active["A"]
        )
        == 4
    )
    assert last_left() == ("policy-moved", "hq", 3, "written")


def test_what_was_tried_is_saved_as_a_version_and_everybody_is_judged_by_it(world, at):
    world.student(1)
    world.judge()
    client = at("hq")
    draft = attempt(client, enrolled_through="2020秋")["Location"]
    for _ in range(2):
        saved = client.post(f"{draft}/save", {"key": "s1"})
    assert saved["Location"] == "/batches/202307?saved=1"
    assert PolicyDraft.objects.get().saved.number == 2
    assert PolicyVersion.objects.count() == 2
    assert Job.objects.get(kind="audit").state == "waiting"
    jobs.work_once("worker")
    assert Candidate.objects.get().judgement.fit is False
    assert "2021春" in client.get("/batches/202307/versions/2").content.decode()


def test_a_big_batch_is_tried_in_the_background(world, at, monkeypatch):
    monkeypatch.setattr(policy_drafts, "AT_ONCE", 1)
    monkeypatch.setattr(audit, "CHUNK", 2)
    monkeypatch.setattr(audit, "CHUNK_OF_ONE_WRITER", 2)
    for number in range(5):
        world.student(number)
    world.judge()
    draft = attempt(at("hq"), enrolled_through="2020秋")["Location"]
    assert PolicyDraft.objects.get().tried_at is None
    assert at("hq").post(f"{draft}/save", {"key": "s"}).status_code == 409
    jobs.work_once("worker")
    assert (PolicyDraft.objects.get().tried["judged"], PolicyDraft.objects.get().tried["lost"]) == (
        5,
        5,
    )


def test_W02_a_draft_of_an_older_version_is_not_saved(world, at):
    client = at("hq")
    first = attempt(client, self_appraisal_min_chars="300")["Location"]
    second = attempt(client, self_appraisal_min_chars="250", key="k2")["Location"]
    client.post(f"{second}/save", {"key": "s"})
    assert client.post(f"{first}/save", {"key": "s2"}).status_code == 409
    assert (PolicyVersion.objects.count(), source()["self_appraisal_min_chars"]) == (2, 250)


def test_T11_a_longer_deadline_takes_a_reason_and_a_second_person(world, at, second):
    client = at("hq")
    draft = attempt(client, **{"rounds.1.photo_deadline": "2023-09-02"})["Location"]
    assert client.post(f"{draft}/save", {"key": "s0", "reason": ""}).status_code == 409
    client.post(f"{draft}/save", {"key": "s1", "reason": "暴雨停电"})
    assert (PolicyVersion.objects.count(), Consent.objects.get().kind) == (1, "policy")
    assert client.post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"}).status_code == 404
    at("hq2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"})
    last = PolicyVersion.objects.latest("number")
    assert (last.number, last.reason, last.loaded_by, last.second) == (
        2,
        "暴雨停电",
        world.users["hq"],
        second,
    )


def test_the_second_person_reads_all_that_the_draft_changes_and_not_the_longer_deadline_alone(
    world, at, second
):
    """Who agrees to two more days for photos agrees to the rest of the draft, too."""
    client = at("hq")
    draft = attempt(client, **{"rounds.1.photo_deadline": "2023-09-02", "degree.min_thesis": "75"})[
        "Location"
    ]
    client.post(f"{draft}/save", {"key": "s1", "reason": "暴雨停电"})
    page = at("hq2").get("/consents").content.decode()
    told = re.findall(
        r'<th scope="row">([^<]+)</th><td><del>([^<]*)</del></td><td><ins>([^<]*)</ins>', page
    )
    assert told == [
        ("学位论文成绩", "80", "75"),
        ("「第二批」照片截止", "2023-08-30", "2023-09-02"),
    ]
    assert f'href="{draft}"' in page
    assert at("hq2").get(draft).status_code == 200


def test_nothing_of_a_closed_batchs_rounds_is_said_to_go_on(world, at):
    open_page = at("hq").get("/batches/202307").content.decode()
    assert ("进行中" in open_page, "可申请" in open_page) == (True, True)
    Batch.objects.update(closed_at=NOON)
    closed = at("hq").get("/batches/202307").content.decode()
    assert ("进行中" in closed, "可申请<" in closed) == (False, False)
    words = re.findall(
        r"(首批|第二批|续读本科)：(毕业申请|毕业审核)\s*(?:<b[^>]*>|<small class=\"muted\">)([^<]+)<",
        closed,
    )
    # stopped, and not run out: their days are still to come
    assert {word for _, _, word in words} == {"批次已关闭"}
    assert "已过" not in closed.partition("毕业审核")[2]


def test_a_round_that_was_closed_by_hand_takes_no_applications_in_the_calendar_either(world, at):
    Round.objects.filter(name="首批").update(closed_at=NOON)
    page = " ".join(
        re.sub(r"<[^>]+>", " ", at("hq").get("/batches/202307").content.decode()).split()
    )
    assert ("首批：毕业申请 已提前关闭" in page, "首批：毕业申请 进行中" in page) == (True, False)


def test_a_longer_deadline_is_not_saved_around_the_second_person(world):
    """The control: the guard is in the office, not in the page."""
    late = {**source(), "closes_at": "2023-11-12"}
    draft = policy_drafts.draft(late, world.actor("hq"), "k")
    with pytest.raises(
        Refused, match="批次截止 2023-10-12 改为 2023-11-12：延长期限须写明原因，并由第二人同意"
    ):
        policy_drafts.save(draft, world.users["hq"].pk)


def test_a_new_batch_comes_from_the_last_one_without_its_dates(world, at):
    client = at("hq")
    page = client.get("/batches/new").content.decode()
    told = (
        "新建批次由您一人办理：试判后点「建立批次」即生效，不须第二人同意；以后延长期限才由两人办理"
    )
    assert (told in page, told in client.get("/batches/202307/edit").content.decode()) == (
        True,
        False,
    )
    assert "2023-07" not in page.split('action="/batches/try"')[1]
    taken = client.post("/batches/try", typed(of=""))
    assert taken.status_code == 422
    assert "批次 202307 已存在，请在该批次里修改" in taken.content.decode()


def test_a_policy_file_is_tried_before_it_is_loaded(world, at):
    client, text = at("hq"), POLICY.read_text(encoding="utf-8")
    later = (
        text.replace('"202307"', '"202407"').replace("2023-", "2024-").replace("2021春", "2022春")
    )
    answer = client.post(
        "/batches/load/send", {"key": "k", "file": SimpleUploadedFile("x.toml", later.encode())}
    )
    assert (Batch.objects.count(), answer.status_code) == (1, 302)
    client.post(f"{answer['Location']}/save", {"key": "s"})
    assert Batch.objects.get(code="202407").policy.source == policy_drafts.batches.plain(
        tomllib.loads(later)
    )
    bad = client.post(
        "/batches/load/send", {"key": "k2", "file": SimpleUploadedFile("x.toml", b"code = ")}
    )
    assert (bad.status_code, "第 1 行（文件末尾）不是合格的 TOML：" in bad.content.decode()) == (
        422,
        True,
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b'code = "202307"\nrounds = [\n',
            "第 2 行（文件末尾）不是合格的 TOML：请核对引号、等号、方括号和日期的写法",
        ),
        (
            b"code = 1\ncode = 2",
            "第 2 行（文件末尾）不是合格的 TOML：同一个键或同一组写了两次，请删去一处",
        ),
        (
            b"[a]\n[b]\n[a]\nx = 1\n",
            "第 3 行第 3 个字附近不是合格的 TOML：同一个键或同一组写了两次，请删去一处",
        ),
        (
            "a = 1\nb = '批'".encode("gbk"),
            "第 2 行不是合格的 TOML：文字编码不是 UTF-8，请把文件另存为 UTF-8",
        ),
    ],
)
def test_a_file_that_is_no_toml_is_refused_with_its_line(content, said):
    with pytest.raises(PolicyRefused) as refused:
        policy_files.parsed(content)
    assert refused.value.problems == [said]


# -- back to the form --------------------------------------------------------------------------------------------


def shown_on(client, url) -> dict:
    """Every field of a form as the page shows it."""
    page = client.get(url).content.decode()
    return dict(re.findall(r'<input[^>]* name="([\w.]+)"[^>]* value="([^"]*)"', page))


def test_back_from_the_trial_the_form_holds_what_was_typed(world, at):
    client = at("hq")
    draft = attempt(client, self_appraisal_min_chars="300")["Location"]
    back = re.search(r'href="([^"]+)">返回修改', client.get(draft).content.decode())[1]
    assert back == f"/batches/202307/edit?draft={PolicyDraft.objects.get().pk}"
    form = shown_on(client, back)
    assert form["self_appraisal_min_chars"] == "300"
    again = client.post(
        "/batches/try", typed(key="k2", draft=form["draft"], self_appraisal_min_chars="310")
    )
    assert (
        PolicyDraft.objects.get(pk=int(again["Location"].rsplit("/", 1)[1])).source[
            "self_appraisal_min_chars"
        ]
        == 310
    )


def test_back_from_the_trial_of_a_file_nothing_of_the_file_is_lost(world, at):
    """What the form does not show is that of the file, not that of the newest batch."""
    client, text = at("hq"), POLICY.read_text(encoding="utf-8")
    later = (
        text.replace('"202307"', '"202407"').replace("2023-", "2024-").replace("2021春", "2022春")
    )
    later = later.replace('incomplete_archive = "warn"', 'incomplete_archive = "block"')
    draft = client.post(
        "/batches/load/send", {"key": "k", "file": SimpleUploadedFile("x.toml", later.encode())}
    )
    held = PolicyDraft.objects.get()
    back = re.search(r'href="([^"]+)">返回修改', client.get(draft["Location"]).content.decode())[1]
    form = shown_on(client, back)
    assert held.source["incomplete_archive"] == "block"
    assert (back, form["code"], form["issue_date"]) == (
        f"/batches/new?draft={held.pk}",
        "202407",
        "2024-07-20",
    )
    shown = policy_form.form_of(held.source)
    every = {one.id: one.value for _, fields in (*shown.groups, *shown.rounds) for one in fields}
    client.post("/batches/try", {**every, "of": "", "key": "k2", "draft": form["draft"]})
    assert PolicyDraft.objects.latest("id").source == held.source


def test_A01_a_draft_comes_back_to_its_author_alone_and_to_its_own_batch(world, at, second):
    attempt(at("hq"), self_appraisal_min_chars="300")
    pk = PolicyDraft.objects.get().pk
    asked = (
        ("hq", f"202307/edit?draft={pk}"),
        ("hq2", f"202307/edit?draft={pk}"),
        ("hq", f"new?draft={pk}"),
        ("hq", "202307/edit?draft=x"),
    )
    assert [at(name).get(f"/batches/{address}").status_code for name, address in asked] == [
        200,
        404,
        404,
        404,
    ]


# -- days --------------------------------------------------------------------------------------------------------


def test_三_3_the_early_rounds_last_day_is_computed_and_said():
    policy = BatchPolicy.from_dict(tomllib.loads(POLICY.read_text(encoding="utf-8")))
    early = [one for one in agenda(policy) if one.round_name == "续读本科"]
    assert [(one.what, one.last, one.why) for one in early] == [
        ("毕业申请", date(2023, 8, 28), "招生截止 2023-09-10 前一周的周一")
    ]
    assert day_words(date(2023, 8, 28)) == "2023 年 8 月 28 日（周一）"


def test_the_calendar_file_is_folded_and_escaped():
    entry = Entry("a@b", date(2023, 7, 6), date(2023, 7, 16), "首批，申请;一,二\\三\n四" * 5, "")
    data = calendar_file("批次", [entry], NOON, 3)
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    whole = data.replace(b"\r\n ", b"").decode().split("\r\n")
    assert "SUMMARY:" + "首批，申请\\;一\\,二\\\\三\\n四" * 5 in whole
    assert [line for line in whole if line.startswith(("DTSTART", "DTEND", "SEQUENCE"))] == [
        "SEQUENCE:3",
        "DTSTART;VALUE=DATE:20230706",
        "DTEND;VALUE=DATE:20230717",
    ]


def test_every_desk_may_know_the_days_and_only_headquarters_changes_them(world, at):
    open_to = {
        name: (
            at(name).get("/batches/202307").status_code,
            at(name).get("/batches/202307/calendar.ics").status_code,
            at(name).get("/batches/202307/edit").status_code,
            attempt(at(name)).status_code,
            at(name).get("/batches/202307/closing").status_code,
        )
        for name in ("a", "college", "auditor")
    }
    assert open_to == {
        "a": (200, 200, 404, 404, 404),
        "college": (200, 200, 404, 404, 404),
        "auditor": (404,) * 5,
    }
    assert at("hq").get("/batches/999999").status_code == 404


def test_a_draft_is_its_writers_own(world, at, second):
    where = attempt(at("hq"), self_appraisal_min_chars="300")["Location"]
    assert (
        at("hq2").get(where).status_code,
        at("hq2").post(f"{where}/save", {"key": "x"}).status_code,
    ) == (404, 404)


# -- closing -----------------------------------------------------------------------------------------------------


def test_七_3_a_batch_is_closed_by_two_when_everybody_left_is_explained(world, at, second):
    applied, unfiled, unfit = world.student(1), world.student(2), world.student(3, credits=False)
    world.judge()
    world.do("a", Verb.APPLY, applied)
    client = at("hq")
    assert gaps.counts(world.batch) == {"motion": 1, "returned": 0, "unfiled": 1, "deferred": 0}
    assert (
        client.post(
            "/batches/202307/switch", {"do": "close", "key": "k", "reason": "期满"}
        ).status_code
        == 409
    )
    assert client.post("/batches/202307/explain", {"gap": "motion", "note": " "}).status_code == 409
    for gap in ("motion", "unfiled"):
        client.post(
            "/batches/202307/explain",
            {"gap": gap, "note": "联系不上", "centre": world.centres[0].pk},
        )
    assert world.file(applied).explanation == "联系不上（总部何老师，2023-07-12）"
    assert "查缺补漏已完成" in client.get("/batches/202307/closing").content.decode()
    client.post("/batches/202307/switch", {"do": "close", "key": "k", "reason": "期满"})
    asked = Consent.objects.get()
    assert (asked.kind, Batch.objects.get().closed_at) == ("batch", None)
    at("hq2").post(f"/consents/{asked.pk}", {"agree": "1"})
    assert jobs.work_once("worker")
    world.batch.refresh_from_db()
    assert world.batch.closed_at is not None
    assert {world.file(one).stage for one in (applied, unfiled, unfit)} == {"lapsed"}
    assert gaps.carried(world.batch) == (3, 0)
    client.post("/batches/202307/switch", {"do": "reopen", "key": "k2", "reason": "补办"})
    at("hq2").post(f"/consents/{Consent.objects.latest('id').pk}", {"agree": "1"})
    assert (
        Batch.objects.get().closed_at is not None
    )  # it is ordered, and the worker brings the list back
    said = {
        name: at(name).get(where).content.decode()
        for name, where in (
            ("hq", "/batches/202307/closing"),
            ("a", "/batches/202307"),
            ("college", "/batches"),
        )
    }
    assert "正在恢复名单：已列回 0 / 3 人。" in said["hq"]
    assert "恢复完成后批次重新开放；在此以前不能申请和审核。" in said["hq"]
    assert "提出重新开放批次" not in said["hq"]
    assert "正在恢复名单，恢复完成后批次重新开放；在此以前不能申请和审核。" in said["a"]
    assert "正在恢复名单" in said["college"]
    again = client.post("/batches/202307/switch", {"do": "reopen", "key": "k3", "reason": "补办"})
    assert again.status_code == 409
    assert "批次 202307 正在恢复名单（恢复完成后才能办理）" in again.content.decode()
    assert jobs.work_once("worker")
    assert Batch.objects.get().closed_at is None
    assert {world.file(one).stage for one in (applied, unfiled, unfit)} == {"listed"}
    assert "正在恢复名单" not in client.get("/batches/202307/closing").content.decode()


def test_an_explanation_stays_as_it_was_first_given(world):
    student = world.student(1)
    world.judge()
    actor = world.actor("hq")
    assert closing.explain(world.batch, "unfiled", None, "第一次", actor) == 1
    assert closing.explain(world.batch, "unfiled", None, "第二次", actor) == 0
    assert world.file(student).explanation.startswith("第一次")


def test_the_pages_of_a_batch_ask_a_constant_number_of_questions(world, at, asks):
    counts = []
    for number in (1, 2):
        world.student(number)
        world.judge()
        client = at("hq")
        client.get("/batches/202307")
        with asks(17):
            client.get("/batches/202307")
        counts.append(number)
    assert counts == [1, 2]


def test_a_refused_policy_names_every_problem():
    with pytest.raises(PolicyRefused) as refused:
        BatchPolicy.from_dict({})
    form = policy_form.form_of({}, refused.value.problems)
    assert form.total == len(refused.value.problems)


LONG = "9" * 5_000


def test_a_number_that_is_too_long_is_no_number(world, at):
    """Neither Python nor the database reads it: a sentence or nothing there, never a fault."""
    client = at("hq")
    notice = {"batch": "202307", "key": "k", "to": "some", "title": "t", "body": "b", "unit": LONG}
    assert {
        "explain": client.post(
            "/batches/202307/explain", {"gap": "unfiled", "centre": LONG, "note": "x"}
        ).status_code,
        "grades": client.post("/grades/declare", {"round": LONG, "college": "1"}).status_code,
        "notice": client.post("/notices/publish", notice).status_code,
        "pick": client.post("/candidates/picks", {"verb": "approve", "chosen": LONG}).status_code,
        "months": client.post("/batches/new/days", {"months": LONG, "days": "0"}).status_code,
        "policy": attempt(client, self_appraisal_min_chars=LONG).status_code,
        "roster": client.post("/rosters/freeze", {"batch": "202307", "seen": LONG}).status_code,
        "poll": client.get(f"/batches/202307/closing?done={LONG}").status_code,
    } == {
        "explain": 400,
        "grades": 404,
        "notice": 400,
        "pick": 400,
        "months": 422,
        "policy": 422,
        "roster": 400,
        "poll": 200,
    }
