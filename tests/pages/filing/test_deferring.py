"""暂缓毕业 with the signed statement: a scan, a zip of scans, or where the paper lies; who may open it, and that it is noted."""

import io
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from graduand.models import Act, Candidate, Look, Statement, Student
from graduand.office import acts
from graduand.office.records import file_centres
from graduand.queries import clock
from tests.material.portraits import face
from tests.pages.lists.picking import opened, token_of
from tests.pages.lists.test_bulk import HTMX

PDF = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20) + b"IEND\xaeB`\x82"
ONE, TWO, THREE = (f"21151{n:08d}" for n in (1, 2, 3))


@pytest.fixture
def trio(world, settings, tmp_path):
    """Three listed students of 杭州, one of 成都; files of their own."""
    settings.MEDIA_ROOT = tmp_path / "files"
    world.students = [
        world.student(1),
        world.student(2),
        world.student(3),
        world.student(4, centre=1),
    ]
    world.judge()
    return world


def deferred(client, world, *numbers, file: bytes | None = None, name="声明.pdf", **paper):
    """Confirm for these numbers, with what is sent; the answer."""
    chosen = "&".join(
        f"chosen={pk}"
        for pk in Candidate.objects.filter(student__number__in=numbers).values_list("id", flat=True)
    )
    token = token_of(opened(client, f"verb=defer&list=candidates&{chosen}"))
    sent = {"scan": SimpleUploadedFile(name, file)} if file is not None else {}
    answer = client.post("/candidates/submit", {"token": token, **sent, **paper}, headers=HTMX)
    acts.resume(world.batch)
    return answer


def states() -> list[str]:
    return list(Candidate.objects.order_by("student__number").values_list("stage", flat=True))


def zipped(entries: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return stream.getvalue()


def kept_files() -> list[Path]:
    return [
        path for path in (Path(settings.MEDIA_ROOT) / "statements").rglob("*") if path.is_file()
    ]


@pytest.mark.parametrize(
    ("data", "kind", "type_"),
    [(PDF, "pdf", "application/pdf"), (PNG, "png", "image/png"), (face(0), "jpeg", "image/jpeg")],
    ids=["pdf", "png", "jpeg"],
)
def test_附件2_a_scan_is_kept_sealed_and_comes_back_as_it_was(trio, at, data, kind, type_):
    client = at("a")
    file = trio.file(trio.students[0]).pk
    assert "扫描件" in opened(client, f"verb=defer&list=candidates&chosen={file}").content.decode()
    assert deferred(client, trio, ONE, file=data).status_code == 302
    assert states() == ["deferred", "listed", "listed", "listed"]
    statement = Statement.objects.get()
    assert (statement.kind, statement.size, statement.candidate.student.number) == (
        kind,
        len(data),
        ONE,
    )
    assert all(data[:40] not in path.read_bytes() for path in kept_files())
    page = client.get(f"/candidates/{statement.candidate_id}").content.decode()
    assert f'href="/statements/{statement.pk}" download' in page
    answer = client.get(f"/statements/{statement.pk}")
    assert (answer.content == data, answer["Content-Type"]) == (True, type_)
    assert answer["Content-Disposition"].split(";")[0] == "attachment"
    assert (answer["X-Content-Type-Options"], answer["Content-Security-Policy"]) == (
        "nosniff",
        "sandbox; default-src 'none'",
    )


def test_A01_whoever_does_not_see_the_candidate_does_not_see_the_paper(trio, at):
    deferred(at("a"), trio, ONE, file=PDF)
    pk = Statement.objects.get().pk
    found = {
        name: at(name).get(f"/statements/{pk}").status_code
        for name in ("a", "b", "college", "hq", "auditor")
    }
    assert found == {"a": 200, "b": 404, "college": 200, "hq": 200, "auditor": 404}
    noted = (
        Look.objects.filter(kind="paper")
        .order_by("id")
        .values_list("user__username", "student__number", "what")
    )
    assert list(noted) == [(name, ONE, "暂缓毕业声明") for name in ("a", "college", "hq")]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"MZ not a scan", "不是 JPG、PNG 或 PDF 文件"),
        (PDF[:20], "不完整"),
        (b"", "是空文件"),
        (b"%PDF-" + bytes(5 << 20) + b"%%EOF", "超过 5 MB"),
    ],
    ids=["program", "cut off", "empty", "large"],
)
def test_what_is_no_scan_defers_nobody(trio, at, data, why):
    answer = deferred(at("a"), trio, ONE, file=data, name="声明.pdf")
    assert (answer.status_code, why in answer.content.decode()) == (409, True)
    assert (states().count("deferred"), Act.objects.count(), kept_files()) == (0, 0, [])


def test_without_a_statement_nobody_is_deferred(trio, at):
    answer = deferred(at("a"), trio, ONE)
    assert (answer.status_code, "没有办理任何学生" in answer.content.decode()) == (409, True)
    assert (states().count("deferred"), Act.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("day", "place", "why"),
    [
        ("", "档案柜", "签字日期"),
        ("2023-07-13", "档案柜", "不晚于今天"),
        ("2021-07-13", "档案柜", "一年以内"),
        ("2023-07-10", "", "存放在哪里"),
        ("昨天", "档案柜", "签字日期"),
    ],
)
def test_a_paper_has_a_day_and_a_place(trio, at, day, place, why):
    answer = deferred(at("a"), trio, ONE, signed_on=day, place=place)
    assert (answer.status_code, why in answer.content.decode()) == (409, True)
    assert Act.objects.count() == 0


def test_附件2_many_are_deferred_with_the_papers_on_the_shelf(trio, at):
    client = at("a")
    assert "压缩包（zip）" in opened(client, "verb=defer&list=candidates&all=1").content.decode()
    deferred(client, trio, ONE, TWO, signed_on="2023-07-10", place="学习中心档案柜 2 号")
    assert states() == ["deferred", "deferred", "listed", "listed"]
    assert list(Statement.objects.values_list("file", "place").distinct()) == [
        ("", "学习中心档案柜 2 号")
    ]
    page = client.get(f"/candidates/{trio.file(trio.students[0]).pk}").content.decode()
    assert "纸质声明 2023-07-10 签字，存于学习中心档案柜 2 号" in page
    assert client.get(f"/statements/{Statement.objects.first().pk}").status_code == 404


def test_附件2_many_are_deferred_with_a_zip_named_by_number(trio, at):
    deferred(
        at("a"),
        trio,
        ONE,
        TWO,
        file=zipped({f"{ONE}.pdf": PDF, f"{TWO}.png": PNG}),
        name="声明.zip",
    )
    assert states() == ["deferred", "deferred", "listed", "listed"]
    assert list(
        Statement.objects.order_by("candidate__student__number").values_list(
            "candidate__student__number", "kind"
        )
    ) == [(ONE, "pdf"), (TWO, "png")]


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ({f"{ONE}.pdf": PDF}, f"缺 1 名学生的声明：{TWO}"),
        ({f"{ONE}.pdf": PDF, f"{THREE}.pdf": PDF}, "不是所选学生的学号"),
        ({f"{ONE}.pdf": PDF, f"{ONE}.png": PNG, f"{TWO}.pdf": PDF}, "有两份声明"),
        ({f"{ONE}.pdf": PDF, f"{TWO}.pdf": b"MZ"}, "不是 JPG、PNG 或 PDF 文件"),
        ({f"声明/{ONE}.pdf": PDF, f"{TWO}.pdf": PDF}, "文件夹"),
    ],
    ids=["missing", "stranger", "double", "no scan", "folder"],
)
def test_a_zip_is_whole_or_nobody_is_deferred(trio, at, entries, why):
    answer = deferred(at("a"), trio, ONE, TWO, file=zipped(entries), name="声明.zip")
    assert (answer.status_code, why in answer.content.decode()) == (409, True), (
        answer.content.decode()
    )
    assert (states().count("deferred"), Statement.objects.count(), Act.objects.count()) == (0, 0, 0)


def test_W01_the_same_form_twice_is_one_act_with_its_statements(trio, at):
    client, file = at("a"), trio.file(trio.students[0])
    token = token_of(opened(client, f"verb=defer&list=candidates&chosen={file.pk}"))
    answers = [
        client.post(
            "/candidates/submit", {"token": token, "scan": SimpleUploadedFile("a.pdf", PDF)}
        )
        for _ in range(2)
    ]
    assert len({answer["Location"] for answer in answers}) == 1
    assert (Act.objects.count(), Statement.objects.count()) == (1, 1)


def test_a_scan_that_was_changed_on_the_disk_is_not_handed_out(trio, at):
    deferred(at("a"), trio, ONE, file=PDF)
    [path] = kept_files()
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert at("a").get(f"/statements/{Statement.objects.get().pk}").status_code == 409
    assert Look.objects.filter(kind="paper").count() == 0


@pytest.mark.parametrize("sent", ["scans", "paper"])
def test_附件2_who_has_left_since_the_pick_needs_no_statement_and_gets_none(trio, at, sent):
    """A05: the file of somebody who went to another centre is not this one's to write on; the others defer."""
    client, chosen = (
        at("a"),
        Candidate.objects.filter(student__number__in=(ONE, TWO)).values_list("id", flat=True),
    )
    token = token_of(
        opened(client, "verb=defer&list=candidates&" + "&".join(f"chosen={pk}" for pk in chosen))
    )
    gone = Student.objects.get(number=TWO)
    Student.objects.filter(pk=gone.pk).update(centre=trio.centres[1])
    file_centres.follow([gone.pk])
    scans = {"scan": SimpleUploadedFile("声明.zip", zipped({f"{ONE}.pdf": PDF}))}
    paper = {"signed_on": clock.today().isoformat(), "place": "柜 2 号"}
    client.post(
        "/candidates/submit",
        {"token": token, **(scans if sent == "scans" else paper)},
        headers=HTMX,
    )
    acts.resume(trio.batch)
    assert states()[:2] == ["deferred", "listed"]
    assert list(Statement.objects.values_list("candidate__student__number", flat=True)) == [ONE]
