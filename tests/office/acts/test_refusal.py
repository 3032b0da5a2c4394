"""One refusal: every kind has its answer on a page and its exit code on the command line."""

import pytest
from django.core.management.base import CommandError

from graduand.management import console
from graduand.office.refusal import RefusalKind, Refused, not_allowed, not_yours, unusable
from graduand.pages.door import refusals


def test_every_kind_is_answered_by_page_and_command():
    assert {*refusals.ANSWERS, RefusalKind.NOT_YOURS} == set(RefusalKind)
    assert set(console.EXIT_CODES) == set(RefusalKind)


@pytest.mark.parametrize(
    ("refusal", "kind", "code"),
    [
        (Refused("已由他人办理"), RefusalKind.STATE, 1),
        (not_allowed("由学院办理"), RefusalKind.RIGHTS, 1),
        (not_yours(), RefusalKind.NOT_YOURS, 1),
        (unusable("没有账号「x」"), RefusalKind.INPUT, 2),
        (Refused("中是正式数据", RefusalKind.INSTALLATION), RefusalKind.INSTALLATION, 2),
    ],
)
def test_a_command_ends_with_the_sentence_and_the_code_of_its_kind(refusal, kind, code):
    class Refusing(console.OfficeCommand):
        needs_tables = False

        def work(self, options):
            raise refusal

    with pytest.raises(CommandError) as said:
        Refusing().handle()
    assert (refusal.kind, str(said.value), said.value.returncode) == (kind, str(refusal), code)


@pytest.mark.parametrize(
    ("kind", "status"), [("STATE", 409), ("RIGHTS", 403), ("INPUT", 422), ("INSTALLATION", 409)]
)
def test_a_page_answers_with_the_sentence_and_the_status_of_its_kind(rf, kind, status):
    answer = refusals.answer(rf.post("/"), Refused("请先复核", RefusalKind[kind]), "/back")
    assert answer.status_code == status
    assert "请先复核。" in answer.content.decode()
