"""The pictures of the invented season: few faces, every picture another, each as good as a drawn one."""

import io

import pytest
from PIL import Image

from graduand.demo import albums, people, portraits
from graduand.gateways.photos.portraits import measure, pixels_of
from graduand.rulebook.photos.judge import judge
from graduand.rulebook.photos.spec import PhotoSpec


def test_no_two_pictures_are_equal_and_the_same_people_look_the_same():
    invented = people.invent(600)
    album, again = albums.Album(invented), albums.Album(invented)
    drawn = [album.portrait(person.number) for person in invented]
    assert len({pixels_of(data) for data in drawn}) == 600
    assert drawn[:40] == [again.portrait(person.number) for person in invented[:40]]
    assert all(20_000 <= len(data) <= 50_000 for data in drawn)
    picture = Image.open(io.BytesIO(drawn[0]))
    assert (picture.format, picture.size, picture.mode) == ("JPEG", portraits.SIZE, "RGB")
    entered = [album.entry_portrait(person.number) for person in invented[:100]]
    assert len({pixels_of(data) for data in entered} - {""}) == 100


@pytest.mark.parametrize("place", [0, 389, albums.CLOTHES - 1])
def test_a_file_put_together_of_two_parts_shows_what_the_whole_picture_shows(place):
    """The upper part is encoded once and the lower one for each clothes; where they meet nothing is to be seen."""
    sitter = albums._sitter("somebody", woman=True)
    paint = Image.new("RGB", portraits.SIZE, albums.colour(place))
    black, white = (
        portraits.clothed("somebody", True, shade) for shade in (portraits.BLACK, portraits.WHITE)
    )
    whole, noise = (
        portraits.with_noise(one, portraits.noise_of("somebody")) for one in (black, paint)
    )
    whole.paste(noise, mask=albums._cloth(black, white))
    at_once = albums._encoded(whole, portraits.QUALITY)
    assert pixels_of(sitter.dressed(place)) == pixels_of(at_once)
    assert sitter.dressed(place)[: len(sitter.upper)] == at_once[: len(sitter.upper)]
    assert pixels_of(albums._encoded(black, portraits.QUALITY)) != pixels_of(at_once)  # the control


def test_clothes_go_round_once_and_then_there_are_new_faces():
    assert len({albums.colour(clothes) for clothes in range(albums.CLOTHES)}) == albums.CLOTHES
    many = albums.FACES * albums.CLOTHES
    looks = [albums._look(place, woman=True) for place in range(many + 1)]
    assert (len(set(looks)), len({look.face for look in looks[:many]})) == (many + 1, albums.FACES)
    assert looks[many].face not in {look.face for look in looks[:many]}


def test_what_is_copied_is_what_would_have_been_measured():
    """Clothes change nothing that is looked at: a face in other clothes is judged as it was in the first ones."""
    spec = PhotoSpec()
    for woman in (False, True):
        for place in range(albums.FACES):
            look = albums._look(place, woman)
            sitter = albums._sitter(look.face, look.woman)
            seen = [
                measure(sitter.dressed(clothes), spec)
                for clothes in (0, 7 + 31 * place, albums.CLOTHES - 1)
            ]
            assert [judge(one.measure, spec).findings for one in seen] == [()] * 3
            tops = [one.measure.portrait.head_top for one in seen]
            assert max(tops) - min(tops) <= 4
