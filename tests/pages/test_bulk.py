"""The three bulk verbs: a confirmation that freezes and names, the act, its progress and result."""

import html
import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from graduand.models import Act, Batch, Candidate, Job, Pick, Refusal, Student
from graduand.office import acts
from graduand.pages.jobs import WAITS
from graduand.rulebook.terms import Stage, Verb
from tests.pages.picking import opened, token_of

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


@pytest.fixture
def mixed(world):
    """Three ready, one without a photo, one without credits, one of another centre."""
    for number in (1, 2, 3):
        world.student(number)
    world.student(4, photo=False)
    world.student(5, credits=False)
    world.student(6, centre=1)
    world.judge()
    return world


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
    rows = {int(c.student.number[-4:]): c.student for c in Candidate.objects.select_related("student")}
    return [rows[number] for number in numbers]


def confirmed(client, query="verb=apply&all=1", **form):
    """Confirm what `query` shows; the answer to the form that is sent."""
    token = token_of(opened(client, f"{query}"))
    return client.post("/candidates/submit", {"token": token, **form})


def test_confirm_freezes_and_the_worker_does_it(mixed, at):
    client = at("a")
    answer = confirmed(client, same_checked="1")
    act = Act.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/jobs/{act.pk}")
    assert (act.total, act.cursor, Job.objects.get().subject, stages(mixed)) == (5, 0, act.pk, {"listed": 6})
    waiting = client.get(f"/jobs/{act.pk}")
    assert figures(waiting) == {"成功": 0, "未通过": 0, "共": 5}
    assert '<meta http-equiv="refresh"' in waiting.content.decode()
    acts.resume(mixed.batch)
    assert stages(mixed) == {"listed": 3, "applied": 3}
    done = client.get(f"/jobs/{act.pk}")
    assert figures(done) == {"成功": 3, "未通过": 2, "共": 5}
    assert "一平台没有毕业照片" in done.content.decode()
    assert '<meta http-equiv="refresh"' not in done.content.decode()


def test_W01_a_double_click_and_a_replayed_form_are_one_act(mixed, at):
    client = at("a")
    token = token_of(opened(client, "verb=apply&all=1"))
    first, second = (client.post("/candidates/submit", {"token": token}) for _ in range(2))
    assert first["Location"] == second["Location"]
    acts.resume(mixed.batch)
    assert client.post("/candidates/submit", {"token": token})["Location"] == first["Location"]
    assert (Act.objects.count(), Job.objects.count()) == (1, 1)


def test_W05_nobody_enters_and_nobody_leaves_after_the_dialog_was_opened(mixed, at):
    """Somebody stops answering to the filter and somebody begins to: the act is about those who were shown."""
    client = at("a")
    token = token_of(opened(client, "verb=apply&all=1&stage=listed"))
    shown = [mixed.file(student).pk for student in mixed_students(mixed, 1, 2, 3, 4, 5)]
    mixed.do("a", Verb.APPLY, *mixed_students(mixed, 1))
    late = mixed.student(7)
    mixed.judge()
    answer = client.post("/candidates/submit", {"token": token})
    acts.resume(mixed.batch)
    act = Act.objects.latest("id")
    assert (answer["Location"], sorted(act.items)) == (f"/jobs/{act.pk}", shown)
    assert (act.done, act.unchanged, act.refused, mixed.file(late).stage) == (2, 1, 2, Stage.LISTED)


def test_W05_control_the_same_number_of_other_people_does_not_pass(mixed, at):
    """One leaves the filter and one enters it: a count alone would notice nothing."""
    client = at("a")
    token = token_of(opened(client, "verb=apply&all=1&stage=listed"))
    mixed.do("a", Verb.APPLY, *mixed_students(mixed, 1))
    late = mixed.student(7)
    mixed.judge()
    again = opened(client, "verb=apply&all=1&stage=listed")
    assert figures(again)["已选"] == 5
    client.post("/candidates/submit", {"token": token})
    acts.resume(mixed.batch)
    assert mixed.file(late).stage == Stage.LISTED


def test_A05_who_moved_to_another_centre_since_is_refused_and_the_others_go_on(mixed, at):
    client = at("a")
    page = opened(client, "verb=apply&all=1")
    moved = mixed_students(mixed, 1)[0]
    Student.objects.filter(pk=moved.pk).update(centre=mixed.centres[1])
    Candidate.objects.filter(student=moved).update(centre=mixed.centres[1])
    again = client.get(f"/candidates/picks/{token_of(page)}")
    assert figures(again) == {"已选": 5, "可以提交": 2, "将跳过": 3}
    assert (reasons(again)["已不属于您的单位"], moved.number in again.content.decode()) == (1, False)
    client.post("/candidates/submit", {"token": token_of(page)})
    acts.resume(mixed.batch)
    act = Act.objects.get()
    assert (act.done, act.refused, act.by_code["RIGHTS"], mixed.file(moved).stage) == (2, 3, 1, Stage.LISTED)
    numbers = Candidate.objects.filter(stage="applied").order_by("reported_no").values_list("reported_no", flat=True)
    assert (list(numbers), [lot.size for lot in act.lots.all()]) == ([1, 2], [4])
    # whoever moved before anybody confirmed stops everything, as ever
    own = mixed.file(mixed_students(mixed, 2)[0]).pk
    assert opened(client, f"verb=apply&chosen={own}&chosen={mixed.file(moved).pk}").status_code == 404


@pytest.mark.parametrize("token", ["", "nonsense", "a:b:c"])
def test_a_bad_token_is_a_400_page(mixed, at, token):
    answer = at("a").post("/candidates/submit", {"token": token})
    assert (answer.status_code, "没有办理任何学生" in answer.content.decode()) == (400, True)
    assert Act.objects.count() == 0


def test_a_pick_is_for_half_an_hour_and_for_one_person(mixed, at, settings):
    token = token_of(opened(at("a"), "verb=apply&all=1"))
    assert [at("b").get(f"/candidates/picks/{token}{more}").status_code for more in ("", "/skipped.xlsx")] == [404, 404]
    assert at("b").post("/candidates/submit", {"token": token}).status_code == 404
    Pick.objects.update(made_at=timezone.now() - timedelta(seconds=settings.PICK_SECONDS))
    late = at("a").post("/candidates/submit", {"token": token})
    assert (late.status_code, "确认页已过期，没有办理任何学生" in late.content.decode()) == (400, True)
    assert at("a").get(f"/candidates/picks/{token}").status_code == 400
    assert Act.objects.count() == 0


def test_a_pick_that_was_confirmed_shows_what_came_of_it_even_when_it_is_old(mixed, at, settings):
    client = at("a")
    token = token_of(opened(client, "verb=apply&all=1"))
    done = client.post("/candidates/submit", {"token": token})["Location"]
    assert client.get(f"/candidates/picks/{token}")["Location"] == done
    Pick.objects.update(made_at=timezone.now() - timedelta(seconds=settings.PICK_SECONDS))
    assert client.post("/candidates/submit", {"token": token})["Location"] == done
    assert Act.objects.count() == 1


def test_an_address_freezes_nobody_and_asks_for_one_press(mixed, at):
    """Without a script, and from a bookmark: the page has a form that a browser sends by itself in the dialog only."""
    client, query = at("a"), "verb=apply&all=1"
    page = client.get(f"/candidates/confirm?{query}").content.decode()
    form = page.partition('<form class="card"')[2].partition("</form>")[0]
    assert ('action="/candidates/picks"' in form, "hx-" in form, 'value="verb=apply&amp;all=1"' in form) == (True, False, True)
    dialog = client.get(f"/candidates/confirm?{query}", headers=HTMX).content.decode()
    assert 'hx-trigger="load, submit"' in dialog
    assert Pick.objects.count() == 0


def test_the_page_of_a_confirmation_is_sent_without_a_script_and_its_dialog_with(mixed, at):
    """On its own page nothing is swapped behind a dialog: what stays open would be stale."""
    page = opened(at("a"), "verb=apply&all=1").content.decode()
    dialog = opened(at("a"), "verb=apply&all=1", headers=HTMX).content.decode()
    sent = 'hx-post="/candidates/submit"'
    assert (sent in page, sent in dialog, 'action="/candidates/submit"' in page) == (False, True, True)


def test_who_is_skipped_is_named_with_every_reason(mixed, at):
    client = at("a")
    page = opened(client, "verb=apply&all=1")
    text = page.content.decode()
    people = re.findall(r'<li><a href="/candidates/(\d+)">([^<]+)</a> <small>(\d+)</small>\s*<p>([^<]+)</p>', text)
    four, five = mixed_students(mixed, 4, 5)
    assert [(name, number) for _, name, number, _ in people] == [(four.name, four.number), (five.name, five.number)]
    assert people[0][3] == "一平台没有毕业照片（四.2(2)）"
    assert people[1][3].startswith("课程 健康管理学（002） 必须通过，现为未通过（附件2.2）；")
    answer = client.get(f"/candidates/picks/{token_of(page)}/skipped.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["学号", four.number, five.number]
    assert [row[3] for row in rows[1:]] == [words for *_, words in people]


def test_of_many_who_are_skipped_the_first_twenty_are_named(world, at):
    for number in range(25):
        world.student(number, photo=False)
    world.judge()
    page = opened(at("a"), "verb=apply&all=1").content.decode()
    assert (page.count("<small>21151"), "这里列出前 20 人" in page, "将跳过名单（Excel，25 人）" in page) == (20, True, True)


def test_a_resubmission_says_what_it_came_back_for(mixed, at):
    mixed.do("a", Verb.APPLY, *mixed_students(mixed, 1, 2))
    mixed.do("college", Verb.SEND_BACK, mixed_students(mixed, 1)[0], reason="photo", note="背景不是蓝色")
    one = opened(at("a"), f"verb=apply&chosen={mixed.file(mixed_students(mixed, 1)[0]).pk}").content.decode()
    every = opened(at("a"), "verb=apply&all=1").content.decode()
    file = at("a").get(f"/candidates/{mixed.file(mixed_students(mixed, 1)[0]).pk}").content.decode()
    assert re.search(r"退回原因：照片问题：背景不是蓝色（学院 学院李老师 于 2023-07-12 12:\d\d）。补正后请重新提交。", file)
    for page in (one, every):
        assert "其中 1 人是重新提交" in page
        assert "<p>照片问题：背景不是蓝色</p>" in page
        assert re.search(r"学院 学院李老师 于 2023-07-12 12:\d\d 退回", page)


def test_one_bulk_act_is_about_one_batch(mixed, at):
    """From files of two batches there is a way to the same confirmation for each."""
    other = Batch.objects.create(code="202401")
    ids = [mixed.file(student).pk for student in mixed_students(mixed, 1, 2, 3)]
    Candidate.objects.filter(pk=ids[2]).update(batch=other)
    client = at("a")
    answer = opened(client, "verb=apply&list=candidates&" + "&".join(f"chosen={pk}" for pk in ids))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "所选学生分属：202401 批次 1 人、202307 批次 2 人" in page
    ways = [html.unescape(way) for way in re.findall(r'href="/candidates/confirm\?([^"]+)"', page)]
    assert ways == [
        f"batch=202401&verb=apply&list=candidates&chosen={ids[2]}",
        f"batch=202307&verb=apply&list=candidates&chosen={ids[0]}&chosen={ids[1]}",
    ]
    assert Pick.objects.count() == 0
    assert figures(opened(client, ways[1])) == {"已选": 2, "可以提交": 2, "将跳过": 0}
    assert Pick.objects.get().batch == mixed.batch


def test_A02_one_foreign_id_refuses_all(mixed, at):
    own, foreign = (mixed.file(s).pk for s in mixed_students(mixed, 1, 6))
    assert opened(at("a"), f"verb=apply&chosen={own}&chosen={foreign}").status_code == 404
    assert opened(at("a"), f"verb=apply&chosen={own}&chosen=999999").status_code == 404
    assert (Act.objects.count(), stages(mixed)) == (0, {"listed": 6})


@pytest.mark.parametrize(
    ("desk", "query"),
    [("a", "verb=approve&all=1"), ("a", "verb=nonsense&all=1"), ("a", "verb=apply"), ("college", "verb=apply&all=1"),
     ("a", "verb=apply&chosen=x"), ("a", "verb=lapse&all=1"), ("hq", "verb=lapse&all=1")],
)  # fmt: skip
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
    confirmed(at("college"), "verb=send_back&all=1&stage=applied", reason="photo", note="背景不是蓝色")
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
    polled = client.get(f"/jobs/{act.pk}?poll=0", headers=HTMX)
    assert f'hx-get="/jobs/{act.pk}?poll=1" hx-trigger="load delay:1s"' in polled.content.decode()
    slower = client.get(f"/jobs/{act.pk}?poll=12", headers=HTMX).content.decode()
    assert f'hx-trigger="load delay:{WAITS[12]}s"' in slower
    stopped = client.get(f"/jobs/{act.pk}?poll={len(WAITS)}", headers=HTMX).content.decode()
    assert "hx-trigger" not in stopped
    acts.resume(mixed.batch)
    ended = client.get(f"/jobs/{act.pk}?poll=1", headers=HTMX)
    assert ("hx-trigger" in ended.content.decode(), ended["HX-Trigger"]) == (
        False,
        '{"graduand:changed": {}}',
    )


def test_A01_somebody_elses_task_is_not_there(mixed, at):
    confirmed(at("a"))
    pk = Act.objects.get().pk
    pages = (f"/jobs/{pk}", f"/jobs/{pk}/refused.xlsx")
    assert [at(name).get(page).status_code for name in ("b", "college", "hq") for page in pages] == [404] * 6
    assert f"/jobs/{pk}" in at("a").get("/jobs").content.decode()
    assert f"/jobs/{pk}" not in at("b").get("/jobs").content.decode()


def test_the_workbook_of_who_was_refused(mixed, at):
    confirmed(at("a"))
    acts.resume(mixed.batch)
    answer = at("a").get(f"/jobs/{Act.objects.get().pk}/refused.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert rows[0] == ("学号", "姓名", "学习中心", "原因", "下一步")
    assert [row[0] for row in rows[1:]] == ["2115100000004", "2115100000005"]
    assert rows[1][3] == "一平台没有毕业照片（四.2(2)）"
    assert rows[2][3].startswith("课程 健康管理学（002） 必须通过，现为未通过（附件2.2）；")
    assert "attachment" in answer["Content-Disposition"]


def people_of(page):
    """(name, 学号) of whoever is named, in order."""
    return re.findall(r'<li><a href="/candidates/\d+">([^<]+)</a> <small>(\d+)</small>', page)


def test_the_result_names_everybody_by_what_became_of_them(mixed, at):
    """Done, refused, already there: figures, names and the workbooks behind them agree."""
    client = at("a")
    token = token_of(opened(client, "verb=apply&all=1&stage=listed"))
    mixed.do("a", Verb.APPLY, *mixed_students(mixed, 1))
    client.post("/candidates/submit", {"token": token})
    acts.resume(mixed.batch)
    act = Act.objects.latest("id")
    page = client.get(f"/jobs/{act.pk}")
    text = page.content.decode()
    assert figures(page) == {"成功": 2, "未通过": 2, "无需办理": 1, "共": 5}
    assert reasons(page) == {"一平台无毕业照片": 1, "必须通过的课程未通过": 1, "无需办理：已经是「已申请」": 1}
    one, two, three, four, five = ((s.name, s.number) for s in mixed_students(mixed, 1, 2, 3, 4, 5))
    assert sorted(people_of(text)) == sorted([one, two, three, four, five])
    assert people_of(text.partition("办理成功的 2 人")[2]) == [two, three]
    assert "<p>办理前已经是「已申请」</p>" in text
    assert '<p class="muted">下一步：' in text
    book = load_workbook(io.BytesIO(client.get(f"/jobs/{act.pk}/refused.xlsx").content)).active
    assert [row[0] for row in book.iter_rows(min_row=2, values_only=True)] == [four[1], five[1]]
    assert 'href="/candidates?batch=202307&amp;stage=listed" data-close>完成' in text


def test_who_was_raced_is_named_with_what_to_do(mixed, at):
    confirmed(at("a"))
    act, file = Act.objects.get(), mixed.file(mixed_students(mixed, 1)[0])
    Act.objects.update(cursor=5, done=4, raced=1, finished_at=act.confirmed_at)
    Refusal.objects.create(act=act, candidate=file, raced=True)
    page = at("a").get(f"/jobs/{act.pk}")
    assert (figures(page)["未通过"], reasons(page)) == (1, {"处理时已被他人办理": 1})
    assert people_of(page.content.decode()) == [("学生1号", "2115100000001")]
    assert "下一步：打开该生档案，按最新状态办理" in page.content.decode()


def test_whoever_left_the_unit_is_counted_and_not_named(mixed, at):
    page = opened(at("a"), "verb=apply&all=1")
    moved = mixed_students(mixed, 1)[0]
    Student.objects.filter(pk=moved.pk).update(centre=mixed.centres[1])
    Candidate.objects.filter(student=moved).update(centre=mixed.centres[1])
    at("a").post("/candidates/submit", {"token": token_of(page)})
    acts.resume(mixed.batch)
    act = Act.objects.get()
    result = at("a").get(f"/jobs/{act.pk}")
    assert (figures(result)["未通过"], sum(reasons(result).values())) == (3, 3)
    assert moved.number not in result.content.decode()
    book = load_workbook(io.BytesIO(at("a").get(f"/jobs/{act.pk}/refused.xlsx").content)).active
    rows = list(book.iter_rows(min_row=2, values_only=True))
    assert (len(rows), rows[-1][1], rows[-1][3]) == (3, "另有 1 人", "已不属于您的单位")


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
        client.get(f"/jobs/{Act.objects.get().pk}")
    with asks(TASKS_QUERIES):
        client.get("/jobs")


PICK_QUERIES, CONFIRM_QUERIES, SUBMIT_QUERIES, TASK_QUERIES, TASKS_QUERIES = 11, 21, 26, 10, 13
