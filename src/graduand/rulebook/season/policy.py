"""A batch's policy as data: every date and number of the notice, checked when it is loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from graduand.rulebook import calendar
from graduand.rulebook.audit.degree import DegreePolicy
from graduand.rulebook.calendar import Term, batch_code, batch_term, by_day
from graduand.rulebook.photos.spec import PhotoSpec
from graduand.rulebook.season.policy_file.keys import OPTIONAL, REQUIRED, ROSTER_KEYS
from graduand.rulebook.season.policy_file.raw_values import odd_values
from graduand.rulebook.season.policy_file.readings import PartReader
from graduand.rulebook.season.policy_file.rounds import RoundReader
from graduand.rulebook.season.policy_parts import (
    Contacts,
    Progression,
    Promise,
    RoundPolicy,
    School,
)
from graduand.rulebook.season.policy_terms import IncompleteArchive, RegistrationAsked
from graduand.rulebook.terms import Numbering, PaperKind, RoundKind


class PolicyRefused(ValueError):
    """The policy can't be used; `problems` are sentences in Chinese, one each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("；".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """All that the notice fixes for one 毕业批次; `warnings` are its own contradictions."""

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

    @classmethod
    def brought(cls, data: dict[str, Any]) -> BatchPolicy:
        """Read what somebody types or sends: as `from_dict`, and every value of it can be kept, every
        text printed. Raises PolicyRefused.
        """
        if problems := odd_values(data):
            raise PolicyRefused(problems)
        return cls.from_dict(data)

    @property
    def promise_due(self) -> date:
        """The last day of the promise, counted from the issue date."""
        return calendar.promise_due(self.issue_date, self.promise.months, self.promise.pauses)

    def round(self, name: str | None) -> RoundPolicy | None:
        """The round of that name."""
        # Asked for every file and gate: a generator would cost three times this.
        for filing_round in self.rounds:
            if filing_round.name == name:
                return filing_round
        return None

    def rounds_of(self, kind: RoundKind, closed: Container[str] = ()) -> list[RoundPolicy]:
        """The rounds of that kind in the order of their days, without those `closed` by hand."""
        found = [r for r in self.rounds if r.kind is kind and r.name not in closed]
        return sorted(found, key=lambda r: (r.opens, r.closes))

    def open_round(
        self, day: date, closed: Container[str], *, early: bool = False
    ) -> RoundPolicy | None:
        """The round that an application of `day` goes to: the open normal one.

        With `early` the open early one comes first. `closed` names the rounds closed by hand. None
        when there is no such round.
        """
        rounds = self.rounds_of(RoundKind.NORMAL, closed)
        if early:
            rounds = self.rounds_of(RoundKind.EARLY, closed) + rounds
        return next((r for r in rounds if r.window.contains(day)), None)

    def next_round(self, day: date, closed: Container[str]) -> RoundPolicy | None:
        """The first normal round that begins after `day` and was not closed by hand."""
        return next((r for r in self.rounds_of(RoundKind.NORMAL, closed) if r.opens > day), None)

    def filing_round(
        self, day: date, closed: Container[str], *, early: bool = False
    ) -> RoundPolicy | None:
        """The round in which one can still be filed: the open one, else the next normal one."""
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


class _Reader(PartReader, RoundReader):
    """Walks the dictionary once and collects every problem before refusing."""

    def policy(self) -> BatchPolicy:
        data = self.data
        self._keys(data, (*REQUIRED, *OPTIONAL), "")
        self.problems += [f"缺少必填项 {key}" for key in REQUIRED if key not in data]
        progression = self._progression(data.get("progression"))
        code = self._term("code", batch_code)
        through = self._term("enrolled_through", Term.parse)
        issue = self._required_day("issue_date")
        closes = self._required_day("closes_at")
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
