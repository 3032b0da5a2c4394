"""编号制证 beside an import: the archive that is kept is the one that was judged, whichever comes first."""

import threading

import pytest
from django.db import connection, connections, transaction
from django.db.models import F

from graduand.models import ArchiveContent, Certificate, Counter, Stale
from graduand.office.season import batches
from graduand.queries.basis import basis_of
from graduand.queries.papers import archives
from graduand.rulebook.terms import SheetKind, Stage, Verb
from tests.acting import act, candidate_at, refusals
from tests.factories import make_season
from tests.office.races.test_lost_races import waiting
from tests.office.races.two_connections import run_concurrently
from tests.office.records.files import bring

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time"),
]
VOID = {
    "课程代码": "A1",
    "成绩": "80",
    "取得方式": "考试",
    "学期": "2023春",
    "发布日期": "2023-07-01",
    "作废": "是",
}
MOVED = {"报名日期": "2021-01-10", "工作单位": "另一家公司"}


@pytest.fixture
def season():
    return make_season()


@pytest.fixture
def file(season):
    """On the frozen roster, after somebody who has the first number of the book."""
    first, ready = (candidate_at(season, Stage.APPROVED) for _ in range(2))
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    assert certify(season, first) == (1, {})
    return ready


def certify(season, file):
    done = act(season, Verb.CERTIFY, [file.pk])
    return done.done, refusals(done)


def begun(work, told):
    def work_alone():
        try:
            told.append(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=work_alone)
    thread.start()
    return thread


def while_numbered(certifying, importing):
    """What both give, where the import begins between the judgement and the number: the book is
    held until the import waits, or is through.
    """
    numbered, told = [], []
    with transaction.atomic(), connection.cursor() as cursor:
        Counter.objects.filter(key__startswith="book:").update(value=F("value"))
        first = begun(certifying, numbered)
        waiting(cursor)
        second = begun(importing, told)
        for _ in range(3_000):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0] > 1 or not second.is_alive():
                break
            cursor.execute("SELECT pg_sleep(0.01)")
    first.join(60)
    second.join(60)
    return numbered, told


@pytest.mark.parametrize(
    ("kind", "row"),
    [(SheetKind.RESULTS, VOID), (SheetKind.PROFILES, MOVED)],
    ids=["mark", "profile"],
)
def test_what_is_kept_is_what_was_judged(season, file, tmp_path, kind, row):
    judged = archives.on_record([file.pk], archives.terms_of(basis_of(season.batch)))
    brought = {"学号": file.student.number} | row
    numbered, told = while_numbered(
        lambda: certify(season, file),
        lambda: bring(tmp_path, kind, brought).problems,
    )
    assert (numbered, told) == ([(1, {})], [()])
    now = archives.on_record([file.pk], archives.terms_of(basis_of(season.batch)))
    assert archives.stored_archives([file.pk]) == judged != now
    # The change came after the number, and is owed a look.
    assert Stale.objects.filter(candidate=file).exists()


def test_a_mark_that_was_taken_away_before_the_number_is_judged_with(season, file, tmp_path):
    row = {"学号": file.student.number} | VOID
    numbered = run_concurrently(
        lambda: bring(tmp_path, SheetKind.RESULTS, row),
        lambda: certify(season, file),
    )
    done, why = numbered[0]
    assert (done, "COURSE-MISSING" in why[file.pk]) == (0, True)
    assert (Certificate.objects.count(), ArchiveContent.objects.count()) == (1, 1)


def test_nobody_who_was_refused_is_left_with_a_mark(season, file):
    file.student.results.all().delete()
    assert certify(season, file)[0] == 0
    assert not Stale.objects.exists()
