"""毕业证书: one person's data as the template takes it; without a number it is a proof."""

from __future__ import annotations

from datetime import date
from typing import Any

from graduand.rulebook.paper_facts import Graduand
from graduand.rulebook.paper_words import certificate_text, numeral_day


def certificate(person: Graduand, issued: date) -> dict[str, Any]:
    """What the template prints for one person."""
    return {
        "number": person.number, "photo": person.photo, "text": certificate_text(person, issued), "day": numeral_day(issued),
    }  # fmt: skip
