"""Requests to the served program as its proxy passes them on, each read to its end."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.utils.crypto import get_random_string

# What every request has: the proxy has spoken TLS with the visitor.
_PASSED_ON = {"Host": "localhost", "X-Forwarded-Proto": "https"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and the seconds by the clock until all of it was there."""

    status: int
    content: bytes
    cookies: tuple[str, ...]
    seconds: float


def get(port: int, path: str, cookie: str, patience: float) -> Answer:
    """A page; `patience` is in seconds. Raises OSError where no answer comes."""
    return _ask(port, "GET", path, {"Cookie": cookie}, None, patience)


def post(
    port: int,
    path: str,
    patience: float,
    *,
    cookie: str = "",
    form: Mapping[str, str] | None = None,
    address: str = "",
) -> Answer:
    """A form with its secret, sent from `address` where one is given. Raises OSError where no answer
    comes.
    """
    secret = get_random_string(32)
    headers = {
        "Cookie": "; ".join(filter(None, (cookie, f"{settings.CSRF_COOKIE_NAME}={secret}"))),
        "Referer": f"https://localhost{path}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    if address:
        headers["X-Forwarded-For"] = address
    return _ask(
        port,
        "POST",
        path,
        headers,
        urlencode({"csrfmiddlewaretoken": secret, **(form or {})}),
        patience,
    )


def _ask(
    port: int, method: str, path: str, headers: dict[str, str], body: str | None, patience: float
) -> Answer:
    start = time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
    try:
        line.request(method, path, body, _PASSED_ON | headers)
        answer = line.getresponse()
        content = answer.read()
    finally:
        line.close()
    cookies = tuple(answer.msg.get_all("Set-Cookie") or ())
    return Answer(answer.status, content, cookies, time.perf_counter() - start)
