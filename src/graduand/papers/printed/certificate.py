"""毕业证书: its content for the template; without a number the paper is a proof."""

from __future__ import annotations

from typing import Any

from graduand.rulebook.certificates.certificate_content import Content
from graduand.rulebook.certificates.paper_words import numeral_day


def certificate(content: Content) -> dict[str, Any]:
    """The data that the template prints for one certificate."""
    return {
        "number": content.number,
        "photo": content.photo,
        "text": content.text,
        "day": numeral_day(content.issued),
        "school-code": content.school_code,
        "school": content.school_name,
        "principal": content.principal,
    }
