"""Notices: drafted from the policy, published once, seen by whom they are for, read with a receipt."""

import re
import tomllib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from graduand.gateways import hashed_files
from graduand.models import Notice, NoticeFile, NoticeReceipt
from graduand.office.messages import notices as office
from graduand.office.season import batches
from graduand.pages.messages import notices as notice_pages
from graduand.queries.messages import notices
from graduand.rulebook.messages import notice_text
from graduand.rulebook.season.policy import BatchPolicy
from tests.factories import policy_data
from tests.pages.world import POLICY


def publish(client, key="k1", **more):
    return client.post(
        "/notices/publish",
        {"key": key, "batch": "202307", "to": "all", "title": "通知", "body": "正文", **more},
    )


def test_the_draft_says_the_days_of_the_policy():
    data = tomllib.loads(POLICY.read_text(encoding="utf-8"))
    policy = BatchPolicy.from_dict(data)
    assert (
        notice_text.title_of(policy)
        == "关于做好 2023 年 7 月毕业生毕业审核和证书办理相关工作的通知"
    )
    text = notice_text.body_of(policy).split("\n")
    assert text[3] == "入学年度学期为 2021春 及之前入学的学生。"
    assert text[7] == (
        "3. 续读本科：毕业申请 2023 年 7 月 6 日（周四）至 8 月 28 日（周一）（招生截止 2023-09-10 前一周的周一）。"
    )
    moved = BatchPolicy.from_dict({**data, "closes_at": data["closes_at"].replace(day=20)})
    changed = [
        line
        for line, before in zip(notice_text.body_of(moved).split("\n"), text, strict=True)
        if line != before
    ]
    assert changed == [
        "本批次毕业审核和证书办理于 2023 年 10 月 20 日（周五）截止，证书发证日期统一为 2023 年 7 月 20 日（周四）。"
    ]


def test_the_draft_is_about_the_batch_that_has_begun_or_the_one_asked_for(world, at):
    batches.load(
        policy_data(
            code="202401",
            issue_date="2024-01-20",
            closes_at="2024-04-12",
            progression=None,
            rounds=[{"name": "首批", "opens": "2023-12-01", "closes": "2024-01-10"}],
        ),
        None,
    )

    def about(address):
        page = at("hq").get(address).content.decode()
        return re.search(r'name="batch" value="(\d+)"', page)[1], re.findall(
            r"<option( selected)?>(\d+)</option>", page
        )

    assert about("/notices/new") == ("202307", [("", "202401"), (" selected", "202307")])
    assert about("/notices/new?batch=202401") == (
        "202401",
        [(" selected", "202401"), ("", "202307")],
    )


def test_W01_a_notice_is_published_once(world, at):
    first, second = publish(at("hq")), publish(at("hq"))
    assert (first["Location"], Notice.objects.count()) == (second["Location"], 1)


def test_a_centre_sees_what_is_for_it_or_for_all(world, at):
    mine = publish(at("hq"), to="some", unit=[world.centres[0].pk])["Location"]
    every = publish(at("hq"), key="k2")["Location"]
    seen = {
        name: (at(name).get(mine).status_code, at(name).get(every).status_code)
        for name in ("a", "b", "college", "auditor")
    }
    assert seen == {"a": (200, 200), "b": (404, 200), "college": (200, 200), "auditor": (404, 404)}
    assert at("b").post(f"{mine}/read").status_code == 404
    assert at("a").get("/notices/new").status_code == 404
    assert publish(at("a"), key="k3").status_code == 404


def test_reading_is_confirmed_once_and_says_who_has_not(world, at):
    where = publish(at("hq"))["Location"]
    assert NoticeReceipt.objects.count() == 0
    at("a").get(where)
    assert NoticeReceipt.objects.count() == 0
    for _ in range(2):
        at("a").post(f"{where}/read")
    assert list(NoticeReceipt.objects.values_list("unit__name", "user__username")) == [
        ("杭州学习中心", "a")
    ]
    notice = Notice.objects.get()
    assert [unit.name for unit in notices.not_read(notice)] == ["生命健康学院", "成都学习中心"]
    for name in ("hq", "a", "b"):  # whoever has read it is told, too, that others have not
        shown = at(name).get(where).content.decode()
        assert [
            words in shown for words in ("全部已阅", "生命健康学院</span>", "成都学习中心</span>")
        ] == [False, True, True]
    assert notices.receipts(notice, world.actor("b")) == []
    assert "通知还没有确认已阅" in at("b").get("/").content.decode()
    assert ["通知还没有确认已阅" in at(name).get("/").content.decode() for name in ("a", "hq")] == [
        False,
        False,
    ]
    assert (notices.unread(world.actor("a")).count(), notices.unread(world.actor("b")).count()) == (
        0,
        1,
    )


def test_an_attachment_is_saved_never_shown_and_stays_in_its_scope(world, at):
    file = SimpleUploadedFile("../附件1.pdf", b"%PDF-1.7")
    where = publish(at("hq"), to="some", unit=[world.centres[0].pk], files=[file])["Location"]
    number = NoticeFile.objects.get().pk
    answer = at("a").get(f"{where}/files/{number}")
    assert b"".join(answer.streaming_content) == b"%PDF-1.7"
    assert (answer["Content-Type"], answer["Content-Disposition"].split(";")[0]) == (
        "application/octet-stream",
        "attachment",
    )
    assert NoticeFile.objects.get().name == "附件1.pdf"
    assert at("b").get(f"{where}/files/{number}").status_code == 404
    hashed_files.place_of(office.media(), NoticeFile.objects.get().sha256, ".bin").unlink()
    assert notice_pages.LOST in at("a").get(f"{where}/files/{number}").content.decode()
    bad = publish(at("hq"), key="k2", files=[SimpleUploadedFile("x.html", b"<script>")])
    assert (bad.status_code, Notice.objects.count()) == (409, 1)


def test_S08_a_notice_is_text(world, at):
    where = publish(at("hq"), body="<script>alert(1)</script>")["Location"]
    assert "<script>alert" not in at("a").get(where).content.decode()


@pytest.mark.django_db
def test_a_published_notice_is_never_edited(world, at):
    publish(at("hq"))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Notice.objects.update(title="另一个标题")
    assert Notice.objects.get().title == "通知"


def test_lists_of_notices_and_batches_ask_a_constant_number_of_questions(world, at, asks):
    for count in (1, 3, 200):
        while Notice.objects.count() < count:
            publish(at("hq"), key=f"n{Notice.objects.count()}")
        client = at("a")
        client.get("/notices")
        with asks(13):
            client.get("/notices")
        with asks(13):
            client.get("/batches")
