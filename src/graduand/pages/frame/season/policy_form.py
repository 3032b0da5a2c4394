"""A policy as a form: its fields with their labels, reading what was typed, and which sentence belongs beside which field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from graduand.pages.frame.base import key_of
from graduand.rulebook.calendar import BadDate, parse_date
from graduand.rulebook.season.policy_file.keys import ARCHIVE, ROSTER_KEYS, ROUND_KEYS
from graduand.rulebook.season.policy_words import DAYS, LABELS, STARTS, label_of, words_of
from graduand.rulebook.terms import Numbering, PaperKind, RoundKind
from graduand.rulebook.words import Word

MOST_ROUNDS = 8
# Rounds that may be added in one go.
SPARE = 1
DAY, TEXT, NUMBER, YES, CHOICE, PEOPLE = "date", "text", "number", "yes", "choice", "people"
# Ticked papers, an order of words, and lines of a day and a name.
TICKS, ORDER, LINES = "ticks", "order", "lines"
_STARTS, _DAYS = tuple(STARTS.items()), tuple(DAYS.items())
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
            PolicyField(("contacts", "address"), "档案邮寄地址", TEXT, "八"),
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
assert tuple(one.path[0] for one in ROUND_FIELDS) == ROUND_KEYS


@dataclass(slots=True)
class Shown:
    """A field with what stands in it and what is wrong with it."""

    id: str
    field: PolicyField
    value: str
    wrong: list[str] = field(default_factory=list)

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """What may be chosen; a value that is none of it stands there too, or saving would lose it unseen."""
        known = self.field.options
        return (
            known
            if not self.value or self.value in dict(known)
            else (*known, (self.value, self.value))
        )


@dataclass(frozen=True, slots=True)
class Form:
    """The whole form; `wrong` are the sentences that belong to no field of it."""

    groups: list[tuple[str, list[Shown]]]
    rounds: list[tuple[str, list[Shown]]]
    wrong: list[str]
    total: int


def form_of(
    source: Mapping[str, Any], problems: Sequence[str] = (), *, fresh: bool = False
) -> Form:
    """The form of a policy's source; `fresh` is a new batch: what belongs to its own season is left empty."""
    groups = [
        (title, [_shown(one.name, one, _at(source, one.path), fresh=fresh) for one in fields])
        for title, fields in GROUPS
    ]
    rows = [*source.get("rounds", ())][:MOST_ROUNDS]
    rows += [{}] * min(SPARE, MOST_ROUNDS - len(rows))
    rounds = []
    for place, row in enumerate(rows):
        shown = [
            _shown(f"rounds.{place}.{one.name}", one, row.get(one.path[0]), fresh=fresh)
            for one in ROUND_FIELDS
        ]
        rounds.append((str(row.get("name", "")), shown))
    form = Form(groups, rounds, [], len(problems))
    for problem in problems:
        where = _field_of(problem, form)
        (where.wrong if where else form.wrong).append(_in_words(problem))
    return form


def _of_season(one: PolicyField) -> bool:
    """What each season fixes anew: its days, its name, the last term of entry."""
    return one.kind == DAY or one.path in (("code",), ("enrolled_through",))


def with_season(typed: Mapping[str, str], source: Mapping[str, Any]) -> dict[str, str]:
    """The form as typed, with the days of `source` in it; a round that was taken out of the form stays out."""
    form, filled = form_of(source), dict(typed)
    shown = [one for _, fields in form.groups for one in fields]
    for place, (_, fields) in enumerate(form.rounds):
        if typed.get(f"rounds.{place}.name", "").strip():
            shown += fields
    filled.update({one.id: one.value for one in shown if one.value and _of_season(one.field)})
    return filled


def _shown(name: str, one: PolicyField, value: Any, *, fresh: bool) -> Shown:
    if fresh and _of_season(one):
        value = None
    if one.kind in (PEOPLE, TICKS, ORDER):
        value = "、".join(_said(one, word) for word in value or ())
    if one.kind == LINES:
        value = "\n".join(f"{row.get('from', '')} {row.get('name', '')}" for row in value or ())
    if one.kind == YES:
        value = "1" if value in (None, True) else ""
    if one.kind == CHOICE:
        value = _chosen(one, value)
    return Shown(name, one, "" if value is None else str(value))


def _said(one: PolicyField, word: Any) -> str:
    """One word of a list as the form shows it: papers and the roster's order by their labels."""
    if one.kind == TICKS:
        paper = PaperKind.of(str(word))
        return paper.label if paper is not None else str(word)
    return ROSTER_KEYS.get(str(word), str(word)) if one.kind == ORDER else str(word)


def _chosen(one: PolicyField, value: Any) -> str:
    """The option that a value names, as the policy reads it; the value itself where it names none."""
    text = "" if value is None else str(value).strip()
    word = _WORDS[one.path].of(text) if one.path in _WORDS else None
    if word is not None:
        return str(word.value)
    if one.options == _DAYS and text.isdigit() and int(text) < len(_DAYS):
        return _DAYS[int(text)][0]
    return text.lower() if text.lower() in dict(one.options) else text


def _at(source: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = source
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _in_words(problem: str) -> str:
    """The sentence as the page says it: the file's keys are the form's labels here."""
    for name in sorted(_ROUND_LABELS, key=len, reverse=True):
        problem = problem.replace(f"」.{name}", f"」{_ROUND_LABELS[name]}")
    problem = problem.replace("rounds「", "「")
    for name in sorted(_KNOWN, key=len, reverse=True):
        problem = _whole(name).sub(_KNOWN[name], problem)
    label, _, sentence = problem.partition("：")
    # A sentence that begins with the field's name needs no label before it.
    return sentence if sentence.startswith(label) else problem


def _whole(name: str) -> re.Pattern[str]:
    """A key by itself: `code`, not the end of `school.code`."""
    return re.compile(rf"(?<![A-Za-z0-9_.]){re.escape(name)}(?![A-Za-z0-9_.])")


def _field_of(problem: str, form: Form) -> Shown | None:
    """The field that a sentence speaks of: by the round's name, or its place, and then the label or key that it holds."""
    for place, (name, fields) in enumerate(form.rounds, 1):
        if f"「{name or f'第 {place} 轮'}」" in problem:
            return _named(problem.replace("」.", "」"), fields) or fields[0]
    return _named(problem, [one for _, fields in form.groups for one in fields])


def _named(problem: str, fields: Sequence[Shown]) -> Shown | None:
    """The field that is named first: 「审核截止 … 早于审核开始 …」 stands at 审核截止."""
    words = {
        "closes": ("申请截止", "截止"),
        "opens": ("开始",),
        "review_to": ("审核截止",),
        "review_from": ("审核开始",),
    }
    found = [
        (match.start(), one)
        for one in fields
        if (match := _whole(one.field.name).search(problem.replace("batch.", "")))
    ]
    if not found:
        found = [
            (problem.index(word), one)
            for one in fields
            for word in words.get(one.field.path[-1], ())
            if word in problem
        ]
    return min(found, key=lambda at: at[0], default=(0, None))[1]


def source_of(base: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    """The policy's source as typed over `base`: what the form does not show stays, an emptied field is left out."""
    source: dict[str, Any] = deepcopy(dict(base))
    for _, fields in GROUPS:
        for one in fields:
            _put(source, one, typed.get(one.name, ""))
    source["rounds"] = [row for place in range(MOST_ROUNDS) if (row := _round(typed, place))]
    if "progression" in source and "admissions_close" not in source["progression"]:
        del source["progression"]
    return {key: value for key, value in source.items() if value != {} or key in base}


def _round(typed: Mapping[str, str], place: int) -> dict[str, Any]:
    """One round; {} where nothing but its kind was filled in."""
    row: dict[str, Any] = {}
    for one in ROUND_FIELDS:
        _put(row, one, typed.get(f"rounds.{place}.{one.name}", ""))
    return row if set(row) - {"kind"} else {}


def _put(source: dict[str, Any], one: PolicyField, text: str) -> None:
    *above, key = one.path
    table = source
    for name in above:
        table = table.setdefault(name, {})
    value = _value(one, text.strip())
    if one.kind in (TICKS, ORDER) and value == [_said(one, word) for word in table.get(key) or ()]:
        return  # the same list, however the file spelt its words
    if one.kind == CHOICE and value and value == _chosen(one, table.get(key)):
        return
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


def _value(one: PolicyField, text: str) -> Any:
    """What was typed, as TOML would say it; what is no number stays text, and the policy says so."""
    if one.kind == YES:
        return text == "1"
    if not text:
        return None
    if one.kind in (PEOPLE, TICKS, ORDER):
        return [
            name.strip()
            for name in text.replace(",", "、").replace("，", "、").split("、")
            if name.strip()
        ]
    if one.kind == LINES:
        return [_line(line) for line in text.splitlines() if line.strip()]
    if one.kind == NUMBER:
        whole = key_of(text)
        return _decimal(text) if whole is None else whole
    return text


def _line(line: str) -> dict[str, str]:
    """`2020-01-01 卫知秋`: a day and a name; what is no day is for the policy to refuse."""
    day, _, name = line.strip().partition(" ")
    return {"from": day, "name": name.strip()}


def _decimal(text: str) -> float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if isfinite(number) else text


# -- what changed --------------------------------------------------------------------------------------------------

_LABELS = {one.name: one.label for _, fields in GROUPS for one in fields}
_KNOWN = {**LABELS, **_LABELS}
_ROUND_LABELS = {one.name: one.label for one in ROUND_FIELDS}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(what, before, after) of each value that differs, rounds by their name."""
    old, new = (_understood(_flat(source)) for source in (before, after))
    changed = [key for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key)]
    return [
        (_label(key), words_of(key, old.get(key)), words_of(key, new.get(key))) for key in changed
    ]


def _understood(values: Mapping[str, Any]) -> dict[str, Any]:
    """Days as the policy reads them, however they were written: the same day is no difference."""
    return {key: _day(value) if isinstance(value, str) else value for key, value in values.items()}


def _day(text: str) -> str:
    """A day that is written in parts, as its ISO form; anything else as it is."""
    if not any(sign in text for sign in "-./年"):
        return text
    try:
        return parse_date(text).isoformat()
    except BadDate:
        return text


def _flat(source: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in source.items():
        if key == "rounds":
            for row in value:
                found |= {
                    f"「{row.get('name', '')}」{name}": said
                    for name, said in row.items()
                    if name != "name"
                }
                found[f"「{row.get('name', '')}」"] = "有"
        elif isinstance(value, Mapping):
            found |= _flat(value, f"{above}{key}.")
        else:
            found[f"{above}{key}"] = value
    return found


def _label(key: str) -> str:
    if key.startswith("「"):
        name, _, what = key.partition("」")
        return f"{name}」{_ROUND_LABELS.get(what, what) or '这一轮'}"
    languages = "degree.languages."
    if key.startswith(languages):
        return f"学位外语「{key.removeprefix(languages)}」最低成绩"
    return label_of(key) or _LABELS.get(key, key)
