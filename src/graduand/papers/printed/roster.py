"""花名册, 装箱单, 签领表: the lists of a centre or a parcel for their templates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from graduand.rulebook.certificates.paper_words import day_text, known_day
from graduand.rulebook.filing.registration_form import paper_level
from graduand.rulebook.papers.paper_facts import Graduand, ParcelFacts, UnitAddress
from graduand.rulebook.papers.printing import NOT_YET, TAKEN_OUT, VOIDED_IN_IT
from graduand.rulebook.season.policy_parts import Contacts
from graduand.rulebook.terms import DegreeState

DEGREE_NOTE = "授予学位"


def rosters(people: Sequence[Graduand]) -> list[dict[str, Any]]:
    """One part for each frozen roster; `people` are of one centre, in roster order."""
    found = []
    for number, group in groupby(people, key=lambda person: person.roster):
        rows = list(group)
        found.append(
            {
                "title": f"第{number}号花名册（{rows[0].round_name}）",
                "frozen": day_text(rows[0].frozen_on),
                "centre": f"{rows[0].centre.code} {rows[0].centre.name}",
                "rows": [_row(person) for person in rows],
            }
        )
    return found


def parcels(people: Sequence[Graduand]) -> Iterator[tuple[ParcelFacts, dict[str, Any]]]:
    """One part for each parcel, those still to be sealed first; one that was taken back whole has
    none.
    """
    packed = [person for person in people if person.parcel is not None]
    there = {person.parcel.key: person.parcel for person in packed if person.parcel is not None}
    for key in sorted(there):
        parcel = there[key]
        lying = [
            person for person in packed if person.parcel is not None and person.parcel.key == key
        ]
        if all(person.taken_out == TAKEN_OUT for person in lying):
            continue
        rows = [_row(person) | {"held-up": _beside(person)} for person in lying]
        yield (
            parcel,
            {
                "to": _unit(parcel.label.receiver),
                "from": _unit(parcel.label.sender),
                "carrier": parcel.carrier,
                "tracking": parcel.tracking,
                "sealed": known_day(parcel.sealed_on),
                "rows": rows,
                **_counts(lying),
                "papers": list(parcel.label.papers),
                "contacts": parcel.label.contacts,
            },
        )


def _counts(lying: Sequence[Graduand]) -> dict[str, str]:
    """How many certificates the receiver signs for, and how many void ones lie in the parcel that
    nobody signs for.
    """
    due = sum(not person.taken_out or bool(person.counted) for person in lying)
    useless = sum(person.taken_out == VOIDED_IN_IT and person.counted is None for person in lying)
    return {"due": str(due), "voided": str(useless) if useless else ""}


def _beside(person: Graduand) -> str:
    """The remark next to a name on the list of a parcel."""
    if person.taken_out:
        return person.taken_out
    return NOT_YET if person.held_up else ""


def sign_offs(people: Sequence[Graduand]) -> list[dict[str, Any]]:
    """The list of one centre; for a certificate already collected it says how and when."""
    centre = people[0].centre
    return [{"centre": f"{centre.code} {centre.name}", "rows": [_row(person) for person in people]}]


def contacts_line(contacts: Contacts) -> str:
    """The line of contacts: who answers questions (notice 八)."""
    told = (
        ("联系人", "、".join(contacts.people)),
        ("电话", contacts.phone),
        ("邮箱", contacts.email),
        ("档案邮寄地址", contacts.address),
    )
    return "　".join(f"{what}：{text}" for what, text in told if text)


def _row(person: Graduand) -> dict[str, str]:
    return {
        "number": str(person.place),
        "student": person.student_no,
        "name": person.name,
        "sex": person.sex.label,
        "level": paper_level(person.level),
        "major": person.major_name,
        "class": person.class_name,
        "registration": person.number,
        "note": DEGREE_NOTE if person.degree is DegreeState.GRANTED else "",
        "method": person.collected_by,
        "day": person.collected_on.isoformat() if person.collected_on else "",
    }


def _unit(unit: UnitAddress) -> dict[str, str]:
    return {
        "name": unit.name,
        "address": unit.address,
        "contact": unit.contact,
        "phone": unit.phone,
    }
