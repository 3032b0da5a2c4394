"""`column__among=values`: many values as one parameter, of the column's own type."""

import pytest
from django.db import connection

from graduand.models import Candidate, Student
from graduand.models.engine import Ids

pytestmark = pytest.mark.django_db


@pytest.mark.postgres
@pytest.mark.parametrize("given", [[1, 2], (1, 2), Ids([1, 2])])
def test_small_numbers_are_compared_as_the_column_is_kept(given):
    """As int2[] they were no hash: 500 of 20,000 students took as many comparisons as both multiplied."""
    rows = Candidate.objects.filter(student__among=given)
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN VERBOSE {sql}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert ("bigint[]" in plan, "smallint[]" in plan) == (True, False)


def test_texts_and_nothing_are_found_as_before():
    assert list(Student.objects.filter(number__among=["21", "22"])) == []
    assert list(Student.objects.filter(pk__among=[])) == []
