"""Two who give one account a role at the same moment: what may not meet does not."""

import pytest
from django.db import connection

from graduand.models import Consent, Grant, Unit
from graduand.office import consent_answers, consents
from graduand.office.refusal import Refused
from graduand.queries import clock, scope
from graduand.rulebook.account_terms import ConsentKind
from graduand.rulebook.terms import Role
from tests import people
from tests.office.two_connections import beside
from tests.security.objects import populate
from tests.security.test_people import protected

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
    other = protected(people.account("another", Role.HQ_ADMIN, hq))
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
    keeper = scope.actor_of(world.users["security"], clock.today())

    def agree(row):
        try:
            return consent_answers.decide(keeper, row.pk, agree=True).agreed
        except Refused as problem:
            return str(problem)

    (answer,) = beside(lambda: agree(rows[0]), lambda: agree(rows[1]))
    held = list(Grant.objects.filter(user=user).values_list("role", flat=True))
    assert (held, why in str(answer)) == (["hq_reviewer"], True)
