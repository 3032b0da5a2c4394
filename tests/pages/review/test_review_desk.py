"""The review desk: the queue in the order of application, one decision a file, the next one opens; who was first is told."""

import re
from dataclasses import replace

import pytest

from graduand.models import Act, Candidate, Event, Grant, Job, Unit, User
from graduand.office import moves
from graduand.rulebook.clauses import CLAUSES
from graduand.rulebook.terms import ReasonCode, Role, SheetKind, Stage, Verb
from tests.factories import set_clock
from tests.pages.lists.picking import opened
from tests.pages.lists.test_bulk import confirmed, figures
from tests.pages.records.test_provenance import bring

DESK_QUERIES, DECIDE_QUERIES = 31, 45


@pytest.fixture
def queue(world):
    """Four applied for at 杭州, then one at 成都; one of the four without a comparison of the photos (a warning)."""
    students = [world.student(number) for number in (1, 2, 3, 4)] + [world.student(5, centre=1)]
    world.judge()
    world.do("a", Verb.APPLY, *students[:4])
    world.do("b", Verb.APPLY, students[4])
    students[3].photos.update(same=None)  # what the centre had looked at was replaced meanwhile
    world.files = [world.file(student) for student in students]
    return world


def form_of(answer, word="pass"):
    """The hidden fields of one of the desk's forms, as they would be sent."""
    page = answer.content.decode()
    form = next(
        text
        for text in re.findall(r"<form.*?</form>", page, re.DOTALL)
        if f'name="answer" value="{word}"' in text
    )
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)) | {
        "answer": word
    }


def decide(client, pk, word="pass", **more):
    """Open the file and press one of its buttons."""
    form = form_of(client.get(f"/reviews/{pk}"), word)
    return client.post(f"/reviews/{pk}/decide", {**form, **more})


def stages(world):
    return [Stage(Candidate.objects.get(pk=file.pk).stage) for file in world.files]


def test_the_queue_is_that_of_the_applications(queue, at):
    client, pks = at("college"), [file.pk for file in queue.files]
    assert client.get("/reviews/start")["Location"] == f"/reviews/{pks[0]}?batch=202307"
    page = client.get(f"/reviews/{pks[2]}").content.decode()
    turned = re.findall(r'rel="(prev|next)" href="/reviews/(\d+)\?batch=202307"', page)
    assert turned == [("prev", str(pks[1])), ("next", str(pks[3]))]
    assert "第 <b>3</b> 份，待审核 <b>5</b> 份" in page


def test_a_clean_file_is_passed_and_the_next_one_opens(queue, at):
    client, pks = at("college"), [file.pk for file in queue.files]
    answer = decide(client, pks[0])
    act = Act.objects.latest("id")
    assert answer["Location"] == f"/reviews/{pks[1]}?batch=202307&did={act.pk}"
    assert stages(queue) == [Stage.ENDORSED, *[Stage.APPLIED] * 4]
    assert "刚刚：<a href=" in client.get(answer["Location"]).content.decode()
    # what is decided at once is no long work
    assert Job.objects.filter(kind="act").count() == 0


def test_the_filter_stays_from_file_to_file_and_at_the_end_one_sees_what_one_did(queue, at):
    client, pks = at("college"), [file.pk for file in queue.files]
    form = form_of(client.get(f"/reviews/{pks[4]}?centre=102"))
    answer = client.post(f"/reviews/{pks[4]}/decide", form)
    assert answer["Location"].startswith("/reviews/end?batch=202307&centre=102&did=")
    end = client.get(answer["Location"]).content.decode()
    assert ("队列已审核完" in end, "<dt>学院审核通过</dt><dd>1</dd>" in end) == (True, True)
    assert "队列中还有 4 份" in client.get("/reviews/end").content.decode()


def test_who_was_skipped_comes_again_before_the_end(queue, at):
    client, pks = at("college"), [file.pk for file in queue.files]
    assert decide(client, pks[4])["Location"].startswith(f"/reviews/{pks[0]}?batch=202307&did=")


@pytest.mark.parametrize(
    ("word", "said", "stage", "line"),
    [
        ("send_back", {"reason": "photo"}, Stage.RETURNED, (Verb.SEND_BACK, ReasonCode.PHOTO, "")),
        (
            "send_back",
            {"reason": "other", "note": "姓名有误"},
            Stage.RETURNED,
            (Verb.SEND_BACK, ReasonCode.OTHER, "姓名有误"),
        ),
        (
            "reject",
            {"reason": "result", "note": "成绩更正"},
            Stage.REJECTED,
            (Verb.REJECT, ReasonCode.RESULT, "成绩更正"),
        ),
    ],
)
def test_sent_back_and_rejected_with_a_reason(queue, at, word, said, stage, line):
    decide(at("college"), queue.files[0].pk, word, **said)
    event = Event.objects.latest("id")
    assert (stages(queue)[0], (Verb(event.verb), ReasonCode(event.reason), event.note)) == (
        stage,
        line,
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "请选择原因。"),
        ({"reason": "nonsense"}, "请选择原因。"),
        ({"reason": "other"}, "原因选「其他」时，请写明说明。"),
        ({"reason": "other", "note": " \u3000 "}, "原因选「其他」时，请写明说明。"),
    ],
)
def test_without_a_reason_nothing_happens_and_the_form_stays_open(queue, at, said, words):
    before = Act.objects.count()
    answer = decide(at("college"), queue.files[0].pk, "send_back", **said)
    page = answer.content.decode()
    assert (answer.status_code, words in page, 'data-form="b" open' in page) == (400, True, True)
    assert (Act.objects.count(), stages(queue)[0]) == (before, Stage.APPLIED)


def test_warnings_are_shown_and_what_blocks_cannot_be_pressed(queue, at):
    warned = at("college").get(f"/reviews/{queue.files[3].pk}").content.decode()
    assert ("有提醒，请核对后再通过。" in warned, 'id="pass">' in warned) == (True, True)
    queue.files[0].student.photos.all().delete()
    blocked = at("college").get(f"/reviews/{queue.files[0].pk}").content.decode()
    assert 'id="pass" aria-disabled="true" title="一平台没有毕业照片"' in blocked
    # and a form that is sent all the same is refused by the judgement
    form = form_of(at("college").get(f"/reviews/{queue.files[0].pk}"))
    answer = at("college").post(f"/reviews/{queue.files[0].pk}/decide", form)
    assert (answer.status_code, stages(queue)[0]) == (409, Stage.APPLIED)


def test_W01_the_same_form_twice_is_one_decision(queue, at):
    client, pk = at("college"), queue.files[0].pk
    form = form_of(client.get(f"/reviews/{pk}"))
    first, second = (client.post(f"/reviews/{pk}/decide", form) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Event.objects.filter(candidate=pk, verb=Verb.ENDORSE.value).count() == 1


def test_W02_a_stale_page_says_who_when_and_what(queue, at):
    """Another reviewer was first; and even when the file is back at this stage, it is not the file that was shown."""
    reviewer = User.objects.create_user("college2", "学院王老师", "x")
    Grant.objects.create(
        user=reviewer, role=Role.COLLEGE_REVIEWER.value, unit=queue.centres[0].parent
    )
    queue.users["college2"] = reviewer
    mine, pk = at("college"), queue.files[0].pk
    form = form_of(mine.get(f"/reviews/{pk}"))
    decide(at("college2"), pk, "send_back", reason="photo", note="背景不是蓝色")
    answer = mine.post(f"/reviews/{pk}/decide", form)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert (
        "没有办理：此学生已由学院 学院王老师 于 12:00 「退回补正」（照片问题：背景不是蓝色）。"
        in page
    )
    queue.do("a", Verb.APPLY, queue.files[0].student)
    form["key"] += "2"
    again = mine.post(f"/reviews/{pk}/decide", form)
    assert (
        again.status_code,
        "此学生已由学习中心 周老师 于 12:00 「申请毕业」" in again.content.decode(),
    ) == (409, True)
    assert Event.objects.filter(candidate=pk, verb=Verb.ENDORSE.value).count() == 0


@pytest.mark.parametrize("brought", ["the last mark that counts", "one beside others", "nothing"])
def test_W02_what_a_file_brought_since_is_told_and_no_act_that_was_read_before(
    queue, at, tmp_path, brought
):
    """The college has passed it, which headquarters' page shows; then a mark is voided."""
    file = queue.files[0]
    queue.do("college", Verb.ENDORSE, file.student)
    client = at("hq")
    form = form_of(client.get(f"/reviews/{file.pk}"))
    more = {"课程代码": "002", "复核通过": "", "作废": "是"}
    if brought == "nothing":
        file.student.photos.all().delete()
    elif brought == "one beside others":
        bring(
            queue,
            tmp_path,
            SheetKind.RESULTS,
            "college",
            **more | {"学期": "2022秋", "作废": "", "成绩": "30"},
        )
        file.student.photos.all().delete()
    else:
        bring(queue, tmp_path, SheetKind.RESULTS, "college", **more)
    answer = client.post(f"/reviews/{file.pk}/decide", form)
    said = re.search(r'id="problem">([^<]*)<', answer.content.decode())[1]
    whose = "（生命健康学院 学院李老师 12:00 成绩.csv）"
    told = {
        "the last mark that counts": f"您打开此页以后，总学分、总部考试学分、成绩有变化{whose}",
        "one beside others": f"您打开此页以后，成绩有变化{whose}",
        "nothing": "此档案的情况已有变化，见「审核判断」",
    }
    assert (answer.status_code, said) == (
        409,
        f"没有办理：{told[brought]}。下面是最新内容，请重新核对。",
    )


def test_W02_control_without_the_version_the_stale_page_would_pass_a_file_nobody_looked_at(
    queue, at, monkeypatch
):
    real = moves.asked_of
    monkeypatch.setattr(moves, "asked_of", lambda act: replace(real(act), seen=None))
    mine, pk = at("college"), queue.files[0].pk
    form = form_of(mine.get(f"/reviews/{pk}"))
    queue.do("hq", Verb.SEND_BACK, queue.files[0].student, reason="photo")
    queue.do("a", Verb.APPLY, queue.files[0].student)
    assert mine.post(f"/reviews/{pk}/decide", form).status_code == 302
    assert stages(queue)[0] is Stage.ENDORSED


def test_A09_nobody_reviews_what_they_filed_and_it_says_who_may(queue, at):
    """The clerk of a centre who came to the college: refused on the page, by the form, and in bulk."""
    Grant.objects.filter(user=queue.users["a"]).delete()
    Grant.objects.create(
        user=queue.users["a"], role=Role.COLLEGE_REVIEWER.value, unit=queue.centres[0].parent
    )
    client, pk = at("a"), queue.files[0].pk
    page = client.get(f"/reviews/{pk}").content.decode()
    assert re.findall(r'id="others">\s*([^<]+?)\s*<', page) == ["可以由学院李老师审核。"]
    assert ('data-form="b"' in page, 'data-form="x"' in page) == (True, False)
    answer = client.post(f"/reviews/{pk}/decide", form_of(client.get(f"/reviews/{pk}")))
    assert (answer.status_code, stages(queue)[0]) == (409, Stage.APPLIED)
    bulk = opened(client, "list=reviews&all=1&verb=endorse").content.decode()
    assert re.findall(r"</span></span>([^<]+)<small>职责分离</small><b>(\d+) 人", bulk) == [
        ("不能审核自己办理的档案", "4")
    ]


def test_A08_whose_own_file_it_is_can_press_nothing_and_reads_who_may(queue, at):
    client, file = at("college"), queue.files[0]
    User.objects.filter(pk=queue.users["college"].pk).update(student=file.student)
    page = client.get(f"/reviews/{file.pk}").content.decode()
    assert re.findall(r'id="others">\s*([^<]+?)\s*<', page) == [
        "目前没有其他人可以审核，请总部管理为审核岗位增加人员。"
    ]
    assert ('data-form="b"' in page, 'data-form="x"' in page) == (False, False)


def test_bulk_passes_the_clean_ones_and_leaves_the_rest_to_be_looked_at(queue, at):
    client = at("college")
    every = opened(client, "list=reviews&all=1&verb=endorse")
    assert figures(every) == {"已选": 5, "可以提交": 5, "将跳过": 0}
    dialog = every.content.decode()
    assert "以上 1 人也在可以审核通过的 5 人之中。" in dialog
    assert ">改为：有提醒的 1 人留待逐份审核</a>" in dialog
    link = re.search(
        r'<a class="btn" href="([^"]+)">批量通过无问题的</a>',
        client.get("/reviews").content.decode(),
    )[1]
    query = link.replace("&amp;", "&").partition("?")[2]
    assert figures(opened(client, f"{query}")) == {"已选": 5, "可以提交": 4, "将跳过": 1}
    confirmed(client, query)
    moves.carry_out(Act.objects.latest("id"))
    assert stages(queue) == [Stage.ENDORSED] * 3 + [Stage.APPLIED, Stage.ENDORSED]
    task = client.get(f"/jobs/act/{Act.objects.latest('id').pk}").content.decode()
    assert "毕业照片与学信网学历照片：本系统未存学信网照片，尚未比对" in task


def test_who_has_a_warning_is_left_out_of_those_with_a_box(queue, at):
    """Of a list over all stages: who waits for no review is in neither of the two dialogs."""
    queue.student(6)
    queue.judge()
    client = at("college")
    every = opened(client, "list=candidates&batch=202307&all=1&boxed=1&verb=endorse")
    link = re.search(
        r'href="[^"?]*\?([^"]+)"[^>]*>改为：有提醒的 1 人留待逐份审核</a>', every.content.decode()
    )
    clean = opened(client, link[1].replace("&amp;", "&"))
    assert [figures(every), figures(clean)] == [
        {"已选": 5, "可以提交": 5, "将跳过": 0},
        {"已选": 5, "可以提交": 4, "将跳过": 1},
    ]


def test_what_leaves_reminders_out_is_called_by_its_name():
    """Other bulk acts take them along, and say so before: a reminder stops nobody (decision 3)."""
    told = [
        words for row in CLAUSES.values() for words in (row.todo, *dict(row.next_desks).values())
    ]
    about = [words for words in told if "不含有提醒" in words]
    assert len(about) == 3
    assert [words for words in about if "「批量通过无问题的」不含有提醒的" not in words] == []


def test_三_1_nobody_is_passed_at_once_before_the_review_begins_or_when_it_is_over(queue, at):
    client, offered = at("college"), "批量通过无问题的</a>"
    for day, told in (
        ("2023-07-09", "的审核 2023-07-10 开始。"),
        ("2023-07-10", ""),
        ("2023-07-16", ""),
        ("2023-07-17", "的审核已于 2023-07-16 截止。"),
    ):
        set_clock(f"{day} 09:00")
        page = client.get("/reviews").content.decode()
        said = "各份都有审核时间的提醒：202307 批次「首批」"
        assert (offered in page, f"{said}{told}" in page and said in page) == (
            not told,
            bool(told),
        ), day
    dialog = opened(client, "list=reviews&all=1&verb=endorse").content.decode()
    assert ("已过审核时间" in dialog, "留待逐份审核</a>" in dialog) == (
        True,
        False,
    )  # it would leave nobody


@pytest.mark.parametrize("count", [1, 3])
def test_a_constant_number_of_queries(world, at, asks, engine, count):
    students = [world.student(number) for number in range(1, count + 1)]
    world.judge()
    world.do("a", Verb.APPLY, *students)
    client, pk = at("college"), world.file(students[0]).pk
    client.get(f"/reviews/{pk}")
    with asks(DESK_QUERIES):
        page = client.get(f"/reviews/{pk}")
    # the last of the queue looks for one that was left out; PostgreSQL is told how to join
    with asks(DECIDE_QUERIES + (count == 1) + 2 * (engine == "postgres")):
        client.post(f"/reviews/{pk}/decide", form_of(page))


@pytest.mark.parametrize(
    ("name", "page", "deed"),
    [
        ("college", 200, 302),
        ("a", 404, 404),
        ("b", 404, 404),
        ("hq", 200, 404),
        ("auditor", 404, 404),
        (None, 302, 302),
    ],
)
def test_A01_who_gets_to_the_desk(queue, at, client, name, page, deed):
    """My desk, centres, headquarters (which sees the file, but not as its turn), an officer, nobody."""
    pk, asking = queue.files[0].pk, at(name) if name else client
    form = form_of(at("college").get(f"/reviews/{pk}"))
    answers = asking.get(f"/reviews/{pk}").status_code, asking.post(f"/reviews/{pk}/decide", form)
    if name == "hq":  # its own verb on a file that is not its turn: refused, nothing moves
        assert (answers[0], answers[1].status_code) == (200, 409)
    else:
        assert (answers[0], answers[1].status_code) == (page, deed)
    assert stages(queue)[0] is (Stage.ENDORSED if name == "college" else Stage.APPLIED)


def test_A01_another_colleges_file_is_not_there(queue, at):
    other = Unit.objects.create(
        code="11", name="另一学院", kind="college", parent=queue.centres[0].parent.parent
    )
    stranger = User.objects.create_user("stranger", "外院老师", "x")
    Grant.objects.create(user=stranger, role=Role.COLLEGE_REVIEWER.value, unit=other)
    queue.users["stranger"] = stranger
    pk = queue.files[0].pk
    form = form_of(at("college").get(f"/reviews/{pk}"))
    client = at("stranger")
    assert [
        client.get(f"/reviews/{pk}").status_code,
        client.post(f"/reviews/{pk}/decide", form).status_code,
    ] == [404, 404]
    assert client.get("/reviews/start")["Location"] == "/reviews?batch=202307"
    assert stages(queue)[0] is Stage.APPLIED


def test_A01_a_decision_of_somebody_else_is_not_told(queue, at):
    decide(at("college"), queue.files[0].pk)
    act = Act.objects.latest("id").pk
    told = [
        'id="decided"' in at(name).get(f"/reviews/{queue.files[1].pk}?did={act}").content.decode()
        for name in ("college", "hq")
    ]
    assert told == [True, False]
