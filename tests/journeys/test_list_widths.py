"""Lists on the screens of an office: at 1440 and at 1366 px no cell lies hidden under a column that
stays in place, and no 班级 is cut.
"""

import pytest

from graduand.models import ChsiReport, IdentityCase, ParcelItem
from graduand.office.season import batches
from graduand.rulebook.terms import Verb
from tests.pages.season.side_by_side.test_side_by_side import load_next
from tests.pages.world import NOON, PASSWORD

pytestmark = pytest.mark.browser

# What lies under a sticky cell while the table is not scrolled: (column, the sticky one). Cut-off
# text counts as cut.
HIDDEN = """
const table = document.querySelector('.sheet table');
if (!table) return [];
const heads = [...table.tHead.rows[0].cells].map(head => head.innerText), found = [];
for (const row of table.tBodies[0].rows) {
  const cells = [...row.cells], stays = cells.filter(cell => getComputedStyle(cell).position === 'sticky');
  for (const cell of cells) {
    if (stays.includes(cell)) continue;
    const range = document.createRange();
    range.selectNodeContents(cell);
    const text = range.getBoundingClientRect(), own = cell.getBoundingClientRect();
    if (!text.width) continue;
    const right = cell.classList.contains('clip') ? Math.min(text.right, own.right) : text.right;
    for (const other of stays) {
      const box = other.getBoundingClientRect();
      const covered = Math.min(right, box.right) - Math.max(text.left, box.left);
      if (covered > 1) found.push([heads[cell.cellIndex], heads[other.cellIndex]]);
    }
  }
}
return found;
"""
# Classes of one subject are told apart by their last letters.
CUT = """
const table = document.querySelector('.sheet table');
if (!table) return [];
const heads = [...table.tHead.rows[0].cells].map(head => head.innerText.trim());
return [...table.tBodies[0].rows].map(row => row.cells[heads.indexOf('班级')])
  .filter(cell => cell && cell.scrollWidth > cell.clientWidth).map(cell => cell.innerText);
"""
LISTS = (
    "/candidates?batch=202307",
    "/candidates?batch=202307&stage=listed",
    "/candidates?batch=202307&stage=applied",
    "/candidates?batch=open",
    "/lots",
    "/identity",
    "/students",
    "/photos",
    "/archives",
    "/parcels",
    "/handovers",
    "/certificates",
    "/jobs",
    "/imports",
    "/differences",
)
REVIEWS = ("/reviews?batch=202307", "/photos/review", "/rosters")


@pytest.fixture
def busy(season):
    """Somebody on every list, and a second batch."""
    students = [candidate.student for candidate in season.batch.candidates.order_by("number")[:7]]
    season.do("a", Verb.APPLY, *students)
    season.do("college", Verb.ENDORSE, *students[2:])
    season.do("hq", Verb.APPROVE, *students[3:])
    batches.freeze_roster(season.batch, season.users["hq"].pk)
    season.do("hq", Verb.CERTIFY, *students[4:])
    season.do("college", Verb.SHIP, *students[5:], carrier="邮政", tracking="YZ1")
    season.do("a", Verb.RECEIVE, *students[6:])
    IdentityCase.objects.create(student=students[0], verdict="unsure", opened_at=NOON)
    ChsiReport.objects.create(
        student=students[0],
        day=NOON.date(),
        admission_photo=True,
        credential_photo=True,
        verdict="unsure",
    )
    load_next()
    return season


@pytest.mark.parametrize(
    ("name", "lists"), [("a", LISTS), ("college", (*LISTS, *REVIEWS)), ("hq", (*LISTS, *REVIEWS))]
)
def test_nothing_lies_under_a_column_that_stays(busy, walk, name, lists):
    walk.sign_in(name, PASSWORD)
    hidden, cut = {}, {}
    for width in (1440, 1366):
        size = {"width": width, "height": 768, "deviceScaleFactor": 1, "mobile": False}
        walk.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        for page in lists:
            walk.go(page)
            found = walk.driver.execute_script(HIDDEN)
            if found:
                hidden[page, width] = sorted({tuple(pair) for pair in found})
            if short := walk.driver.execute_script(CUT):
                cut[page, width] = short
    assert (hidden, cut) == ({}, {})


# Cells of the parcel's table that lie off the screen, or under nothing one could scroll: their words.
OFF_SCREEN = """
const found = [];
for (const cell of document.querySelectorAll('.inside tbody td')) {
  const box = cell.getBoundingClientRect();
  if (box.width && box.right > window.innerWidth) found.push(cell.innerText);
}
return found;
"""


@pytest.mark.parametrize("browser", ["phone"], indirect=True)
def test_on_a_phone_a_parcel_shows_who_and_what_the_counting_said_without_scrolling(busy, walk):
    """The name, the state and the box to tick were off to the right."""
    walk.sign_in("a", PASSWORD)
    walk.go(f"/parcels/{ParcelItem.objects.latest('id').parcel_id}")
    assert (walk.sticks_out(), walk.driver.execute_script(OFF_SCREEN)) == (0, [])
    item = ParcelItem.objects.filter(open=True).select_related("candidate__student").first()
    assert item is not None
    shown = " ".join(one.text for one in walk.all(".inside tbody tr"))
    assert [word in shown for word in (item.candidate.student.name, "未清点")] == [True, True]
