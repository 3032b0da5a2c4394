"""The three bulk verbs: a confirmation that freezes and names, the act, its progress and result."""

import io
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from openpyxl import load_workbook

import graduand
from graduand.models import Act, Candidate, Job
from graduand.office import acts
from graduand.pages.frame.queue.polling import WAITS
from graduand.queries.season import progress
from graduand.rulebook.terms import JobState, Stage, Verb
from tests.pages.lists.picking import opened, token_of
from tests.pages.world import last_left

HTMX = {"HX-Request": "true"}


def figures(answer):
    """The three numbers of a confirmation or a progress."""
    found = re.findall(r"<dt>([^<]+)</dt><dd>([\d,]+)</dd>", answer.content.decode())
    return {label: int(n.replace(",", "")) for label, n in found}


def reasons(answer):
    """Reason -> people skipped."""
    found = re.findall(
        r"</span></span>([^<]+)<small>[^<]*</small><b>([\d,]+) 人</b></h4>", answer.content.decode()
    )
    return {label: int(n) for label, n in found}


def stages(world):
    """How many are at each stage."""
    found: dict[str, int] = {}
    for stage in Candidate.objects.values_list("stage", flat=True):
        found[stage] = found.get(stage, 0) + 1
    return found


def test_everybody_is_counted_before_anything_happens(mixed, at):
    answer = opened(at("a"), "verb=apply&all=1")
    assert figures(answer) == {"已选": 5, "可以提交": 3, "将跳过": 2}
    assert reasons(answer) == {"一平台无毕业照片": 1, "必须通过的课程未通过": 1}
    assert (Act.objects.count(), stages(mixed)) == (0, {"listed": 6})


def test_the_filter_decides_who_is_meant(mixed, at):
    assert figures(opened(at("a"), "verb=apply&all=1&photo=0")) == {
        "已选": 1,
        "可以提交": 0,
        "将跳过": 1,
    }
    assert figures(opened(at("hq"), "verb=approve&all=1")) == {
        "已选": 6,
        "可以提交": 0,
        "将跳过": 6,
    }


def test_the_chosen_of_a_page(mixed, at):
    ids = [mixed.file(s).pk for s in mixed_students(mixed, 1, 4)]
    query = "&".join(f"chosen={pk}" for pk in ids)
    assert figures(opened(at("a"), f"verb=apply&{query}")) == {
        "已选": 2,
        "可以提交": 1,
        "将跳过": 1,
    }


def mixed_students(world, *numbers):
    """The students of these numbers."""
    rows = {
        int(c.student.number[-4:]): c.student for c in Candidate.objects.select_related("student")
    }
    return [rows[number] for number in numbers]


def confirmed(client, query="verb=apply&all=1", **form):
    """Confirm what `query` shows; the answer to the form that is sent."""
    token = token_of(opened(client, f"{query}"))
    return client.post("/candidates/submit", {"token": token, **form})


def test_confirm_freezes_and_the_worker_does_it(mixed, at):
    client = at("a")
    answer = confirmed(client, same_checked="1")
    act = Act.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/jobs/act/{act.pk}")
    assert (act.total, act.cursor, Job.objects.get().subject, stages(mixed)) == (
        5,
        0,
        act.pk,
        {"listed": 6},
    )
    waiting = client.get(f"/jobs/act/{act.pk}")
    assert figures(waiting) == {"成功": 0, "未通过": 0, "共": 5}
    assert '<meta http-equiv="refresh"' in waiting.content.decode()
    acts.resume(mixed.batch)
    assert stages(mixed) == {"listed": 3, "applied": 3}
    done = client.get(f"/jobs/act/{act.pk}")
    assert figures(done) == {"成功": 3, "未通过": 2, "共": 5}
    assert "一平台没有毕业照片" in done.content.decode()
    assert '<meta http-equiv="refresh"' not in done.content.decode()


def test_a_page_read_in_the_moment_of_its_end_has_the_figures_of_the_end(mixed, at):
    """The work ends between the two questions of the page: 处理完成 never stands beside 成功 0."""
    confirmed(at("a"), same_checked="1")
    act = Act.objects.get()
    answered = []

    def ends_after_the_first(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        answered.append(sql)
        if len(answered) == 1:
            Act.objects.filter(pk=act.pk).update(
                cursor=5, done=3, refused=2, finished_at=act.confirmed_at
            )
            Job.objects.update(state=JobState.DONE.value)
        return found

    with connection.execute_wrapper(ends_after_the_first):
        work = progress.act(act.actor_id, act.pk)
    assert (work.state, work.act.done) == (JobState.DONE, 3)


def test_W01_a_double_click_and_a_replayed_form_are_one_act(mixed, at):
    client = at("a")
    token = token_of(opened(client, "verb=apply&all=1"))
    first, second = (client.post("/candidates/submit", {"token": token}) for _ in range(2))
    assert first["Location"] == second["Location"]
    acts.resume(mixed.batch)
    assert client.post("/candidates/submit", {"token": token})["Location"] == first["Location"]
    assert (Act.objects.count(), Job.objects.count()) == (1, 1)


@pytest.mark.parametrize("token", ["", "nonsense", "a:b:c"])
def test_a_bad_token_is_a_400_page(mixed, at, token):
    answer = at("a").post("/candidates/submit", {"token": token})
    assert (answer.status_code, "没有办理任何学生" in answer.content.decode()) == (400, True)
    assert Act.objects.count() == 0


def test_A02_one_foreign_id_refuses_all(mixed, at):
    own, foreign = (mixed.file(s).pk for s in mixed_students(mixed, 1, 6))
    assert opened(at("a"), f"verb=apply&chosen={own}&chosen={foreign}").status_code == 404
    assert opened(at("a"), f"verb=apply&chosen={own}&chosen=999999").status_code == 404
    assert (Act.objects.count(), stages(mixed)) == (0, {"listed": 6})


@pytest.mark.parametrize(
    ("desk", "query"),
    [
        ("a", "verb=approve&all=1"),
        ("a", "verb=nonsense&all=1"),
        ("a", "verb=apply"),
        ("college", "verb=apply&all=1"),
        ("a", "verb=apply&chosen=x"),
        ("a", "verb=lapse&all=1"),
        ("hq", "verb=lapse&all=1"),
    ],
)
def test_verbs_of_other_desks_and_nonsense_are_refused(mixed, at, desk, query):
    assert opened(at(desk), f"{query}").status_code == 400


def test_a_verb_whose_form_is_not_filled_moves_nobody(mixed, at):
    assert confirmed(at("a"), "verb=defer&all=1").status_code == 409
    acts.resume(mixed.batch)
    assert stages(mixed) == {"listed": 6}
    confirmed(at("a"), "verb=defer&all=1&photo=0", signed_on="2023-07-10", place="档案柜")
    acts.resume(mixed.batch)
    assert stages(mixed) == {"listed": 5, "deferred": 1}


def test_the_college_sends_back_with_a_reason(mixed, at):
    mixed.do("a", Verb.APPLY, *mixed_students(mixed, 1, 2))
    assert 'name="reason"' in opened(at("college"), "verb=send_back&all=1").content.decode()
    confirmed(
        at("college"), "verb=send_back&all=1&stage=applied", reason="photo", note="背景不是蓝色"
    )
    acts.resume(mixed.batch)
    file = mixed.file(mixed_students(mixed, 1)[0])
    assert file.stage == Stage.RETURNED
    assert "照片问题：背景不是蓝色" in at("a").get(f"/candidates/{file.pk}").content.decode()


def test_with_degree_and_the_early_round(world, at):
    bachelor, early = world.student(1, level="top_up"), world.student(2, goes_on=True)
    world.judge()
    confirmed(at("a"), f"verb=apply_degree&chosen={world.file(bachelor).pk}")
    confirmed(at("a"), "verb=apply&all=1&goes_on=1")
    acts.resume(world.batch)
    assert Act.objects.get(items=[world.file(bachelor).pk]).asked["with_degree"] is True
    assert world.file(early).round.name == "续读本科"


def test_in_the_dialog_only_the_part_that_changes_is_sent(mixed, at):
    client = at("a")
    part = opened(client, "verb=apply&all=1", headers=HTMX)
    assert part.content.decode().lstrip().startswith("<form")
    client.post("/candidates/submit", {"token": token_of(part)})
    act = Act.objects.get()
    polled = client.get(f"/jobs/act/{act.pk}?poll=0", headers=HTMX)
    assert (
        f'hx-get="/jobs/act/{act.pk}?poll=1" hx-trigger="load delay:1s"' in polled.content.decode()
    )
    slower = client.get(f"/jobs/act/{act.pk}?poll=12", headers=HTMX).content.decode()
    assert f'hx-trigger="load delay:{WAITS[12]}s"' in slower
    stopped = client.get(f"/jobs/act/{act.pk}?poll={len(WAITS)}", headers=HTMX).content.decode()
    assert "hx-trigger" not in stopped
    acts.resume(mixed.batch)
    ended = client.get(f"/jobs/act/{act.pk}?poll=1", headers=HTMX)
    assert ("hx-trigger" in ended.content.decode(), ended["HX-Trigger"]) == (
        False,
        '{"graduand:changed": {}}',
    )


def test_A01_somebody_elses_task_is_not_there(mixed, at):
    confirmed(at("a"))
    pk = Act.objects.get().pk
    pages = (f"/jobs/act/{pk}", f"/jobs/act/{pk}/refused.xlsx")
    asked = (Client.get, Client.post)
    assert [
        ask(at(name), page).status_code
        for name in ("b", "college", "hq")
        for ask, page in zip(asked, pages, strict=True)
    ] == [404] * 6
    assert f"/jobs/act/{pk}" in at("a").get("/jobs").content.decode()
    assert f"/jobs/act/{pk}" not in at("b").get("/jobs").content.decode()


def test_the_workbook_of_who_was_refused(mixed, at):
    confirmed(at("a"))
    acts.resume(mixed.batch)
    answer = at("a").post(f"/jobs/act/{Act.objects.get().pk}/refused.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.getvalue())).active.iter_rows(values_only=True))
    assert last_left() == ("act-refused", "a", 2, "written")
    assert rows[0] == ("学号", "姓名", "学习中心", "原因", "下一步")
    assert [row[0] for row in rows[1:]] == ["2115100000004", "2115100000005"]
    assert rows[1][3] == "一平台没有毕业照片（四.2(2)）"
    assert rows[2][3].startswith("课程 健康管理学（002） 必须通过，现为未通过（附件2.2）；")
    assert "attachment" in answer["Content-Disposition"]


@pytest.mark.parametrize("people", [1, 3])
def test_a_constant_number_of_queries(world, at, asks, people):
    for number in range(people):
        world.student(number)
    world.judge()
    client = at("a")
    opened(client, "verb=apply&all=1")
    with asks(PICK_QUERIES):
        made = client.post("/candidates/picks", {"verb": "apply", "all": "1", "list": "candidates"})
    with asks(CONFIRM_QUERIES):
        token = token_of(client.get(made["Location"]))
    with asks(SUBMIT_QUERIES):
        client.post("/candidates/submit", {"token": token})
    with asks(TASK_QUERIES):
        client.get(f"/jobs/act/{Act.objects.get().pk}")
    with asks(TASKS_QUERIES):
        client.get("/jobs")


PICK_QUERIES, CONFIRM_QUERIES, SUBMIT_QUERIES, TASK_QUERIES, TASKS_QUERIES = 11, 23, 28, 11, 14


def test_names_in_columns_stand_apart():
    """A name of the second column began where the class of the first ended."""
    sheet = Path(graduand.__file__).with_name("static").joinpath("ui/ui.css").read_text("utf-8")
    columns = re.search(r"\.people\.names \{([^}]*)\}", sheet)[1]
    wraps = ".people.names small { white-space: normal; }" in sheet
    assert (bool(re.search(r"column-gap: \d\dpx", columns)), wraps) == (True, True)
