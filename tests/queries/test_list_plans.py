"""What a list asks at every look can be answered from an index, whatever the planner makes of a small table."""

import pytest
from django.db import OperationalError, connection

from graduand.models import Candidate
from graduand.queries import scope
from tests import people
from tests.factories import enrol, make_season

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def counted_by(index: str, rows) -> int:
    """The count of `rows` by `index` alone; SQLite refuses where the index does not hold all of them."""
    sql, params = rows.order_by().values("id").query.sql_with_params()
    table = 'FROM "graduand_candidate"'
    assert sql.count(table) == 1
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM ({sql.replace(table, f'{table} INDEXED BY {index}')})", params
        )
        return cursor.fetchone()[0]


def test_whom_a_centre_works_on_is_counted_without_asking_each_file_whether_it_is_set_aside():
    season = make_season()
    ids = enrol(season, 3)
    Candidate.objects.filter(pk=ids[0]).update(aside=True)
    files = scope.visible(
        people.actor(season.staff.clerks[0]), Candidate.objects.filter(batch=season.batch)
    )
    assert counted_by("candidate_centre_list", files.filter(aside=False)) == 2
    with pytest.raises(
        OperationalError, match="no query solution"
    ):  # the control: it holds nobody who is set aside
        counted_by("candidate_centre_list", files)
