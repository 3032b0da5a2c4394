"""In a real browser: the card that says who brought each fact, and the page of imports of whoever may import little."""

from pathlib import Path

import pytest
from django.conf import settings as conf

from graduand.gateways import hashed_files
from graduand.models import PhotoRow
from graduand.rulebook.terms import SheetKind, Verb
from tests.journeys.test_axe import violations
from tests.material import portraits
from tests.pages.records.test_provenance import bring
from tests.pages.world import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def season(transactional_db, settings, tmp_path):
    """A file that waits at the college; the college brought its marks, headquarters the registry's word."""
    from tests.pages.world import build  # a conftest is read before Django's apps are ready

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SECOND_FACTOR = "optional"
    world = build()
    student = world.student(1, name="卫画晴")
    PhotoRow.objects.update(
        sha256=hashed_files.keep(Path(conf.MEDIA_ROOT) / "photos", portraits.face(2))
    )
    world.judge()
    world.do("a", Verb.APPLY, student, same_checked=True)
    bring(world, tmp_path, SheetKind.RESULTS, "college")
    bring(world, tmp_path, SheetKind.CHSI, "hq")
    return world


@pytest.mark.parametrize("browser", ["desk", "phone"], indirect=True)
def test_the_desk_says_who_brought_each_fact_and_the_imports_say_who_brings_the_rest(
    season, walk, request
):
    size = request.node.callspec.params["browser"]
    walk.sign_in("college", PASSWORD)
    file = season.batch.candidates.get()
    for name, page in (
        ("desk", f"/reviews/{file.pk}"),
        ("student", f"/candidates/{file.pk}"),
        ("new", "/imports/new"),
    ):
        walk.go(page)
        walk.keep(f"facts-{name}-{size}")
        assert (name, walk.sticks_out(), violations(walk.driver)) == (name, 0, [])
    walk.go(f"/reviews/{file.pk}")
    assert [one.text for one in walk.all(".brought .own")] == ["您导入的"] * 3
    walk.press(".brought a[href^='/imports/records/']")
    assert walk.holds("h1", "成绩.csv")
