"""The confirmation of an act freezes whom it shows, and names who is skipped and why."""

import html
import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from graduand.models import Act, Batch, Candidate, Lot, Pick, PickPiece, Student
from graduand.office import acts, picks
from graduand.office.refusal import Refused
from graduand.office.season import batches, deleting
from graduand.rulebook.terms import Stage, Verb
from tests.office.races.test_races import together
from tests.pages.lists.picking import opened, token_of
from tests.pages.lists.test_bulk import HTMX, figures, mixed_students, reasons
from tests.pages.season.side_by_side.test_side_by_side import load_next
from tests.pages.world import last_left


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
    assert (answer["Location"], sorted(act.items)) == (f"/jobs/act/{act.pk}", shown)
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
    assert (reasons(again)["已不属于您的单位"], moved.number in again.content.decode()) == (
        1,
        False,
    )
    client.post("/candidates/submit", {"token": token_of(page)})
    acts.resume(mixed.batch)
    act = Act.objects.get()
    assert (act.done, act.refused, act.by_code["RIGHTS"], mixed.file(moved).stage) == (
        2,
        3,
        1,
        Stage.LISTED,
    )
    numbers = (
        Candidate.objects.filter(stage="applied")
        .order_by("reported_no")
        .values_list("reported_no", flat=True)
    )
    assert (list(numbers), [lot.size for lot in act.lots.all()]) == ([1, 2], [4])
    # whoever moved before anybody confirmed stops everything, as ever
    own = mixed.file(mixed_students(mixed, 2)[0]).pk
    assert (
        opened(client, f"verb=apply&chosen={own}&chosen={mixed.file(moved).pk}").status_code == 404
    )


def test_a_pick_is_for_half_an_hour_and_for_one_person(mixed, at, settings):
    token = token_of(opened(at("a"), "verb=apply&all=1"))
    where = f"/candidates/picks/{token}"
    assert [at("b").get(where).status_code, at("b").post(f"{where}/skipped.xlsx").status_code] == [
        404,
        404,
    ]
    assert at("b").post("/candidates/submit", {"token": token}).status_code == 404
    Pick.objects.update(made_at=timezone.now() - timedelta(seconds=settings.PICK_SECONDS))
    late = at("a").post("/candidates/submit", {"token": token})
    assert (late.status_code, "确认页已过期，没有办理任何学生" in late.content.decode()) == (
        400,
        True,
    )
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
    assert (
        'action="/candidates/picks"' in form,
        "hx-" in form,
        'value="verb=apply&amp;all=1"' in form,
    ) == (True, False, True)
    dialog = client.get(f"/candidates/confirm?{query}", headers=HTMX).content.decode()
    assert 'hx-trigger="load, submit"' in dialog
    assert Pick.objects.count() == 0


def test_the_page_of_a_confirmation_is_sent_without_a_script_and_its_dialog_with(mixed, at):
    """On its own page nothing is swapped behind a dialog: what stays open would be stale."""
    page = opened(at("a"), "verb=apply&all=1").content.decode()
    dialog = opened(at("a"), "verb=apply&all=1", headers=HTMX).content.decode()
    sent = 'hx-post="/candidates/submit"'
    assert (sent in page, sent in dialog, 'action="/candidates/submit"' in page) == (
        False,
        True,
        True,
    )


def test_who_is_skipped_is_named_with_every_reason(mixed, at):
    client = at("a")
    page = opened(client, "verb=apply&all=1")
    text = page.content.decode()
    people = re.findall(
        r'<li><a href="/candidates/(\d+)">([^<]+)</a> <small>(\d+)</small>\s*<p>([^<]+)</p>', text
    )
    four, five = mixed_students(mixed, 4, 5)
    assert [(name, number) for _, name, number, _ in people] == [
        (four.name, four.number),
        (five.name, five.number),
    ]
    assert people[0][3] == "一平台没有毕业照片（四.2(2)）"
    assert people[1][3].startswith("课程 健康管理学（002） 必须通过，现为未通过（附件2.2）；")
    answer = client.post(f"/candidates/picks/{token_of(page)}/skipped.xlsx")
    assert last_left() == ("skipped", "a", 2, "written")
    rows = list(load_workbook(io.BytesIO(answer.getvalue())).active.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["学号", four.number, five.number]
    assert [row[3] for row in rows[1:]] == [words for *_, words in people]


def test_of_many_who_are_skipped_the_first_twenty_are_named(world, at):
    for number in range(25):
        world.student(number, photo=False)
    world.judge()
    page = opened(at("a"), "verb=apply&all=1").content.decode()
    assert (
        page.count("<small>21151"),
        "这里列出前 20 人" in page,
        "将跳过名单（Excel，25 人）" in page,
    ) == (20, True, True)


def test_a_resubmission_says_what_it_came_back_for(mixed, at):
    mixed.do("a", Verb.APPLY, *mixed_students(mixed, 1, 2))
    mixed.do(
        "college", Verb.SEND_BACK, mixed_students(mixed, 1)[0], reason="photo", note="背景不是蓝色"
    )
    one = opened(
        at("a"), f"verb=apply&chosen={mixed.file(mixed_students(mixed, 1)[0]).pk}"
    ).content.decode()
    every = opened(at("a"), "verb=apply&all=1").content.decode()
    file = at("a").get(f"/candidates/{mixed.file(mixed_students(mixed, 1)[0]).pk}").content.decode()
    again = r"补正后请重新提交：「首批」2023-07-16 截止。"
    assert re.search(
        rf"退回原因：照片问题：背景不是蓝色（学院 学院李老师 于 2023-07-12 12:\d\d）。{again}", file
    )
    for page in (one, every):
        assert "其中 1 人是重新提交" in page
        assert "<p>照片问题：背景不是蓝色</p>" in page
        assert re.search(r"学院 学院李老师 于 2023-07-12 12:\d\d\s+退回", page)


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
        f"batch=202401&verb=apply&list=candidates&elsewhere={ids[2]}",
        f"batch=202307&verb=apply&list=candidates&elsewhere={ids[0]}%2C{ids[1]}",
    ]
    assert Pick.objects.count() == 0
    assert figures(opened(client, ways[1])) == {"已选": 2, "可以提交": 2, "将跳过": 0}
    assert Pick.objects.get().batch == mixed.batch


def test_W01_twelve_presses_at_once_are_one_act(transactional_db, mixed, at):
    """Twelve tabs send the same confirmation at the same moment: one act, one block of numbers, one page of its result."""
    token = token_of(opened(at("a"), "verb=apply&all=1"))
    clients = [at("a") for _ in range(12)]
    answers = together(
        *(
            lambda client=client: client.post("/candidates/submit", {"token": token})
            for client in clients
        )
    )
    act = Act.objects.get()
    assert [
        getattr(answer, "headers", answer) for answer in answers if isinstance(answer, Exception)
    ] == []
    assert {answer["Location"] for answer in answers} == {f"/jobs/act/{act.pk}"}
    assert (act.key, Lot.objects.count()) == (token, 1)


def test_two_tabs_of_the_same_list_are_two_picks(mixed, at):
    """The second finds everybody where the first brought them, and says so by name."""
    first, second = (token_of(opened(at("a"), "verb=apply&all=1")) for _ in range(2))
    for token in (first, second):
        at("a").post("/candidates/submit", {"token": token})
        acts.resume(mixed.batch)
    assert list(Act.objects.order_by("id").values_list("done", "unchanged", "refused")) == [
        (3, 0, 2),
        (0, 3, 2),
    ]


def test_a_large_pick_is_kept_in_compressed_pieces(mixed):
    ids = list(mixed.batch.candidates.order_by("id").values_list("id", flat=True))
    pick = picks.make(
        mixed.actor("hq"), ids, picks.PickRequest("approve", "candidates", (), everybody=True)
    )
    assert (picks.ids_of(pick), pick.pieces.count(), pick.size) == (ids, 1, 6)
    many = tuple(range(1, 200_001))
    pieces = [
        PickPiece(packed=PickPiece.pack(many[at : at + picks.PIECE]))
        for at in range(0, len(many), picks.PIECE)
    ]
    assert tuple(pk for piece in pieces for pk in piece.ids) == many
    assert sum(len(piece.packed) for piece in pieces) < 400_000


def test_too_many_and_nobody_are_refused_in_a_sentence(mixed, at, settings):
    settings.MOST_PICKED = 4
    many = opened(at("a"), "verb=apply&all=1")
    assert (
        many.status_code,
        "一次最多办理 4 人，这里有 5 人，请缩小范围" in many.content.decode(),
    ) == (409, True)
    nobody = opened(at("a"), "verb=apply&all=1&stage=collected")
    assert (
        nobody.status_code,
        "没有符合条件的学生，请放宽筛选条件" in nobody.content.decode(),
    ) == (409, True)
    assert Pick.objects.count() == 0


def test_old_picks_are_swept_when_a_new_one_is_made(mixed, at):
    opened(at("a"), "verb=apply&all=1")
    Pick.objects.update(made_at=timezone.now() - picks.KEPT - timedelta(seconds=1))
    opened(at("a"), "verb=apply&all=1")
    assert (Pick.objects.count(), PickPiece.objects.count()) == (1, 1)


def test_without_a_script_the_whole_way_is_pages(mixed, at):
    """List, confirmation, result: forms that are posted, pages that are redirected to."""
    client = at("a")
    page = client.get("/candidates?stage=listed").content.decode()
    form = page.partition("data-batch")[0].rpartition("<form")[2]
    assert ('method="post"' in form, 'action="/candidates/picks"' in form) == (True, True)
    made = client.post(
        "/candidates/picks", {"list": "candidates", "stage": "listed", "verb": "apply", "all": "1"}
    )
    shown = client.get(made["Location"])
    done = client.post("/candidates/submit", {"token": token_of(shown), "same_checked": "1"})
    assert client.get(done["Location"]).status_code == 200
    assert Act.objects.get().total == 5


def test_what_is_refused_comes_back_with_all_that_was_typed(mixed, at):
    """The same confirmation, not a sentence instead of it: what is missing is added, and the same key does it."""
    mixed.do("a", Verb.APPLY, *mixed_students(mixed, 1, 2))
    client = at("a")
    token = token_of(opened(client, "verb=defer&all=1&stage=listed&photo=0"))
    refused = client.post(
        "/candidates/submit", {"token": token, "place": "档案柜 2 号"}, headers=HTMX
    )
    page = refused.content.decode()
    assert (refused.status_code, token_of(refused)) == (409, token)
    assert (
        "没有办理：请写明纸质声明的签字日期和存放地点。已填写的内容保留在下面，附件请重新选择。"
        in page
    )
    assert 'value="档案柜 2 号"' in page
    done = client.post(
        "/candidates/submit", {"token": token, "place": "档案柜 2 号", "signed_on": "2023-07-10"}
    )
    assert done["Location"] == f"/jobs/act/{Act.objects.get(verb=Verb.DEFER).pk}"


def test_the_confirmation_says_where_its_people_come_from(mixed, at):
    page = opened(at("a"), "verb=apply&all=1&stage=listed&photo=0").content.decode()
    assert "名单取自「毕业申请：毕业批次 202307、是否有毕业照片 不存在、申请状态 未申请」" in page
    mixed.do("a", Verb.APPLY, *mixed_students(mixed, 1))
    page = opened(at("college"), "verb=endorse&all=1&stage=applied&centre=101").content.decode()
    assert "名单取自「毕业申请：毕业批次 202307、申请状态 已申请、学习中心 杭州学习中心」" in page


def answers(client, token):
    """(status, whether it says that this confirmation holds no longer) of each way to use it."""
    where = (
        client.get(f"/candidates/picks/{token}"),
        client.post(f"/candidates/picks/{token}/skipped.xlsx"),
        client.post("/candidates/submit", {"token": token, "same_checked": "1"}),
    )
    return [(one.status_code, "确认已失效" in one.content.decode()) for one in where]


def test_a_pick_of_a_deleted_batch_holds_no_longer(mixed, at):
    client = at("a")
    token = token_of(opened(client, "verb=apply&all=1"))
    source = mixed.batch.policy.source
    deleting.delete(mixed.batch, mixed.actor("hq"))
    assert answers(client, token) == [(400, True)] * 3
    deleting.complete(mixed.batch)
    assert answers(client, token) == [(400, True)] * 3
    batches.load(source, None)  # the same code again is another batch: nobody was shown its files
    assert answers(client, token) == [(400, True)] * 3
    assert Act.objects.count() == 0


def test_a_batch_that_is_deleted_while_a_confirmation_is_read_is_a_sentence(mixed, at, monkeypatch):
    """The look whether it still holds came a moment before the deletion."""
    client = at("a")
    token = token_of(opened(client, "verb=apply&all=1"))
    deleting.delete(mixed.batch, mixed.actor("hq"))
    monkeypatch.setattr(picks, "valid", lambda _pick: True)
    assert answers(client, token) == [(400, True)] * 3
    assert (
        "毕业批次已删除，没有办理任何学生"
        in client.get(f"/candidates/picks/{token}").content.decode()
    )
    assert Act.objects.count() == 0


def test_nothing_is_confirmed_in_a_batch_that_was_deleted_a_moment_ago(mixed):
    """The last look is in the transaction that makes the act."""
    file = mixed.file(mixed_students(mixed, 1)[0])
    deleting.delete(mixed.batch, mixed.actor("hq"))
    with pytest.raises(Refused, match="批次 202307 已删除，没有办理任何学生"):
        acts.confirm(mixed.batch, [file.pk], mixed.actor("a"), acts.ActRequest(Verb.DEFER))
    assert Act.objects.count() == 0


def test_from_a_page_about_one_student_one_comes_back_to_the_batch_of_the_file(mixed, at):
    """The visitor looks at another batch; the account log names the list that the act is about."""
    load_next()
    client = at("a")
    client.get("/candidates?batch=202401")
    file = mixed.file(mixed_students(mixed, 1)[0]).pk
    page = opened(client, f"verb=apply&chosen={file}").content.decode()
    [trail] = re.findall(r'<nav class="crumbs".*?</nav>', page, re.DOTALL)
    assert re.findall(r'<a href="([^"]*)"', trail) == ["/candidates?batch=202307"]
