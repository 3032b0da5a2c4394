"""签领表 and 装箱单 beside whoever is held up: certificates are handed out and packed by what stands on them."""

import pytest

from graduand.models import Candidate
from graduand.queries.dispatch import held_certificates
from graduand.rulebook.papers import printing
from graduand.rulebook.terms import Stage, Verb
from tests import acting
from tests.acting import act, let_stand, refusals
from tests.factories import make_season
from tests.management.calling import graduand
from tests.office.certificates.old_papers.old_papers import amend
from tests.office.certificates.test_held_up import lose
from tests.office.papers.print_runs import (
    PACKING,
    SIGN_OFF,
    at,
    counts,
    names,
    number_of,
    print_file,
    snags,
)
from tests.papers import reading

pytestmark = pytest.mark.django_db


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_season()


def fails(season, pk):
    lose(season, pk)


def in_doubt(season, pk):
    acting.doubt(Candidate.objects.get(pk=pk))


def amended(season, pk):
    acting.register([pk])
    amend(season, [pk], "2023-07-25 09:00", name="李改名")


HELD = {"ISSUED-LOST": fails, "CHSI-DOUBT": in_doubt}


def lines(out, kind, name="C1.pdf"):
    """Whose 学号 stands on a list, with the mark beside it, in order."""
    found = [" ".join(line.split()) for line in reading.text(out / kind.label / name).splitlines()]
    return [line for line in found if line.split() and line.split()[0].isdigit()]


def told(out, kind, *people, name="C1.pdf"):
    said = reading.flat(out / kind.label / name)
    return [number_of(pk) in said for pk in people]


@pytest.mark.parametrize("stage", [Stage.CERTIFIED, Stage.RECEIVED])
@pytest.mark.parametrize("code", HELD)
def test_七_nobody_is_on_the_sign_off_list_whose_certificate_is_not_to_be_handed_out(
    season, tmp_path, code, stage
):
    held, free = at(season, stage, 2)
    print_file(season, SIGN_OFF, tmp_path)
    assert told(tmp_path, SIGN_OFF, held, free) == [True, True]
    HELD[code](season, held)
    tally = print_file(season, SIGN_OFF, tmp_path)
    assert (told(tmp_path, SIGN_OFF, held, free), tally.refused, tally.by_code) == (
        [False, True],
        1,
        {code: 1},
    )
    [row] = tally.snags
    assert (row[0], row[3], row[4], row[7] != "", row[8] != "") == (
        number_of(held),
        code,
        "不能打印",
        True,
        True,
    )
    assert [line[:5] for line in snags(tally.file)[1:]] == [row[:5]]


@pytest.mark.parametrize("stage", [Stage.CERTIFIED, Stage.RECEIVED])
def test_the_lists_on_screen_and_on_paper_hold_up_the_same_people(season, tmp_path, stage):
    ids = at(season, stage, 4)
    for hold, pk in zip((fails, in_doubt, amended), ids, strict=False):
        hold(season, pk)
    left_out = {row[0] for row in print_file(season, SIGN_OFF, tmp_path).snags}
    assert (
        {number_of(pk) for pk in held_certificates.held_up(ids)}
        == left_out
        == {number_of(pk) for pk in ids[:3]}
    )


def test_who_was_let_stand_is_on_it_again(season, tmp_path):
    held, free = at(season, Stage.RECEIVED, 2)
    lose(season, held)
    let_stand(season, [held])
    tally = print_file(season, SIGN_OFF, tmp_path)
    assert (told(tmp_path, SIGN_OFF, held, free), tally.refused) == ([True, True], 0)


@pytest.mark.parametrize("stage", [Stage.CERTIFIED, Stage.RECEIVED])
def test_an_old_paper_is_handed_out_by_no_list(season, tmp_path, stage):
    held, free = at(season, stage, 2)
    amended(season, held)
    code = {Stage.CERTIFIED: "PAPER-REPRINT", Stage.RECEIVED: "PAPER-OLD"}[stage]
    tally = print_file(season, SIGN_OFF, tmp_path)
    assert (told(tmp_path, SIGN_OFF, held, free), tally.by_code) == ([False, True], {code: 1})


def test_who_has_signed_stays_on_it(season, tmp_path):
    held, free = at(season, Stage.COLLECTED, 2)
    print_file(season, SIGN_OFF, tmp_path)
    before = lines(tmp_path, SIGN_OFF)
    in_doubt(season, held)
    assert (counts(print_file(season, SIGN_OFF, tmp_path)), lines(tmp_path, SIGN_OFF)) == (
        (2, 0, 1, 0, 0),
        before,
    )
    assert told(tmp_path, SIGN_OFF, held, free) == [True, True]


@pytest.mark.parametrize("kind", [SIGN_OFF, PACKING])
def test_a_list_on_which_nobody_is_left_goes(season, tmp_path, kind):
    """What lies there would be taken for it; the list of another centre is none of its business."""
    [held], _ = at(season), at(season, centre=1)
    print_file(season, kind, tmp_path)
    assert names(tmp_path, kind) == ["C1.pdf", "C2.pdf"]
    lose(season, held)
    assert (print_file(season, kind, tmp_path).refused, names(tmp_path, kind)) == (1, ["C2.pdf"])


def test_六_a_parcel_that_is_still_to_be_packed_is_packed_without_who_is_held_up(season, tmp_path):
    held, free = at(season, count=2)
    lose(season, held)
    tally = print_file(season, PACKING, tmp_path)
    assert (told(tmp_path, PACKING, held, free), tally.by_code) == (
        [False, True],
        {"ISSUED-LOST": 1},
    )
    assert "共1人" in reading.flat(tmp_path / "装箱单" / "C1.pdf")
    assert refusals(act(season, Verb.SHIP, [held, free])) == {held: ["ISSUED-LOST"]}


@pytest.mark.parametrize("stage", [Stage.SHIPPED, Stage.RECEIVED])
@pytest.mark.parametrize("code", HELD)
def test_六_the_list_of_a_sealed_parcel_has_all_that_is_in_it_and_says_who_is_handed_nothing_yet(
    season, tmp_path, code, stage
):
    held, free = at(season, stage, 2)
    print_file(season, PACKING, tmp_path)
    [name] = names(tmp_path, PACKING)
    assert "暂不发" not in reading.flat(tmp_path / "装箱单" / name)
    before = (tmp_path / "装箱单" / name).read_bytes()
    HELD[code](season, held)
    tally = print_file(season, PACKING, tmp_path)
    said = reading.flat(tmp_path / "装箱单" / name)
    assert (
        told(tmp_path, PACKING, held, free, name=name),
        said.count("暂不发"),
        "共2人" in said,
    ) == ([True, True], 1, True)
    assert (counts(tally), [row[:1] + row[3:5] for row in tally.snags]) == (
        (2, 1, 0, 0, 1),
        [(number_of(held), code, "提醒")],
    )
    assert tally.snags[0][5].startswith(
        "证书在包裹里，先不要发给学生（装箱单上已注明「暂不发」）："
    )
    if code == "ISSUED-LOST":
        let_stand(season, [held])
        print_file(season, PACKING, tmp_path)
        assert (tmp_path / "装箱单" / name).read_bytes() == before


def test_the_command_names_who_is_left_out_and_ends_as_refused(season, tmp_path):
    held, _ = at(season, Stage.RECEIVED, 2)
    lose(season, held)
    answer = graduand("papers", "202307", "--kind", "签领表", "--out", str(tmp_path))
    assert answer.code == 1
    assert f"{number_of(held)} " in answer.err
    assert "总部核实以前不上报、不打印证书，不能寄出和签领" in answer.err


def test_the_control_where_only_the_number_is_looked_at_the_held_certificate_is_on_the_list(
    season, tmp_path, monkeypatch
):
    monkeypatch.setattr(printing, "holding_up", lambda *_asked, **_more: [])
    held, free = at(season, Stage.RECEIVED, 2)
    lose(season, held)
    tally = print_file(season, SIGN_OFF, tmp_path)
    assert (told(tmp_path, SIGN_OFF, held, free), tally.refused) == ([True, True], 0)
