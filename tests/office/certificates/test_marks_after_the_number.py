"""A fact that changes after the number: who fails the conditions then gets no certificate, until
headquarters has looked.

附件2 要求 2, 七: what is corrected frees by itself; what stands although the conditions fail is let
stand by two people with a note, and exactly that.
"""

import pytest
from django.apps import apps

from graduand.models import (
    Candidate,
    ChsiReport,
    Consent,
    Event,
    Judgement,
    PhotoRow,
    Refusal,
    Result,
    Student,
)
from graduand.office import acts
from graduand.office.people.second_person import consent_answers, second_acts, second_requests
from graduand.office.refusal import Refused
from graduand.office.season import batches
from graduand.queries.filing.candidate_criteria import asked_for
from graduand.queries.filing.candidates import stored
from graduand.queries.records import person
from graduand.queries.review import grounds
from graduand.queries.scope import visible
from graduand.rulebook.clauses import MASK_BITS
from graduand.rulebook.terms import Stage, Verb
from tests import acting, people
from tests.acting import act, refusals, stages
from tests.machine import migration_modules
from tests.management.calling import graduand
from tests.office.certificates.after_the_number import (
    MISSING,
    NOTE,
    at,
    correct,
    judge,
    let_stand,
    lists,
    stands,
)

SENTENCES = [
    "课程 {} 必须通过，现为未通过",
    "总学分要求 10，已获 6",
    "总部考试学分要求 4，已获 0",
    "模块「公共基础」要求 4 学分，已获 0",
]


@pytest.mark.parametrize(
    ("stage", "verb"), [(Stage.CERTIFIED, Verb.SHIP), (Stage.RECEIVED, Verb.COLLECT)]
)
def test_what_is_numbered_goes_no_further_and_the_others_do(season, tmp_path, stage, verb):
    ids = at(season, stage, 2)
    correct(season, tmp_path, ids[0], void=True)
    assert lists(season) == [{ids[0]}, {ids[1]}]
    done = act(season, verb, ids)
    assert (done.done, done.by_code, refusals(done)) == (
        1,
        {"ISSUED-LOST": 1},
        {ids[0]: ["ISSUED-LOST"]},
    )
    assert stages(ids) == [stage, stage_after(verb)]


def stage_after(verb):
    return Stage.SHIPPED if verb is Verb.SHIP else Stage.COLLECTED


def test_a_mark_that_is_corrected_again_frees_by_itself(season, tmp_path):
    ids = at(season, Stage.RECEIVED)
    correct(season, tmp_path, ids[0], void=True)
    assert act(season, Verb.COLLECT, ids).by_code == {"ISSUED-LOST": 1}
    correct(season, tmp_path, ids[0], void=False)
    assert lists(season) == [set(), set(ids)]
    assert refusals(let_stand(season, ids)) == {ids[0]: ["STAGE"]}
    assert act(season, Verb.COLLECT, ids).done == 1


def test_headquarters_lets_it_stand_with_a_note_and_the_event_says_what(season, tmp_path):
    ids = at(season, Stage.CERTIFIED)
    correct(season, tmp_path, ids[0], void=True)
    assert refusals(let_stand(season, ids, note=" ")) == {ids[0]: ["BASIS"]}
    with pytest.raises(Refused, match="由总部办理，您的岗位是学院"):
        let_stand(season, ids, by=season.staff.college)
    assert let_stand(season, ids).done == 1
    event = Event.objects.latest("id")
    assert (event.verb, event.from_stage, event.to_stage, event.note) == (
        "confirm_issue",
        "lost",
        "confirmed",
        NOTE,
    )
    assert [one.item for one in stored(event.findings)] == MISSING
    assert (
        person.history(event.candidate)[-1].note
        == f"{NOTE}；维持的事项：{'；'.join(SENTENCES).format('A1')}"
    )
    assert (stands(ids[0]), lists(season), stages(ids)) == (
        True,
        [set(), set(ids)],
        [Stage.CERTIFIED],
    )
    assert let_stand(season, ids).unchanged == 1
    assert [act(season, verb, ids).done for verb in (Verb.SHIP, Verb.RECEIVE, Verb.COLLECT)] == [
        1,
        1,
        1,
    ]


def test_something_else_that_is_missing_later_is_looked_at_anew(season, tmp_path):
    ids = at(season, Stage.RECEIVED)
    correct(season, tmp_path, ids[0], void=True)
    assert let_stand(season, ids).done == 1
    Student.objects.update(standing="suspended")
    judge(season)
    assert lists(season) == [set(ids), set()]
    assert refusals(act(season, Verb.COLLECT, ids)) == {ids[0]: ["ISSUED-LOST"]}
    assert let_stand(season, ids).done == 1
    assert (stands(ids[0]), lists(season)) == (True, [set(), set(ids)])
    assert act(season, Verb.COLLECT, ids).done == 1


def test_who_has_graduated_by_the_certificate_is_not_lost(season):
    """学籍状态 becomes 毕业 when the registration is done: that holds nobody's certificate, nor is it to be set back."""
    ids = at(season, Stage.RECEIVED)
    Student.objects.update(standing="graduated")
    judge(season)
    judged = Judgement.objects.get(candidate=ids[0])
    assert (judged.fit, judged.clear, "ELIG-STATUS" in judged.unmet) == (True, True, False)
    assert (lists(season), act(season, Verb.COLLECT, ids).done) == ([set(), set(ids)], 1)


def test_what_was_let_stand_ends_with_the_certificate(season, tmp_path):
    ids = at(season, Stage.CERTIFIED)
    Candidate.objects.get(pk=ids[0]).certificates.update(queryable=False, registered_on=None)
    correct(season, tmp_path, ids[0], void=True)
    assert let_stand(season, ids).done == 1
    assert act(season, Verb.VOID, ids, second=season.staff.second).done == 1
    assert (stands(ids[0]), lists(season)) == (None, [set(), set(ids)])
    assert refusals(act(season, Verb.CERTIFY, ids)) == {
        ids[0]: [item.partition(":")[0] for item in MISSING]
    }
    assert refusals(let_stand(season, ids)) == {ids[0]: ["STAGE"]}


def test_a_command_names_them_and_two_people_do_it(season, tmp_path):
    ids = at(season, Stage.SHIPPED, 3)
    correct(season, tmp_path, ids[1], void=True)
    nameless = graduand("act", "confirm_issue", "202307", "--note", NOTE)
    assert (nameless.code, "「核实后维持」须用 --students 说明是哪些学生" in nameless.err) == (
        2,
        True,
    )
    named = tmp_path / "named.txt"
    named.write_text(Candidate.objects.get(pk=ids[1]).number, encoding="utf-8")
    said = ("act", "confirm_issue", "202307", "--students", str(named), "--note", NOTE, "--json")
    alone = graduand(*said)
    assert (alone.code, alone.json["done"], alone.json["by_code"]) == (1, 0, {"SECOND": 1})
    waits = graduand(*said, "--as", season.staff.hq.username)
    assert (waits.code, waits.json["by_code"], lists(season)[0]) == (
        1,
        {"WAITS-SECOND": 1},
        {ids[1]},
    )
    named_course = [one.format("课程A1（A1）") for one in SENTENCES]
    assert f"提出维持的事项：{'；'.join(named_course)}" in waits.err
    row = Consent.objects.get()
    assert row.detail["said"]["let_stand"] == named_course
    consent_answers.decide(people.actor(season.staff.second), row.pk, agree=True)
    assert (lists(season)[0], [stands(pk) for pk in ids]) == (set(), [None, True, None])


def test_the_second_person_agrees_to_what_was_asked_and_to_nothing_that_came_after(
    season, tmp_path
):
    ids = at(season, Stage.RECEIVED)
    correct(season, tmp_path, ids[0], void=True)
    file = Candidate.objects.select_related("batch", "student").get(pk=ids[0])
    request = acts.ActRequest(Verb.CONFIRM_ISSUE, answers={"note": NOTE})
    [[waiting], _] = second_requests.ask(
        season.batch, ids, people.actor(season.staff.hq), request, ""
    )
    Student.objects.update(standing="expelled")
    judge(season)
    with pytest.raises(Refused, match="打开页面以后"):
        consent_answers.decide(people.actor(season.staff.second), waiting.consent, agree=True)
    assert (stands(file.pk), lists(season)[0]) == (False, set(ids))
    with pytest.raises(Refused, match="打开页面以后"):
        second_acts.act_detail(
            Verb.CONFIRM_ISSUE, file, {"note": NOTE, "grounds": ["of another moment"]}
        )


def test_in_a_closed_batch_it_is_the_same(season, tmp_path):
    ids = at(season, Stage.RECEIVED)
    acting.shut(season.batch, people.actor(season.staff.hq))
    season.batch.refresh_from_db()
    correct(season, tmp_path, ids[0], void=True)
    assert (lists(season)[0], act(season, Verb.COLLECT, ids).by_code) == (
        set(ids),
        {"ISSUED-LOST": 1},
    )
    assert let_stand(season, ids).done == 1
    assert act(season, Verb.COLLECT, ids).done == 1


def test_a_page_holds_up_what_the_gate_does(season, tmp_path):
    """The stored findings, as a file's page has them, and the judgement of the moment say one sentence."""
    ids = at(season, Stage.RECEIVED)
    correct(season, tmp_path, ids[0], void=True)
    file = Candidate.objects.select_related("judgement", "student").get(pk=ids[0])
    [refusal] = Refusal.objects.filter(act=act(season, Verb.COLLECT, ids))
    [found] = [one for one in stored(refusal.findings) if one.blocks]
    assert grounds.against(file, person.judgement(file)[1]) == found
    let_stand(season, ids)
    file.refresh_from_db()
    assert grounds.against(file, person.judgement(file)[1]) is None


def lose(season, pk, course, mark=""):
    """The mark of a course counts for nothing more, or again."""
    Result.objects.filter(student__candidates=pk, course=course).update(pass_key=mark)
    judge(season)


def key_of(pk, course):
    return Result.objects.values_list("pass_key", flat=True).get(
        student__candidates=pk, course=course
    )


def test_what_was_let_stand_is_that_course_and_no_other(season):
    ids = at(season, Stage.RECEIVED)
    lose(season, ids[0], "E1")
    assert let_stand(season, ids).done == 1
    lose(season, ids[0], "P1")
    assert (lists(season)[0], refusals(act(season, Verb.COLLECT, ids))) == (
        set(ids),
        {ids[0]: ["ISSUED-LOST"]},
    )


def test_what_is_in_order_again_and_lost_once_more_is_looked_at_once_more(season):
    ids = at(season, Stage.RECEIVED)
    mark = key_of(ids[0], "E1")
    lose(season, ids[0], "E1")
    assert (let_stand(season, ids).done, stands(ids[0])) == (1, True)
    lose(season, ids[0], "E1", mark)
    assert Candidate.objects.get(pk=ids[0]).confirmed_grounds == ""
    lose(season, ids[0], "E1")
    assert (lists(season)[0], act(season, Verb.COLLECT, ids).by_code) == (
        set(ids),
        {"ISSUED-LOST": 1},
    )


def test_a_leave_let_stand_says_nothing_of_an_expulsion(season):
    ids = at(season, Stage.RECEIVED)
    Student.objects.update(standing="suspended")
    judge(season)
    assert let_stand(season, ids).done == 1
    Student.objects.update(standing="expelled")
    judge(season)
    assert (lists(season)[0], act(season, Verb.COLLECT, ids).by_code) == (
        set(ids),
        {"ISSUED-LOST": 1},
    )


def other_face(pk):
    PhotoRow.objects.filter(student__candidates=pk, kind="graduation").update(same=False)


def refused_picture(pk):
    PhotoRow.objects.filter(student__candidates=pk, kind="graduation").update(problems="不是本人")


def wrong_document(pk):
    Student.objects.filter(candidates=pk).update(id_problems=2)


def another_name(pk):
    ChsiReport.objects.filter(student__candidates=pk).update(mismatches="姓名")


@pytest.mark.parametrize("happens", [other_face, refused_picture, wrong_document, another_name])
def test_what_certify_asks_of_the_person_counts_after_the_number(season, happens):
    """What raises an alarm while the person is approved does so a day later, numbered, too."""
    ids = at(season, Stage.CERTIFIED, 2)
    happens(ids[0])
    judge(season)
    assert (lists(season), refusals(act(season, Verb.SHIP, ids))) == (
        [{ids[0]}, {ids[1]}],
        {ids[0]: ["ISSUED-LOST"]},
    )
    assert let_stand(season, ids[:1]).done == 1
    assert (lists(season)[0], act(season, Verb.SHIP, ids[:1], tracking="SF2").done) == (set(), 1)


def test_a_picture_that_came_after_the_number_is_on_no_certificate(season):
    ids = at(season, Stage.CERTIFIED)
    PhotoRow.objects.filter(kind="graduation").update(
        sha256="f" * 64, problems="不是本人", same=False
    )
    judge(season)
    assert (lists(season)[0], act(season, Verb.SHIP, ids).done) == (set(), 1)


def test_a_picture_of_somebody_else_is_numbered_for_nobody(season):
    ids = at(season, Stage.APPROVED, 2)
    other_face(ids[0])
    judge(season)
    everybody = visible(people.actor(season.staff.hq), Candidate.objects.all())
    lost = everybody.filter(asked_for(lost="1").where())
    assert [file.pk for file in lost] == ids[:1]
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    done = act(season, Verb.CERTIFY, ids)
    assert (done.done, done.by_code) == (1, {"ROSTER": 1, "PHOTO-SAME": 1})


def test_a_void_forgets_what_was_missing_and_a_new_number_begins_in_order(season):
    ids = at(season, Stage.CERTIFIED)
    Candidate.objects.get(pk=ids[0]).certificates.update(queryable=False, registered_on=None)
    mark = key_of(ids[0], "E1")
    lose(season, ids[0], "E1")
    assert act(season, Verb.VOID, ids, second=season.staff.second).done == 1
    assert Judgement.objects.get(candidate=ids[0]).grounds == ""
    lose(season, ids[0], "E1", mark)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    assert (act(season, Verb.CERTIFY, ids).done, lists(season)[0]) == (1, set())


def test_homes_from_before_keep_what_was_let_stand_as_far_as_that_was_known(season):
    """By its kinds: who lacks anything of another kind since is looked at again, and nothing else changes by the upgrade."""
    ids = at(season, Stage.RECEIVED, 4)
    Result.objects.filter(student__candidates__in=ids[:2], course="A1").update(pass_key="")
    wrong_document(ids[1])
    Student.objects.filter(candidates=ids[2]).update(standing="graduated")
    PhotoRow.objects.filter(student__candidates=ids[2], kind="graduation").update(
        sha256="f" * 64, same=False
    )
    other_face(ids[3])
    judge(season)
    kept = Judgement.objects.order_by("candidate").values_list(
        "candidate", "grounds", "unmet", "clear"
    )
    judged = list(kept)
    for row in Judgement.objects.all():
        row.unmet, row.grounds, row.clear = (
            row.unmet.replace('"warn"', '"block"'),
            "",
            row.unmet == "[]",
        )
        row.save()
    bits = sum(1 << MASK_BITS[item.partition(":")[0]] for item in MISSING)
    migration_modules.migration("grounds_let_stand").tell(apps, dict.fromkeys(ids, bits))
    migration_modules.migration("what_a_finding_is_about").say_what_it_is_about(apps, None)
    assert list(kept) == judged
    assert [stands(pk) for pk in ids] == [True, False, None, False]
    judge(season)
    assert (list(kept), [stands(pk) for pk in ids]) == (judged, [True, False, None, False])
