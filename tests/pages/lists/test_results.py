"""The result of an act: everybody by name, by what became of them; figures and workbooks agree."""

import io
import re

from openpyxl import load_workbook

from graduand.models import Act, Candidate, DegreeMaterial, Refusal, Round, Student
from graduand.office import acts
from graduand.rulebook.terms import Verb
from tests.pages.lists.picking import opened, token_of
from tests.pages.lists.test_bulk import confirmed, figures, mixed_students, reasons
from tests.pages.world import NOON

MATERIAL = {"thesis_mark": "85", "language_kind": "大学英语四级", "language_mark": "430"}


def people_of(page):
    """(name, 学号) of whoever is named, in order."""
    return re.findall(r'<li><a href="/candidates/\d+">([^<]+)</a>\s*<small>(\d+)</small>', page)


def test_the_result_names_everybody_by_what_became_of_them(mixed, at):
    """Done, refused, already there: figures, names and the workbooks behind them agree."""
    client = at("a")
    token = token_of(opened(client, "verb=apply&all=1&stage=listed"))
    mixed.do("a", Verb.APPLY, *mixed_students(mixed, 1))
    client.post("/candidates/submit", {"token": token})
    acts.resume(mixed.batch)
    act = Act.objects.latest("id")
    page = client.get(f"/jobs/act/{act.pk}")
    text = page.content.decode()
    assert figures(page) == {"成功": 2, "未通过": 2, "无需办理": 1, "共": 5}
    # the one without credits has four reasons, counts with each and is named once
    assert reasons(page) == {
        "一平台无毕业照片": 1,
        "必须通过的课程未通过": 1,
        "综合实践未通过或未复核": 1,
        "总学分不足": 1,
        "模块学分不足": 1,
        "无需办理：已经是「已申请」": 1,
    }
    one, two, three, four, five = ((s.name, s.number) for s in mixed_students(mixed, 1, 2, 3, 4, 5))
    assert sorted(people_of(text)) == sorted([one, two, three, four, five])
    assert people_of(text.partition("办理成功的 2 人")[2]) == [two, three]
    assert len(re.findall(r"<small>上报第 \d+ 号</small>", text)) == 2
    assert (
        'hx-select-oob="#menu"' in client.get("/candidates").content.decode()
    )  # the counts of the menu follow the list
    assert "<p>办理前已经是「已申请」</p>" in text
    assert '<p class="muted">下一步：' in text
    book = load_workbook(
        io.BytesIO(client.post(f"/jobs/act/{act.pk}/refused.xlsx").getvalue())
    ).active
    assert [row[0] for row in book.iter_rows(min_row=2, values_only=True)] == [four[1], five[1]]
    assert 'href="/candidates?batch=202307&amp;stage=listed" data-close>完成' in text


def test_who_was_raced_is_named_with_what_to_do(mixed, at):
    confirmed(at("a"))
    act, file = Act.objects.get(), mixed.file(mixed_students(mixed, 1)[0])
    Act.objects.update(cursor=5, done=4, raced=1, finished_at=act.confirmed_at)
    Refusal.objects.create(act=act, candidate=file, raced=True)
    page = at("a").get(f"/jobs/act/{act.pk}")
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
    result = at("a").get(f"/jobs/act/{act.pk}")
    assert (figures(result)["未通过"], reasons(result)["办理人已没有权限"]) == (3, 1)
    assert moved.number not in result.content.decode()
    book = load_workbook(
        io.BytesIO(at("a").post(f"/jobs/act/{act.pk}/refused.xlsx").getvalue())
    ).active
    rows = list(book.iter_rows(min_row=2, values_only=True))
    assert (len(rows), rows[-1][1], rows[-1][3]) == (3, "另有 1 人", "已不属于您的单位")


def test_who_is_filed_without_the_degree_that_was_asked_for_is_named_before_and_after(world, at):
    """The dialog says who will have no application for a degree, and so does the result, with the reason."""
    world.plan.level = "top_up"
    world.plan.version += 1  # plans are remembered by their version, over tests too
    world.plan.save()
    fit = world.student(1, level="top_up", name="甲一")
    unfit = world.student(2, level="top_up", name="乙二")
    DegreeMaterial.objects.create(student=fit, **MATERIAL)
    DegreeMaterial.objects.create(student=unfit, **MATERIAL | {"thesis_mark": "60"})
    world.judge()
    client = at("a")
    answer = opened(client, "verb=apply_degree&all=1")
    dialog = answer.content.decode()
    why = "学位论文成绩要求 80，学位材料中为 60（课程成绩不能代替）"
    assert (figures(answer)["可以提交"], "论文成绩不够" in dialog) == (2, False)
    lacking = "其中 1 人不符合学位条件：提交后只申请毕业，不申请学位。"
    warned = dialog.partition(lacking)[2].partition("</ul>")[0]
    assert (people_of(warned), why in warned) == ([("乙二", unfit.number)], True)
    assert re.findall(r"<button class=\"btn main\">([^<]+)</button>", dialog) == [
        "提交 2 人（1 人只申请毕业）"
    ]
    client.post("/candidates/submit", {"token": token_of(answer)})
    acts.resume(world.batch)
    act = Act.objects.get()
    assert [world.file(student).degree for student in (fit, unfit)] == ["applied", "none"]
    page = client.get(f"/jobs/act/{act.pk}").content.decode()
    where = "原因见下面各人和办理结果（Excel）。"
    assert f"其中 1 人只申请了毕业，没有申请学位：不符合学位条件，{where}" in page
    assert re.findall(
        r"<small>(\d+)</small>\s*<small>上报第 \d+ 号</small><p>([^<]+)</p>", page
    ) == [(unfit.number, f"未申请学位：{why}")]
    sent = client.post(f"/jobs/act/{act.pk}/result.xlsx").getvalue()
    book = load_workbook(io.BytesIO(sent)).active
    rows = {row[1]: (row[4], row[7]) for row in book.iter_rows(min_row=2, values_only=True)}
    assert rows == {fit.number: ("成功", None), unfit.number: ("成功", f"未申请学位：{why}")}


def test_without_a_degree_asked_for_nothing_is_said_of_one(world, at):
    world.student(1, level="top_up")
    world.judge()
    dialog = opened(at("a"), "verb=apply&all=1").content.decode()
    assert ("不符合学位条件" in dialog, "人只申请毕业" in dialog) == (False, False)


def test_the_dialog_says_who_of_them_goes_on_and_has_a_round_of_their_own(world, at):
    """续读学生 who are picked with the others are filed in the normal round: nobody finds that out afterwards."""
    world.student(1)
    world.student(2, goes_on=True)
    world.judge()
    dialog = opened(at("a"), "verb=apply&all=1").content.decode()
    own = "有单独上报的轮次「续读本科」（截止 2023-08-28）：要单独上报的，请取消后从「续读本科单独上报」提交。"
    said = f"其中 1 人续读本科，{own}"
    assert said in dialog
    Round.objects.filter(name="续读本科").update(closed_at=NOON)
    late = opened(at("a"), "verb=apply&all=1").content.decode()
    assert ("有单独上报的轮次" in late, "其中 1 人续读本科：" in late) == (False, True)
    alone = opened(at("a"), "verb=apply&all=1&goes_on=0").content.decode()
    assert "人续读本科" not in alone
