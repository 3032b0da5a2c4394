"""Importing numbers performs certify: the files that are ready get theirs, with all the gates."""

import pytest

from graduand.models import Candidate, Certificate, ChsiReport, Grant, IncomingNumber
from graduand.office import batches
from graduand.office.certificates import certify_incoming
from graduand.office.refusal import Refused
from graduand.queries import issued_checks
from graduand.rulebook.terms import Numbering, SheetKind, Stage, Verb
from tests import factories
from tests.office.intake.files import bring

pytestmark = pytest.mark.django_db


@pytest.fixture
def season():
    return factories.make_season(numbering=Numbering.IMPORTED.value)


def number(serial):
    return f"511618202306{serial:06}"


def send(tmp_path, season, candidates, **options):
    rows = [
        {"学号": Candidate.objects.get(pk=pk).student.number, "电子注册号": number(serial)}
        for serial, pk in enumerate(candidates, start=1)
    ]
    return bring(tmp_path, SheetKind.NUMBERS, *rows, by=season.staff.hq, **options)


def test_ready_files_are_certified_and_the_others_keep_their_number(tmp_path, season):
    ready, early = (factories.candidate_at(season, stage).pk for stage in (Stage.APPROVED, Stage.ENDORSED))
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    late = factories.candidate_at(season, Stage.APPROVED).pk
    tally = send(tmp_path, season, [ready, early, late])
    assert (tally.problems, tally.created) == ((), 3)
    reason = "不在毕业生花名册上 1 人（先生成并冻结花名册）"
    assert tally.notes[-1] == f"批次 202307：已编号制证 1 人，1 人尚未编号，编号已存：{reason}"
    assert factories.stages([ready, early, late]) == [Stage.CERTIFIED, Stage.ENDORSED, Stage.APPROVED]
    assert list(Certificate.objects.values_list("candidate", "number", "serial")) == [(ready, number(1), 1)]
    assert IncomingNumber.objects.count() == 3


def test_a_trial_certifies_nobody(tmp_path, season):
    ready = factories.candidate_at(season, Stage.APPROVED).pk
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    assert send(tmp_path, season, [ready], trial=True).created == 1
    assert factories.stages([ready]) == [Stage.APPROVED]


def test_sent_again_the_certified_one_is_unchanged(tmp_path, season):
    ready = factories.candidate_at(season, Stage.APPROVED).pk
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    send(tmp_path, season, [ready])
    again = send(tmp_path, season, [ready])
    assert (again.nothing_new, again.notes[-1]) == (True, "批次 202307：已编号制证 0 人")
    assert Certificate.objects.count() == 1


def test_a_lost_credential_photo_stops_the_numbering():
    season = factories.make_season()
    file = factories.candidate_at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    ChsiReport.objects.filter(student=file.student_id).update(credential_photo=False)
    assert factories.act(season, Verb.CERTIFY, [file.pk]).by_code == {"CHSI-CREDENTIAL": 1}


def test_numbers_are_put_on_files_by_who_brought_them_or_by_nobody(tmp_path, season):
    """A person whose role has ended by then is not replaced by the program, which may do everything."""
    ready = factories.candidate_at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    IncomingNumber.objects.create(batch=season.batch, student=ready.student, number=number(1))
    Grant.objects.filter(user=season.staff.second).update(until="2023-07-01")
    with pytest.raises(Refused, match="导入人已没有可用的角色，没有编号制证"):
        certify_incoming(season.batch, season.staff.second)
    assert factories.stages([ready.pk]) == [Stage.APPROVED]
    assert certify_incoming(season.batch, season.staff.hq).actor == season.staff.hq


def test_a_closed_batch_still_takes_its_numbers(tmp_path, season):
    ready = factories.candidate_at(season, Stage.APPROVED).pk
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    batches.close(season.batch)
    tally = send(tmp_path, season, [ready])
    assert (tally.problems, factories.stages([ready])) == ((), [Stage.CERTIFIED])


def beside(season, **policy):
    """A batch of the same school and year that is numbered the other way, with everybody listed in it too."""
    turn = {"name": factories.FIRST, "opens": "2023-07-01", "closes": "2023-09-16"}
    data = factories.policy_data(code="202301", issue_date="2023-01-20", enrolled_through="2020秋", progression=None,
                                 rounds=[turn], **policy)  # fmt: skip
    return batches.load(data, season.staff.hq.pk).batch


def on_roster(season, batch, count=1):
    """Approved files of `batch` on its frozen roster."""
    here, season.batch = season.batch, batch
    ids = factories.walk(season, factories.enrol(season, count, entry=4040), Stage.APPROVED)
    batches.freeze_roster(batch, season.staff.hq.pk)
    season.batch = here
    return ids


def numbers_of(ids):
    return dict(Certificate.objects.filter(candidate__in=ids).values_list("candidate", "number"))


def test_a_number_of_a_book_that_is_numbered_here_is_not_imported(tmp_path):
    """It would be given a second time, or leave a gap."""
    season = factories.make_season()
    imported = beside(season, numbering=Numbering.IMPORTED.value)
    [pk] = on_roster(season, imported)
    row = {"学号": Candidate.objects.get(pk=pk).student.number, "电子注册号": number(3), "毕业批次": "202301"}
    tally = bring(tmp_path, SheetKind.NUMBERS, row, by=season.staff.hq)
    said = f"电子注册号 {number(3)} 属于批次 202307 由本系统编号的号段（学校、办学类型、年份、层次相同），不能导入；请核对编号"
    assert (tally.problems, numbers_of([pk])) == ((f"第 2 行：{said}",), {})


def test_a_minted_book_passes_over_the_numbers_that_headquarters_gave_in_it(tmp_path, season):
    """They came before the batch that is numbered here: one on a certificate, one that waits for its file."""
    given = factories.candidate_at(season, Stage.APPROVED).pk
    waiting = factories.candidate_at(season, Stage.ENDORSED).pk
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    serials = {given: 2, waiting: 3}
    rows = [{"学号": Candidate.objects.get(pk=pk).student.number, "电子注册号": number(n)} for pk, n in serials.items()]
    bring(tmp_path, SheetKind.NUMBERS, *rows, by=season.staff.hq)
    minted = beside(season, numbering=Numbering.MINTED.value)
    ids = on_roster(season, minted, 3)
    here, season.batch = season.batch, minted
    done = factories.act(season, Verb.CERTIFY, ids)
    season.batch = here
    assert (done.done, numbers_of(ids)) == (3, dict(zip(ids, map(number, (1, 4, 5)), strict=True)))
    assert numbers_of([given]) == {given: number(2)}
    assert factories.act(season, Verb.APPROVE, [waiting]).done == 1
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    assert (factories.act(season, Verb.CERTIFY, [waiting]).done, numbers_of([waiting])) == (1, {waiting: number(3)})
    assert issued_checks.books_with_holes() == []


def test_an_incoming_number_that_is_on_somebody_elses_certificate_is_refused_by_name(season):
    """As an earlier program may have left it."""
    first, second = (factories.candidate_at(season, Stage.APPROVED) for _ in range(2))
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    IncomingNumber.objects.create(batch=season.batch, student=first.student, number=number(1))
    assert factories.act(season, Verb.CERTIFY, [first.pk]).done == 1
    IncomingNumber.objects.filter(student=first.student).update(student=second.student)
    assert factories.refusals(factories.act(season, Verb.CERTIFY, [second.pk])) == {second.pk: ["NUMBER-IMPORT"]}
