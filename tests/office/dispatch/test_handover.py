"""Sent and handed over (notice 五.1, 七.3): what must be said of it, and a hand-over recorded wrongly taken back by two."""

import pytest

from graduand.models import (
    Batch,
    Candidate,
    Certificate,
    Document,
    Event,
    Handover,
    Student,
    key_ring,
)
from graduand.office.refusal import Refused
from graduand.office.season import batches
from graduand.queries import clock, stations
from graduand.queries.filing.candidates import stored
from graduand.queries.records import person
from graduand.rulebook import terms
from graduand.rulebook.terms import Stage, Verb
from tests.acting import act, candidate_at, refusals, register, walk
from tests.factories import enrol, set_clock


def handed_over(season, **said):
    """A file whose certificate the student has."""
    file = candidate_at(season, Stage.RECEIVED)
    register([file.pk])
    assert act(season, Verb.COLLECT, [file.pk], **said).done == 1
    file.refresh_from_db()
    return file


def shown(file):
    """What the list of hand-overs says of it."""
    row = Candidate.objects.filter(pk=file.pk).annotate(
        method=stations.handed("method"), by=stations.handed("by__name")
    )
    return row.values_list("stage", "method", "by").get()


def test_the_certificate_lies_at_the_centre_again_and_nobody_has_confirmed_it(season):
    file = handed_over(season)
    before = file.received_at
    clerk = season.staff.clerks[0]
    assert shown(file) == ("collected", "in_person", clerk.name)
    said = {"reason": "misrecorded", "note": "点错了行"}
    done = act(season, Verb.UNCOLLECT, [file.pk], second=season.staff.second, **said)
    assert (done.done, done.by_code) == (1, {})
    file.refresh_from_db()
    assert (file.stage, file.collected_at, file.received_at) == (Stage.RECEIVED, None, before)
    assert shown(file) == ("received", None, None)
    assert person.handed_over(file) is None
    assert Certificate.objects.get(candidate=file).held_by_id == file.centre_id
    event = Event.objects.latest("id")
    assert (event.actor_id, event.second_id, event.reason, event.note, event.number) == (
        clerk.pk,
        season.staff.second.pk,
        "misrecorded",
        "点错了行",
        "本人",
    )
    assert person.history(file)[-1].note == "登记有误：点错了行；原登记的领取方式 本人"
    proxy = {"handover": "proxy", "relation": "其母", "note": "王秀兰，护照 E12345678"}
    assert act(season, Verb.COLLECT, [file.pk], **proxy).done == 1
    file.refresh_from_db()
    given = person.handed_over(file)
    assert (given.method, given.said, Handover.objects.count()) == (
        terms.HandoverMethod.PROXY,
        "其母 王秀兰，护照 E1*****78",
        2,
    )


def test_not_by_one_alone_nor_without_a_reason(season):
    file = handed_over(season)
    two = season.staff.second
    assert refusals(act(season, Verb.UNCOLLECT, [file.pk])) == {file.pk: ["SECOND"]}
    assert refusals(act(season, Verb.UNCOLLECT, [file.pk], second=season.staff.clerks[1])) == {
        file.pk: ["SECOND"]
    }
    assert refusals(act(season, Verb.UNCOLLECT, [file.pk], second=two, reason=None)) == {
        file.pk: ["REASON"]
    }
    assert refusals(
        act(season, Verb.UNCOLLECT, [file.pk], second=two, reason="other", note=" ")
    ) == {file.pk: ["REASON"]}
    assert refusals(act(season, Verb.UNCOLLECT, [file.pk], second=two, reason="lost")) == {
        file.pk: ["REASON-FIT"]
    }
    assert Candidate.objects.get(pk=file.pk).stage == Stage.COLLECTED


def test_a_finished_batch_gives_somebody_work_again(season):
    file = handed_over(season)
    Batch.objects.filter(pk=season.batch.pk).update(closed_at=clock.now(), finished_at=clock.now())
    season.batch.refresh_from_db()
    assert act(season, Verb.UNCOLLECT, [file.pk], second=season.staff.second).done == 1
    assert Batch.objects.get(pk=season.batch.pk).finished_at is None


def test_mail_needs_its_number_and_a_proxy_a_name(season):
    file = candidate_at(season, Stage.RECEIVED)
    register([file.pk])
    assert act(season, Verb.COLLECT, [file.pk], handover="mail").by_code == {"MAILED": 1}
    assert act(season, Verb.COLLECT, [file.pk], handover="mail", tracking="EMS9").by_code == {
        "MAILED": 1
    }
    assert (
        act(season, Verb.COLLECT, [file.pk], handover="mail", carrier="EMS", tracking="9").done == 1
    )
    other = candidate_at(season, Stage.RECEIVED)
    register([other.pk])
    said = {"relation": "其母", "note": "王秀兰，居民身份证 11010519491231002X"}
    assert act(season, Verb.COLLECT, [other.pk], handover="proxy", **said).done == 1


def test_七_3_a_proxy_says_what_he_is_to_the_student_and_is_not_the_student(season):
    files = [candidate_at(season, Stage.RECEIVED), candidate_at(season, Stage.RECEIVED)]
    ids = [file.pk for file in files]
    register(ids)
    Student.objects.filter(pk=files[1].student_id).update(
        name="王安宁", id_hash=key_ring().digest("11010519491231002X")
    )
    mother = {"relation": "其母", "note": "王秀兰，护照 E12345678"}
    oneself = "写的是学生本人；本人来领的，领取方式选「本人」"
    asked = "代领须写明代领人与学生的关系（如母亲、同学、班主任）："
    for said, wrong in (
        ({**mother, "relation": ""}, f"{asked}没有写与学生的关系"),
        ({**mother, "relation": "本人"}, f"{asked}{oneself}"),
        ({"relation": "同学", "note": "王安宁本人，护照 E12345678"}, f"王安宁的代领人{oneself}"),
        (
            {"relation": "同学", "note": "王平，身份证 110105 19491231 002x"},
            "王安宁的代领人写的是学生本人的证件号码；请对照代领人的证件原件填写",
        ),
    ):
        with pytest.raises(Refused) as refused:
            act(season, Verb.COLLECT, ids, handover="proxy", **said)
        assert str(refused.value) == wrong
    assert act(season, Verb.COLLECT, ids[:1], handover="proxy", relation="其母").by_code == {
        "PROXY": 1
    }
    assert act(season, Verb.COLLECT, ids[:1], relation="其母").by_code == {"HANDOVER-MORE": 1}
    assert act(season, Verb.COLLECT, ids, handover="proxy", **mother).done == 2
    assert set(Event.objects.filter(verb="collect").values_list("note", flat=True)) == {
        "其母 王秀兰，护照 E1*****78"
    }


def test_七_4_what_is_dated_ahead_is_sent_and_handed_over_with_a_warning(season):
    """The day on the certificate is 2023-07-20."""
    file, late = candidate_at(season, Stage.CERTIFIED), candidate_at(season, Stage.RECEIVED)
    register([file.pk, late.pk])
    told = {}
    for verb in (Verb.SHIP, Verb.RECEIVE, Verb.COLLECT):
        assert act(season, verb, [file.pk]).done == 1
        told[verb] = [found.code for found in stored(Event.objects.latest("id").findings)]
    assert told == {Verb.SHIP: ["ISSUE-DAY"], Verb.RECEIVE: [], Verb.COLLECT: ["ISSUE-DAY"]}
    event = Event.objects.latest("id")
    assert stored(event.findings)[0].sentence == "证书上的发证日期是 2023-07-20，今天是 2023-07-12"
    set_clock("2023-07-20 09:00")
    assert act(season, Verb.COLLECT, [late.pk]).warned == 0


def test_五_1_what_nobody_has_recorded_is_not_called_missing(season):
    """No page records arrivals yet: a policy that blocks would stop everybody for ever, one that warns would cry wolf."""
    first, second, third = walk(season, enrol(season, 3), Stage.CERTIFIED)
    set_clock("2023-07-20 09:00")  # the day on the certificates
    done = act(season, Verb.SHIP, [first])
    assert (done.done, done.warned, Event.objects.latest("id").findings) == (1, 0, "[]")
    blocked = {**season.batch.policy.source, "incomplete_archive": "block"}
    batches.load(blocked, season.staff.hq.pk)
    season.batch.refresh_from_db()
    assert act(season, Verb.SHIP, [second], tracking="SF2").done == 1
    assert [found.code for found in stored(Event.objects.latest("id").findings)] == [
        "DOSSIER-UNKNOWN"
    ]
    Document.objects.create(candidate_id=first, kind="transcript", ready_at=clock.now())
    assert refusals(act(season, Verb.SHIP, [third], tracking="SF3")) == {third: ["DOSSIER"]}
    lists = [
        list(Candidate.objects.filter(stations.archived(there)).values_list("id", flat=True))
        for there in (True, False)
    ]
    assert lists == [[], [first, second, third]]
    Document.objects.all().delete()
    assert not Candidate.objects.filter(
        stations.archived(False) | stations.lacking("transcript")
    ).exists()
