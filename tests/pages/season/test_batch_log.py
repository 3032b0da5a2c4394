"""What becomes of a batch as a whole stands in the audit trail: who did it, which batch, in the same transaction."""

import re

import pytest

from graduand.models import AccountEvent, Batch, Candidate, Consent, Grant, User
from graduand.office import account_log, acts
from graduand.office.season import batches, deleting
from graduand.office.season.ending import closing, finishing
from graduand.queries import clock
from graduand.rulebook.people.account_terms import GUARDED, Deed
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import Role, Verb
from tests import jobs
from tests.factories import policy_data
from tests.pages.world import PASSWORD

LATER = {
    "code": "202401",
    "issue_date": "2024-01-20",
    "closes_at": "2024-04-12",
    "progression": None,
    "rounds": [{"name": "首批", "opens": "2023-12-01", "closes": "2024-01-10"}],
}


@pytest.fixture
def second(world):
    """Another person of headquarters."""
    user = world.users["hq2"] = User.objects.create_user("hq2", "总部钱老师", PASSWORD)
    Grant.objects.create(
        user=user, role=Role.HQ_REVIEWER.value, unit=world.centres[0].parent.parent
    )
    return user


def told(code: str) -> list[tuple]:
    """(deed, who, version) of what became of a batch as a whole, in their order."""
    rows = AccountEvent.objects.filter(detail__batch=code).exclude(deed=Deed.ACTED).order_by("id")
    return [
        (one.deed, one.actor.username if one.actor else "", one.detail.get("version"))
        for one in rows
    ]


def switch(at, do: str) -> None:
    """One asks, the other one agrees, the worker does it."""
    at("hq").post("/batches/202307/switch", {"do": do, "key": f"k{do}", "reason": "期满"})
    at("hq2").post(f"/consents/{Consent.objects.latest('id').pk}", {"agree": "1"})
    jobs.work_once("worker")


def test_loading_and_deleting_a_batch_are_told(world):
    hq = world.users["hq"].pk
    batch = batches.load(policy_data(**LATER), hq).batch
    batches.load(policy_data(**LATER), hq)  # the same again is nothing
    batches.load(policy_data(**LATER, self_appraisal_min_chars=300), hq)
    deleting.delete(batch, world.actor("hq"))
    deleting.complete(batch)
    batches.load(policy_data(**LATER, self_appraisal_min_chars=300), hq)
    assert told("202401") == [
        ("batch_created", "hq", None),
        ("policy_saved", "hq", 1),
        ("policy_saved", "hq", 2),
        ("batch_deleted", "hq", None),
        ("batch_created", "hq", None),
        ("policy_saved", "hq", 3),  # what comes back is a version of its own
    ]


def test_closing_finishing_and_opening_again_are_told_and_the_auditor_finds_them(world, at, second):
    world.student(1)
    world.judge()
    closing.explain(world.batch, "unfiled", None, "联系不上", world.actor("hq"))
    before = len(told("202307"))
    switch(at, "close")
    assert Batch.objects.get(code="202307").finished_at is not None  # nobody was left
    switch(at, "reopen")
    assert told("202307")[before:] == [
        ("batch_closed", "hq", None),
        ("batch_finished", "", None),
        ("batch_reopened", "hq", None),
    ]
    for deed in ("batch_closed", "batch_reopened"):  # who agreed stands beside who asked
        rows = at("auditor").get(f"/trail?deed={deed}").content.decode().partition("<tbody>")[2]
        assert "总部何老师（hq）、总部钱老师（hq2）" in rows
    page = at("auditor").get("/trail?deed=batch_closed").content.decode()
    assert re.findall(r"<option value=\"(batch_\w+|policy_saved)\"", page) == [
        one.value for one in Deed if one.value.startswith(("batch", "policy"))
    ]
    assert "批次 202307" in page.partition("<tbody>")[2]


def test_a_batch_that_two_declare_finished_is_told_once(world):
    Candidate.objects.all().delete()
    batches.close(world.batch, by=world.users["hq"].pk)
    world.batch.refresh_from_db()
    finishing.declare(world.batch, world.users["hq"].pk)
    assert finishing.settle() == 0
    assert told("202307")[-2:] == [("batch_closed", "hq", None), ("batch_finished", "hq", None)]


def test_what_is_not_told_is_not_done(world, monkeypatch):
    """An account log that can't be written takes the deed with it."""

    def fails(*_args, **_more):
        raise OSError("disk full")

    monkeypatch.setattr(account_log, "note", fails)
    hq = world.users["hq"].pk
    for do in (
        lambda: batches.load(policy_data(**LATER), hq),
        lambda: deleting.delete(world.batch, world.actor("hq")),
        lambda: batches.close(world.batch, by=hq),
    ):
        with pytest.raises(OSError, match="disk full"):
            do()
    rows = Batch.objects.values_list("code", "policy__number", "closed_at", "deleted_at")
    assert list(rows) == [("202307", 1, None, None)]


def test_what_decides_on_a_degree_or_changes_a_certificate_is_told_too(world, at, second):
    student = world.student(1)
    world.judge()
    world.do("a", Verb.APPLY, student, same_checked=True)
    (filed,) = AccountEvent.objects.filter(
        deed=Deed.ACTED
    )  # what a centre does by the browser stands there too
    assert (filed.detail["verb"], filed.detail["files"], filed.actor.username) == ("apply", 1, "a")
    before = AccountEvent.objects.count()
    for verb in sorted(
        GUARDED | {Verb.DEGREE_GRANT, Verb.DEGREE_DECLINE, Verb.CASE_CLEAR, Verb.CASE_UPHOLD}
    ):
        acts.confirm(
            world.batch, [world.file(student).pk], world.actor("hq"), acts.ActRequest(verb)
        )
    told = list(AccountEvent.objects.order_by("id")[before:])
    assert {
        (one.deed, one.detail["verb"], one.detail["files"], one.actor.username) for one in told
    } == {
        ("acted", verb, 1, "hq")
        for verb in (
            "amend",
            "case_clear",
            "case_uphold",
            "certify",
            "confirm_issue",
            "degree_certify",
            "degree_decline",
            "degree_grant",
            "deregister",
            "reopen",
            "reregister",
            "void",
        )
    }
    shown = at("auditor").get("/trail?deed=acted").content.decode()
    for label in ("更正证书内容", "授予学位", "不授予学位", "学位证书编号"):
        assert f"「{label}」1 件（第" in shown


def test_who_did_something_is_found_by_name_and_what_was_asked_is_told(world, at, second):
    """The auditor asks for a person, not for the column in which that person stands."""
    batch = world.batch
    Consent.objects.create(
        kind="batch",
        detail={"do": "close", "code": batch.code},
        digest="d",
        reason="当季办结",
        key="k",
        asked_by=world.users["hq"],
        asked_at=clock.now(),
    )
    account_log.note(
        Deed.ASKED, actor=world.users["hq"].pk, kind="batch", consent=Consent.objects.get().pk
    )
    name = world.users["hq"].name
    shown = at("auditor").get("/trail", {"q": name, "deed": "asked"}).content.decode()
    assert f"：{BatchSwitch.CLOSE.label} {batch.code}" in shown
    assert "查询到 <b>1</b>" in shown
    assert "查询到 <b>0</b>" in at("auditor").get("/trail", {"q": "卫无此人"}).content.decode()
    assert (
        "一次一条，写明件数。办理了哪些学生，各人的办理经过里有（办理时间相同），由总部或学院查看；审计不看学生档案。"
        in shown
    )
    assert "登录失败而没有账号的，填的账号不存在" in shown


def test_both_people_read_what_closing_does(world, at, second):
    """Whoever agrees sees the same sentence as whoever asks: who is carried over, and how early it is."""
    world.student(1)
    world.judge()
    closing.explain(world.batch, "unfiled", None, "联系不上", world.actor("hq"))
    told = "将结转 1 人（未申请 1）；截止日期 2023-10-12，还有 92 天"
    assert told in at("hq").get("/batches/202307/closing").content.decode()
    at("hq").post("/batches/202307/switch", {"do": "close", "key": "k1", "reason": "期满"})
    assert told in at("hq2").get("/consents").content.decode()
