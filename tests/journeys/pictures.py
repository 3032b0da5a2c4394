"""`make pictures`: the pictures of the README, taken from a fresh demo season behind the real server."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.journeys.walking import Walk
from tests.machine import needs

TARGET = Path(__file__).resolve().parents[2] / "docs" / "pictures"
# The desks as the demo prints them: a centre, and the student.
CENTRE = re.compile(r"^(\S+)\s+(\S+)\s+\S+\s+学习中心\s", re.MULTILINE)
STUDENT = re.compile(r"^(\d{10,})\s+(\S+)\s+\S+\s+学生\s", re.MULTILINE)
SIZES = ((1440, 900), (390, 844))
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
)
COLOURS, PATIENCE = 256, 60


@contextmanager
def demo() -> Iterator[tuple[str, str]]:
    """(address, the table of accounts) of a demo in a home of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "GRADUAND_HOME": home, "GRADUAND_DEMO": "1"}
        graduand = [sys.executable, "-m", "graduand.cli"]
        made = subprocess.run(
            [*graduand, "demo"], env=environment, check=True, capture_output=True, text=True
        )
        server = subprocess.Popen(
            [*graduand, "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address)
            yield address, made.stdout
        finally:
            server.terminate()
            server.wait()


def wait_for(address: str) -> None:
    """Until the server answers."""
    for _ in range(PATIENCE * 5):
        try:
            with urlopen(f"{address}/alive"):
                return
        except URLError:
            time.sleep(0.2)
    raise TimeoutError(f"{address} does not answer")


@contextmanager
def window(profile: str) -> Iterator[webdriver.Chrome]:
    """A headless window of its own."""
    options = Options()
    options.binary_location = needs.tool("chromium")
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(needs.tool("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def take(walk: Walk, name: str) -> None:
    """A picture with few colours: a third of the bytes, and nobody sees it."""
    path = walk.keep(name)
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(
            COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        ).save(path, optimize=True)
    print(path.relative_to(TARGET.parents[1]))


def tour(walk: Walk, accounts: str, width: int) -> None:
    """Home, list, confirmation and a student's page of a centre, and the student's own page."""
    walk.sign_in(*CENTRE.search(accounts).groups())
    take(walk, f"home-{width}")
    walk.go("/candidates")
    walk.until("#rows")
    take(walk, f"list-{width}")
    walk.go("/candidates?stage=listed")
    walk.press("[data-all-page]")
    for link in walk.all("[data-all-matching]"):
        if link.is_displayed():
            link.click()
    walk.press("button[value=apply]")
    walk.until("dialog .figs")
    take(walk, f"confirm-{width}")
    walk.go("/candidates?fit=0&stage=listed")
    walk.press("td.name a")
    walk.until("#s-find")
    take(walk, f"student-{width}")
    if width == SIZES[-1][0]:
        walk.driver.delete_all_cookies()
        walk.sign_in(*STUDENT.search(accounts).groups())
        take(walk, f"my-{width}")


def main() -> None:
    """Every picture at both sizes."""
    with demo() as (address, accounts):
        for width, height in SIZES:
            with tempfile.TemporaryDirectory() as profile, window(profile) as driver:
                metrics = {
                    "width": width,
                    "height": height,
                    "deviceScaleFactor": 1,
                    "mobile": False,
                }
                driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
                tour(Walk(driver, address, TARGET), accounts, width)


if __name__ == "__main__":
    main()
