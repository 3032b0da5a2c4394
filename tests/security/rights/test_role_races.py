"""Two who change one account at the same moment: what may not meet does not."""

import threading

import pytest
from django.db import connection, connections, transaction

from graduand.models import AccountEvent, Activation, Consent, Grant, Unit, User
from graduand.office.people import accounts as people
from graduand.office.people import granting, sign_in
from graduand.office.people.second_person import consent_answers, consents
from graduand.office.refusal import RefusalKind, Refused
from graduand.queries import clock, scope
from graduand.rulebook.people.account_terms import ConsentKind, Deed
from graduand.rulebook.terms import Role, SheetKind
from tests import people as accounts
from tests.office.races.test_lost_races import waiting
from tests.office.races.two_connections import run_concurrently
from tests.office.records.files import bring
from tests.security.objects import populate
from tests.security.rights.test_people import protected

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time"),
]


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ("auditor", "「审计」不能与其他岗位兼任，该账号已有「总部审核」"),
        ("hq_reviewer", "已有「总部审核」"),
    ],
)
def test_of_two_roles_agreed_to_at_once_the_later_one_is_judged_anew(world, second, why):
    populate(world)
    Consent.objects.all().delete()
    user, hq = protected(world.users["a2"]), Unit.objects.get(kind="hq")
    Grant.objects.filter(user=user).delete()
    other = protected(accounts.account("another", Role.HQ_ADMIN, hq))
    wanted = {"unit": hq.pk, "since": None, "until": None}
    rows = [
        consents.ask(
            scope.actor_of(who, clock.today()),
            ConsentKind.GRANT,
            {"role": role, **wanted},
            "借调",
            user=user,
        )
        for who, role in ((world.users["boss"], "hq_reviewer"), (other, second))
    ]
    (answer,) = run_concurrently(lambda: agree(world, rows[0]), lambda: agree(world, rows[1]))
    assert (roles_of(user), why in str(answer)) == (["hq_reviewer"], True)


@pytest.fixture
def house(world):
    populate(world)
    Consent.objects.all().delete()
    return world


def agree(world, row, by="security"):
    """The answer of the second person: agreed, or why not."""
    try:
        keeper = scope.actor_of(world.users[by], clock.today())
        return consent_answers.decide(keeper, row.pk, agree=True).agreed
    except Refused as problem:
        return str(problem)


def roles_of(user):
    return sorted(Grant.objects.filter(user=user).values_list("role", flat=True))


def asked_for(world, role):
    """An account without a role, and the question whether it gets `role` at headquarters."""
    user, hq = protected(world.users["a2"]), Unit.objects.get(kind="hq")
    Grant.objects.filter(user=user).delete()
    boss = scope.actor_of(world.users["boss"], clock.today())
    wanted = {"role": role, "unit": hq.pk, "since": None, "until": None}
    return user, consents.ask(boss, ConsentKind.GRANT, wanted, "借调", user=user)


def brought(world, user, folder):
    """What the sheet of accounts says that makes `user` a clerk of a centre."""
    changes = {"账号": user.username, "姓名": user.name, "角色": "学习中心"}
    changes |= {"单位代码": world.centres[0].code, "学号": "", "邮箱": ""}
    tally = bring(folder, SheetKind.USERS, changes, by=world.users["boss"])
    return tally.problems


def test_A16_a_sheet_of_accounts_waits_for_a_role_that_is_being_agreed_to(house, tmp_path):
    user, row = asked_for(house, "auditor")
    (problems,) = run_concurrently(
        lambda: agree(house, row), lambda: brought(house, user, tmp_path)
    )
    assert (roles_of(user), len(problems)) == (["auditor"], 1)


def test_A16_a_role_is_judged_after_the_sheet_that_is_being_written(house, tmp_path):
    user, row = asked_for(house, "auditor")
    (answer,) = run_concurrently(lambda: brought(house, user, tmp_path), lambda: agree(house, row))
    assert (roles_of(user), "不能与其他岗位兼任" in str(answer)) == (["centre_clerk"], True)


def test_who_is_disabled_at_this_moment_is_given_nothing(house):
    user, row = asked_for(house, "hq_reviewer")
    sent = people.FormOrigin(scope.actor_of(house.users["boss2"], clock.today()), key="k")
    (answer,) = run_concurrently(
        lambda: people.set_active(sent, User.objects.get(pk=user.pk), active=False),
        lambda: agree(house, row),
    )
    assert (roles_of(user), answer) == ([], "账号已停用，请先恢复账号")


def test_who_loses_the_second_factor_at_this_moment_is_given_nothing(house):
    user, row = asked_for(house, "hq_reviewer")
    boss2 = scope.actor_of(house.users["boss2"], clock.today())
    drop = consents.ask(boss2, ConsentKind.FACTOR, {}, "丢失", user=user)
    (answer,) = run_concurrently(lambda: agree(house, drop, "boss"), lambda: agree(house, row))
    assert (roles_of(user), "启用二次验证" in str(answer)) == ([], True)


def test_of_two_accounts_of_one_name_the_later_one_is_told(house):
    place = granting.RolePlace(Role.CENTRE_CLERK, house.centres[0])

    def made(by, key):
        actor = scope.actor_of(house.users[by], clock.today())
        try:
            return people.create(people.FormOrigin(actor, key=key), "new1", "郑新", place).username
        except Refused as problem:
            return str(problem)

    (answer,) = run_concurrently(lambda: made("boss", "k1"), lambda: made("boss2", "k2"))
    assert answer == "账号「new1」已经有人使用，请换一个"


@pytest.mark.parametrize("order", [1, -1], ids=["agreed to first", "given by one first"])
def test_A16_a_role_that_one_person_gives_is_judged_beside_one_that_two_agree_to(house, order):
    """Whichever is there first, the officer of the audit has no part in the business."""
    user, row = asked_for(house, "auditor")
    both = [(lambda: agree(house, row), "auditor"), (lambda: given(house, user), "centre_clerk")]
    (first, role), (second, _) = both[::order]
    (answer,) = run_concurrently(first, second)
    assert (roles_of(user), "兼任" in str(answer)) == ([role], True)


def given(world, user):
    """What one person is told who makes `user` a clerk of a centre."""
    boss = scope.actor_of(world.users["boss"], clock.today())
    clerk = granting.RolePlace(Role.CENTRE_CLERK, world.centres[0])
    try:
        return people.grant(people.FormOrigin(boss, key="k1"), User.objects.get(pk=user.pk), clerk)
    except Refused as problem:
        return str(problem)


def test_a_role_that_two_take_back_at_once_ends_once(house):
    user = house.users["a2"]
    grant = Grant.objects.get(user=user)

    def end(by, key):
        actor = scope.actor_of(house.users[by], clock.today())
        try:
            people.end_grant(people.FormOrigin(actor, key=key), user, grant.pk)
        except Refused as problem:
            return problem.kind
        return None

    (answer,) = run_concurrently(lambda: end("boss", "k1"), lambda: end("boss2", "k2"))
    ended = AccountEvent.objects.filter(user=user, deed=Deed.GRANT_ENDED)
    assert (answer, ended.count()) == (RefusalKind.NOT_YOURS, 1)


def test_one_form_sent_twice_at_once_is_answered_twice_alike(house):
    """What the browser shows is the answer to the second one: it tells of what the first one did."""
    boss = scope.actor_of(house.users["boss"], clock.today())
    user, place = house.users["a2"], granting.RolePlace(Role.CLASS_TEACHER, house.centres[0])

    def given():
        return people.grant(people.FormOrigin(boss, key="g"), User.objects.get(pk=user.pk), place)

    def made():
        return people.create(people.FormOrigin(boss, key="c"), "newcomer", "郑新", place).username

    said = f"已授予{user.name}「班主任」，立即生效"
    assert (run_concurrently(given, given), run_concurrently(made, made)) == ([said], ["newcomer"])
    held = Grant.objects.get(user=user, role=Role.CLASS_TEACHER.value).pk

    def ended():
        return people.end_grant(
            people.FormOrigin(boss, key="e"), User.objects.get(pk=user.pk), held
        )

    assert run_concurrently(ended, ended) == [None]
    deeds = AccountEvent.objects.filter(user=user, deed__in=[Deed.GRANTED, Deed.GRANT_ENDED])
    assert (deeds.count(), User.objects.filter(username="newcomer").count()) == (2, 1)


def test_no_code_is_handed_out_while_two_people_drop_the_second_factor(house):
    """Whoever had it would need nothing more: the factor is looked at as it stands after them."""
    boss = scope.actor_of(house.users["boss"], clock.today())
    user = protected(house.users["boss2"])
    drop = consents.ask(boss, ConsentKind.FACTOR, {}, "丢失", user=user)

    def handed_out():
        try:
            return people.hand_out_code(people.FormOrigin(boss, key="k"), user)
        except Refused as problem:
            return str(problem)

    (answer,) = run_concurrently(lambda: agree(house, drop), handed_out)
    codes = Activation.objects.filter(user=user, used_at=None, withdrawn_at=None)
    assert ("只能由服务器管理员发放" in str(answer), codes.count()) == (True, 0)


def test_a_code_used_while_another_is_handed_out_is_refused_and_nothing_hangs(house):
    """Both hold the account first, then its codes."""
    boss = scope.actor_of(house.users["boss"], clock.today())
    user, outcome = protected(house.users["boss2"]), []
    code, _ = people.hand_out_code(people.FormOrigin(boss, key="k"), user)

    def used():
        try:
            outcome.append(sign_in.activate(user.username, code, "Correct-horse-battery-9"))
        except Refused as why:
            outcome.append(str(why))
        finally:
            connections.close_all()

    thread = threading.Thread(target=used)
    with transaction.atomic(), connection.cursor() as cursor:
        granting.take(user)
        thread.start()
        waiting(cursor)
        sign_in.withdraw_codes(user)
    thread.join(60)
    assert outcome == ["激活码刚刚被用过或已作废，请向发放人重新领取"]
