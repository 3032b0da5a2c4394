"""A policy as a form: its fields, reading what was typed, sentences beside fields."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import isfinite
from typing import Any

from graduand.pages.frame.base import key_of
from graduand.rulebook.season.policy_file.keys import ARCHIVE, NTH_WEEKDAY, ROSTER_KEYS, ROUND_KEYS
from graduand.rulebook.season.policy_words import DAYS, LABELS, STARTS
from graduand.rulebook.terms import Numbering, PaperKind, RoundKind
from graduand.rulebook.words import Word

MOST_ROUNDS = 8
# Rounds that may be added in one go.
SPARE = 1
DAY = "date"
TEXT = "text"
NUMBER = "number"
YES = "yes"
CHOICE = "choice"
PEOPLE = "people"
# Ticked papers, an order of words, and lines of a day and a name.
TICKS = "ticks"
ORDER = "order"
LINES = "lines"
ADDRESS = "address"  # a text of several lines
_STARTS = tuple(STARTS.items())
_DAYS = tuple(DAYS.items())
# Choices whose words the policy reads in more than one spelling.
_WORDS: Mapping[tuple[str, ...], type[Word]] = {("numbering",): Numbering, ("kind",): RoundKind}
_PAPERS = tuple((paper.label, paper.label) for paper in ARCHIVE)
_ROSTER = "、".join(ROSTER_KEYS.values())


@dataclass(frozen=True, slots=True)
class PolicyField:
    """One field: `path` in the policy's source, its kind, the clause it comes from."""

    path: tuple[str, ...]
    label: str
    kind: str = TEXT
    source: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        return ".".join(self.path)


GROUPS: tuple[tuple[str, tuple[PolicyField, ...]], ...] = (
    (
        "批次",
        (
            PolicyField(("code",), "毕业批次", TEXT, "二.1"),
            PolicyField(("enrolled_through",), "入学不晚于（学期）", TEXT, "二.2"),
            PolicyField(("issue_date",), "发证日期", DAY, "七.4"),
            PolicyField(("closes_at",), "批次截止日期", DAY, "七.1"),
            PolicyField(("numbering",), "证书编号", CHOICE, "", tuple(Numbering.choices())),
            PolicyField(("self_appraisal_min_chars",), "自我鉴定最少字数", NUMBER, "附件 1"),
            PolicyField(("exemption_counts_as_hq",), "免修免考学分计入总部考试学分", YES),
        ),
    ),
    (
        "档案、花名册与证书",
        (
            PolicyField(("dossier",), "毕业档案材料", TICKS, "五.1", _PAPERS),
            PolicyField(("roster_key",), f"花名册排列（依次，顿号分隔：{_ROSTER}）", ORDER, "五.3"),
            PolicyField(("principals",), "院（校）长（一行一人：到任日期 姓名）", LINES, "七.4"),
        ),
    ),
    (
        "续读本科与承诺",
        (
            PolicyField(("progression", "admissions_close"), "本科招生截止日期", DAY, "三.3"),
            PolicyField(("progression", "weeks_before"), "提前几周", NUMBER, "三.3"),
            PolicyField(("progression", "weekday"), "星期", CHOICE, "三.3", _DAYS),
            PolicyField(("promise", "months"), "承诺几个月内领证", NUMBER, "一"),
            PolicyField(("promise", "from"), "承诺起算", CHOICE, "一", _STARTS),
        ),
    ),
    (
        "照片与学位",
        (
            PolicyField(("photo", "width"), "照片宽（像素）", NUMBER, "附件 3"),
            PolicyField(("photo", "height"), "照片高（像素）", NUMBER, "附件 3"),
            PolicyField(("photo", "max_bytes"), "照片最大字节数", NUMBER, "附件 3"),
            PolicyField(("degree", "min_average"), "学位平均成绩", NUMBER),
            PolicyField(("degree", "min_thesis"), "学位论文成绩", NUMBER),
            PolicyField(("degree", "opens"), "学位申请开始", DAY),
            PolicyField(("degree", "closes"), "学位申请截止", DAY),
        ),
    ),
    (
        "联系方式",
        (
            PolicyField(("contacts", "people"), "联系人（顿号分隔）", PEOPLE, "八"),
            PolicyField(("contacts", "phone"), "电话", TEXT, "八"),
            PolicyField(("contacts", "email"), "邮箱", TEXT, "八"),
            PolicyField(("contacts", "address"), "档案邮寄地址", ADDRESS, "八"),
        ),
    ),
)
ROUND_FIELDS = (
    PolicyField(("name",), "轮次名称"),
    PolicyField(("kind",), "类型", CHOICE, "", tuple(RoundKind.choices())),
    PolicyField(("opens",), "申请开始", DAY),
    PolicyField(("closes",), "申请截止", DAY),
    PolicyField(("scores_by",), "成绩提交截止", DAY),
    PolicyField(("photo_deadline",), "照片截止", DAY),
    PolicyField(("review_from",), "审核开始", DAY),
    PolicyField(("review_to",), "审核截止", DAY),
)
assert tuple(entry.path[0] for entry in ROUND_FIELDS) == ROUND_KEYS


@dataclass(slots=True)
class ShownField:
    """A field with what stands in it and what is wrong with it."""

    id: str
    field: PolicyField
    value: str
    wrong: list[str] = dataclasses.field(default_factory=list)

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """The options; a value that is none of them is an option too, or saving would lose it."""
        known = self.field.options
        if not self.value or self.value in dict(known):
            return known
        return (*known, (self.value, self.value))


@dataclass(frozen=True, slots=True)
class Form:
    """The whole form; `wrong` are the sentences that belong to no field of it."""

    groups: list[tuple[str, list[ShownField]]]
    rounds: list[tuple[str, list[ShownField]]]
    wrong: list[str]
    total: int


def form_of(
    source: Mapping[str, Any], problems: Sequence[str] = (), *, fresh: bool = False
) -> Form:
    """The form of a policy's source; in a `fresh` batch what each season fixes is left empty."""
    groups = [
        (
            title,
            [_shown(entry.name, entry, _at(source, entry.path), fresh=fresh) for entry in fields],
        )
        for title, fields in GROUPS
    ]
    rows = [*source.get("rounds", ())][:MOST_ROUNDS]
    rows += [{}] * min(SPARE, MOST_ROUNDS - len(rows))
    rounds = []
    for place, row in enumerate(rows):
        shown = [
            _shown(f"rounds.{place}.{entry.name}", entry, row.get(entry.path[0]), fresh=fresh)
            for entry in ROUND_FIELDS
        ]
        rounds.append((str(row.get("name", "")), shown))
    form = Form(groups, rounds, [], len(problems))
    for problem in problems:
        _sentences_beside(problem, form).append(_in_words(problem))
    return form


def _sentences_beside(problem: str, form: Form) -> list[str]:
    """The sentences of the field that a problem speaks of, else those of the whole form."""
    shown = _field_of(problem, form)
    if shown is None:
        return form.wrong
    return shown.wrong


def _of_season(entry: PolicyField) -> bool:
    """What each season fixes anew: its days, its name, the last term of entry."""
    return entry.kind == DAY or entry.path in (("code",), ("enrolled_through",))


def with_season(typed: Mapping[str, str], source: Mapping[str, Any]) -> dict[str, str]:
    """The form as typed, with the days of `source` in it; a round that was taken out stays out."""
    form = form_of(source)
    filled = dict(typed)
    shown = [entry for _, fields in form.groups for entry in fields]
    for place, (_, fields) in enumerate(form.rounds):
        if typed.get(f"rounds.{place}.name", "").strip():
            shown += fields
    filled.update(
        {entry.id: entry.value for entry in shown if entry.value and _of_season(entry.field)}
    )
    return filled


def _shown(name: str, entry: PolicyField, value: Any, *, fresh: bool) -> ShownField:
    if fresh and _of_season(entry):
        value = None
    return ShownField(name, entry, _text_of(entry, value))


def _text_of(entry: PolicyField, value: Any) -> str:
    """A value of the source as it stands in its field; "" where there is none."""
    if entry.kind in (PEOPLE, TICKS, ORDER):
        several = [value] if isinstance(value, str) else value or ()  # one contact is one text
        return "、".join(_word_of(entry, word) for word in several)
    if entry.kind == LINES:
        return "\n".join(f"{row.get('from', '')} {row.get('name', '')}" for row in value or ())
    if entry.kind == YES:
        return _ticked(value)
    if entry.kind == CHOICE:
        return _chosen(entry, value)
    if value is None:
        return ""
    return str(value)


def _ticked(value: Any) -> str:
    """A box, which is ticked unless the source says otherwise."""
    if value in (None, True):
        return "1"
    return ""


def _word_of(entry: PolicyField, word: Any) -> str:
    """A word of a list as the form shows it: papers and the roster's order by their labels."""
    text = str(word)
    if entry.kind == ORDER:
        return ROSTER_KEYS.get(text, text)
    if entry.kind == TICKS and (paper := PaperKind.of(text)):
        return paper.label
    return text


def _chosen(entry: PolicyField, value: Any) -> str:
    """The option that a value names, as the policy reads it; the value where it names none."""
    if value is None:
        return ""
    text = str(value).strip()
    if entry.path in _WORDS and (word := _WORDS[entry.path].of(text)):
        return str(word.value)
    if entry.options == _DAYS and text in NTH_WEEKDAY:
        return NTH_WEEKDAY[text]
    if text.lower() in dict(entry.options):
        return text.lower()
    return text


def _at(source: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The value at `path`; None where there is none."""
    value: Any = source
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


FIELD_LABELS = {entry.name: entry.label for _, fields in GROUPS for entry in fields}
ROUND_LABELS = {entry.name: entry.label for entry in ROUND_FIELDS}
_KNOWN = {**LABELS, **FIELD_LABELS, "rounds.name": "轮次名称", "principals.name": "院（校）长"}


def _in_words(problem: str) -> str:
    """The sentence as the page says it: the file's keys are the form's labels here."""
    for name in sorted(ROUND_LABELS, key=len, reverse=True):
        problem = problem.replace(f"」.{name}", f"」{ROUND_LABELS[name]}")
    problem = problem.replace("rounds「", "「")
    for name in sorted(_KNOWN, key=len, reverse=True):
        problem = _whole(name).sub(_KNOWN[name], problem)
    label, _, sentence = problem.partition("：")
    # A sentence that begins with the field's name needs no label before it.
    if sentence.startswith(label):
        return sentence
    return problem


def _whole(name: str) -> re.Pattern[str]:
    """A key by itself: `code`, not the end of `school.code`."""
    return re.compile(rf"(?<![A-Za-z0-9_.]){re.escape(name)}(?![A-Za-z0-9_.])")


def _field_of(problem: str, form: Form) -> ShownField | None:
    """The field that a sentence speaks of: by the round's name or place, then the label or key."""
    for place, (name, fields) in enumerate(form.rounds, 1):
        if f"「{name or f'第 {place} 轮'}」" in problem:
            return _named(problem.replace("」.", "」"), fields) or fields[0]
    return _named(problem, [entry for _, fields in form.groups for entry in fields])


def _named(problem: str, fields: Sequence[ShownField]) -> ShownField | None:
    """The field that is named first: 「审核截止 … 早于审核开始 …」 stands at 审核截止."""
    words = {
        "closes": ("申请截止", "截止"),
        "opens": ("开始",),
        "review_to": ("审核截止",),
        "review_from": ("审核开始",),
    }
    found = [
        (match.start(), entry)
        for entry in fields
        if (match := _whole(entry.field.name).search(problem.replace("batch.", "")))
    ]
    if not found:
        found = [
            (problem.index(word), entry)
            for entry in fields
            for word in words.get(entry.field.path[-1], ())
            if word in problem
        ]
    return min(found, key=lambda at: at[0], default=(0, None))[1]


def source_of(base: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    """The policy's source as typed over `base`.

    What the form does not show stays, an emptied field is left out.
    """
    source: dict[str, Any] = deepcopy(dict(base))
    for _, fields in GROUPS:
        for entry in fields:
            _put(source, entry, typed.get(entry.name, ""))
    source["rounds"] = [row for place in range(MOST_ROUNDS) if (row := _round(typed, place))]
    if "progression" in source and "admissions_close" not in source["progression"]:
        del source["progression"]
    return {key: value for key, value in source.items() if value != {} or key in base}


def _round(typed: Mapping[str, str], place: int) -> dict[str, Any]:
    """One round; {} where nothing but its kind was filled in."""
    row: dict[str, Any] = {}
    for entry in ROUND_FIELDS:
        _put(row, entry, typed.get(f"rounds.{place}.{entry.name}", ""))
    if not set(row) - {"kind"}:
        return {}
    return row


def _put(source: dict[str, Any], entry: PolicyField, text: str) -> None:
    *above, key = entry.path
    table = source
    for name in above:
        table = table.setdefault(name, {})
    value = _value(entry, text.strip())
    if entry.kind in (TICKS, ORDER) and value == [
        _word_of(entry, word) for word in table.get(key) or ()
    ]:
        return  # the same list, however the file spelt its words
    if entry.kind == CHOICE and value and value == _chosen(entry, table.get(key)):
        return
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


def _value(entry: PolicyField, text: str) -> Any:
    """What was typed, as TOML says it; what is no number stays text, and the policy says so."""
    if entry.kind == YES:
        return text == "1"
    if not text:
        return None
    if entry.kind in (PEOPLE, TICKS, ORDER):
        return [
            name.strip()
            for name in text.replace(",", "、").replace("，", "、").split("、")
            if name.strip()
        ]
    if entry.kind == LINES:
        return [_line(line) for line in text.splitlines() if line.strip()]
    if entry.kind == NUMBER:
        return _number(text)
    return text.replace("\r\n", "\n")


def _number(text: str) -> float | str:
    """A whole number, a decimal number, or the text where it is neither."""
    whole = key_of(text)
    if whole is not None:
        return whole
    try:
        number = float(text)
    except ValueError:
        return text
    if not isfinite(number):
        return text
    return number


def _line(line: str) -> dict[str, str]:
    """`2020-01-01 卫知秋`: a day and a name; what is no day is for the policy to refuse."""
    day, _, name = line.strip().partition(" ")
    return {"from": day, "name": name.strip()}
