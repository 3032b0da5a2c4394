"""The form of a policy as the page shows it, with what somebody typed, and a second person of headquarters."""

import pytest

from graduand.models import (
    Batch,
    Grant,
    User,
)
from graduand.pages.frame.season import policy_form
from graduand.rulebook.terms import Role
from tests.pages.world import PASSWORD


@pytest.fixture
def second(world):
    """Another person of headquarters."""
    user = world.users["hq2"] = User.objects.create_user("hq2", "总部钱老师", PASSWORD)
    Grant.objects.create(
        user=user, role=Role.HQ_REVIEWER.value, unit=world.centres[0].parent.parent
    )
    return user


def source() -> dict:
    return Batch.objects.get(code="202307").policy.source


def typed(**changes) -> dict:
    """The form as the page shows it, with what somebody typed."""
    form = policy_form.form_of(source())
    shown = [one for _, fields in [*form.groups, *form.rounds] for one in fields]
    values = {one.id: one.value if one.field.kind != "yes" else (one.value or "0") for one in shown}
    return {
        **values,
        "of": "202307",
        "key": "k1",
        **{name.replace("__", "."): value for name, value in changes.items()},
    }


def attempt(client, **changes):
    return client.post("/batches/try", typed(**changes))
