"""What the papers of the archive say besides the certificate: 报名, 学习经历, contacts, marks. Fixed when
the number is given.

Afterwards 毕业生登记表, 报名登记表, 成绩单 and the lists read this content; what the certificate itself says
comes from its own content (rulebook/certificates/certificate_content.py), so that an amendment of
the certificate appears on these papers, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from graduand.rulebook.filing.registration_form import SchoolingLine


@dataclass(frozen=True, slots=True)
class Opinion:
    """One of the three opinions on an enrolment; `on` is "" or ISO."""

    text: str = ""
    on: str = ""


@dataclass(frozen=True, slots=True)
class ProfileContent:
    """报名与学习经历; a text is "" where nothing is on record."""

    enrolled_on: date | None = None
    prior_level: str = ""
    prior_school: str = ""
    prior_graduated: str = ""
    prior_certificate: str = ""
    prior_check: str = ""
    home_address: str = ""
    employer: str = ""
    work_phone: str = ""
    home_phone: str = ""
    internship: str = ""
    thesis_title: str = ""
    awards: str = ""
    occupation: str = ""
    opinions: Mapping[str, Opinion] = field(default_factory=dict)


NO_PROFILE = ProfileContent()


@dataclass(frozen=True, slots=True)
class Archive:
    """`centre` is the centre's name; `least` how many characters 自我鉴定 must have at least;
    `admission_photo` a hash, "" for none. `marks` are the rows and sums of 成绩单 as its template
    takes them: plain texts, whatever the plan asks later; `short`: less was earned than it asked
    for.
    """

    nation: str
    politics: str
    category: str
    class_name: str
    mobile: str
    email: str
    centre: str
    least: int
    admission_photo: str = ""
    profile: ProfileContent = NO_PROFILE
    history: tuple[SchoolingLine, ...] = ()
    marks: Mapping[str, Any] = field(default_factory=dict)
    short: bool = False


NO_ARCHIVE = Archive("", "", "", "", "", "", "", 0)


# -- as it is kept -----------------------------------------------------------------------------------------------

_ALSO = ("profile", "history")
_NAMES = tuple(one.name for one in fields(Archive) if one.name not in _ALSO)
_PROFILE = tuple(
    one.name for one in fields(ProfileContent) if one.name not in ("enrolled_on", "opinions")
)
# Made once: json.dumps would make an encoder anew for each of thousands.
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def body_of(archive: Archive, number: str) -> str:
    """The text that is kept, sealed, with the certificate whose archive it is."""
    profile = archive.profile
    data: dict[str, Any] = {name: getattr(archive, name) for name in _NAMES}
    data["number"] = number
    data["history"] = [
        (_iso(period.since), _iso(period.until), period.place) for period in archive.history
    ]
    data["profile"] = {name: text for name in _PROFILE if (text := getattr(profile, name))}
    data["enrolled_on"] = _iso(profile.enrolled_on)
    data["opinions"] = {name: (period.text, period.on) for name, period in profile.opinions.items()}
    return _written(data)


def read(body: str) -> tuple[Archive, str]:
    """(archive, number of its certificate) of a kept text. Raises ValueError, KeyError, TypeError
    for any other text.
    """
    data = json.loads(body)
    number = data.pop("number")
    opinions = {name: Opinion(*pair) for name, pair in data.pop("opinions").items()}
    profile = ProfileContent(
        _day(data.pop("enrolled_on")), opinions=opinions, **data.pop("profile")
    )
    history = tuple(
        SchoolingLine(date.fromisoformat(since), _day(until), place)
        for since, until, place in data.pop("history")
    )
    return Archive(profile=profile, history=history, **data), number


def _iso(day: date | None) -> str:
    if not day:
        return ""
    return day.isoformat()


def _day(text: str) -> date | None:
    if not text:
        return None
    return date.fromisoformat(text)
