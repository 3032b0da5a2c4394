"""Who fails after the number, until headquarters has looked: not registered, not printed, given no degree."""

import openpyxl
import pytest

from graduand.models import Candidate, DegreeMaterial, PlanRow, Result, Student
from graduand.office.audit import auditing
from graduand.office.registry import chsi_export
from graduand.office.registry.chsi_export import HELD_HEADERS
from graduand.office.season import batches
from graduand.queries.basis import basis_of
from graduand.queries.filing.candidate_criteria import asked_for
from graduand.queries.scope import visible
from graduand.rulebook.clauses import CLAUSES
from graduand.rulebook.terms import Stage, Verb
from tests import acting, factories, people
from tests.acting import act, let_stand, refusals, walk
from tests.factories import enrol, make_season
from tests.management.calling import graduand
from tests.office.degrees import WITH_WINDOW, graduate, thesis
from tests.office.papers.print_runs import CERTIFICATE, FORM, names, number_of, print_file, snags
from tests.office.papers.print_runs import at as printed_at

pytestmark = pytest.mark.django_db
CLAUSE = CLAUSES["ISSUED-LOST"]


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_season(degree=WITH_WINDOW)


def lose(season, *ids, course="A1"):
    """The mark of `course` is gone, and everybody is judged anew."""
    Result.objects.filter(student__candidates__in=ids, course=course).update(pass_key="")
    auditing.mark_stale(
        list(Student.objects.filter(candidates__in=ids).values_list("id", flat=True))
    )
    auditing.run(season.batch)


# -- the registry


def test_附件2_nobody_is_registered_whose_certificate_waits_for_headquarters(season, tmp_path):
    PlanRow.objects.update(major_code="520801", years="2.5")
    held, _ = walk(season, enrol(season, 2, id_no="11010519900307002X"), Stage.CERTIFIED)
    lose(season, held)
    tally = chsi_export.export(season.batch, tmp_path, people.actor(season.staff.hq))
    assert (tally.rows, tally.held_back, tally.by_code) == (1, 1, {"ISSUED-LOST": 1})
    header, row = openpyxl.load_workbook(tmp_path / "held-back.xlsx").active.iter_rows(
        values_only=True
    )
    assert (header, row[0], row[4]) == (HELD_HEADERS, number_of(held), "ISSUED-LOST")
    assert row[5].startswith("编号制证以后资料有变化，不再符合毕业条件：")
    assert row[6:] == (CLAUSE.source, "总部", CLAUSE.todo)
    let_stand(season, [held])
    assert chsi_export.export(season.batch, tmp_path, people.actor(season.staff.hq)).rows == 2


def test_the_command_says_why_it_holds_somebody_back(season, tmp_path):
    [held] = walk(season, enrol(season, id_no="11010519900307002X"), Stage.CERTIFIED)
    lose(season, held)
    answer = graduand("export", "chsi", "202307", "--out", str(tmp_path))
    assert answer.code == 1
    assert f"{number_of(held)} " in answer.err + answer.out
    assert "总部核实以前不上报、不打印证书，不能寄出和签领" in answer.err + answer.out


# -- the press


@pytest.mark.parametrize("before", [False, True])
def test_no_certificate_is_printed_of_who_fails_and_one_that_lies_there_is_taken_away(
    season, tmp_path, before
):
    held, free = printed_at(season, Stage.CERTIFIED, 2)
    if before:
        print_file(season, CERTIFICATE, tmp_path)
        assert len(names(tmp_path, CERTIFICATE)) == 2
    lose(season, held)
    tally = print_file(season, CERTIFICATE, tmp_path)
    assert (tally.refused, tally.by_code) == (1, {"ISSUED-LOST": 1})
    assert names(tmp_path, CERTIFICATE) == [f"00002-{number_of(free)}.pdf"]
    assert snags(tally.file)[1][3] == "ISSUED-LOST"
    assert print_file(season, FORM, tmp_path).refused == 0  # which is no certificate
    let_stand(season, [held])
    assert print_file(season, CERTIFICATE, tmp_path).refused == 0


def test_no_proof_is_printed_of_who_fails_before_the_number(season, tmp_path):
    [lost] = printed_at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    lose(season, lost)
    assert "CRED-TOTAL" in print_file(season, CERTIFICATE, tmp_path).by_code
    assert names(tmp_path, CERTIFICATE) == []


# -- the degree


def granted(season, stage=Stage.APPROVED):
    """A degree was applied for at APPROVED and granted."""
    file = graduate(season)
    assert act(season, Verb.DEGREE_APPLY, [file.pk]).done == 1
    assert act(season, Verb.DEGREE_GRANT, [file.pk], season.staff.hq_third).done == 1
    if stage is Stage.CERTIFIED:
        batches.freeze_roster(season.batch, season.staff.hq.pk)
        assert act(season, Verb.CERTIFY, [file.pk]).done == 1
    return file


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        (Stage.APPROVED, "CRED-TOTAL"),
        (Stage.CERTIFIED, "ISSUED-LOST"),
        (Stage.RECEIVED, "ISSUED-LOST"),
        (Stage.COLLECTED, "GIVEN-LOST"),
    ],
)
def test_no_degree_is_granted_to_who_fails_the_conditions_of_graduation(season, stage, code):
    file = graduate(season, stage)
    assert act(season, Verb.DEGREE_APPLY, [file.pk]).done == 1
    [key] = Result.objects.filter(student=file.student, course="E1").values_list(
        "pass_key", flat=True
    )
    lose(season, file.pk, course="E1")
    assert (
        code in refusals(act(season, Verb.DEGREE_GRANT, [file.pk], season.staff.hq_third))[file.pk]
    )
    Result.objects.filter(student=file.student, course="E1").update(pass_key=key)
    auditing.refresh([file.pk], basis_of(season.batch))
    assert act(season, Verb.DEGREE_GRANT, [file.pk], season.staff.hq_third).done == 1


def waiting(season, what):
    """Who stands in the list of degrees that wait."""
    everybody = visible(people.actor(season.staff.hq), Candidate.objects.all())
    return set(everybody.filter(asked_for(award=what).where()).values_list("id", flat=True))


@pytest.mark.parametrize(
    "stage", [Stage.APPROVED, Stage.CERTIFIED, Stage.RECEIVED, Stage.COLLECTED]
)
def test_the_list_of_degrees_to_be_granted_has_those_whose_graduation_stands(season, stage):
    """Before anybody was judged, everybody; the college, which sends material back, sees all who have applied."""
    held, free = (graduate(season, stage).pk for _ in range(2))
    for pk in (held, free):
        assert act(season, Verb.DEGREE_APPLY, [pk]).done == 1
    assert waiting(season, "grant") == waiting(season, "asked") == {held, free}
    lose(season, held, course="E1")
    assert (waiting(season, "grant"), waiting(season, "asked")) == ({free}, {held, free})
    done = act(season, Verb.DEGREE_GRANT, [held, free], season.staff.hq_third)
    assert (done.done, set(refusals(done))) == (1, {held})
    if stage in (Stage.CERTIFIED, Stage.RECEIVED):
        let_stand(season, [held])
        assert waiting(season, "grant") == {held}
        assert act(season, Verb.DEGREE_GRANT, [held], season.staff.hq_third).done == 1


def test_the_list_of_degree_certificates_to_be_numbered_has_those_whose_graduation_stands(season):
    held, free = (granted(season, Stage.CERTIFIED).pk for _ in range(2))
    assert waiting(season, "number") == {held, free}
    lose(season, held, course="E1")
    assert waiting(season, "number") == {free}
    assert act(season, Verb.DEGREE_CERTIFY, [held, free]).done == 1
    let_stand(season, [held])
    assert waiting(season, "number") == {held}


def test_no_degree_certificate_is_numbered_of_who_fails_since_and_headquarters_may_let_it_stand(
    season,
):
    file = granted(season, Stage.CERTIFIED)
    lose(season, file.pk, course="E1")
    assert refusals(act(season, Verb.DEGREE_CERTIFY, [file.pk])) == {file.pk: ["ISSUED-LOST"]}
    let_stand(season, [file.pk])
    assert act(season, Verb.DEGREE_CERTIFY, [file.pk]).done == 1


def test_no_degree_certificate_is_numbered_against_the_degree_s_own_conditions(season):
    """A thesis that was corrected after the grant stops the degree's number, and nothing of the graduation."""
    file = granted(season, Stage.CERTIFIED)
    thesis(file, "40")
    assert refusals(act(season, Verb.DEGREE_CERTIFY, [file.pk])) == {file.pk: ["DEGREE-THESIS"]}
    acting.register([file.pk])
    assert [
        act(season, verb, [file.pk]).done for verb in (Verb.SHIP, Verb.RECEIVE, Verb.COLLECT)
    ] == [1, 1, 1]
    thesis(file, "85")
    assert act(season, Verb.DEGREE_CERTIFY, [file.pk]).done == 1


def test_a_proof_of_a_language_counts_by_the_day_of_the_grant(season):
    """What was valid then may run out before the certificate is numbered, and never before the grant."""
    season.batch = batches.load(
        factories.policy_data(degree=WITH_WINDOW | {"languages": {"学位英语": 60}}), None
    ).batch
    file = thesis(graduate(season))
    proof = DegreeMaterial.objects.filter(student=file.student)
    proof.update(language_kind="学位英语", language_mark="70", valid_until="2023-07-09")
    assert refusals(act(season, Verb.DEGREE_APPLY, [file.pk])) == {file.pk: ["DEGREE-LANGUAGE"]}
    proof.update(valid_until="2023-07-20")
    assert act(season, Verb.DEGREE_APPLY, [file.pk]).done == 1
    assert act(season, Verb.DEGREE_GRANT, [file.pk], season.staff.hq_third).done == 1
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    assert act(season, Verb.CERTIFY, [file.pk]).done == 1
    factories.set_clock("2023-07-25 09:00")
    assert act(season, Verb.DEGREE_CERTIFY, [file.pk]).done == 1
