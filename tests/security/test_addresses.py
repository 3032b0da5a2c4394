"""Every address in a template is one of ours, and takes what it is sent: none of an earlier program is left.

What pages lead and post to when they are shown is asked where every page is looked at anyway
(`test_access_matrix.py`).
"""

import re
from pathlib import Path

import pytest

import graduand
from tests.security.answers import wrong

TEMPLATES = Path(graduand.__file__).parent / "templates"
# What stands in a template: the method, and the address with its places for numbers.
SENT = re.compile(r"""\b(action|formaction|href|hx-get|hx-post)="(/[^"#?]*)""")
PLACE = re.compile(r"{{.*?}}")


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
