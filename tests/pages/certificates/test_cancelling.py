"""注销 in the browser: what is registered is voided only after the registry's cancellation is recorded, by two."""

import re
from datetime import date

from graduand.models import (
    Certificate,
    Consent,
)
from tests.pages.certificates.registered import pk_of, registered, registered_once, world
from tests.pages.lists.picking import opened, token_of

__all__ = ["registered", "registered_once", "world"]  # fixtures


def deregister(at, registered, day):
    """Recorded by one, agreed to by another."""
    shown = opened(at("hq"), f"verb=deregister&chosen={pk_of(registered)}")
    at("hq").post(
        "/candidates/submit", {"token": token_of(shown), "note": "注销函 12 号", "on": day}
    )
    told = at("hq2").get("/consents").content.decode()
    assert f"学信网注销的日期：{day}；依据：注销函 12 号" in told  # the day is what is agreed to
    agree(at)
    assert Certificate.objects.get().cancelled_on == date.fromisoformat(day)


def agree(at):
    assert (
        at("hq2").post(f"/consents/{Consent.objects.latest('id').pk}", {"agree": "1"}).status_code
        == 302
    )


def test_voiding_what_is_registered_is_refused_and_after_the_cancellation_done_by_two(
    registered, at
):
    def void():
        shown = opened(at("hq"), f"verb=void&chosen={pk_of(registered)}")
        return at("hq").post(
            "/candidates/submit",
            {"token": token_of(shown), "reason": "details", "note": "姓名有误"},
        )

    refused = void()
    assert (
        "已在学信网注册的证书，须先登记注册注销" in refused.content.decode(),
        Consent.objects.count(),
    ) == (True, 0)
    deregister(at, registered, "2023-07-24")
    void()
    assert (
        at("hq2").post(f"/consents/{Consent.objects.latest('id').pk}", {"agree": "1"}).status_code
        == 302
    )
    assert (
        Certificate.objects.get().voided_by.username,
        Certificate.objects.get().void_second.username,
    ) == ("hq", "hq2")


def test_the_day_of_a_cancellation_is_typed_and_is_today_unless_another_is(registered, at):
    """The registry cancels on a day of its own, which is seldom the one on which it is written down."""
    client, query = at("hq"), f"verb=deregister&chosen={pk_of(registered)}"
    shown = opened(client, query)
    field = shown.content.decode().partition('<input id="a-on"')[2].partition(">")[0]
    assert (
        ' max="2023-07-25"' in field,
        ' min="2023-07-21"' in field,
        ' value="2023-07-25"' in field,
    ) == (True, True, True)
    said = {"token": token_of(shown), "note": "注销函 12 号"}
    wrong = client.post("/candidates/submit", {**said, "on": "7月"})
    assert (wrong.status_code, "请填写学信网注销的日期" in wrong.content.decode()) == (409, True)
    client.post("/candidates/submit", {**said, "on": "2023-07-23"})
    assert (
        Certificate.objects.get().cancelled_on is None
    )  # asked, and not done before another person agrees
    agree(at)
    assert Certificate.objects.get().cancelled_on == date(2023, 7, 23)


def test_every_desk_reads_who_goes_on_after_a_cancellation(registered, at):
    """The stage says that the certificate waits to be sent: that it has no registration is what matters now."""

    def told(name):
        page = at(name).get(f"/candidates/{pk_of(registered)}").content.decode()
        return re.search(r'现在可以做什么</h2><span class="muted">([^<]*)', page)[1]

    desks = ("hq", "college", "a")
    before = {name: told(name) for name in desks}
    deregister(at, registered, "2023-07-24")
    said = "学信网注册已于 2023-07-24 注销，不能签领，现在由总部办理「作废重办」"
    assert [(said in before[name], told(name).startswith(said)) for name in desks] == [
        (False, True)
    ] * 3


def test_a_cancellation_is_taken_back_on_the_page_by_two(registered, at):
    deregister(at, registered, "2023-07-24")
    page = at("hq").get(f"/candidates/{pk_of(registered)}").content.decode()
    assert "撤销注销登记" in page
    shown = opened(at("hq"), f"verb=reregister&chosen={pk_of(registered)}")
    at("hq").post("/candidates/submit", {"token": token_of(shown), "note": "登记错人"})
    assert f"证书 {Certificate.objects.get().number}" in at("hq2").get("/consents").content.decode()
    agree(at)
    assert (Certificate.objects.get().cancelled_on, Certificate.objects.get().queryable) == (
        None,
        True,
    )


def test_the_second_person_reads_which_certificate_is_voided_and_where_it_is(registered, at):
    deregister(at, registered, "2023-07-24")
    shown, number = (
        opened(at("hq"), f"verb=void&chosen={pk_of(registered)}"),
        Certificate.objects.get().number,
    )
    at("hq").post(
        "/candidates/submit", {"token": token_of(shown), "reason": "details", "note": "重印"}
    )
    assert f"证书 {number}，已编号制证：作废重办" in at("hq2").get("/consents").content.decode()
