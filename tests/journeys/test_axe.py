"""axe on every page of every desk at both widths: no violation at all; faults that are planted are all found."""

import os
from importlib.resources import files
from pathlib import Path

import pytest
from django.test import Client
from selenium.webdriver.support.ui import WebDriverWait

from graduand import urls
from graduand.models import Act, Candidate, IdentityCase, Intake, Job, Parcel
from graduand.office import acts
from graduand.office.season import batches
from graduand.pages.door.access import rule_of
from graduand.rulebook.terms import Verb
from tests import jobs
from tests.conftest import WINDOW
from tests.pages.conftest import prove
from tests.pages.world import NOON, account_for

pytestmark = pytest.mark.browser

# A newer axe than the package carries can be tried with GRADUAND_AXE=/path/to/axe.min.js.
AXE = Path(
    os.environ.get("GRADUAND_AXE") or str(files("axe_core_python") / "axe.min.js")
).read_text(encoding="utf-8")
TELL = """
const done = arguments[arguments.length - 1];
const look = async (where, how) => (await axe.run(where, {resultTypes: ["violations"], ...how})).violations.map((v) =>
  v.id + ": " + v.nodes.map((n) => n.target.join(" ") + " " + n.failureSummary).join(" | "));
"""
LOOK = f"{TELL} look(document, {{}}).then(done);"
# Opened, the page is looked at by every rule again. Colours, which take most of the time, only
# where something came out: those around it are as they were.
LOOK_OPENED = f"""{TELL}
const closed = [...document.querySelectorAll("details:not([open])")];
for (const part of closed) part.open = true;
(async () => closed.length === 0 ? [] : [
  ...await look(document, {{rules: {{"color-contrast": {{enabled: false}}}}}}),
  ...await look({{include: closed}}, {{runOnly: ["color-contrast"]}}),
])().then(done);
"""
# What leads nowhere by looking: the sign-in's own steps, which have tests of their own.
NOT_LOOKED_AT = ("login", "logout", "activate", "account/again", "alive")
WIDTHS = ["desk", "phone"]


@pytest.fixture
def lively(season):
    """Something on every list of every desk."""
    students = [
        c.student
        for c in Candidate.objects.filter(centre__code="101")
        .order_by("id")
        .select_related("student")
    ]
    season.do("a", Verb.APPLY, *students[:9])
    season.do("college", Verb.ENDORSE, *students[1:8])
    season.do("college", Verb.SEND_BACK, students[0], reason="photo", note="背景不是蓝色")
    season.do("hq", Verb.APPROVE, *students[2:8])
    batches.freeze_roster(season.batch, season.users["hq"].pk)
    season.do("hq", Verb.CERTIFY, *students[3:8])
    season.do("college", Verb.SHIP, *students[4:8], carrier="邮政", tracking="YZ1")
    season.do("a", Verb.RECEIVE, *students[5:8])
    IdentityCase.objects.create(student=students[9], verdict="unsure", opened_at=NOON)
    Intake.objects.create(
        kind="students",
        name="名单.xlsx",
        sha256="0" * 64,
        trial=False,
        by=season.users["a"],
        at=NOON,
    )
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        ids = list(Candidate.objects.filter(centre__code="101").values_list("id", flat=True))
        acts.confirm(
            season.batch,
            ids,
            season.actor(name),
            acts.ActRequest(verb, answers={"note": ""}),
            job=True,
        )
    acts.resume(season.batch)
    stopped = jobs.order_audit(season.batch, season.users["hq"].pk)
    jobs.stop(stopped.pk, season.actor("hq"))
    account_for(season, students[0])
    return season


def samples(name):
    """An object of each kind that the person may open, for addresses with a number in them."""
    file = Candidate.objects.filter(
        stage={"college": "applied", "hq": "endorsed"}.get(name, "returned")
    ).first()
    return {
        "candidates/<int:pk>": file,
        "reviews/<int:pk>": file,
        "parcels/<int:pk>": Parcel.objects.first(),
        "identity/<int:pk>": IdentityCase.objects.first(),
    }


def works(name):
    """The page of an act and of a stopped job of the person's."""
    act = Act.objects.filter(actor__username=name).last()
    stopped = Job.objects.filter(by__username=name, kind="audit").first()
    if act is not None:
        yield f"/jobs/act/{act.pk}"
    if stopped is not None:
        yield f"/jobs/audit/{stopped.subject}"


def addresses(name):
    """Every page of ours that can be looked at, with the objects of `samples` in it."""
    known = samples(name)
    for route in urls.urlpatterns:
        pattern, rule = str(route.pattern), rule_of(route.callback)
        if pattern in NOT_LOOKED_AT or (rule is not None and "GET" not in rule.methods):
            continue
        if "<" not in pattern:
            yield f"/{pattern}"
        elif known.get(pattern) is not None:
            yield "/" + pattern.replace("<int:pk>", str(known[pattern].pk))
    yield from works(name)
    yield from EXTRA.get(name, ())


EXTRA = {
    "a": (
        "/candidates/confirm?verb=apply&all=1",
        "/candidates/confirm?verb=defer&all=1",
        "/candidates?stage=received",
        "/candidates/confirm?verb=collect&all=1&stage=received",
        "/candidates?photo=0&fit=1&sort=-number",
        "/nowhere",
    ),
    "college": (
        "/candidates/confirm?verb=send_back&all=1",
        "/certificates?stage=certified&void=0",
        "/candidates/confirm?verb=ship&all=1&list=certificates&stage=certified",
    ),
    "hq": ("/candidates/confirm?verb=certify&all=1&stage=approved",),
}


def entered(browser, live_server, world, name):
    """Sign the window in by the cookie of a client that has shown its second factor; returns the client."""
    client = Client()
    client.force_login(world.users[name])
    prove(client, world.users[name])
    browser.get(f"{live_server.url}/alive")
    cookie = client.cookies["sessionid"]
    browser.add_cookie({"name": "sessionid", "value": cookie.value, "path": "/"})
    return client


def reached(client, address):
    """The page that an address leads to: a confirmation's is made by a press."""
    confirm, _, meant = address.partition("/candidates/confirm?")
    if confirm or not meant:
        return address
    return client.post("/candidates/picks", {"meant": meant}).headers.get("Location", address)


def violations(browser, look=LOOK):
    """What axe says against the page as it stands, or with all that folds opened."""
    if not browser.execute_script("return 'axe' in window"):
        browser.execute_script(AXE)
    return browser.execute_async_script(look)


def widen(browser, width):
    """The window at a width of WINDOW; load the page after it, for scripts ask for the width once."""
    size = dict(zip(("width", "height"), WINDOW[width], strict=True))
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", size | {"deviceScaleFactor": 1, "mobile": False}
    )


def pages(client, name):
    """Addresses of `addresses` under which this person sees a page."""
    for page in dict.fromkeys(reached(client, address) for address in addresses(name)):
        answer = client.get(page)
        if answer.status_code == 302 or not answer.headers.get("Content-Type", "").startswith(
            "text/html"
        ):
            continue
        if answer.status_code == 404 and page != "/nowhere":
            continue  # another desk's page
        yield page


@pytest.mark.parametrize("name", ["a", "college", "hq", "student", "auditor"])
def test_no_page_of_this_desk_has_a_violation(lively, browser, live_server, settings, name):
    settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE = "sessionid", False
    client = entered(browser, live_server, lively, name)
    looked, found = [], {}
    for page in pages(client, name):
        looked.append(page)
        for width in WIDTHS:
            widen(browser, width)
            browser.get(live_server.url + page)
            if wrong := violations(browser):
                found[width, page] = wrong
            if wrong := violations(browser, LOOK_OPENED):
                found.setdefault((width, f"{page} (all open)"), wrong)
    assert found == {}
    assert len(looked) >= {"student": 1, "auditor": 2}.get(name, 15)


def test_nobody_signed_in_sees_a_page_without_a_violation(lively, browser, live_server):
    found = {}
    for width in WIDTHS:
        widen(browser, width)
        for page in ("/login", "/activate", "/nowhere"):
            browser.get(live_server.url + page)
            if wrong := violations(browser):
                found[width, page] = wrong
    assert found == {}


@pytest.mark.parametrize("browser", WIDTHS, indirect=True)
def test_the_confirming_dialog_has_no_violation(lively, browser, live_server, settings):
    settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE = "sessionid", False
    entered(browser, live_server, lively, "a")
    browser.get(f"{live_server.url}/candidates?stage=listed")
    for selector in ("[data-all-page]", "button[value=apply]"):
        browser.execute_script("document.querySelector(arguments[0]).click()", selector)
    WebDriverWait(browser, 15).until(
        lambda driver: driver.execute_script("return document.querySelector('dialog').open")
    )
    assert violations(browser) == []


PLANTED = """
const main = document.querySelector("main");
const add = (html) => { const box = document.createElement("div"); box.innerHTML = html; main.append(...box.childNodes); };
add('<img src="/static/ui/mark.svg">');
add('<input type="text" id="planted-field">');
add('<button type="button"></button>');
add('<a href="/candidates"></a>');
add('<p class="planted">灰得看不清</p>');
add('<ul><div>不是列表项</div></ul>');
add('<select></select>');
add('<table><tr><th scope="banana">标题</th></tr></table>');
const sheet = new CSSStyleSheet();
sheet.replaceSync(".planted { color: #bbb; background: #fff; }");
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
document.documentElement.removeAttribute("lang");
document.title = "";
"""
FOUND = {
    "image-alt",
    "label",
    "button-name",
    "link-name",
    "color-contrast",
    "list",
    "select-name",
    "html-has-lang",
    "document-title",
    "scope-attr-valid",
}


def test_the_control_every_planted_fault_is_found(lively, browser, live_server, settings):
    settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE = "sessionid", False
    entered(browser, live_server, lively, "a")
    for width in WIDTHS:
        widen(browser, width)
        browser.get(f"{live_server.url}/candidates")
        assert (width, violations(browser)) == (width, [])
        browser.execute_script(PLANTED)
        found = {line.partition(":")[0] for line in violations(browser)}
        assert (width, FOUND - found) == (width, set())


FOLDED = """
const part = document.createElement("details");
part.innerHTML = '<summary>更多</summary><p>灰得看不清</p><input type="text">';
Object.assign(part.querySelector("p").style, {color: "#bbb", background: "#fff"});
document.querySelector("main").append(part);
"""


def test_the_control_faults_in_what_comes_out_when_it_is_opened_are_found(
    lively, browser, live_server, settings
):
    settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE = "sessionid", False
    entered(browser, live_server, lively, "a")
    for width in WIDTHS:
        widen(browser, width)
        browser.get(f"{live_server.url}/candidates")
        assert (width, violations(browser, LOOK_OPENED)) == (width, [])
        browser.execute_script(FOLDED)
        found = {line.partition(":")[0] for line in violations(browser, LOOK_OPENED)}
        assert (width, found) == (width, {"color-contrast", "label"})
