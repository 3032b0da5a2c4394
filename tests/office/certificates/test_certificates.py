"""Importing numbers performs certify: the files that are ready get theirs, with all the gates."""

import pytest

from graduand.models import (
    Batch,
    Candidate,
    Certificate,
    ChsiReport,
    Counter,
    Grant,
    IncomingNumber,
    Job,
)
from graduand.office import acts
from graduand.office.certificates.external_numbers import certify_incoming
from graduand.office.records.sheets.degree_numbers import ASK
from graduand.office.refusal import Refused
from graduand.office.season import batches
from graduand.queries.installation import issued_checks
from graduand.rulebook.terms import Numbering, SheetKind, Stage, Verb
from tests import acting, factories, invariants, jobs, people
from tests.management.calling import graduand
from tests.office.records.files import bring

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
    ready, early = (
        acting.candidate_at(season, stage).pk for stage in (Stage.APPROVED, Stage.ENDORSED)
    )
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    late = acting.candidate_at(season, Stage.APPROVED).pk
    tally = send(tmp_path, season, [ready, early, late])
    assert (tally.problems, tally.created) == ((), 3)
    reason = "不在毕业生花名册上 1 人（先生成并冻结花名册）"
    assert tally.notes[-1] == f"批次 202307：已编号制证 1 人，1 人尚未编号，编号已存：{reason}"
    assert acting.stages([ready, early, late]) == [
        Stage.CERTIFIED,
        Stage.ENDORSED,
        Stage.APPROVED,
    ]
    assert list(Certificate.objects.values_list("candidate", "number", "serial")) == [
        (ready, number(1), 1)
    ]
    assert IncomingNumber.objects.count() == 3


def test_a_trial_certifies_nobody(tmp_path, season):
    ready = acting.candidate_at(season, Stage.APPROVED).pk
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    assert send(tmp_path, season, [ready], trial=True).created == 1
    assert acting.stages([ready]) == [Stage.APPROVED]


def test_sent_again_the_certified_one_is_unchanged(tmp_path, season):
    ready = acting.candidate_at(season, Stage.APPROVED).pk
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    send(tmp_path, season, [ready])
    again = send(tmp_path, season, [ready])
    assert (again.nothing_new, again.notes[-1]) == (True, "批次 202307：已编号制证 0 人")
    assert Certificate.objects.count() == 1


def test_a_lost_credential_photo_stops_the_numbering():
    season = factories.make_season()
    file = acting.candidate_at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    ChsiReport.objects.filter(student=file.student_id).update(credential_photo=False)
    assert acting.act(season, Verb.CERTIFY, [file.pk]).by_code == {"CHSI-CREDENTIAL": 1}


def test_numbers_are_put_on_files_by_who_brought_them_or_by_nobody(tmp_path, season):
    """A person whose role has ended by then is not replaced by the program, which may do everything."""
    ready = acting.candidate_at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    IncomingNumber.objects.create(batch=season.batch, student=ready.student, number=number(1))
    Grant.objects.filter(user=season.staff.second).update(until="2023-07-01")
    with pytest.raises(Refused, match="导入人已没有可用的角色，没有编号制证"):
        certify_incoming(season.batch, season.staff.second, "import-1")
    assert acting.stages([ready.pk]) == [Stage.APPROVED]
    assert certify_incoming(season.batch, season.staff.hq, "import-2").actor == season.staff.hq


def test_a_closed_batch_still_takes_its_numbers(tmp_path, season):
    ready = acting.candidate_at(season, Stage.APPROVED).pk
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    batches.close(season.batch)
    tally = send(tmp_path, season, [ready])
    assert (tally.problems, acting.stages([ready])) == ((), [Stage.CERTIFIED])


def beside(season, **policy):
    """A batch of the same school and year that is numbered the other way, with everybody listed in it too."""
    turn = {"name": factories.FIRST, "opens": "2023-07-01", "closes": "2023-09-16"}
    data = factories.policy_data(
        code="202301",
        issue_date="2023-01-20",
        enrolled_through="2020秋",
        progression=None,
        rounds=[turn],
        **policy,
    )
    return batches.load(data, season.staff.hq.pk).batch


def on_roster(season, batch, count=1):
    """Approved files of `batch` on its frozen roster."""
    here, season.batch = season.batch, batch
    ids = acting.walk(season, factories.enrol(season, count, entry=4040), Stage.APPROVED)
    batches.freeze_roster(batch, season.staff.hq.pk)
    season.batch = here
    return ids


def books_said():
    return [
        line
        for line in invariants.violations(Batch.objects.get(code="202301"))
        if line.startswith("I2")
    ]


def numbers_of(ids):
    return dict(Certificate.objects.filter(candidate__in=ids).values_list("candidate", "number"))


def test_a_number_of_a_book_that_is_numbered_here_is_not_imported(tmp_path):
    """It would be given a second time, or leave a gap."""
    season = factories.make_season()
    imported = beside(season, numbering=Numbering.IMPORTED.value)
    [pk] = on_roster(season, imported)
    row = {
        "学号": Candidate.objects.get(pk=pk).student.number,
        "电子注册号": number(3),
        "毕业批次": "202301",
    }
    tally = bring(tmp_path, SheetKind.NUMBERS, row, by=season.staff.hq)
    said = f"电子注册号 {number(3)} 属于批次 202307 由本系统编号的号段（学校、办学类型、年份、层次相同），不能导入；{ASK}"
    assert (tally.problems, numbers_of([pk])) == ((f"第 2 行：{said}",), {})


def test_a_minted_book_passes_over_the_numbers_that_headquarters_gave_in_it(season):
    """An earlier program let them in beside the batch that is numbered here: one on a certificate, one that waits."""
    minted = beside(season, numbering=Numbering.MINTED.value)
    given = acting.candidate_at(season, Stage.APPROVED).pk
    waiting = acting.candidate_at(season, Stage.ENDORSED).pk
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    for pk, serial in ((given, 2), (waiting, 3)):
        student = Candidate.objects.get(pk=pk).student
        IncomingNumber.objects.create(batch=season.batch, student=student, number=number(serial))
    assert acting.act(season, Verb.CERTIFY, [given]).done == 1
    ids = on_roster(season, minted, 3)
    here, season.batch = season.batch, minted
    done = acting.act(season, Verb.CERTIFY, ids[:1])
    season.batch = here
    # What headquarters numbered beyond the last one given here is no hole, nor is what waits before
    # it.
    assert (issued_checks.books_with_holes(), books_said()) == ([], [])
    season.batch = minted
    rest = acting.act(season, Verb.CERTIFY, ids[1:])
    season.batch = here
    assert (issued_checks.books_with_holes(), books_said()) == ([], [])
    assert (done.done, rest.done, numbers_of(ids)) == (
        1,
        2,
        dict(zip(ids, map(number, (1, 4, 5)), strict=True)),
    )
    assert numbers_of([given]) == {given: number(2)}
    assert acting.act(season, Verb.APPROVE, [waiting]).done == 1
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    assert (acting.act(season, Verb.CERTIFY, [waiting]).done, numbers_of([waiting])) == (
        1,
        {waiting: number(3)},
    )
    assert (issued_checks.books_with_holes(), books_said()) == ([], [])
    book = number(1)[:12]
    Certificate.objects.filter(number=number(4)).update(number=number(9), serial=9)
    assert (issued_checks.books_with_holes(), books_said()) == (
        [book],
        [f"I2 book {book}: counter 5, [1, 2, 3, 5, 9]"],
    )


def test_a_book_that_the_house_has_begun_is_not_numbered_elsewhere_by_another_batch():
    """The sentence says what to do; whatever else changes in a batch is no matter of its book."""
    season = factories.make_season()
    acting.candidate_at(season, Stage.CERTIFIED)
    said = (
        f"批次 202301 不能用导入的编号：编号簿 {number(1)[:12]} 已由本系统编号；同一编号簿只能由一方编号，"
        "请把「证书编号」定为本系统编号（numbering = minted）"
    )
    with pytest.raises(Refused) as refused:
        beside(season, numbering=Numbering.IMPORTED.value)
    assert (str(refused.value), Batch.objects.count()) == (said, 1)
    assert beside(season, numbering=Numbering.MINTED.value).code == "202301"


def test_a_book_in_which_headquarters_has_numbered_is_not_minted_by_another_batch(tmp_path, season):
    ready = acting.candidate_at(season, Stage.APPROVED).pk
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    send(tmp_path, season, [ready])
    said = (
        f"批次 202301 不能由本系统编号：{number(1)[:10]} 起头的编号簿里已有总部编号 1 个（批次 202307）；"
        "同一编号簿只能由一方编号，请把「证书编号」定为总部编号导入（numbering = imported）"
    )
    with pytest.raises(Refused) as refused:
        beside(season, numbering=Numbering.MINTED.value)
    assert str(refused.value) == said
    imported = beside(season, numbering=Numbering.IMPORTED.value)
    # Who numbers as before goes on, and another year is another book.
    assert batches.load(
        imported.policy.source | {"self_appraisal_min_chars": 100}, season.staff.hq.pk
    ).changed
    assert factories.other_batch(season).code == "202401"


def test_numbers_that_wait_keep_their_own_batch_from_minting(tmp_path, season):
    """They would be passed over for ever, a gap each."""
    early = acting.candidate_at(season, Stage.ENDORSED).pk
    send(tmp_path, season, [early])
    with pytest.raises(Refused, match="里已有总部编号 1 个（批次 202307）"):
        batches.load(season.batch.policy.source | {"numbering": "minted"}, season.staff.hq.pk)


def full_book():
    """A season whose book of 专科 has no serial left, and an approved file on its roster."""
    season = factories.make_season()
    file = acting.candidate_at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    Counter.objects.create(key=f"book:{number(1)[:12]}", value=999_999)
    return season, file.pk


FULL = f"编号簿 {number(1)[:12]} 不能再编号：顺序号 1000000 超出 1–999999，号段已用完；请向总部申请新的编号办法"


def test_an_act_that_fails_again_is_named_and_the_rest_of_the_batch_goes_on():
    season, ready = full_book()
    stuck = acts.confirm(
        season.batch, [ready], people.actor(season.staff.hq), acts.ActRequest(Verb.CERTIFY)
    )
    left = factories.enrol(season, 2)
    other = acts.confirm(
        season.batch, left, people.actor(season.staff.clerks[0]), acts.ActRequest(Verb.APPLY)
    )
    resumed = acts.resume(season.batch)
    assert ([act.pk for act in resumed.done], resumed.stuck) == ([other.pk], [(stuck, FULL)])
    assert acting.stages([ready, *left]) == [Stage.APPROVED, Stage.APPLIED, Stage.APPLIED]
    assert Counter.objects.get(key=f"book:{number(1)[:12]}").value == 999_999


def test_an_act_that_fails_in_the_background_says_why_at_once():
    season, ready = full_book()
    acts.confirm(
        season.batch,
        [ready],
        people.actor(season.staff.hq),
        acts.ActRequest(Verb.CERTIFY),
        job=True,
    )
    while jobs.work_once("worker"):
        pass
    job = Job.objects.get(kind="act")
    assert (job.state, job.message, job.strikes) == ("failed", FULL, 0)


def test_by_command_it_is_a_sentence_and_the_next_command_is_done():
    season, ready = full_book()
    answer = graduand("certify", "202307", "--as", "hq1")
    assert (answer.code, FULL in answer.err) == (1, True)
    left = factories.enrol(season)
    answer = graduand("act", "apply", "202307", "--as", "clerk1")
    assert (answer.code, f"仍没有办完：{FULL}。本次办理照常进行" in answer.err) == (0, True)
    assert acting.stages([ready, *left]) == [Stage.APPROVED, Stage.APPLIED]


def test_an_incoming_number_that_is_on_somebody_elses_certificate_is_refused_by_name(season):
    """As an earlier program may have left it."""
    first, second = (acting.candidate_at(season, Stage.APPROVED) for _ in range(2))
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    IncomingNumber.objects.create(batch=season.batch, student=first.student, number=number(1))
    assert acting.act(season, Verb.CERTIFY, [first.pk]).done == 1
    IncomingNumber.objects.filter(student=first.student).update(student=second.student)
    assert acting.refusals(acting.act(season, Verb.CERTIFY, [second.pk])) == {
        second.pk: ["NUMBER-IMPORT"]
    }
