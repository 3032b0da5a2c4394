"""What people type beside an act is kept without the numbers of persons (O04, I15)."""

import pytest

from graduand.rulebook.terms import Stage, Verb
from tests.acting import act, candidate_at
from tests.factories import enrol

pytestmark = pytest.mark.django_db


def test_what_people_type_is_kept_without_numbers_of_persons(season):
    file = candidate_at(season, Stage.APPLIED)
    note = "证件号 11010519900307123X、手机 13812345678 有误；运单 SF1234567890"
    done = act(season, Verb.SEND_BACK, [file.pk], note=note)
    kept = "证件号 110105********123X、手机 138****5678 有误；运单 SF1234567890"
    assert (done.asked["note"], file.events.latest("id").note) == (kept, kept)


def test_the_name_of_a_statement_is_kept_without_numbers_of_persons(season):
    statement = {"name": "11010519900307123X.pdf", "sha256": "0" * 64}
    done = act(season, Verb.APPLY, enrol(season), statement=statement)
    assert done.asked["statement"] == {"name": "110105********123X.pdf", "sha256": "0" * 64}
