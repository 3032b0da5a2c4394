"""`graduand accounts`: codes for named people and for all who have no password; off and on."""

import openpyxl

from graduand.models import Activation, Grant, User
from graduand.office.people import sign_in
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.terms import Role
from tests.management.calling import graduand


def new_clerk(season, name: str, centre: int = 0) -> User:
    user = User(username=name, name=f"{name}老师")
    user.set_unusable_password()
    user.save()
    Grant.objects.create(user=user, role=Role.CENTRE_CLERK.value, unit=season.centres[centre])
    return user


def test_a_code_for_a_named_person(season):
    new_clerk(season, "n1")
    answer = graduand("accounts", "activate", "n1", "--json")
    assert (answer.code, answer.json["made"], answer.json["codes"][0]["account"]) == (0, 1, "n1")
    user = sign_in.activate("n1", answer.json["codes"][0]["code"], "eleven small boats")
    assert user.check_password("eleven small boats")
    assert (
        graduand("accounts", "activate", "n1").out.splitlines()[-1]
        == "激活码 1 个，7 天内有效，各用一次"
    )


def test_codes_for_all_new_people_of_a_unit_in_a_workbook(season, tmp_path):
    for name, centre in (("n1", 0), ("n2", 1), ("n3", 0)):
        new_clerk(season, name, centre)
    User.objects.exclude(username__startswith="n").update(password="set")
    answer = graduand(
        "accounts", "activate", "--new", "--unit", "C1", "--out", tmp_path / "码.xlsx", "--json"
    )
    assert (answer.code, answer.json["made"], answer.json["codes"]) == (0, 2, [])
    rows = list(openpyxl.load_workbook(tmp_path / "码.xlsx").active.iter_rows(values_only=True))
    assert [row[:3] for row in rows] == [
        ("账号", "姓名", "单位"),
        ("n1", "n1老师", "第1学习中心"),
        ("n3", "n3老师", "第1学习中心"),
    ]
    ends = Activation.objects.order_by("user__username").values_list("expires_at", flat=True)
    assert [row[4] for row in rows[1:]] == [
        f"{end.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}" for end in ends
    ]
    assert sign_in.activate("n3", rows[2][3], "eleven small boats").username == "n3"


def test_wrong_calls_are_sentences_and_make_nothing(season):
    new_clerk(season, "n1")
    calls = {
        ("activate",): "请写出账号，或用 --new 表示所有还没有密码的账号",
        ("activate", "n1", "--new"): "请写出账号，或用 --new 表示所有还没有密码的账号",
        ("activate", "n1", "nobody"): "没有账号「nobody」",
        ("activate", "--new", "--unit", "XX"): "没有单位「XX」，学习中心有：C1、C2",
        ("disable",): "请写出账号",
    }
    assert {words: (answer := graduand("accounts", *words)).err.strip() for words in calls} == calls
    assert (answer.code, Activation.objects.count()) == (2, 0)


def test_off_and_on(season):
    new_clerk(season, "n1")
    said = [
        graduand("accounts", deed, "n1").out.strip() for deed in ("disable", "disable", "enable")
    ]
    assert said == [
        "停用账号 1 个，登录中的设备已退出",
        "停用账号 0 个，登录中的设备已退出",
        "恢复账号 1 个",
    ]
    graduand("accounts", "disable", "n1")
    assert (
        graduand("accounts", "activate", "n1").err.strip()
        == "账号「n1」已停用，请先恢复：graduand accounts enable"
    )
