"""Every address in a template is one of ours, and takes what it is sent: none of an earlier program is left.

What pages lead and post to when they are shown is asked where every page is looked at anyway
(`test_access_matrix.py`).
"""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

import graduand
from graduand.pages.door.access import rule_of

TEMPLATES = Path(graduand.__file__).parent / "templates"
# What stands in a template: the method, and the address with its places for numbers.
SENT = re.compile(r"""\b(action|formaction|href|hx-get|hx-post)="(/[^"#?]*)""")
PLACE = re.compile(r"{{.*?}}")
OURS = ("/static/",)


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


def written_in(text: str) -> set[tuple[str, str]]:
    """(method, address) of what a template says itself; where a number or a code stands, 1; no last word that varies."""
    found, bare = set(), PLACE.sub("§", text)
    for attribute, target in SENT.findall(bare):
        if "{" not in target and not target.endswith("/§"):
            forms = re.findall(rf'<form[^>]*\baction="{re.escape(target)}[^>]*>', bare)
            posted = attribute in ("hx-post", "formaction") or any(
                'method="post"' in one for one in forms
            )
            found.add(
                ("POST" if posted and attribute != "href" else "GET", target.replace("§", "1"))
            )
    return found


def test_what_templates_say_is_there():
    said = {
        (method, target, path.name)
        for path in sorted(TEMPLATES.rglob("*.html"))
        for method, target in written_in(path.read_text(encoding="utf-8"))
    }
    assert [one for one in sorted(said) if wrong(*one[:2])] == []
    assert sum(method == "POST" for method, _, _ in said) > 20


@pytest.mark.parametrize(
    "form",
    [
        '<form method="post" action="/jobs/{{ job.id }}/cancel">',
        '<form method="post" action="/tasks/{{ pk }}/stop">',
        '<button hx-post="/candidates">',
        '<form action="/candidates/submit">',
    ],
)
def test_the_control_an_address_of_an_earlier_program_is_found(form):
    assert [wrong(*one) for one in written_in(form)] == [True]
