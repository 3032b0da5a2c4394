"""An import that leaves a granted degree without its conditions finds it at once, in a closed batch too, and says of whom."""

import pytest

from graduand.models import Candidate, ImportPlan, Stale
from graduand.office.records.plans import import_plans, plan_following
from graduand.office.season.ending import finishing
from graduand.queries.filing.candidate_criteria import asked_for
from graduand.queries.season.batches import left_to_do
from graduand.rulebook.calendar import Term
from graduand.rulebook.terms import Stage, Verb
from tests import acting, people
from tests.acting import act
from tests.factories import make_season
from tests.management.calling import graduand
from tests.office.audit.judging import worker_turn
from tests.office.audit.test_granted_degrees import failing, granted_at
from tests.office.degrees import WITH_WINDOW, graduate
from tests.office.records.files import table
from tests.pages.conftest import prove
from tests.pages.review.test_being_judged import text

pytestmark = pytest.mark.django_db
SAID = "导入后有 1 人授予学位后不再符合学位条件（{} 1 人），请逐人核对：录入有误的更正后重新导入，属实的由总部决定"
NOBODY = "导入后已重新核对学位条件，已授予学位的没有人因此不再符合"


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_season(degree=WITH_WINDOW | {"min_average": 81})


def shut(season):
    """Closed, and finished by itself: everybody has the certificate in hand."""
    acting.shut(season.batch, people.actor(season.staff.hq))
    season.batch.refresh_from_db()
    assert season.batch.finished_at is not None


def imported(season, folder, kind, *rows, code=0):
    """What the college is told when it brings these rows; no worker has had a turn."""
    answer = graduand(
        "import",
        kind,
        str(table(folder / "sheet.csv", list(rows))),
        "--as",
        season.staff.college.username,
    )
    assert answer.code == code, answer.err
    return answer.out + answer.err


def material(file, mark):
    return {
        "学号": file.student.number,
        "论文成绩": mark,
        "学位外语类别": "国家开放大学学位英语",
        "学位外语成绩": "70",
    }


def result(file, mark):
    """The average is above what is asked for, and with this mark of A1 it may be below."""
    return {
        "学号": file.student.number,
        "课程代码": "A1",
        "成绩": mark,
        "取得方式": "考试",
        "学期": str(Term.from_ordinal(4046)),
        "发布日期": "2023-07-01",
        "作废": "否",
    }


@pytest.mark.parametrize(
    ("kind", "bad", "good"),
    [
        ("degrees", lambda file: material(file, "40"), lambda file: material(file, "90")),
        ("results", lambda file: result(file, "61"), lambda file: result(file, "80")),
    ],
)
def test_in_a_closed_batch_it_is_known_at_once_and_the_batch_is_taken_up_again(
    season, tmp_path, kind, bad, good
):
    file, fine = (granted_at(season, Stage.COLLECTED) for _ in range(2))
    shut(season)
    assert SAID.format(Stage.COLLECTED.label) in imported(
        season, tmp_path, kind, bad(file), good(fine)
    )
    season.batch.refresh_from_db()
    assert (failing(season)[0], season.batch.finished_at) == ({file.pk}, None)
    assert [one.key for one in left_to_do(season.batch)] == ["degree_lost"]
    assert (Stale.objects.count(), finishing.settle()) == (0, 0)
    by_import = asked_for(import_degree=str(ImportPlan.objects.latest("pk").intake_id)).where()
    assert list(Candidate.objects.filter(by_import)) == [file]
    imported(
        season, tmp_path, kind, good(file)
    )  # corrected: it is followed, as it is known to fail
    worker_turn()
    assert (failing(season)[0], Stale.objects.count(), finishing.settle()) == (set(), 0, 1)


def test_who_keeps_a_degree_has_lost_nothing_and_without_a_grant_nothing_is_said(season, tmp_path):
    file, without = granted_at(season, Stage.RECEIVED), graduate(season, Stage.RECEIVED)
    assert NOBODY in imported(
        season, tmp_path, "degrees", material(file, "95"), material(without, "40")
    )
    assert "导入后" not in imported(season, tmp_path, "degrees", material(without, "41"))
    both = {"second": season.staff.second, "reason": "materials"}
    assert act(season, Verb.DEGREE_DECLINE, [file.pk], **both).done == 1
    assert "导入后" not in imported(season, tmp_path, "degrees", material(file, "41"))


def test_who_was_known_to_fail_before_is_not_told_of_again(season, tmp_path):
    file = granted_at(season, Stage.COLLECTED)
    shut(season)
    assert SAID.format(Stage.COLLECTED.label) in imported(
        season, tmp_path, "degrees", material(file, "40")
    )
    assert "导入后" not in imported(season, tmp_path, "degrees", material(file, "41"))


def test_it_is_told_before_it_is_written(season, tmp_path):
    file = granted_at(season, Stage.RECEIVED)
    sheet = table(tmp_path / "sheet.csv", [material(file, "40")])
    answer = graduand(
        "import", "degrees", str(sheet), "--trial", "--as", season.staff.college.username
    )
    assert (
        "有改动的学生中，已授予学位 1 人：导入后按新资料重新核对学位条件" in answer.out + answer.err
    )
    assert failing(season)[0] == set()


def test_the_record_of_the_import_leads_to_them(season, tmp_path, client):
    file = granted_at(season, Stage.COLLECTED)
    shut(season)
    imported(season, tmp_path, "degrees", material(file, "40"))
    plan = ImportPlan.objects.get()
    client.force_login(season.staff.college)
    prove(client, season.staff.college)
    page = text(client.get(f"/imports/records/{plan.intake_id}")).replace("&amp;", "&")
    url = f"/candidates?batch=all&import_degree={plan.intake_id}"
    assert f'<a href="{url}">查看这些人</a>' in page
    assert file.student.number in text(client.get(url))
    # Whoever was named stays named when the step is taken again after a kill.
    ImportPlan.objects.update(
        step=plan_following.ROWS_WRITTEN, finished_at=None, follow={"awarded": [file.pk]}, said=[]
    )
    import_plans.roll_forward(lambda *_: None)
    again = ImportPlan.objects.get()
    assert (again.follow, again.said) == (plan.follow, plan.said)
