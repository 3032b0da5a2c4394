"""The invented students: nobody twice, every trouble somebody's, pictures of nobody."""

import io

from PIL import Image

from graduand.demo import fates, people, portraits
from graduand.demo.people import Trouble
from graduand.rulebook.identity.id_documents import id_problems
from graduand.rulebook.terms import IdKind, Sex


def problems(person):
    """What the checks of the 证件 say of an invented number."""
    return id_problems(IdKind.RESIDENT, person.id_no, person.birth, Sex.of(person.sex))


def test_the_smallest_season_has_every_trouble():
    invented = people.invent(60)
    assert (
        len(invented) == len({p.number for p in invented}) == len({p.name for p in invented}) == 60
    )
    assert {p.trouble for p in invented} == {None, *Trouble}
    assert {p.centre for p in invented} == {f"310{n}" for n in range(1, 7)}


def test_the_same_size_is_the_same_season():
    assert people.invent(80) == people.invent(80)


def test_numbers_of_persons_are_in_order_but_for_the_troubled():
    for person in people.invent(600):
        assert bool(problems(person)) == (person.trouble is Trouble.ID), person.number


def test_every_fate_has_somebody():
    invented = people.invent(600)
    fates.decide(invented)
    named = {p.fate for p in invented}
    assert named == {
        "",
        "late",
        "second",
        "listed",
        "endorsed2",
        "approved2",
        "certified",
        "shipped",
        "received",
        "collected",
        *fates._RARE,
    }
    assert all(p.fate in ("", "late") for p in invented if p.trouble)


def test_portraits_are_small_different_and_always_the_same():
    drawn = [portraits.portrait(f"2113101{n:06}", woman=n % 2 == 0) for n in range(12)]
    assert len(set(drawn)) == 12
    assert drawn[0] == portraits.portrait("2113101000000", woman=True)
    assert all(20_000 <= len(data) <= 50_000 for data in drawn), [len(data) for data in drawn]
    picture = Image.open(io.BytesIO(drawn[0]))
    assert (picture.format, picture.size, picture.mode) == ("JPEG", (480, 640), "RGB")
    red, green, blue = picture.getpixel((20, 20))
    assert blue > green > red
