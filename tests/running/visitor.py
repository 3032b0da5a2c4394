"""A person at a browser without scripts: signs in over HTTP, opens pages, fills forms, presses buttons, waits for long work."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import quote, urlencode, urljoin
from uuid import uuid4

from tests.running.reading import Answer, Form, Page, read

PATIENCE = 60.0
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Visitor:
    """One account at one window; `url` is where the program is served."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self.url, self.username, self.password = url, username, password
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.page = self.send("GET", "/login")

    # -- the browser -------------------------------------------------------------------------------------------

    def send(self, method: str, address: str, body: bytes | None = None, kind: str = "") -> Page:
        """Ask for it; redirects are followed. The page that came stands in `page`, too."""
        base = self.page.url if hasattr(self, "page") else self.url
        target = quote(urljoin(urljoin(self.url, base), address), safe="/:?=&%#+,~-._@")
        request = urllib.request.Request(target, body, method=method)
        if kind:
            request.add_header("Content-Type", kind)
        try:
            answer = self.opener.open(request, timeout=PATIENCE)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            said = answer.headers.get("Content-Type", "")
            self.page = read(
                answer.url.removeprefix(self.url.rstrip("/")), answer.status, answer.read(), said
            )
        return self.page

    def go(self, address: str) -> Page:
        """Open a page that must be there."""
        page = self.send("GET", address)
        assert page.status == 200, f"{self.username} {address}: {page.status} {page.main[:300]}"
        return page

    def press(
        self,
        button: str,
        answers: dict[str, Answer] | None = None,
        *,
        action: str = "",
        holding: str = "",
        status: int = 200,
    ) -> Page:
        """Fill the form that has this button and press it; `action` is a part of where it goes, `holding` a field of it."""
        form = self.page.form(button, action=action, holding=holding)
        before = self.page.url
        page = self._submit(form, button, answers or {})
        if (
            "/account/again" in page.url
        ):  # a proof of identity is asked for; what was sent is kept meanwhile
            page = self.press("验证", {"密码": self.password})
        assert page.status == status, (
            f"{self.username} 「{button}」 on {before}: {page.status} {page.main[:400]}"
        )
        return page

    def _submit(self, form: Form, words: str, answers: dict[str, Answer]) -> Page:
        button = form.button(words)
        assert button is not None
        sent = form.filled(button, answers)
        if form.method == "get":
            return self.send("GET", f"{form.action}?{urlencode(sent)}")
        if form.multipart:
            return self.send("POST", form.action, *multipart(sent))
        return self.send(
            "POST", form.action, urlencode(sent).encode(), "application/x-www-form-urlencoded"
        )

    def click(self, words: str) -> Page:
        """Follow the link with these words."""
        return self.go(self.page.link(words))

    def wait(self) -> Page:
        """Open the page again as long as it asks for that: until the long work on it has ended."""
        ends, address = time.monotonic() + PATIENCE, self.page.url
        while self.page.again:
            assert time.monotonic() < ends, (
                f"{self.username} {address}: still at work: {self.page.main[:600]}"
            )
            time.sleep(0.2)
            self.go(address)
        return self.page

    def ended(self, words: str) -> Page:
        """Wait, and it must have ended with these words."""
        page = self.wait()
        assert words in page.main, f"{self.username} {page.url}: not 「{words}」: {page.main[:800]}"
        return page

    # -- what everybody does -----------------------------------------------------------------------------------

    def sign_in(self) -> Visitor:
        """Through the form, as a person does."""
        self.go("/login")
        self.press("登录", {"账号": self.username, "密码": self.password})
        assert not self.page.url.startswith("/login"), self.page.main[:200]
        return self

    def bring(self, kind: str, path: Path) -> Page:
        """上传 a workbook and let it be tried; the page that comes is the preview."""
        self.go("/imports/new")
        self.press("上传并校验", {"导入内容": kind, "文件": path})
        return self.wait()

    def import_sheet(self, kind: str, path: Path) -> Page:
        """上传, 校验预览, 导入, 结果: every row of it goes in."""
        preview = self.bring(kind, path)
        assert "全部通过" in preview.main, preview.main[:800]
        self.press("导入", action="/begin")
        return self.ended("导入完成")

    def choose(self, address: str, button: str, chosen: Sequence[str] | None = None) -> Page:
        """On a list: tick the lines that hold `chosen` (everybody when None) and press; the confirmation comes."""
        self.go(address)
        ticks: dict[str, Answer] = {"all": True}
        if chosen is not None:
            ticks = {"chosen": [self.page.row(words).tick for words in chosen]}
        return self.press(button, ticks, holding="chosen")

    def act(
        self, address: str, button: str, chosen: Sequence[str] | None = None, **answers: Answer
    ) -> Page:
        """Choose, answer, confirm, and wait for the end."""
        self.choose(address, button, chosen)
        return self.confirmed(**answers)

    def choose_line(self, address: str, line: str, step: str) -> Page:
        """On a list: the step that stands on this line; who is meant is frozen, and the confirmation comes."""
        self.go(address)
        self.go(self.page.row(line).link(step))
        return self.press("核对名单")

    def confirmed(self, **answers: Answer) -> Page:
        """Send the confirmation that stands here; the worker does it."""
        words = next(
            b.words for form in self.page.forms if "/submit" in form.action for b in form.buttons
        )
        self.press(words, dict(answers), action="/submit")
        if "/jobs/" in self.page.url:
            self.ended("处理完成")
        return self.page


def multipart(sent: Sequence[tuple[str, str | Path]]) -> tuple[bytes, str]:
    """(body, content type) of a form with files, as browsers write it."""
    border = f"----graduand{uuid4().hex}"
    parts = []
    for name, value in sent:
        head, data = f'Content-Disposition: form-data; name="{name}"', b""
        if isinstance(value, Path):
            kind = XLSX if value.suffix == ".xlsx" else "application/octet-stream"
            head += f'; filename="{value.name}"\r\nContent-Type: {kind}'
            data = value.read_bytes()
        else:
            data = value.encode()
        parts.append(f"--{border}\r\n{head}\r\n\r\n".encode() + data + b"\r\n")
    return b"".join(parts) + f"--{border}--\r\n".encode(), f"multipart/form-data; boundary={border}"
