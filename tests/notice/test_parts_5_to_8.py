"""五、毕业档案工作；六、证书和档案发放；七、注意事项；八、联系方式。"""

from datetime import date

import pytest

from graduand.models import Candidate, Certificate, Document, Handover, Parcel, ParcelItem, Roster
from graduand.office.audit import auditing
from graduand.office.dispatch import parcels
from graduand.office.refusal import Refused
from graduand.office.season import batches
from graduand.queries.basis import policy_of
from graduand.queries.filing import candidate_criteria, candidates
from graduand.rulebook.filing.registration_form import FormFinding, RegistrationForm, form_findings
from graduand.rulebook.papers.dossier import wrong_dates
from graduand.rulebook.season.policy import BatchPolicy, PolicyRefused
from graduand.rulebook.terms import Level, PaperKind, Stage, Verb
from tests import people
from tests.acting import act, candidate_at, refusals, register, shut, stages, walk
from tests.factories import enrol, policy_data, set_clock
from tests.invariants import violations

pytestmark = pytest.mark.django_db


def test_五_1_three_papers_make_the_archive(season):
    assert [kind.label for kind in policy_of(season.batch).dossier] == [
        "登记表",
        "成绩单",
        "报名登记表",
    ]


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ((), "登记表、成绩单、报名登记表"),
        (("transcript",), "登记表、报名登记表"),
        (("registration_form", "transcript", "enrolment_form"), ""),
    ],
)
def test_五_1_an_incomplete_archive_is_said_when_it_is_sent(season, there, missing):
    file = candidate_at(season, Stage.CERTIFIED)
    for kind in (
        *there,
        PaperKind.SIGN_OFF,
    ):  # something was recorded in the batch: what has not come is missing
        Document.objects.create(candidate=file, kind=kind, ready_at=file.certified_at)
    set_clock("2023-07-20 09:00")  # the day on the certificate
    done = act(season, Verb.SHIP, [file.pk])
    said = [f.sentence for f in candidates.stored(file.events.latest("id").findings)]
    assert (done.done, said) == (1, [f"毕业档案缺：{missing}"] if missing else [])


def test_五_2_the_form_needs_two_hundred_characters_of_the_student(season):
    least = policy_of(season.batch).self_appraisal_min_chars
    form = RegistrationForm(Level.JUNIOR, {}, appraisal="好" * 199 + " \n")
    assert FormFinding("FORM-APPRAISAL", "199") in form_findings(form, least)


def test_五_2_the_papers_carry_the_day_of_graduation(season):
    issued = policy_of(season.batch).issue_date
    assert issued == date(2023, 7, 20)
    template = {PaperKind.REGISTRATION_FORM: date(2023, 1, 20), PaperKind.TRANSCRIPT: issued}
    assert wrong_dates(template, issued) == (PaperKind.REGISTRATION_FORM,)


def test_五_3_the_roster_s_order(season):
    spec = [
        (1, Level.JUNIOR, "B1"),
        (0, Level.TOP_UP, "B1"),
        (0, Level.JUNIOR, "B2"),
        (0, Level.JUNIOR, "B1"),
    ]
    ids = [enrol(season, 1, centre, level, class_code=code)[0] for centre, level, code in spec]
    for pk in ids:
        walk(season, [pk], Stage.APPROVED)
    [roster] = batches.freeze_roster(season.batch, season.staff.hq.pk)
    rows = (
        Candidate.objects.filter(roster=roster).order_by("roster_no").values_list("id", "roster_no")
    )
    assert list(rows) == [(ids[3], 1), (ids[2], 2), (ids[1], 3), (ids[0], 4)]
    assert (roster.size, roster.number) == (4, 1)


def test_五_3_a_frozen_roster_does_not_change_and_late_comers_get_the_next(season):
    first = candidate_at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    late = candidate_at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    assert batches.freeze_roster(season.batch, season.staff.hq.pk) == []
    rows = (
        Candidate.objects.filter(pk__in=[first.pk, late.pk])
        .order_by("id")
        .values_list("roster__number", "roster_no")
    )
    assert (list(rows), Roster.objects.count()) == ([(1, 1), (2, 1)], 2)


def test_五_3_nothing_is_numbered_outside_the_roster(season):
    file = candidate_at(season, Stage.APPROVED)
    assert act(season, Verb.CERTIFY, [file.pk]).by_code == {"ROSTER": 1}


def test_六_the_college_sends_and_the_centre_counts_in(season):
    file = candidate_at(season, Stage.RECEIVED)
    parcel = Parcel.objects.get()
    assert (parcel.sender, parcel.receiver, parcel.received_by) == (
        season.college,
        season.centres[0],
        season.staff.clerks[0],
    )
    assert Certificate.objects.get(candidate=file).held_by == season.centres[0]


def test_六_a_shortage_is_a_discrepancy_not_a_receipt(season):
    ids = walk(season, enrol(season, 3), Stage.SHIPPED)
    assert parcels.count(ids, ids[:2]) == 1
    done = act(season, Verb.RECEIVE, ids)
    assert (done.done, done.by_code, stages(ids)) == (
        2,
        {"PARCEL-SHORT": 1},
        [Stage.RECEIVED] * 2 + [Stage.SHIPPED],
    )
    assert list(ParcelItem.objects.order_by("candidate_id").values_list("counted", "open")) == [
        (True, False),
        (True, False),
        (False, True),
    ]
    assert parcels.count(ids[2:], ids[2:]) == 0
    assert act(season, Verb.RECEIVE, ids[2:]).done == 1


def test_六_another_centre_cannot_receive_it(season):
    file = candidate_at(season, Stage.SHIPPED)
    with pytest.raises(Refused, match="不属于您的学生"):
        act(season, Verb.RECEIVE, [file.pk], season.staff.clerks[1])


def test_六_what_was_mis_sent_comes_back_and_goes_out_again(season):
    file = candidate_at(season, Stage.SHIPPED)
    act(season, Verb.RECALL, [file.pk])
    assert Certificate.objects.get().held_by == season.college
    assert act(season, Verb.SHIP, [file.pk], tracking="SF2").done == 1
    assert list(ParcelItem.objects.order_by("id").values_list("parcel__tracking", "open")) == [
        ("SF1", False),
        ("SF2", True),
    ]


def test_六_the_signature_is_kept(season):
    file = candidate_at(season, Stage.COLLECTED)
    assert list(Handover.objects.values_list("candidate", "method", "by__username")) == [
        (file.pk, "in_person", "clerk1")
    ]


def test_七_1_the_batch_ends_on_its_last_day(season):
    file = candidate_at(season, Stage.ENDORSED)
    set_clock("2023-10-12 23:59")
    assert act(season, Verb.ENDORSE, [file.pk]).unchanged == 1
    set_clock("2023-10-13 00:00")
    assert refusals(act(season, Verb.APPROVE, [file.pk])) == {file.pk: ["BATCH-CLOSED"]}


def test_七_1_nobody_lapses_before_the_last_day_is_over(season):
    ids = enrol(season, 2)
    assert refusals(act(season, Verb.LAPSE, ids, closing=False)) == {
        pk: ["BATCH-OPEN"] for pk in ids
    }
    set_clock("2023-10-12 23:59")
    assert act(season, Verb.LAPSE, ids, closing=False).by_code == {"BATCH-OPEN": 2}
    set_clock("2023-10-13 00:00")
    assert act(season, Verb.LAPSE, ids, closing=False).done == 2


def test_七_2_numbers_follow_the_order_of_application_whatever_the_order_of_review(season):
    ids = [pk for centre in (1, 0) for pk in walk(season, enrol(season, 2, centre), Stage.APPLIED)]
    for pk in reversed(ids):
        act(season, Verb.ENDORSE, [pk])
        act(season, Verb.APPROVE, [pk])
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    act(season, Verb.CERTIFY, ids[::-1])
    serials = dict(Certificate.objects.values_list("candidate", "serial"))
    assert [serials[pk] for pk in ids] == [1, 2, 3, 4]


def test_七_2_rounds_come_one_after_the_other_and_the_books_have_no_gap(season):
    first = walk(season, enrol(season, 2), Stage.APPROVED)
    set_clock("2023-08-01 09:00")
    early = enrol(season, 1, goes_on=True)
    act(season, Verb.APPLY, early, round_name="续读本科")
    act(season, Verb.ENDORSE, early)
    act(season, Verb.APPROVE, early)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    act(season, Verb.CERTIFY, early + first)
    set_clock("2023-09-06 09:00")
    second = walk(season, enrol(season, 2) + enrol(season, 1, level=Level.TOP_UP), Stage.CERTIFIED)
    numbers = dict(Certificate.objects.values_list("candidate", "number"))
    book = "511618202306"
    assert [numbers[pk] for pk in first + early + second] == [
        *(f"{book}{serial:06}" for serial in (1, 2, 3, 4, 5)),
        "511618202305000001",
    ]
    assert violations(season.batch) == []


def test_七_2_a_voided_number_is_spent_and_the_next_one_follows(season):
    ids = walk(season, enrol(season, 2), Stage.CERTIFIED)
    act(season, Verb.VOID, ids[:1], second=season.staff.second)
    act(season, Verb.CERTIFY, ids[:1])
    rows = [
        (c.candidate_id, c.serial, c.voided_at is None)
        for c in Certificate.objects.order_by("serial")
    ]
    assert rows == [(ids[0], 1, False), (ids[1], 2, True), (ids[0], 3, True)]
    old = Certificate.objects.get(serial=1)
    assert (old.voided_by, old.void_second, old.void_reason) == (
        season.staff.hq,
        season.staff.second,
        "信息有误",
    )
    assert violations(season.batch) == []


def test_七_2_the_review_queue_keeps_the_order_of_application(season):
    later, sooner = enrol(season, 1), enrol(season, 1)
    act(season, Verb.APPLY, sooner)
    act(season, Verb.APPLY, later)
    queue = candidate_criteria.ordered(
        Candidate.objects.all(), candidate_criteria.asked_for(stage="applied")
    )
    assert list(queue.values_list("id", flat=True)) == sooner + later


def test_七_3_the_student_confirms_before_the_certificate_is_handed_over(season):
    file = candidate_at(season, Stage.RECEIVED)
    register([file.pk])
    assert act(season, Verb.COLLECT, [file.pk], confirmed=False).by_code == {"CONFIRM": 1}
    assert act(season, Verb.COLLECT, [file.pk]).done == 1


def test_七_3_nobody_is_forgotten_when_the_batch_closes(season):
    applied, listed = candidate_at(season, Stage.APPLIED), candidate_at(season, Stage.LISTED)
    boss = people.actor(season.staff.hq)
    with pytest.raises(
        Refused, match=f"还有 1 份在办档案没有说明未办结的原因（七.3）：{applied.student.number}"
    ):
        shut(season.batch, boss)
    assert stages([applied.pk, listed.pk]) == [Stage.APPLIED, Stage.LISTED]
    Candidate.objects.filter(pk=applied.pk).update(explanation="照片未上网，转下一批")
    assert shut(season.batch, boss).done == 2
    season.batch.refresh_from_db()
    assert (stages([applied.pk, listed.pk]), season.batch.closed_at is not None) == (
        [Stage.LAPSED] * 2,
        True,
    )


def test_七_4_one_issue_date_for_everybody_also_when_approved_later(season):
    """I11: the issue date is no step date."""
    early = candidate_at(season, Stage.CERTIFIED)
    set_clock("2023-09-06 09:00")
    late = candidate_at(season, Stage.CERTIFIED)
    assert set(Certificate.objects.values_list("issue_date", flat=True)) == {date(2023, 7, 20)}
    assert (early.certified_at.date(), late.certified_at.date()) == (
        date(2023, 7, 12),
        date(2023, 9, 6),
    )


def test_七_4_the_old_template_s_date_is_refused():
    """T13: the annex is still printed with 2023年1月20日."""
    with pytest.raises(PolicyRefused, match="issue_date 2023-01-20 不在批次 202307 的年月内"):
        BatchPolicy.from_dict(policy_data(issue_date=date(2023, 1, 20)))


def test_七_4_the_registration_was_read_back_before_the_certificate_is_handed_over(season):
    file = candidate_at(season, Stage.RECEIVED)
    assert act(season, Verb.COLLECT, [file.pk]).by_code == {"REG-QUERY": 1}
    Certificate.objects.update(queryable=True)
    assert act(season, Verb.COLLECT, [file.pk]).done == 1


def test_七_4_what_is_registered_is_made_anew_only_after_the_registry_cancelled_it(season):
    file = candidate_at(season, Stage.CERTIFIED)
    register([file.pk])
    set_clock("2023-08-02 09:00")
    second = season.staff.second
    assert refusals(act(season, Verb.VOID, [file.pk], second=second)) == {file.pk: ["VOID-GROUND"]}
    assert (
        act(
            season, Verb.DEREGISTER, [file.pk], second=second, note="注销函 12 号", on="2023-08-01"
        ).done
        == 1
    )
    assert act(season, Verb.VOID, [file.pk], second=second).done == 1


def test_七_4_without_the_credential_photo_nothing_is_numbered(season):
    file = candidate_at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    file.student.chsi_reports.update(credential_photo=False)
    assert act(season, Verb.CERTIFY, [file.pk]).by_code == {"CHSI-CREDENTIAL": 1}


def test_八_contacts_and_address_are_data(season):
    contacts = policy_of(season.batch).contacts
    assert (contacts.people, contacts.phone, contacts.email, contacts.address) == (
        ("毕业审核办公室",),
        "010-00000000",
        "graduation@example.edu.cn",
        "北京市朝阳区示例路 1 号 毕业审核办公室（收）",
    )


def test_附件2_requirement_2_only_who_meets_the_conditions(season):
    fit, unfit = enrol(season, 1), enrol(season, 1, fit=False)
    auditing.run(season.batch)
    meeting = candidate_criteria.ordered(
        Candidate.objects.all(), candidate_criteria.asked_for(fit="1")
    )
    assert list(meeting.values_list("id", flat=True)) == fit
    assert act(season, Verb.APPLY, fit + unfit).done == 1


def test_附件2_requirement_3_only_with_a_photo(season):
    with_photo, without = enrol(season, 1), enrol(season, 1, photo=False)
    auditing.run(season.batch)
    shown = candidate_criteria.ordered(
        Candidate.objects.all(), candidate_criteria.asked_for(photo="1")
    )
    assert list(shown.values_list("id", flat=True)) == with_photo
    assert refusals(act(season, Verb.APPLY, with_photo + without)) == {
        without[0]: ["PHOTO-PLATFORM"]
    }


def test_附件2_the_three_bulk_verbs(season):
    ids = enrol(season, 2, level=Level.TOP_UP)
    assert act(season, Verb.DEFER, ids).done == 2
    assert act(season, Verb.RESUME, ids).done == 2
    assert act(season, Verb.APPLY, ids, with_degree=True).done == 2
