"""Acting from a list while the world goes on: stale tabs, two clerks at once, files that moved, rules that changed."""

import re
import tomllib

import pytest

from graduand.models import Act, Candidate, Event, Student
from graduand.office import acts
from graduand.office.audit import auditing
from graduand.office.season import batches
from graduand.pages.frame.registry import LISTS
from graduand.rulebook.terms import Stage, Verb
from tests.pages.lists.picking import opened, token_of
from tests.pages.lists.test_bulk import confirmed, figures
from tests.pages.lists.test_list import numbers
from tests.pages.world import POLICY


@pytest.fixture
def five(world):
    """Five ready at 杭州, one at 成都."""
    world.five = [world.student(n) for n in range(1, 6)]
    world.other = world.student(6, centre=1)
    world.judge()
    return world


def stages(world):
    """Where the five stand."""
    return [world.file(student).stage for student in world.five]


def token(client, query):
    """The token of a confirmation."""
    return token_of(opened(client, f"{query}"))


def sent(world, client, ticket, **form):
    """Send a confirmation and let the worker do it; the page of the result."""
    answer = client.post("/candidates/submit", {"token": ticket, **form})
    acts.resume(world.batch)
    return client.get(answer["Location"]) if answer.status_code == 302 else answer


def test_W01_control_two_tokens_are_two_acts_and_still_one_effect(five, at):
    """The key is in the token: of two tabs the second finds everybody where the first brought them."""
    first, second = (token(at("a"), "verb=apply&all=1&list=candidates") for _ in range(2))
    assert figures(sent(five, at("a"), first)) == {"成功": 5, "未通过": 0, "共": 5}
    assert figures(sent(five, at("a"), second)) == {"成功": 0, "未通过": 0, "无需办理": 5, "共": 5}
    assert (Act.objects.count(), Event.objects.count(), stages(five)) == (2, 5, ["applied"] * 5)


def test_W02_a_stale_tab_changes_nothing_and_says_why(five, at):
    """A tab that still shows 申请 for a file that somebody applied for and the college sent back since."""
    file = five.file(five.five[0])
    ticket = token(at("college"), f"verb=endorse&chosen={file.pk}&list=candidates")
    five.do("a", Verb.APPLY, five.five[0])
    five.do("college", Verb.SEND_BACK, five.five[0], reason="photo")
    answer = sent(five, at("college"), ticket)
    words = " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2]).split())
    assert (answer.status_code, five.file(five.five[0]).stage) == (409, Stage.RETURNED)
    assert (
        "此学生已由学院 学院李老师 于 12:00 「退回补正」（照片问题）。请刷新后按最新内容重新核对。"
        in words
    )


def test_W04_one_withdrawn_meanwhile_is_skipped_and_the_rest_goes_through(five, at):
    five.do("a", Verb.APPLY, *five.five)
    ids = [five.file(student).pk for student in five.five]
    ticket = token(
        at("college"), "verb=endorse&list=reviews&" + "&".join(f"chosen={pk}" for pk in ids)
    )
    five.do("a", Verb.WITHDRAW, five.five[2])
    body = sent(five, at("college"), ticket)
    assert figures(body) == {"成功": 4, "未通过": 1, "共": 5}
    assert stages(five) == ["endorsed", "endorsed", "listed", "endorsed", "endorsed"]
    assert "学生3号" in body.content.decode()


def test_W05_control_when_nothing_moved_it_goes_through(five, at):
    ticket = token(at("a"), "verb=apply&all=1&stage=listed&list=candidates")
    assert figures(sent(five, at("a"), ticket)) == {"成功": 5, "未通过": 0, "共": 5}


def test_W05_a_token_is_for_the_list_it_was_made_on(five, at):
    """The list is in the token: nobody turns a count of one list into an act on another."""
    five.do("a", Verb.APPLY, *five.five[:2])
    ticket = token(at("college"), "verb=endorse&all=1&list=reviews")
    answer = sent(five, at("college"), ticket, list="candidates", stage="listed")
    assert figures(answer) == {"成功": 2, "未通过": 0, "共": 2}
    assert stages(five) == ["endorsed", "endorsed", "listed", "listed", "listed"]


def test_W08_nothing_is_withdrawn_once_it_is_reviewed(five, at):
    five.do("a", Verb.APPLY, *five.five)
    ticket = token(at("a"), "verb=withdraw&all=1&stage=applied&list=candidates")
    five.do("college", Verb.ENDORSE, *five.five[:4])
    five.do("hq", Verb.APPROVE, *five.five[:3])
    answer = sent(five, at("a"), ticket)
    assert figures(answer) == {"成功": 1, "未通过": 4, "共": 5}
    assert stages(five) == ["approved"] * 3 + ["endorsed", "listed"]
    one = token(at("a"), f"verb=withdraw&chosen={five.file(five.five[0]).pk}&list=candidates")
    assert figures(sent(five, at("a"), one)) == {"成功": 0, "未通过": 1, "共": 1}
    assert stages(five)[0] == "approved"


def test_W09_of_deferring_and_applying_in_one_second_one_wins(five, at):
    file = five.file(five.five[0]).pk
    apply, defer = (
        token(at("a"), f"verb={verb}&chosen={file}&list=candidates") for verb in ("apply", "defer")
    )
    client = at("a")
    client.post("/candidates/submit", {"token": apply})
    client.post(
        "/candidates/submit", {"token": defer, "signed_on": "2023-07-10", "place": "档案柜"}
    )
    acts.resume(five.batch)
    assert (stages(five)[0], list(Event.objects.values_list("verb", flat=True))) == (
        "applied",
        ["apply"],
    )
    assert [(act.verb, act.done, act.refused) for act in Act.objects.order_by("id")] == [
        ("apply", 1, 0),
        ("defer", 0, 1),
    ]


def test_W10_each_decision_keeps_the_policy_that_judged_it(five, at):
    confirmed(at("a"), f"verb=apply&chosen={five.file(five.five[0]).pk}&list=candidates")
    acts.resume(five.batch)
    data = tomllib.loads(POLICY.read_text(encoding="utf-8"))
    batches.load(data | {"self_appraisal_min_chars": 300}, None)
    confirmed(at("a"), f"verb=apply&chosen={five.file(five.five[1]).pk}&list=candidates")
    acts.resume(five.batch)
    digests = list(Event.objects.order_by("id").values_list("policy_digest", flat=True))
    assert (len(digests), len(set(digests))) == (2, 2)


def test_W11_a_list_shows_one_batch_and_says_where_else_the_same_question_has_rows(five, at):
    """Two batches stand side by side; the later one has not begun, so it is not the one that a list begins with."""
    data = tomllib.loads(POLICY.read_text(encoding="utf-8"))
    turn = {"name": "首批", "opens": "2024-01-06", "closes": "2024-01-16"}
    later = data | {
        "code": "202401",
        "issue_date": "2024-01-20",
        "closes_at": "2024-04-12",
        "rounds": [turn],
    }
    later.pop("progression", None)
    other = batches.load(later, None).batch
    auditing.run(other)
    client = at("a")
    shown = {query: _files_on(client, query) for query in ("", "?batch=202401", "?batch=all")}
    files = {
        batch: set(Candidate.objects.filter(batch=batch).values_list("pk", flat=True))
        for batch in (five.batch, other)
    }
    here, there = (mine & shown["?batch=all"] for mine in files.values())
    assert shown == {"": here, "?batch=202401": there, "?batch=all": here | there}
    assert (len(here), len(there)) == (5, 5)
    assert (
        '<a href="/candidates?batch=202401">202401 批次 5 人</a>'
        in client.get("/candidates").content.decode()
    )


def _files_on(client, query):
    """The files that a list shows, by their tick boxes."""
    page = client.get(f"/candidates{query}").content.decode()
    return {int(pk) for pk in re.findall(r'name="chosen" value="(\d+)"', page)}


def test_W12_a_long_application_keeps_its_order_over_all_chunks(five, at):
    """七.2: the numbers are reserved when it is confirmed, whoever's chunk comes first."""
    first = token(at("a"), "verb=apply&all=1&list=candidates")
    at("a").post("/candidates/submit", {"token": first})
    at("b").post(
        "/candidates/submit", {"token": token(at("b"), "verb=apply&all=1&list=candidates")}
    )
    for act in Act.objects.order_by("-id"):
        acts.moves.carry_out(act, size=2)
    order = list(
        Candidate.objects.order_by("reported_no").values_list("student__number", "reported_no")
    )
    assert order == [(f"21151{n:08d}", n) for n in range(1, 7)]


def test_W19_whoever_goes_on_and_is_not_reported_yet_is_on_a_list(world, at):
    world.student(1, goes_on=True)
    world.student(2)
    world.judge()
    assert numbers(at("a"), "?stage=listed&goes_on=1") == [1]
    assert (
        "续读本科单独上报"
        in at("a").get("/candidates?stage=listed&goes_on=1&clear=1&filing=early").content.decode()
    )


@pytest.mark.parametrize(
    "key",
    ["students", "candidates", "archives", "certificates", "handovers", "identity", "parcels"],
)
def test_A03_a_criterion_cannot_reach_over_the_border(five, at, key):
    """Whatever is asked for, only the own rows answer: another centre's code finds nothing and says nothing."""
    spec, client = LISTS[key], at("a")
    if "centre" in spec.criteria:
        body = client.get(f"{spec.path}?centre=102").content.decode()
        assert re.search(r"查询到 <b>(\d+)</b>", body)[1] == "0"
        assert "成都" not in body


def test_A05_a_student_who_moves_is_on_the_new_centres_lists_alone(five, at):
    moved = five.five[0]
    Student.objects.filter(pk=moved.pk).update(centre=five.centres[1])
    Candidate.objects.filter(student=moved).update(centre=five.centres[1])
    assert (numbers(at("a")), numbers(at("b"))) == ([2, 3, 4, 5], [1, 6])
    assert moved.number not in at("a").get("/students").content.decode()
    assert at("a").get(f"/candidates/{five.file(moved).pk}").status_code == 404


@pytest.mark.parametrize("key", ["candidates", "archives", "certificates", "handovers"])
def test_A02_a_foreign_id_on_any_list_refuses_all(five, at, key):
    own, foreign = five.file(five.five[0]).pk, five.file(five.other).pk
    answer = opened(at("a"), f"verb=apply&list={key}&chosen={own}&chosen={foreign}")
    assert (answer.status_code, Act.objects.count()) == (404, 0)
    assert opened(at("a"), f"verb=apply&list={key}&chosen={own}").status_code == 200
    assert opened(at("a"), f"verb=apply&list=nonsense&chosen={own}").status_code == 404
