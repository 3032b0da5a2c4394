"""Issued is frozen for every paper: after the number whatever is on record may change, and each prints byte by byte the same."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import (
    ArchiveContent,
    Candidate,
    Certificate,
    CourseRow,
    Module,
    Parcel,
    PhotoRow,
    PlanRow,
    Profile,
    Result,
    Schooling,
    Student,
    Unit,
)
from graduand.models.engine import engine_of
from graduand.office.certificates.issuing import backfill
from graduand.office.certificates.issuing.backfill import BackfillTally
from graduand.office.filing import statements
from graduand.office.installation import issued_checkup
from graduand.office.season import batches
from graduand.queries.papers import archives
from graduand.rulebook.terms import Level, PaperKind, PhotoKind, Sex, Stage, Verb
from tests import acting, factories
from tests.acting import let_stand
from tests.material import portraits
from tests.office.papers.print_runs import (
    ENROLMENT,
    FORM,
    PACKING,
    ROSTER,
    SIGN_OFF,
    TRANSCRIPT,
    at,
    on_roster,
    print_file,
    store,
)
from tests.papers import reading

PERSONAL = (FORM, ENROLMENT, TRANSCRIPT, PaperKind.CERTIFICATE)
LISTS = (ROSTER, SIGN_OFF)
EVERY = (*PERSONAL, *LISTS, PACKING)


@pytest.fixture(autouse=True)
def _own_pictures(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


def with_everything(season, ids):
    """Every cell that a paper prints is filled."""
    PlanRow.objects.update(major_code="520801", years="2.5")
    Unit.objects.update(address="云岭市梧桐街 1 号", contact="赵老师", phone="010-5550101")
    for student in Student.objects.filter(candidates__in=ids):
        Student.objects.filter(pk=student.pk).update(politics="群众", class_name="21春健康管理")
        student.mobile, student.email = "13800001234", "a@example.cn"
        student.save(update_fields=["mobile", "email"])
        Profile.objects.create(
            student=student,
            enrolled_on=date(2021, 2, 15),
            prior_level="高中",
            prior_school="云岭市第一中学",
            prior_graduated="2008-07",
            prior_certificate="105411201506000123",
            prior_check="passed",
            home_address="梧桐街 2 号",
            employer="云岭市医院",
            work_phone="010-1",
            home_phone="010-2",
            internship="社区卫生服务中心",
            thesis_title="论健康",
            awards="优秀学员",
            occupation="护士",
            opinions={"初审": {"text": "材料齐全", "on": "2021-02-16"}},
        )
        Schooling.objects.create(
            student=student, start="2005-09", end="2008-07", place="云岭市第一中学"
        )
        Result.objects.create(
            student=student, course="Z9", mark="70", term=4045, released=date(2023, 6, 1)
        )
        entry_photo(season, student, 900)
    return ids


def entry_photo(season, student, shade):
    PhotoRow.objects.create(
        student=student,
        kind=PhotoKind.ADMISSION.value,
        sha256=store(shade),
        size=1,
        width=480,
        height=640,
        since=date(2021, 3, 1),
        stored_by=season.staff.hq,
        stored_at=factories.clock.now(),
    )


def change_everything(season):
    """Every field of student, profile, history, results, plan, units and photos, and all of the
    policy that may change.
    """
    change_the_person(season)
    Result.objects.update(mark="61", term=4047, attempt=2, reviewed=False, pass_key="")
    CourseRow.objects.update(name="别的课程", credits=100, hq_exam=False)
    Module.objects.update(min_credits=9_900)
    PlanRow.objects.update(
        major_code="999999",
        major_name="别的专业",
        years="4",
        min_semesters=8,
        min_total=9_900,
        min_hq=9_900,
    )
    Unit.objects.update(name="别的单位", address="别的地址", contact="别的人", phone="999")
    PhotoRow.objects.filter(kind=PhotoKind.GRADUATION.value).update(sha256=store(701))
    PhotoRow.objects.filter(kind=PhotoKind.ADMISSION.value).update(sha256=store(702))
    another_policy(season)


def change_the_person(season):
    """Every field of the student, the profile and the history of schools."""
    Student.objects.update(
        name="别人",
        sex=Sex.MALE.value,
        birth=date(1980, 1, 1),
        nation="藏族",
        id_no="110105198001010012",
        id_hash="x",
        politics="党员",
        entry=4030,
        category="助力计划",
        level=Level.TOP_UP.value,
        class_name="别的班",
        class_code="Z9",
        mobile="13999999999",
        email="b@example.cn",
        exam_no="K9",
        branch="别的分部",
        plan=season.plans[Level.BACHELOR],
    )
    Profile.objects.update(
        enrolled_on=date(2020, 9, 9),
        prior_level="中专",
        prior_school="别的学校",
        prior_graduated="2001-07",
        prior_certificate="9",
        prior_check="failed",
        home_address="别的街",
        employer="别的单位",
        work_phone="020-1",
        home_phone="020-2",
        internship="别的实习",
        thesis_title="别的题目",
        awards="别的奖",
        occupation="司机",
        opinions={"终审": {"text": "别的意见", "on": "2021-03-01"}},
    )
    Schooling.objects.update(start="2001-09", end="2004-07", place="别的中学")


def another_policy(season):
    later = [{"from": "2020-01-01", "name": "卫知秋"}, {"from": "2023-07-21", "name": "易春来"}]
    data = factories.policy_data(
        principals=later,
        contacts={"people": ["新人"], "phone": "1", "email": "n@example.cn", "address": "新址"},
        self_appraisal_min_chars=999,
        dossier=["registration_form"],
        exemption_counts_as_hq=False,
        closes_at="2023-10-31",
    )
    season.batch = batches.load(
        data, season.staff.hq.pk, batches.Extension("延长", season.staff.second)
    ).batch


def printed(season, out, kinds):
    """(kind, name) -> the bytes of every file that was printed of `kinds`."""
    found = {}
    for kind in kinds:
        assert print_file(season, kind, out).by_code == {}
        found |= {
            (kind.label, one.name): one.read_bytes()
            for one in sorted((out / kind.label).glob("*.pdf"))
        }
    return found


@pytest.mark.parametrize("kind", EVERY, ids=[kind.value for kind in EVERY])
def test_after_the_number_every_paper_is_byte_by_byte_the_same_whatever_changes(
    season, tmp_path, kind
):
    ids = with_everything(season, on_roster(season, 2))
    acting.act(season, Verb.CERTIFY, ids)
    if kind is PACKING:
        acting.act(season, Verb.SHIP, ids)
    first = printed(season, tmp_path / "a", [kind])
    change_everything(season)
    let_stand(season, ids)
    assert printed(season, tmp_path / "b", [kind]) == first
    assert len(first) == (2 if kind in PERSONAL else 1)


@pytest.mark.parametrize("kind", [FORM, ENROLMENT, TRANSCRIPT, ROSTER], ids=lambda kind: kind.value)
def test_control_before_the_number_the_change_is_printed(season, tmp_path, kind):
    with_everything(season, on_roster(season))
    first = printed(season, tmp_path / "a", [kind])
    change_everything(season)
    again = printed(season, tmp_path / "b", [kind])
    assert [(name, again[name] == data) for name, data in first.items()] == [
        (name, False) for name in again
    ]


@pytest.mark.parametrize("kind", [SIGN_OFF, PACKING], ids=lambda kind: kind.value)
def test_control_the_lists_of_certificates_show_what_was_changed_before_the_number(
    season, tmp_path, kind
):
    ids = with_everything(season, on_roster(season))
    Student.objects.update(name="别人")
    acting.act(season, Verb.CERTIFY, ids)
    print_file(season, kind, tmp_path)
    (path,) = (tmp_path / kind.label).glob("*.pdf")
    assert "别人" in reading.flat(path)


def test_the_forms_show_the_very_pictures_that_were_fixed(season, tmp_path):
    (pk,) = with_everything(season, on_roster(season))
    acting.act(season, Verb.CERTIFY, [pk])
    change_everything(season)
    for kind, shade in ((FORM, pk), (ENROLMENT, 900)):
        print_file(season, kind, tmp_path)
        (path,) = (tmp_path / kind.label).glob("*.pdf")
        assert reading.pictures(path) == [portraits.portrait(shade)]


def test_a_parcel_that_is_still_to_be_sealed_goes_to_where_its_centre_is_today(season, tmp_path):
    """People and numbers are those of the certificates; places, papers and who answers are fixed when it is sealed."""
    ids = with_everything(season, on_roster(season))
    acting.act(season, Verb.CERTIFY, ids)
    name, number = Student.objects.get().name, Certificate.objects.get().number
    change_everything(season)
    let_stand(season, ids)  # or nobody would be packed
    print_file(season, PACKING, tmp_path)
    (path,) = (tmp_path / PACKING.label).glob("*.pdf")
    there = reading.flat(path)
    assert [text in there for text in (name, number, "健康管理", "别的地址", "999", "新人")] == [
        True
    ] * 6
    assert [text in there for text in ("别人", "别的专业", "梧桐街", "赵老师")] == [False] * 4


def test_an_amended_field_stands_on_the_papers_of_the_archive_and_the_rest_stays(season, tmp_path):
    factories.set_clock(factories.IN_FIRST)
    ids = with_everything(season, on_roster(season))
    acting.act(season, Verb.CERTIFY, ids)
    acting.register(ids)
    factories.set_clock("2023-07-25 09:00")
    Student.objects.update(name="李改名", nation="藏族")
    answer = statements.sealed(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF", "学信网更正.pdf")
    assert (
        acting.act(season, Verb.AMEND, ids, second=season.staff.second, statement=answer).done == 1
    )
    for kind in (FORM, ENROLMENT, TRANSCRIPT):
        print_file(season, kind, tmp_path)
        (path,) = (tmp_path / kind.label).glob("*.pdf")
        there = reading.flat(path)
        assert ("李改名" in there, "藏族" in there) == (True, False), kind


def test_voided_and_numbered_again_the_archive_is_that_of_the_new_number(season, tmp_path):
    ids = with_everything(season, on_roster(season))
    acting.act(season, Verb.CERTIFY, ids)
    acting.act(season, Verb.VOID, ids, second=season.staff.second)
    Student.objects.update(nation="藏族")
    acting.act(season, Verb.CERTIFY, ids)
    old, new = Certificate.objects.order_by("id")
    assert archives.stored_archives(ids)[ids[0]].nation == "藏族"
    assert ArchiveContent.objects.filter(certificate__in=[old, new]).count() == 2


# -- how it is kept ----------------------------------------------------------------------------------------------


def tampered(statement, *params):
    """The archives, changed by somebody at the database."""
    table = ArchiveContent._meta.db_table
    with connection.cursor() as cursor:
        for drop in engine_of().DROP_APPEND_ONLY:
            cursor.execute(drop.format(table=table))
        cursor.execute(statement.format(table=table), params)


def test_it_is_sealed_in_the_transaction_of_the_number_and_never_changed(season):
    ids = with_everything(season, on_roster(season))
    acting.act(season, Verb.CERTIFY, ids)
    row = ArchiveContent.objects.get()
    assert (row.act.verb, row.certificate.number) == ("certify", Certificate.objects.get().number)
    assert b"13800001234" not in bytes(row.body)
    kept = archives.stored_archives(ids)[ids[0]]
    assert (kept.mobile, kept.nation, kept.least, kept.short) == ("13800001234", "汉族", 200, False)
    with pytest.raises(Exception, match="append-only"):
        ArchiveContent.objects.update(digest="")


@pytest.mark.parametrize("change", ["body", "digest", "swapped", "gone"])
def test_what_was_changed_or_taken_away_is_refused_by_name_and_told_by_the_doctor(
    season, tmp_path, change
):
    ids = at(season, count=2)
    numbers = sorted(Certificate.objects.values_list("number", flat=True))
    first, second = ArchiveContent.objects.order_by("certificate__number")
    statements_of = {
        "body": (
            "UPDATE {table} SET body = %s WHERE id = %s",
            connection.Database.Binary(bytes(second.body)),
            first.pk,
        ),
        "digest": ("UPDATE {table} SET digest = '0' WHERE id = %s", first.pk),
        "swapped": (
            "UPDATE {table} SET body = %s, digest = %s WHERE id = %s",
            connection.Database.Binary(bytes(second.body)),
            second.digest,
            first.pk,
        ),
        "gone": ("DELETE FROM {table} WHERE id = %s", first.pk),
    }
    tampered(*statements_of[change])
    tally = print_file(season, FORM, tmp_path)
    assert (tally.written, tally.by_code) == (1, {"CONTENT": 1})
    said = "没有保存的内容" if change == "gone" else "的内容与编号时保存的不符"
    line = f"1 份{said}：{numbers[0]}"
    assert [(one.part, one.state) for one in issued_checkup.lines() if one.wrong] == [
        ("档案材料", line)
    ]
    assert len(archives.stored_archives(ids)) == (1 if change == "gone" else 2)


def test_the_queries_of_numbering_do_not_grow_with_the_people(season):
    counts = []
    for count in (1, 1, 4):
        ids = with_everything(season, on_roster(season, count))
        with CaptureQueriesContext(connection) as asked:
            assert acting.act(season, Verb.CERTIFY, ids).done == count
        counts.append(len(asked))
    assert counts == [
        counts[1] + 3,
        counts[1],
        counts[1],
    ]  # the first of a plan keeps its rules, too


# -- homes from before -------------------------------------------------------------------------------------------


def test_a_home_from_before_is_filled_from_what_stands_and_says_so(season, tmp_path):
    ids = with_everything(season, on_roster(season, 3))
    acting.act(season, Verb.CERTIFY, ids)
    acting.act(season, Verb.SHIP, ids)
    first = printed(season, tmp_path / "a", (*PERSONAL, *LISTS, PACKING))
    tampered("DELETE FROM {table}")
    Parcel.objects.update(label={}, labelled_at=None)
    another_policy(
        season
    )  # the plan and the least of 自我鉴定 are read by the policy that numbered
    assert print_file(season, FORM, tmp_path / "b").by_code == {"CONTENT": 3}
    assert backfill.fill(2) == BackfillTally(archives=3, labels=1)
    assert set(ArchiveContent.objects.values_list("act", flat=True)) == {None}
    parcel = Parcel.objects.get()
    assert parcel.labelled_at > parcel.sealed_at
    again = printed(season, tmp_path / "b", (*PERSONAL, *LISTS))
    assert again == {name: data for name, data in first.items() if name[0] != PACKING.label}
    change_everything(season)
    let_stand(season, ids)
    assert printed(season, tmp_path / "c", (*PERSONAL, *LISTS)) == again
    assert backfill.fill() == BackfillTally()


def test_a_voided_certificate_needs_no_archive(season):
    ids = at(season)
    acting.act(season, Verb.VOID, ids, second=season.staff.second)
    tampered("DELETE FROM {table}")
    assert backfill.fill() == BackfillTally()
    assert Candidate.objects.get().stage == Stage.APPROVED
