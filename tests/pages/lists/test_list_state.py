"""What a person does to a list: order, views, columns, pasted numbers, the export of exactly what is found."""

import cProfile
import io
import re
from hashlib import sha256

import pytest
from openpyxl import load_workbook

from graduand.models import Outgoing, SavedView, Selection, Student
from graduand.models.sealed import KeyRing
from graduand.office.outgoing import list_exports
from graduand.office.people import list_state
from graduand.pages.frame.offers import list_offers
from graduand.pages.frame.registry import LISTS
from graduand.queries import listing
from graduand.rulebook.identity.id_documents import mask_id
from graduand.rulebook.people.account_terms import FieldLevel
from graduand.rulebook.terms import Desk
from tests.pages.lists.picking import opened
from tests.pages.lists.test_list import numbers


@pytest.fixture
def some(world):
    """Three at 杭州, one of them without a photo; one at 成都."""
    world.student(1, name="赵一")
    world.student(2, name="钱二", photo=False)
    world.student(3, name="孙三", entry=4041)
    world.student(4, name="李四", centre=1)
    world.judge()
    return world


def no(number):
    """The 学号 of a student of the small world."""
    return f"21151{number:08d}"


# ---- order


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", [1, 2, 3]),
        ("number", [1, 2, 3]),
        ("-number", [3, 2, 1]),
        ("entry", [3, 1, 2]),
        ("-entry", [2, 1, 3]),
    ],
)
def test_an_order_by_what_may_be_ordered_by(some, at, sort, expected):
    assert numbers(at("a"), f"?sort={sort}") == expected


@pytest.mark.parametrize("sort", ["password", "id_no", "-", "student__id_no", "fit", "number;drop"])
def test_Q04_any_other_order_is_refused(some, at, sort):
    assert at("a").get(f"/candidates?sort={sort}").status_code == 400


def test_the_order_stays_in_every_address(some, at):
    body = at("a").get("/candidates?sort=-entry&fit=1&size=10").content.decode()
    assert 'aria-sort="descending"' in body
    assert 'href="/candidates?batch=202307&amp;fit=1&amp;sort=entry&amp;size=10"' in body
    assert 'name="sort" value="-entry"' in body
    assert "sort=-entry&amp;list=candidates&amp;at=1" in body


def test_one_turns_over_in_the_order_of_the_list(some, at):
    """What comes next on the file's page is the next line of the list, whatever its order is."""
    client = at("a")
    link = re.search(
        r'<td class="name"[^>]*><a href="([^"]+)">',
        client.get("/candidates?sort=-number").content.decode(),
    )[1]
    after = re.search(
        r'rel="next" href="([^"]+)"', client.get(link.replace("&amp;", "&")).content.decode()
    )[1]
    assert "钱二" in client.get(after.replace("&amp;", "&")).content.decode()


# ---- counting


def test_Q06_a_long_list_is_counted_up_to_a_limit(some, at, monkeypatch):
    for number in range(20, 40):
        some.student(number, credits=False, photo=False, chsi=False)
    some.judge()
    monkeypatch.setattr(listing.capped_count, "__defaults__", (15,))
    body = at("a").get("/candidates?size=10").content.decode()
    assert "查询到 <b>15+</b> 人" in body
    assert 'href="/candidates?batch=202307&amp;exact=1"' in body
    exact = at("a").get("/candidates?exact=1").content.decode()
    assert "查询到 <b>23</b> 人" in exact


# ---- views


def test_a_view_is_kept_under_its_name_and_replaced_by_it(some, at):
    client = at("a")
    answer = client.post(
        "/lists/candidates/views", {"name": "没有照片", "photo": "0", "sort": "-number"}
    )
    assert answer["Location"] == "/candidates?photo=0&sort=-number"
    page = client.get(answer["Location"]).content.decode()
    assert '<summary class="btn">没有照片</summary>' in page
    client.post("/lists/candidates/views", {"name": "没有照片", "photo": "1"})
    assert list(SavedView.objects.values_list("user__username", "name", "query")) == [
        ("a", "没有照片", "photo=1")
    ]
    assert "没有照片" not in at("b").get("/candidates").content.decode()
    client.post("/lists/candidates/views/forget", {"name": "没有照片"})
    assert SavedView.objects.count() == 0


def test_A01_nobody_forgets_another_persons_view(some, at):
    at("a").post("/lists/candidates/views", {"name": "我的", "photo": "0"})
    at("b").post("/lists/candidates/views/forget", {"name": "我的"})
    assert SavedView.objects.count() == 1


@pytest.mark.parametrize("name", ["", " ", "长" * 31])
def test_a_view_without_a_proper_name_is_refused(some, at, name):
    assert at("a").post("/lists/candidates/views", {"name": name}).status_code == 400


def test_the_number_of_views_has_an_end(some, at, monkeypatch):
    monkeypatch.setattr(list_state, "MOST_VIEWS", 1)
    client = at("a")
    assert client.post("/lists/candidates/views", {"name": "一"}).status_code == 302
    assert client.post("/lists/candidates/views", {"name": "二"}).status_code == 400
    assert client.post("/lists/candidates/views", {"name": "一", "photo": "1"}).status_code == 302


@pytest.mark.parametrize("what", ["views", "views/forget", "columns", "numbers", "export"])
def test_lists_that_there_are_not_and_lists_of_other_desks(some, at, what):
    assert at("a").post(f"/lists/nonsense/{what}", {"name": "x"}).status_code == 404
    assert at("a").post(f"/lists/reviews/{what}", {"name": "x"}).status_code == 404
    assert at("a").get(f"/lists/candidates/{what}").status_code == 405


# ---- columns


def heads(client, path="/candidates"):
    """The columns of the table."""
    head = client.get(path).content.decode().partition("<thead>")[2].partition("</thead>")[0]
    return [
        re.sub(r"<[^>]+>|[↑↓\s]", "", cell)
        for cell in re.findall(r'<th scope="col"[^>]*>(.*?)</th>', head, re.DOTALL)
    ]


def test_the_columns_chosen_are_kept_for_the_person(some, at):
    client, usual = at("a"), heads(at("a"))
    client.post("/lists/candidates/columns", {"column": ["moved", "number", "name", "password"]})
    assert heads(client) == ["序号", "学号", "姓名", "最后办理", "操作"]
    assert heads(at("b")) == usual
    client.post("/lists/candidates/columns", {"column": ["number"], "usual": "1"})
    assert heads(client) == usual
    client.post("/lists/candidates/columns", {})
    assert heads(client) == usual


# ---- pasted numbers


def pasted(client, text, **more):
    """Paste numbers; the list that shows them."""
    answer = client.post("/lists/candidates/numbers", {"numbers": text, **more})
    assert answer.status_code == 302
    return answer["Location"]


def test_pasted_numbers_narrow_the_list_and_the_rest_is_named(some, at):
    client = at("a")
    url = pasted(
        client, f"{no(3)}，{no(1)}\n２１１５１０００００００９\t{no(4)} {no(1)}", photo="1"
    )
    body = client.get(url).content.decode()
    assert numbers(client, url.removeprefix("/candidates")) == [1, 3]
    assert "按粘贴的 4 个学号查询；<b>没有找到 2 个</b>：2115100000009、2115100000004。" in body
    assert "photo=1" in url
    assert Selection.objects.count() == 1
    assert pasted(client, f"{no(3)} {no(1)} 2115100000009 {no(4)}", photo="1") == url


def test_A01_a_pasted_list_is_its_owners(some, at):
    url = pasted(at("a"), no(1))
    assert at("college").get(url).status_code == 400
    assert at("a").get(url).status_code == 200


@pytest.mark.parametrize("text", ["", " ,，\n", "x" * 21, "\x00" + "1" * 13])
def test_what_cannot_be_numbers_is_refused(some, at, text):
    answer = at("a").post("/lists/candidates/numbers", {"numbers": text})
    assert answer.status_code == 400
    assert "。" in answer.content.decode()
    assert Selection.objects.count() == 0


def test_two_thousand_numbers_and_not_one_more(some, at, asks):
    many = [no(n) for n in range(2_001)]
    assert at("a").post("/lists/candidates/numbers", {"numbers": " ".join(many)}).status_code == 400
    client = at("a")
    url = pasted(client, " ".join(many[:2_000]))
    assert numbers(client, url.removeprefix("/candidates")) == [1, 2, 3]


def test_everybody_pasted_can_be_acted_on(some, at):
    """The filter that is confirmed is the pasted list; nobody else comes along."""
    client = at("a")
    key = pasted(client, f"{no(1)} {no(2)}").rpartition("=")[2]
    body = opened(client, f"verb=apply&all=1&list=candidates&picked={key}").content.decode()
    assert re.search(r"<dt>已选</dt><dd>2</dd>", body)


# ---- export


def exported(client, key="candidates", **asked):
    """The rows of the workbook, and its answer."""
    answer = client.post(f"/lists/{key}/export", asked)
    content = b"".join(answer.streaming_content)
    rows = [
        list(row) for row in load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    ]
    return rows, content, answer


def test_what_is_exported_is_what_is_found_in_its_order(some, at):
    rows, content, answer = exported(at("a"), sort="-number", photo="1")
    assert [row[0] for row in rows] == ["学号", no(3), no(1)]
    assert answer["Content-Disposition"].startswith('attachment; filename="candidates.xlsx"')
    out = Outgoing.objects.get()
    assert (out.listing, out.asked, out.rows, out.personal, out.by.username) == (
        "candidates",
        [["batch", "202307"], ["photo", "1"], ["sort", "-number"]],
        2,
        False,
        "a",
    )
    assert (out.end.state, out.end.rows, out.end.size, out.end.sha256) == (
        "written",
        2,
        len(content),
        sha256(content).hexdigest(),
    )


def test_documents_and_phones_stay_here(some, at):
    """PIPL 51, A11: what is sensitive is in no plain export, chosen or not."""
    client = at("a")
    client.post("/lists/students/columns", {"column": ["number", "name", "id_no", "mobile"]})
    rows, *_ = exported(client, "students", fields="id_no", column="id_no")
    assert rows[0] == ["学号", "姓名"]
    assert "3X" not in str(rows)
    columns = [(key, column) for key, spec in LISTS.items() for column in spec.columns]
    guarded = {
        (key, column.key)
        for key, column in columns
        if column.level in (FieldLevel.L3, FieldLevel.L4)
    }
    assert {
        ("candidates", "id_no"),
        ("students", "id_no"),
        ("students", "mobile"),
        ("reviews", "id_no"),
    } <= guarded
    assert {(key, column.key) for key, column in columns if column.leaves} & guarded == set()


def test_A01_another_centres_rows_are_in_no_export(some, at):
    rows, *_ = exported(at("a"), centre="102")
    assert len(rows) == 1
    assert [row[0] for row in exported(at("b"))[0][1:]] == [no(4)]


def test_X08_nothing_in_an_export_can_run(world, at):
    world.student(1, name="=1+1", class_name="@cmd")
    world.judge()
    rows, *_ = exported(at("a"))
    assert "'=1+1" in rows[1]


def test_a_list_too_long_to_export_is_refused_whole(some, at, monkeypatch):
    monkeypatch.setattr(list_exports, "MOST_ROWS", 2)
    answer = at("a").post("/lists/candidates/export", {})
    assert (answer.status_code, Outgoing.objects.count()) == (400, 0)
    assert "超过 2 行" in answer.content.decode()


@pytest.mark.parametrize("people", [1, 3])
def test_an_export_asks_a_constant_number_of_questions(world, at, asks, people):
    for number in range(people):
        world.student(number)
    world.judge()
    client = at("a")
    with asks(19):
        assert len(exported(client)[0]) == people + 1


def test_a_number_that_stays_here_is_not_opened_for_an_export(some, at):
    """It was, for every row, and thrown away: a twelfth of the work of a long list."""
    client, watch = at("a"), cProfile.Profile()
    assert len(watch.runcall(exported, client)[0]) == 4
    assert KeyRing.open_bytes.__code__ not in {one.code for one in watch.getstats()}
    page = watch.runcall(client.get, "/candidates").content.decode()
    assert KeyRing.open_bytes.__code__ in {one.code for one in watch.getstats()}
    assert page.count(mask_id(Student.objects.get(number=no(1)).id_no)) == 3


# ---- what no page of ours sends


LISTS_OF_A_CENTRE = (
    "students",
    "identity",
    "archives",
    "certificates",
    "parcels",
    "handovers",
    "imports",
    "jobs",
)
DATES = ("0000-01-01", "9999-12-31", "2023-02-30", "1e9", "%ED%A0%80")


def statuses(client, path, *queries):
    """What the list answers to each of these addresses."""
    return {client.get(f"{path}?{query}").status_code for query in queries}


@pytest.mark.parametrize("key", LISTS_OF_A_CENTRE)
def test_Q04_Q05_nonsense_is_clamped_or_refused_on_every_list(some, at, key):
    client, spec = at("a"), LISTS[key]
    long = "&".join(f"q={n}" for n in range(500))
    assert statuses(
        client, spec.path, "page=1000000000", "size=1000000", "page=-1", "page=x", long
    ) == {200}
    wrong = [
        "sort=password",
        "sort=-id",
        *(["q=a%00b", "q=" + "x" * 1_000] if "q" in spec.criteria else []),
    ]
    assert statuses(client, spec.path, *wrong) == {400}
    days = [name for name, one in spec.criteria.items() if one.dated]
    assert statuses(
        client, spec.path, *(f"{name}={value}" for name in days for value in DATES)
    ) <= {400}


def test_Q03_wildcards_mean_themselves(world, at):
    world.student(1, name="100%_实")
    world.student(2, name="一百")
    world.judge()
    client = at("a")
    assert {q: numbers(client, f"?q={q}") for q in ("%25", "_", "100%25", "100%25_", "100__")} == {
        "%25": [],
        "_": [],
        "100%25": [1],
        "100%25_": [1],
        "100__": [],
    }


def test_A12_what_is_masked_cannot_be_sorted_or_searched_by(some, at):
    sensitive = {
        column.key
        for spec in LISTS.values()
        for column in spec.columns
        if column.level is FieldLevel.L3
    }
    assert {
        column.key for spec in LISTS.values() for column in spec.columns if column.sort
    } & sensitive == set()
    assert numbers(at("a"), "?q=110105") == []


def test_S20_of_several_values_the_last_counts(some, at):
    assert numbers(at("a"), "?photo=0&photo=1") == [1, 3]


def test_a_verb_after_a_filter_by_the_degree():
    """The verbs beside the journey stand above the list that is filtered by the degree's state."""
    keys = {
        (desk, state): [offer.key for offer in list_offers(desk, "", state)]
        for desk, state in ((Desk.COLLEGE, "applied"), (Desk.HQ, "applied"), (Desk.CENTRE, "none"))
    }
    assert keys == {
        (Desk.COLLEGE, "applied"): ["degree_return"],
        (Desk.HQ, "applied"): ["degree_grant", "degree_decline"],
        (Desk.CENTRE, "none"): ["degree_apply"],
    }
