"""A batch's policy as data: every date and number of the notice, checked when it is loaded."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeVar

from graduand.rulebook import calendar
from graduand.rulebook.calendar import Term, Window, batch_code, batch_term, by_day
from graduand.rulebook.degree import DegreePolicy
from graduand.rulebook.photo import PhotoSpec
from graduand.rulebook.policy_parts import Contacts, Progression, Promise, School
from graduand.rulebook.policy_terms import IncompleteArchive, RegistrationAsked
from graduand.rulebook.policy_values import Values
from graduand.rulebook.terms import Numbering, PaperKind, RoundKind

REQUIRED = ("code", "enrolled_through", "issue_date", "closes_at", "school", "rounds")
OPTIONAL = (
    "numbering",
    "promise",
    "photo",
    "dossier",
    "self_appraisal_min_chars",
    "exemption_counts_as_hq",
    "degree",
    "contacts",
    "principals",
    "roster_key",
    "progression",
    "extra_gates",
    "incomplete_archive",
    "registration_asked",
)
ROUND_KEYS = (
    "name",
    "kind",
    "opens",
    "closes",
    "scores_by",
    "photo_deadline",
    "review_from",
    "review_to",
)
ROSTER_KEYS = {
    "centre": "学习中心",
    "level": "学历层次",
    "major": "专业代码",
    "class": "班级代码",
    "student_no": "学号",
}
# What an archive can be made of (notice 五.1).
ARCHIVE = (PaperKind.REGISTRATION_FORM, PaperKind.TRANSCRIPT, PaperKind.ENROLMENT_FORM)
EXTRA_GATES = ("MORAL", "QUALIF", "INFO-CONFIRM")
PROMISE_STARTS = ("issue_date", "approved")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_Made = TypeVar("_Made")


class PolicyRefused(ValueError):
    """The policy can't be used; `problems` are sentences in Chinese, one each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("；".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class RoundPolicy:
    """One round (批) of the batch; dates are days and a closing day is included.

    `closes_assumed`: nobody wrote down when applications close, so the last day of the review
    stands for it.
    """

    name: str
    kind: RoundKind
    opens: date
    closes: date
    scores_by: date | None = None
    photo_deadline: date | None = None
    review_from: date | None = None
    review_to: date | None = None
    closes_assumed: bool = False

    @property
    def window(self) -> Window:
        return Window(self.opens, self.closes)

    @property
    def review(self) -> Window:
        return Window(self.review_from, self.review_to)


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """All that the notice fixes for one 毕业批次. `warnings` are contradictions inside the notice itself."""

    code: str
    enrolled_through: Term
    issue_date: date
    closes_at: date
    school: School
    rounds: tuple[RoundPolicy, ...]
    numbering: Numbering
    promise: Promise
    photo: PhotoSpec
    dossier: tuple[PaperKind, ...]
    self_appraisal_min_chars: int
    exemption_counts_as_hq: bool
    degree: DegreePolicy
    contacts: Contacts
    principals: tuple[tuple[date, str], ...]
    roster_key: tuple[str, ...]
    progression: Progression | None
    extra_gates: tuple[str, ...]
    incomplete_archive: IncompleteArchive
    registration_asked: RegistrationAsked
    digest: str
    warnings: tuple[str, ...]

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> BatchPolicy:
        """Read a policy. Raises PolicyRefused naming every unknown or contradictory value."""
        return _Reader(data).policy()

    @property
    def promise_due(self) -> date:
        """The last day of the promise, counted from the issue date."""
        return calendar.promise_due(self.issue_date, self.promise.months, self.promise.pauses)

    def round(self, name: str | None) -> RoundPolicy | None:
        """The round of that name."""
        for (
            turn
        ) in self.rounds:  # asked for every file and gate: a generator would cost three times this
            if turn.name == name:
                return turn
        return None

    def rounds_of(self, kind: RoundKind, closed: Container[str] = ()) -> list[RoundPolicy]:
        """The rounds of that kind in the order of their days, without those `closed` by hand."""
        found = [r for r in self.rounds if r.kind is kind and r.name not in closed]
        return sorted(found, key=lambda r: (r.opens, r.closes))

    def open_round(
        self, day: date, closed: Container[str], *, early: bool = False
    ) -> RoundPolicy | None:
        """The round that an application of `day` goes to: the open normal one; with `early` the
        open early one first.

        `closed` names the rounds closed by hand. None when there is no such round.
        """
        normal, first = (
            self.rounds_of(RoundKind.NORMAL, closed),
            self.rounds_of(RoundKind.EARLY, closed),
        )
        return next(
            (r for r in (*(first if early else ()), *normal) if r.window.contains(day)), None
        )

    def next_round(self, day: date, closed: Container[str]) -> RoundPolicy | None:
        """The first normal round that begins after `day` and was not closed by hand."""
        return next((r for r in self.rounds_of(RoundKind.NORMAL, closed) if r.opens > day), None)

    def filing_round(
        self, day: date, closed: Container[str], *, early: bool = False
    ) -> RoundPolicy | None:
        """The round in which one can still be filed: the open one, else the next normal one; None when all are over."""
        return self.open_round(day, closed, early=early) or self.next_round(day, closed)

    def principal(self, day: date) -> str:
        """院(校)长 in office on `day`; "" when the policy names none."""
        name = ""
        for start, person in self.principals:
            if start <= day:
                name = person
        return name


def policy_digest(data: dict[str, Any]) -> str:
    """sha256 of the canonical JSON of a policy's source: equal sources, equal digests."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class _Reader(Values):
    """Walks the dictionary once and collects every problem before refusing."""

    def policy(self) -> BatchPolicy:
        data = self.data
        self._keys(data, (*REQUIRED, *OPTIONAL), "")
        self.problems += [f"缺少必填项 {key}" for key in REQUIRED if key not in data]
        progression = self._progression(data.get("progression"))
        code, through = self._term("code", batch_code), self._term("enrolled_through", Term.parse)
        issue, closes = self._required_day("issue_date"), self._required_day("closes_at")
        rounds = self._rounds(progression)
        school = self._school(data["school"]) if "school" in data else None
        parts = self._parts()
        self._contradictions(code, through, issue, closes)
        self._between_rounds(rounds, closes)
        if self.problems or not (code and through and issue and closes and school):
            raise PolicyRefused(self.problems)
        built = BatchPolicy(
            code=code,
            enrolled_through=through,
            issue_date=issue,
            closes_at=closes,
            school=school,
            rounds=rounds,
            progression=progression,
            digest=policy_digest(data),
            warnings=(),
            **parts,
        )
        self._notices(built)
        return replace(built, warnings=tuple(self.warnings))

    def _parts(self) -> dict[str, Any]:
        """What has a default where the policy does not say it."""
        data = self.data
        return {
            "promise": self._promise(data.get("promise", {})),
            "numbering": self._word(Numbering, data.get("numbering", "minted"), "numbering"),
            "photo": self._photo(data.get("photo", {})),
            "dossier": self._dossier(data.get("dossier", [])),
            "self_appraisal_min_chars": self._int(
                data.get("self_appraisal_min_chars", 200), "self_appraisal_min_chars"
            ),
            "exemption_counts_as_hq": self._yes(
                data.get("exemption_counts_as_hq", True), "exemption_counts_as_hq"
            ),
            "degree": self._degree(data.get("degree", {})),
            "contacts": self._contacts(data.get("contacts", {})),
            "principals": self._principals(data.get("principals", [])),
            "roster_key": self._roster_key(data.get("roster_key", list(ROSTER_KEYS))),
            "extra_gates": self._gates(data.get("extra_gates", [])),
            "incomplete_archive": self._choice(IncompleteArchive, "incomplete_archive"),
            "registration_asked": self._choice(RegistrationAsked, "registration_asked"),
        }

    def _term(self, key: str, parse: Callable[[str], _Made]) -> _Made | None:
        if key not in self.data:
            return None
        try:
            return parse(str(self.data[key]))
        except ValueError as error:
            self.problems.append(f"{key}：{error}")
            return None

    def _required_day(self, key: str) -> date | None:
        return self._day(self.data[key], key) if key in self.data else None

    # -- parts -------------------------------------------------------------------------------------------------

    def _school(self, table: Any) -> School:
        got = self._keys(table, ("code", "name", "type_digit"), "school")
        code, digit = str(got.get("code", "")), str(got.get("type_digit", ""))
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
            PhotoSpec, self._keys(table, tuple(f.name for f in fields(PhotoSpec)), "photo")
        )

    def _degree(self, table: Any) -> DegreePolicy:
        got = self._keys(table, tuple(f.name for f in fields(DegreePolicy)), "degree")
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
        """五.1: only what makes an archive; a roster or a packing list is no paper of a student's."""
        papers = []
        for name in self._list(names, "dossier"):
            paper = PaperKind.of(str(name))
            if paper in ARCHIVE:
                papers.append(paper)
            else:
                self.problems.append(
                    f"dossier 只能是 {'、'.join(one.label for one in ARCHIVE)}，现为 {name!r}"
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
        if weekday.isdigit() and int(weekday) < len(WEEKDAYS):
            weekday = WEEKDAYS[int(weekday)]
        if weekday not in WEEKDAYS:
            self.problems.append(
                f"progression.weekday 应是 {'、'.join(WEEKDAYS)} 之一，现为 {weekday!r}"
            )
        if day is None or weekday not in WEEKDAYS:
            return None
        weeks = self._int(got.get("weeks_before", 1), "progression.weeks_before", 1, 52)
        return Progression(day, weeks, WEEKDAYS.index(weekday))

    def _rounds(self, progression: Progression | None) -> tuple[RoundPolicy, ...]:
        rows = self.data.get("rounds")
        if rows is None:
            return ()
        if not isinstance(rows, list) or not rows:
            self.problems.append("rounds 至少要有一轮")
            return ()
        found = [self._round(row, place, progression) for place, row in enumerate(rows, 1)]
        kinds = {RoundKind.of(str(row.get("kind"))) for row in rows if isinstance(row, dict)}
        if progression is None and RoundKind.EARLY in kinds:
            self.problems.append(
                "有续读本科轮次，但没有 progression.admissions_close（招生截止日期）"
            )
        return tuple(r for r in found if r is not None)

    def _round(self, row: Any, place: int, progression: Progression | None) -> RoundPolicy | None:
        name = str(row.get("name", "")) if isinstance(row, dict) else ""
        where = f"rounds「{name or f'第 {place} 轮'}」"
        got = self._keys(row, ROUND_KEYS, where)
        if not name:
            self.problems.append(f"{where}.name 没有填写")
        kind = self._word(RoundKind, got.get("kind", "normal"), f"{where}.kind")
        days = {key: self._day(got[key], f"{where}.{key}") for key in ROUND_KEYS[2:] if key in got}
        opens, closes = days.get("opens"), days.get("closes")
        computed = progression.closes if progression and kind is RoundKind.EARLY else None
        if computed and closes and closes != computed:
            self.problems.append(f"{where}.closes 为 {closes}，但按招生截止日期推算应为 {computed}")
        closes = closes or computed
        assumed = closes is None
        if assumed and "closes" not in got and (closes := days.get("review_to")):
            self.warnings.append(
                f"{where} 没有写明申请截止日期（通知三.4），暂以审核截止 {closes} 为准"
            )
        # A day that cannot be read has its own sentence.
        if "opens" not in got:
            self.problems.append(f"{where}.opens 没有填写")
        if closes is None and "closes" not in got:
            self.problems.append(f"{where}.closes 没有填写，也没有审核截止日期可以代替")
        self._order(where.removeprefix("rounds"), opens, closes, days)
        if opens is None or closes is None:
            return None
        return RoundPolicy(
            name,
            kind,
            opens,
            closes,
            days.get("scores_by"),
            days.get("photo_deadline"),
            days.get("review_from"),
            days.get("review_to"),
            assumed,
        )

    def _order(
        self, where: str, opens: date | None, closes: date | None, days: dict[str, date | None]
    ) -> None:
        """The days of one round, in themselves; also of a round that lacks another of its days."""
        first, last = days.get("review_from"), days.get("review_to")
        if opens and closes and closes < opens:
            self.problems.append(f"{where}截止 {closes} 早于开始 {opens}")
        if first and last and last < first:
            self.problems.append(f"{where}审核截止 {last} 早于审核开始 {first}")

    # -- the whole ---------------------------------------------------------------------------------------------

    def _contradictions(
        self, code: str | None, through: Term | None, issue: date | None, closes: date | None
    ) -> None:
        say = self.problems.append
        if code and issue and issue.strftime("%Y%m") != code:
            say(f"issue_date {issue} 不在批次 {code} 的年月内，疑为旧模板日期")
        if code and through and through > batch_term(code):
            say(f"enrolled_through {through} 晚于批次 {code} 的学期")
        if issue and closes and closes < issue:
            say(f"closes_at {closes} 早于 issue_date {issue}")

    def _between_rounds(self, rounds: tuple[RoundPolicy, ...], closes_at: date | None) -> None:
        say, names = self.problems.append, Counter(r.name for r in rounds if r.name)
        for name in [name for name, times in names.items() if times > 1]:
            say(f"rounds「{name}」.name 与另一轮重复")
        for r in rounds:
            for day, what in ((r.closes, "申请截止"), (r.review_to, "审核截止")):
                if day and closes_at and day > closes_at:
                    say(f"「{r.name}」{what} {day} 晚于批次截止 {closes_at}")
        normal = sorted(
            (r for r in rounds if r.kind is RoundKind.NORMAL), key=lambda r: (r.opens, r.closes)
        )
        for first, then in pairwise(normal):
            if then.opens <= first.closes:
                say(f"「{first.name}」与「{then.name}」的申请时间重叠")

    def _notices(self, policy: BatchPolicy) -> None:
        if policy.closes_at > (due := policy.promise_due):
            days = (policy.closes_at - policy.issue_date).days
            self.warnings.append(
                f"通知一承诺毕业后 {policy.promise.months} 个月内（{by_day(due)}）拿到证书，"
                f"而批次到 {policy.closes_at} 才截止（发证日期后 {days} 天）：后期办理的学生将超过承诺"
            )
        for r in policy.rounds:
            if r.scores_by and r.scores_by > r.closes:
                self.warnings.append(
                    f"「{r.name}」成绩提交期限 {r.scores_by} 晚于申请截止 {r.closes}"
                )
        if policy.incomplete_archive is IncompleteArchive.BLOCK:
            self.warnings.append(
                "「档案不齐不能寄出」在登记过档案到件的批次才起作用；还不能登记到件，此前寄出只提醒核对"
            )
        if not policy.principals:
            self.warnings.append("没有写明院（校）长姓名（principals），印制证书前须补充")
