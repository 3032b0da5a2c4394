"""Reading the parts of a policy except its rounds: each wrong value leaves a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from graduand.rulebook import calendar
from graduand.rulebook.audit.degree import DegreePolicy
from graduand.rulebook.photos.spec import PhotoSpec
from graduand.rulebook.season.policy_file.keys import (
    ARCHIVE,
    EXTRA_GATES,
    NTH_WEEKDAY,
    PROMISE_STARTS,
    ROSTER_KEYS,
    WEEKDAYS,
)
from graduand.rulebook.season.policy_file.values import Values
from graduand.rulebook.season.policy_parts import Contacts, Progression, Promise, School
from graduand.rulebook.terms import PaperKind

_Made = TypeVar("_Made")


class PartReader(Values):
    """Reads each part from its value in the file."""

    def _term(self, key: str, parse: Callable[[str], _Made]) -> _Made | None:
        if key not in self.data:
            return None
        try:
            return parse(str(self.data[key]))
        except ValueError as error:
            self.problems.append(f"{key}：{error}")
            return None

    def _required_day(self, key: str) -> date | None:
        if key not in self.data:
            return None
        return self._day(self.data[key], key)

    def _school(self, table: Any) -> School:
        got = self._keys(table, ("code", "name", "type_digit"), "school")
        code = str(got.get("code", ""))
        digit = str(got.get("type_digit", ""))
        if not (code.isascii() and code.isdigit() and len(code) == 5):
            self.problems.append(f"school.code 应是 5 位学校代码，现为 {code!r}")
        if digit not in tuple("123456789"):
            self.problems.append(f"school.type_digit 应是 1–9 的一位办学类型，现为 {digit!r}")
        if not got.get("name"):
            self.problems.append("school.name 不能为空")
        return School(code, str(got.get("name", "")), digit)

    def _promise(self, table: Any) -> Promise:
        got = self._keys(table, ("months", "from", "pauses"), "promise")
        start = str(got.get("from", PROMISE_STARTS[0]))
        if start == str(self.data.get("issue_date")):
            start = PROMISE_STARTS[0]
        if start not in PROMISE_STARTS:
            self.problems.append(
                f"promise.from 应是 {'、'.join(PROMISE_STARTS)} 之一，现为 {start!r}"
            )
        pauses = []
        for text in self._list(got.get("pauses", []), "promise.pauses"):
            try:
                pauses.append(calendar.parse_pause(str(text)))
            except ValueError as error:
                self.problems.append(f"promise.pauses：{error}")
        return Promise(
            self._int(got.get("months", 2), "promise.months", 1, 60), start, tuple(pauses)
        )

    def _photo(self, table: Any) -> PhotoSpec:
        return self._made(
            PhotoSpec, self._keys(table, tuple(part.name for part in fields(PhotoSpec)), "photo")
        )

    def _degree(self, table: Any) -> DegreePolicy:
        got = self._keys(table, tuple(part.name for part in fields(DegreePolicy)), "degree")
        exact = {
            key: Decimal(str(v)) if isinstance(v, int | float) and not isinstance(v, bool) else v
            for key, v in got.items()
        }
        exact |= {
            key: self._day(got[key], f"degree.{key}") for key in ("opens", "closes") if key in got
        }
        return self._made(DegreePolicy, exact)

    def _made(self, kind: Callable[..., _Made], values: dict[str, Any]) -> _Made:
        try:
            return kind(**values)
        except ValueError as error:
            self.problems.append(str(error))
            return kind()

    def _dossier(self, names: Any) -> tuple[PaperKind, ...]:
        """五.1: only papers that belong to an archive; a roster or a packing list is none."""
        papers = []
        for name in self._list(names, "dossier"):
            paper = PaperKind.of(str(name))
            if paper in ARCHIVE:
                papers.append(paper)
            else:
                self.problems.append(
                    f"dossier 只能是 {'、'.join(kind.label for kind in ARCHIVE)}，现为 {name!r}"
                )
        return tuple(papers)

    def _contacts(self, table: Any) -> Contacts:
        got = self._keys(table, ("people", "phone", "email", "address"), "contacts")
        people = got.get("people", [])
        names = tuple(map(str, people)) if isinstance(people, list) else (str(people),)
        return Contacts(
            names, str(got.get("phone", "")), str(got.get("email", "")), str(got.get("address", ""))
        )

    def _principals(self, rows: Any) -> tuple[tuple[date, str], ...]:
        found = []
        for row in self._list(rows, "principals"):
            got = self._keys(row, ("from", "name"), "principals")
            day = self._day(got.get("from"), "principals.from")
            if day is not None:
                found.append((day, str(got.get("name", ""))))
        return tuple(sorted(found))

    def _roster_key(self, names: Any) -> tuple[str, ...]:
        by_label = {label: key for key, label in ROSTER_KEYS.items()}
        keys = [by_label.get(str(name), str(name)) for name in self._list(names, "roster_key")]
        for name in keys:
            if name not in ROSTER_KEYS:
                self.problems.append(
                    f"roster_key 里不认识的项 {name!r}，可用：{'、'.join(ROSTER_KEYS)}"
                )
        if "student_no" not in keys:
            self.problems.append("roster_key 必须以学号（student_no）区分同类学生")
        return tuple(keys)

    def _gates(self, names: Any) -> tuple[str, ...]:
        gates = tuple(map(str, self._list(names, "extra_gates")))
        for name in gates:
            if name not in EXTRA_GATES:
                self.problems.append(
                    f"extra_gates 里不认识的项 {name!r}，可用：{'、'.join(EXTRA_GATES)}"
                )
        return gates

    def _progression(self, table: Any) -> Progression | None:
        if table is None:
            return None
        got = self._keys(table, ("admissions_close", "weeks_before", "weekday"), "progression")
        day = self._day(got.get("admissions_close"), "progression.admissions_close")
        weekday = str(got.get("weekday", WEEKDAYS[0])).lower()
        weekday = NTH_WEEKDAY.get(weekday, weekday)
        if weekday not in WEEKDAYS:
            self.problems.append(
                f"progression.weekday 应是 {'、'.join(WEEKDAYS)} 之一，现为 {weekday!r}"
            )
        if day is None or weekday not in WEEKDAYS:
            return None
        weeks = self._int(got.get("weeks_before", 1), "progression.weeks_before", 1, 52)
        return Progression(day, weeks, WEEKDAYS.index(weekday))
