"""签领表 and 装箱单 that a later run does not make any more: they go, whether that run prints somebody else or nobody at all."""

import json

import pytest

from graduand.models import Candidate, Certificate, Grant, Student
from graduand.papers.printed.print_folder import LEDGER, PrintFolder
from graduand.rulebook.terms import Role, Stage, Verb
from tests import people
from tests.acting import act
from tests.factories import make_season
from tests.office.papers.print_runs import PACKING, SIGN_OFF, at, names, print_file
from tests.papers import reading

pytestmark = pytest.mark.django_db
MARKS = "因遗失作废", "已作废", "已取出"


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_season()


def void(season, ids, reason="details"):
    assert act(
        season, Verb.VOID, ids, second=season.staff.second, reason=reason, note="姓名有误"
    ).done == len(ids)


def recall(season, ids):
    assert act(season, Verb.RECALL, ids, reason="other", note="寄错").done == len(ids)


def send_back(season, ids):
    by_two = {"second": season.staff.second, "reason": "details", "note": "有误"}
    back = act(season, Verb.SEND_BACK, ids, season.staff.hq, **by_two)
    assert (back.by_code, back.done) == ({}, len(ids))


def before_it_was_noted(folder):
    """The ledger as the program kept it before it said of what a file is."""
    lines = [json.loads(line)[:3] for line in (folder / LEDGER).read_bytes().splitlines() if line]
    (folder / LEDGER).write_text("".join(f"\n{json.dumps(line)}\n" for line in lines))


def beside(path):
    """What stands beside each name of a list, by file, in the order of the list."""
    marks, last = {}, 0
    of = dict(Candidate.objects.values_list("student__number", "id"))
    for line in reading.text(path).splitlines():
        if number := next((one for one in of if one in line), None):
            last = of[number]
            marks[last] = ""
        if mark := next((word for word in MARKS if f"【{word}】" in line), ""):
            marks[last] = mark
    return marks


@pytest.mark.parametrize("upgraded", [False, True])
@pytest.mark.parametrize("kind", [SIGN_OFF, PACKING])
def test_a_list_goes_with_the_number_of_the_only_one_on_it(season, tmp_path, kind, upgraded):
    [voided], _ = at(season), at(season, centre=1)
    print_file(season, kind, tmp_path)
    assert names(tmp_path, kind) == ["C1.pdf", "C2.pdf"]
    if upgraded:
        before_it_was_noted(tmp_path / kind.label)
    void(season, [voided])
    tally = print_file(season, kind, tmp_path)
    assert (names(tmp_path, kind), tally.refused) == (["C2.pdf"], 0)


@pytest.mark.parametrize("narrowed", [False, True])
def test_it_goes_though_nobody_at_all_is_printed(season, tmp_path, narrowed):
    """Taken back from the number and from 准予毕业: nobody of the centre is asked about any more."""
    ids = at(season)
    print_file(season, SIGN_OFF, tmp_path)
    void(season, ids)
    send_back(season, ids)
    where = {"centre": season.centres[0]} if narrowed else {}
    tally = print_file(season, SIGN_OFF, tmp_path, **where)
    assert (tally.people, names(tmp_path, SIGN_OFF)) == (0, [])


def test_六_the_list_of_a_parcel_that_was_taken_back_goes(season, tmp_path):
    first, second = at(season, Stage.SHIPPED, 2)
    print_file(season, PACKING, tmp_path)
    [sealed] = names(tmp_path, PACKING)
    recall(season, [first])
    print_file(season, PACKING, tmp_path)
    assert names(tmp_path, PACKING) == sorted([sealed, "C1.pdf"])
    assert beside(tmp_path / "装箱单" / sealed) == {first: "已取出", second: ""}
    recall(season, [second])
    print_file(season, PACKING, tmp_path)
    assert names(tmp_path, PACKING) == ["C1.pdf"]


def test_六_the_list_of_a_sealed_parcel_keeps_its_lines_and_says_what_became_of_them(
    season, tmp_path
):
    """The receiver counts by it; who travels in a later parcel stands on both lists."""
    ids = recalled, voided, lost, _ = at(season, Stage.SHIPPED, 4)
    old = dict(Certificate.objects.values_list("candidate_id", "number"))
    print_file(season, PACKING, tmp_path)
    [sealed] = names(tmp_path, PACKING)
    recall(season, [recalled])
    void(season, [voided])
    void(season, [lost], "lost")
    act(season, Verb.SHIP, [recalled], tracking="SF9")
    print_file(season, PACKING, tmp_path, round_name="首批", centre=season.centres[0])
    listed = tmp_path / "装箱单" / sealed
    assert beside(listed) == dict(zip(ids, ("已取出", "已作废", "因遗失作废", ""), strict=True))
    assert [old[pk] in reading.flat(listed) for pk in ids] == [True] * 4
    assert "共1人，另有已作废1本" in reading.flat(listed)
    assert "（应为1；另有已作废1本也在包裹里，不计入，退回学院）" in reading.flat(listed)
    [later] = [name for name in names(tmp_path, PACKING) if name.endswith("-SF9.pdf")]
    assert beside(tmp_path / "装箱单" / later) == {recalled: ""}


@pytest.mark.parametrize("merge", [False, True])
def test_六_where_all_was_voided_on_the_way_the_list_says_so(season, tmp_path, merge):
    ids = at(season, Stage.SHIPPED)
    void(season, ids)
    print_file(season, PACKING, tmp_path, merge=merge)
    [name] = names(tmp_path, PACKING)
    assert beside(tmp_path / "装箱单" / name) == {ids[0]: "已作废"}


@pytest.mark.parametrize(("alone", "narrowed"), [(True, False), (False, False), (False, True)])
def test_六_who_is_sent_back_and_belongs_elsewhere_by_now_stays_on_the_list_of_the_parcel(
    season, tmp_path, alone, narrowed
):
    """The certificate lies in the box that is on its way, wherever its student's file is."""
    voided, *others = at(season, Stage.SHIPPED, 1 if alone else 2)
    print_file(season, PACKING, tmp_path)
    [sealed] = names(tmp_path, PACKING)
    void(season, [voided])
    Student.objects.filter(candidates=voided).update(centre=season.centres[1])
    send_back(season, [voided])
    assert Candidate.objects.get(pk=voided).centre == season.centres[1]
    print_file(season, PACKING, tmp_path, season.staff.clerks[0] if narrowed else season.staff.hq)
    assert names(tmp_path, PACKING) == [sealed]
    assert beside(tmp_path / "装箱单" / sealed) == {voided: "已作废"} | dict.fromkeys(others, "")


def test_what_was_counted_in_before_it_was_taken_out_has_been_signed_for(season, tmp_path):
    ids = at(season, Stage.RECEIVED, 3)
    recall(season, ids[:1])
    void(season, ids[1:2])
    print_file(season, PACKING, tmp_path)
    [sealed] = [name for name in names(tmp_path, PACKING) if name != "C1.pdf"]
    listed = tmp_path / "装箱单" / sealed
    assert beside(listed) == dict(zip(ids, ("已取出", "已作废", ""), strict=True))
    assert "（应为3）" in reading.flat(listed)


def test_六_the_list_of_a_parcel_names_the_certificate_that_was_packed(season, tmp_path):
    """Not the one that was made after it: the two lie in different places."""
    [pk] = at(season, Stage.SHIPPED)
    void(season, [pk])
    assert act(season, Verb.CERTIFY, [pk]).done == 1
    first, second = Certificate.objects.order_by("id").values_list("number", flat=True)
    print_file(season, PACKING, tmp_path)
    [sealed] = [name for name in names(tmp_path, PACKING) if name != "C1.pdf"]
    listed = reading.flat(tmp_path / "装箱单" / sealed)
    assert (first in listed, second in listed) == (True, False)


def test_the_list_to_pack_by_goes_when_all_is_packed(season, tmp_path):
    ids = at(season)
    print_file(season, PACKING, tmp_path)
    assert act(season, Verb.SHIP, ids, tracking="SF1").done == 1
    print_file(season, PACKING, tmp_path)
    [sealed] = names(tmp_path, PACKING)
    assert sealed.endswith("-SF1.pdf")


def test_what_another_question_has_made_stays(season, tmp_path):
    """Of another centre, of a round, and what nobody printed here; each of them goes by its own question."""
    [voided], _ = at(season), at(season, centre=1)
    print_file(season, SIGN_OFF, tmp_path, round_name="首批")
    (tmp_path / "签领表" / "备忘.pdf").write_bytes(b"mine")
    void(season, [voided])
    print_file(season, SIGN_OFF, tmp_path, centre=season.centres[1])
    assert names(tmp_path, SIGN_OFF) == ["C1.pdf", "C2.pdf", "备忘.pdf"]
    print_file(season, SIGN_OFF, tmp_path)
    assert names(tmp_path, SIGN_OFF) == ["C1.pdf", "C2.pdf", "备忘.pdf"]
    print_file(season, SIGN_OFF, tmp_path, round_name="首批")
    assert names(tmp_path, SIGN_OFF) == ["C2.pdf", "备忘.pdf"]


@pytest.mark.parametrize(("first", "then"), [("centre", "B1"), ("B1", "centre"), ("B1", "B2")])
def test_a_teachers_list_of_own_classes_and_that_of_the_centre_do_not_take_each_other_away(
    season, tmp_path, first, then
):
    """They bear the same name: who prints nobody has taken nothing of the other's back."""
    ids, who = at(season, count=2), {"centre": season.staff.clerks[0]}
    for pk, code in zip(ids, ("B1", "B2"), strict=True):
        Student.objects.filter(candidates=pk).update(class_code=code)
        who[code] = people.account(f"teacher-{code}", Role.CLASS_TEACHER, season.centres[0])
        Grant.objects.filter(user=who[code]).update(classes=code)
    assert print_file(season, SIGN_OFF, tmp_path, who[first]).people == (
        2 if first == "centre" else 1
    )
    void(season, ids)
    print_file(season, SIGN_OFF, tmp_path, who[then])
    assert names(tmp_path, SIGN_OFF) == ["C1.pdf"]
    print_file(season, SIGN_OFF, tmp_path, who[first])
    assert names(tmp_path, SIGN_OFF) == []


def test_what_is_kept_is_noted_from_now_on(season, tmp_path):
    at(season)
    print_file(season, SIGN_OFF, tmp_path)
    before_it_was_noted(tmp_path / "签领表")
    assert PrintFolder(tmp_path / "签领表").of([""]) == ["C1.pdf"]
    assert print_file(season, SIGN_OFF, tmp_path).unchanged == 1
    assert PrintFolder(tmp_path / "签领表").of(["202307/C1//"]) == ["C1.pdf"]


def test_the_control_where_nothing_is_looked_for_the_old_list_stays(season, tmp_path, monkeypatch):
    [voided], _ = at(season), at(season, centre=1)
    print_file(season, SIGN_OFF, tmp_path)
    monkeypatch.setattr(PrintFolder, "of", lambda _shelf, _wanted: [])
    void(season, [voided])
    print_file(season, SIGN_OFF, tmp_path)
    assert names(tmp_path, SIGN_OFF) == ["C1.pdf", "C2.pdf"]
