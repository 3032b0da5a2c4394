"""What the tests do with an answer: read it to its end, and find where it leads."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from graduand.pages.door.access import rule_of

OURS = ("/static/",)


def whole(answer: HttpResponseBase) -> bytes:
    """Every byte of an answer: what is streamed is made now."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    for close in answer._resource_closers:
        close()
    return content


class Addresses(HTMLParser):
    """(method, address) of every form, button and link."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.found = page, set()

    @classmethod
    def of(cls, page: str, text: str) -> set[tuple[str, str]]:
        """What `text` leads to, which is the page at that address."""
        reader = cls(page)
        reader.feed(text)
        return reader.found

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self.found.add(((said.get("method") or "get").upper(), said.get("action") or self.page))
        for name, method in (
            ("href", "GET"),
            ("hx-get", "GET"),
            ("hx-post", "POST"),
            ("formaction", "POST"),
        ):
            if tag != "link" and said.get(name):
                self.found.add((method, said[name]))


def wrong(method: str, target: str) -> bool:
    """Whether nobody answers there, or not to this method."""
    parts = urlsplit(target)
    if (
        parts.netloc
        or parts.scheme
        or not parts.path.startswith("/")
        or parts.path.startswith(OURS)
    ):
        return False
    try:
        view = resolve(parts.path).func
    except Resolver404:
        return True
    return method not in rule_of(view).methods
