"""成绩 that an import would add to a course and 学期 that has another one, where a correction may have
been meant.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from graduand.office.records.rows import ImportContext, RowBlock
from graduand.rulebook.calendar import Term

# (student, course, term, attempt), by which a result is found.
Key: TypeAlias = tuple[Any, ...]
_KEY = ("student", "course_code", "term", "sitting")
# What is on record after the key: the mark comes first, then, at these places, 作废 and whether it
# earns credits.
_MARK = 0
_VOID = 4
_PASS_KEY = 5


class _EarningMark(NamedTuple):
    """A mark on record that earns credits."""

    attempt: int
    mark: str


def warn(rows: RowBlock, known: Mapping[Key, Sequence[Any]], context: ImportContext) -> None:
    """Warn of each row that is new to `known` and adds to a mark that earns credits, or leaves out
    an earlier 考试次序.

    The better mark counts: a correction that names another 考试次序 has no effect.
    """
    keys = list(zip(*(rows.columns[name] for name in _KEY), strict=True))
    new = [
        place
        for place, key in enumerate(keys)
        if key not in known and not rows.columns["voided"][place]
    ]
    if not new:
        return
    counted = _counted(known)
    given = frozenset(keys)
    for place in new:
        if earning := counted.get(keys[place][:-1]):
            context.warn(
                rows.numbers[place],
                _beside(rows.columns["student_no"][place], keys[place], earning),
            )
        elif missing := _missing(keys[place], known.keys(), given):
            context.warn(
                rows.numbers[place], _hole(rows.columns["student_no"][place], keys[place], missing)
            )


def _missing(key: Key, *there: Container[Key]) -> list[int]:
    """The 考试次序 before this one that are neither on record nor in the file."""
    *course, attempt = key
    return [n for n in range(1, attempt) if not any((*course, n) in keys for keys in there)]


def _counted(known: Mapping[Key, Sequence[Any]]) -> dict[Key, _EarningMark]:
    """The marks that earn credits, by student, course and term."""
    return {
        (student, course, term): _EarningMark(attempt, rest[_MARK])
        for (student, course, term, attempt), rest in known.items()
        if rest[_PASS_KEY] and not rest[_VOID]
    }


def _beside(number: str, key: Key, old: _EarningMark) -> str:
    _, course, term, attempt = key
    return (
        f"学号 {number} 的课程「{course}」{Term.from_ordinal(term)}已有计学分的成绩 {old.mark}（考试次序 {old.attempt}），"
        f"这一行按考试次序 {attempt} 另外新增，原成绩照旧计入；若是更正原成绩，请把考试次序改为 {old.attempt}"
    )


def _hole(number: str, key: Key, missing: Iterable[int]) -> str:
    _, course, term, attempt = key
    return (
        f"学号 {number} 的课程「{course}」{Term.from_ordinal(term)}没有考试次序 {'、'.join(map(str, missing))} 的成绩，"
        f"这一行却是考试次序 {attempt}（同一学期内第几次考试）；请核对，更正成绩的请按学生页面上的学期和考试次序填写"
    )
