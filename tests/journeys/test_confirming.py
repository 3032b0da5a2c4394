"""The dialog of an act in a real window: it names, it freezes, and after 完成 nothing stale stays behind it."""

import pytest

from graduand.models import Act, Certificate, Event, Outgoing
from graduand.rulebook.terms import Verb
from tests import jobs
from tests.pages.stations import bring
from tests.pages.world import PASSWORD

pytestmark = pytest.mark.browser
WIDTHS = ["desk", "laptop", "phone"]
# A name that is broken into two lines is higher than this many pixels.
ONE_LINE = 30


def left() -> list[str]:
    """What has left so far, whole."""
    return list(
        Outgoing.objects.filter(end__state="written")
        .order_by("serial")
        .values_list("listing", flat=True)
    )


def students(season):
    files = season.batch.candidates.select_related("student").order_by("student__number")
    return [file.student for file in files]


def sent_back(season):
    """The first student was filed, and sent back for the picture."""
    season.do("a", Verb.APPLY, students(season)[0])
    note = "背景不是蓝色，请重新拍摄后再提交"
    season.do("college", Verb.SEND_BACK, students(season)[0], reason="photo", note=note)


def leave_the_dialog(walk):
    """The page is loaded anew when the dialog is left."""
    walk.driver.execute_script("window.before = true")
    walk.press("dialog footer .btn.main")
    walk._wait(
        lambda driver: driver.execute_script("return window.before === undefined"), "the page anew"
    )


@pytest.mark.parametrize("browser", WIDTHS, indirect=True)
def test_the_dialog_names_freezes_and_leaves_nothing_stale(season, walk, request):
    size = request.node.callspec.params["browser"]
    sent_back(season)
    walk.sign_in("a", PASSWORD)
    walk.go("/candidates")
    walk.press("[data-everybody]")
    walk.press("button[value=apply]")
    assert walk.says("dialog .figs", "已选 15 可以提交 13 将跳过 2")
    assert walk.holds("dialog", "其中 1 人是重新提交")
    walk.keep(f"confirm-{size}")
    walk.press("dialog button[form=a-skipped]")
    walk._wait(lambda _driver: left() == ["skipped"], "the list of who will be skipped")
    assert all(name.size["height"] < ONE_LINE for name in walk.all("dialog .people a"))
    # somebody is applied for in another tab while the dialog is open
    season.do("a", Verb.APPLY, students(season)[1])
    walk.press("dialog [name=same_checked]")
    walk.press("dialog footer .btn.main")
    walk.until("dialog #job")
    assert jobs.work_once("worker")
    assert walk.says("dialog #job .figs", "成功 12 未通过 2 无需办理 1 共 15")
    walk.keep(f"result-{size}")
    walk.press("dialog form[action$='/refused.xlsx'] button")
    walk._wait(
        lambda _driver: left() == ["skipped", "act-refused"], "the list of who was left behind"
    )
    assert walk.says(
        "dialog #job .figs", "成功 12 未通过 2 无需办理 1 共 15"
    )  # the dialog stays as it was
    assert all(
        name.size["height"] < ONE_LINE
        for name in walk.all("dialog .people a")
        if name.is_displayed()
    )
    assert (Act.objects.latest("id").total, Event.objects.filter(verb="apply").count()) == (15, 14)
    leave_the_dialog(walk)
    walk.go(f"/jobs/act/{Act.objects.latest('id').pk}")
    walk.keep(f"result-page-{size}")
    assert walk.sticks_out() == 0


@pytest.mark.parametrize("browser", ["desk", "phone"], indirect=True)
def test_a_link_to_one_file_opens_its_dialog_and_a_waybill_stands_for_each_centre(
    season, walk, request
):
    size = request.node.callspec.params["browser"]
    people = students(season)
    here, there = people[:3], [people[-1]]
    for name, some in (("a", here), ("b", there)):
        season.do(name, Verb.APPLY, *some)
    season.do("college", Verb.ENDORSE, *here, *there)
    season.do("hq", Verb.APPROVE, *here, *there)
    from graduand.office.season import batches  # the roster is frozen before numbers are given

    batches.freeze_roster(season.batch, season.users["hq"].pk)
    season.do("hq", Verb.CERTIFY, *here, *there)
    walk.sign_in("college", PASSWORD)
    walk.go("/certificates?stage=certified&void=0")
    walk.press("[data-everybody]")
    walk.press("button[value=ship]")
    assert walk.says("dialog .figs", "已选 4 可以提交 4 将跳过 0")
    assert len(walk.all("dialog .waybills tbody tr")) == 2
    walk.keep(f"waybills-{size}")
    walk.press("dialog [data-close]")
    walk.go(f"/candidates/{season.file(here[0]).pk}")
    walk.press("a.btn[href*='verb=ship']")
    assert walk.says("dialog .figs", "已选 1 可以提交 1 将跳过 0")


@pytest.mark.parametrize("browser", WIDTHS, indirect=True)
def test_what_is_reached_in_a_dialog_is_not_under_its_buttons(season, walk):
    season.judge()
    bring(season, Verb.RECEIVE, *students(season)[:2])
    Certificate.objects.update(queryable=True)
    walk.sign_in("a", PASSWORD)
    walk.go("/handovers?stage=received")
    walk.press("[data-everybody]")
    walk.press("button[value=collect]")
    walk.until("dialog[open] input[name=confirmed]")
    under = walk.driver.execute_script("""
      const box = document.querySelector('dialog[open] input[name=confirmed]'), whole = box.closest('dialog');
      whole.scrollTop = 0; box.scrollIntoView({block: 'nearest'});
      return box.getBoundingClientRect().bottom - whole.querySelector('footer').getBoundingClientRect().top;""")
    assert under < 0
