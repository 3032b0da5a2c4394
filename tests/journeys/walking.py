"""How a journey walks: sign in, wait for what comes, keep a picture, and nothing may be wrong in the console."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium.common.exceptions import (
    NoSuchElementException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 15
REPLACED = "does not belong to the document"
# No icon of ours is asked for; signing out clears; whoever types before a slow page is whole keeps
# the focus.
NO_COMPLAINTS = ("favicon", "Cleared data types", "Autofocus processing was blocked")

LEFT = r"""
const ticks = sessionStorage.getItem("ticks") ?? "";
const silent = !ticks || /^{"key":"[0-9a-f]{16}","files":\[("\d+",?)*\],"whole":(true|false)}$/.test(ticks);
return localStorage.length + Object.keys(sessionStorage).filter((name) => !silent || name !== "ticks").length;
"""


class Walk:
    """One person in one window."""

    def __init__(self, driver: WebDriver, url: str, pictures: Path) -> None:
        self.driver, self.url = driver, url
        self.pictures = Path(os.environ.get("GRADUAND_SCREENS") or pictures)
        self.pictures.mkdir(parents=True, exist_ok=True)

    def sign_in(self, username: str, password: str) -> None:
        """Through the form, as a person does."""
        self.go("/login")
        self.one("[name=username]").send_keys(username)
        self.one("[name=password]").send_keys(password)
        self.press(".gate .btn.main")
        self.until(".topbar form button")

    def go(self, page: str) -> None:
        """Open a page of ours."""
        self.driver.get(self.url + page)

    def one(self, selector: str) -> WebElement:
        """The element, as soon as it is there."""
        found: WebElement = self._wait(lambda _driver: self._now(selector), selector)
        return found

    def _now(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        """The elements there, now."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def until(self, selector: str) -> WebElement:
        """The element, as soon as it is seen."""

        def seen(_driver: WebDriver) -> WebElement | None:
            return next((e for e in self.all(selector) if e.is_displayed()), None)

        found: WebElement = self._wait(seen, selector)
        return found

    def hides(self, selector: str) -> bool:
        """Whether it comes to be seen no more."""
        self._wait(
            lambda _driver: not any(e.is_displayed() for e in self.all(selector)),
            f"{selector} is still seen",
        )
        return True

    def says(self, selector: str, words: str) -> bool:
        """Whether it comes to say exactly these words."""
        self._wait(
            lambda _driver: words == " ".join(self._now(selector).text.split()),
            f"{selector}: {words}",
        )
        return True

    def holds(self, selector: str, words: str) -> bool:
        """Whether it comes to hold these words among others."""
        self._wait(
            lambda _driver: words in " ".join(self._now(selector).text.split()),
            f"{selector}: {words}",
        )
        return True

    def _wait(self, condition: Callable[[WebDriver], Any], what: str) -> Any:
        # what is being replaced while we look is looked at again
        passing = (StaleElementReferenceException, NoSuchElementException)

        def still_there(driver: WebDriver) -> Any:
            try:
                return condition(driver)
            except WebDriverException as problem:
                if REPLACED in str(problem):  # the driver has no name of its own for this one
                    return None
                raise

        return WebDriverWait(self.driver, PATIENCE, 0.1, ignored_exceptions=passing).until(
            still_there, what
        )

    def press(self, selector: str) -> None:
        """Click it where it can be seen."""

        def pressed(driver: WebDriver) -> bool:
            element = self.until(selector)
            driver.execute_script(
                "arguments[0].scrollIntoView({block: 'center', inline: 'center'})", element
            )
            element.click()
            return True

        self._wait(pressed, selector)

    def leave(self, selector: str) -> None:
        """Press what brings another page, or this one anew, and wait until the old one has gone."""
        old = self.one("html")
        self.press(selector)
        WebDriverWait(self.driver, PATIENCE, 0.1).until(
            staleness_of(old), f"{selector} brings no page"
        )

    def read(self, selector: str) -> str:
        """Its text on one line."""
        return str(self._wait(lambda _driver: " ".join(self._now(selector).text.split()), selector))

    def keep(self, name: str) -> Path:
        """A picture of the window."""
        path = self.pictures / f"{name}.png"
        self.driver.save_screenshot(str(path))
        return path

    def complaints(self) -> list[str]:
        """What the console says: scripts, policies and missing files complain there."""
        said = [entry["message"] for entry in self.driver.get_log("browser")]
        return [message for message in said if not any(words in message for words in NO_COMPLAINTS)]

    def left_behind(self) -> int:
        """Entries in the browser's own storage (ASVS 14.3.3), besides a list's ticks: numbers under a silent key."""
        return int(self.driver.execute_script(LEFT))

    def sticks_out(self) -> int:
        """Pixels by which the page is wider than the window."""
        return int(
            self.driver.execute_script(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )
