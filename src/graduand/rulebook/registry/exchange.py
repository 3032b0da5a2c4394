"""What is sent to the national registry: the record of a certificate by a profile, and what keeps
it out of the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from graduand.rulebook.certificates.certificate_content import Content
from graduand.rulebook.clauses import CLAUSES, Finding
from graduand.rulebook.dispatch import gates as dispatch_gates
from graduand.rulebook.facts import Facts
from graduand.rulebook.gates import NOBODY, Basis
from graduand.rulebook.identity import person_gates
from graduand.rulebook.papers import printing
from graduand.rulebook.registry.exchange_profile import (
    ENCODINGS,
    PROFILE,
    PROFILE_ITSELF,
    SOURCES,
    ExchangeField,
    ExchangeProfile,
    FieldSource,
    schooling_years,
)
from graduand.rulebook.terms import Desk

CODE = "DATA-EXPORT"
# GBK has one separator of names, A1A4, which is U+00B7; what other keyboards type is not in GBK at
# all.
_DOTS = str.maketrans(dict.fromkeys("•・･‧∙⋅", "·"))


class Hold(NamedTuple):
    """Why a record stays out of the file: what is wrong, by which rule, whose it is, what to do."""

    code: str
    sentence: str
    source: str
    desk: Desk
    todo: str


class ExchangeRecord(NamedTuple):
    """The texts of the fields in the profile's order, and why they can't be sent; none = they can."""

    texts: tuple[str, ...]
    holds: tuple[Hold, ...]


# -- one record ------------------------------------------------------------------------------------------------


def record(content: Content, profile: ExchangeProfile = PROFILE) -> ExchangeRecord:
    """The record of one certificate, with every reason against it."""
    texts = []
    holds = []
    for field in profile.fields:
        source = SOURCES[field.source]
        text = (source.text(content, profile) or field.text).strip().translate(_DOTS)
        if lacking := _lacking(text, profile.encoding):
            if profile.substitute:
                text = "".join(profile.substitute if char in lacking else char for char in text)
            else:
                holds.append(_rare(field, lacking, profile.encoding))
        holds += _faults(field, source, text, profile.encoding)
        texts.append(text)
    return ExchangeRecord(tuple(texts), tuple(holds))


def _lacking(text: str, encoding: str) -> list[str]:
    """The characters of `text` that the encoding does not have, each once."""
    if text.encode(encoding, "ignore").decode(encoding) == text:
        return []
    return [char for char in dict.fromkeys(text) if not char.encode(encoding, "ignore")]


def _rare(field: ExchangeField, lacking: Sequence[str], encoding: str) -> Hold:
    shown = "、".join(f"「{char}」（U+{ord(char):04X}）" for char in lacking)
    todo = "按学信网对生僻字的约定单独办理；约定用 GB18030 或 ?? 代替的，写进导出方案后重新导出"
    return _hold(
        f"{field.title}里的{shown}不能用 {ENCODINGS[encoding]} 表示（{field.name}）", Desk.HQ, todo
    )


def _faults(field: ExchangeField, source: FieldSource, text: str, encoding: str) -> list[Hold]:
    """What is wrong with the text of a field; persons' texts are not repeated in the sentences."""
    where = f"在{source.where}里"
    if not text:
        if not field.required:
            return []
        return [
            _hold(
                f"缺少{field.title}（{field.name}）",
                source.desk,
                f"{where}补上{field.title}{_again(source)}",
            )
        ]
    found = []
    if min(text) < " ":
        sentence = f"{field.title}含有换行等控制字符（{field.name}）"
        found.append(_hold(sentence, source.desk, f"{where}删去控制字符{_again(source)}"))
    size = len(text.encode(encoding, "ignore"))
    if size > field.width:
        sentence = f"{field.title}有 {size} 字节，超过字段 {field.name} 的 {field.width} 字节（一个汉字 2 字节）"
        todo = (
            f"{where}核对{field.title}，改正的{_again(source)}；学信网允许更宽的，改导出方案的宽度"
        )
        found.append(_hold(sentence, source.desk, todo))
    if field.allowed and text not in field.allowed:
        sentence = f"{field.title}「{text}」不是学信网接受的值（{'、'.join(field.allowed)}）"
        found.append(_hold(sentence, source.desk, f"{where}改正{field.title}{_again(source)}"))
    return found


def _again(source: FieldSource) -> str:
    """What a correction needs: what the certificate's content says reaches the file only with a new
    certificate.
    """
    if source.where == PROFILE_ITSELF:
        return "后重新导出"
    return "，作废重办证书后重新导出"


def _hold(sentence: str, desk: Desk, todo: str) -> Hold:
    return Hold(CODE, sentence, CLAUSES[CODE].source, desk, todo)


# -- a whole file ----------------------------------------------------------------------------------------------


def derived_years(
    contents: Iterable[Content], profile: ExchangeProfile = PROFILE
) -> tuple[str, ...]:
    """Sentences on majors whose 学制 was reckoned from 最短学期数: what is registered can't be changed
    afterwards.
    """
    if not any(field.source == "years_or_semesters" for field in profile.fields):
        return ()
    silent = {
        (c.major_code, c.major_name, c.min_semesters)
        for c in contents
        if not schooling_years(c.years, 0)
    }
    return tuple(
        f"专业 {code} {name} 没有填写学制，按最短学期数 {count} 写为 {schooling_years('', count)} 年，请在上报前核对"
        for code, name, count in sorted(silent)
    )


def exchange_holds(facts: Facts, basis: Basis, *, again: bool = False) -> tuple[Hold, ...]:
    """四.2(3), 附件2 要求 2: a record is kept out of the file by a doubt that no case covers, by a
    picture that the registry lacks, and by what fails since the number and was not confirmed: once
    registered it can only be taken back by a cancellation. A cancelled record is not sent a second
    time by itself, only in a file of those to be registered `again`.
    """
    asked = [person_gates.no_doubt, person_gates.still_qualified, person_gates.chsi_photos]
    if not again:
        asked.insert(2, dispatch_gates.not_cancelled)
    return tuple(_said(finding) for gate in asked for finding in gate(facts, basis, NOBODY))


def unreadable(number: str) -> Hold:
    """A number without a content, or with one that its hash does not vouch for, is not sent."""
    snag = printing.unreadable(number)
    return Hold(snag.code, snag.sentence, snag.source, snag.desk, snag.todo)


def _said(finding: Finding) -> Hold:
    clause = finding.clause
    return Hold(finding.code, finding.sentence, clause.source, finding.desk, finding.todo)


def without_twins(
    records: Iterable[ExchangeRecord], profile: ExchangeProfile = PROFILE
) -> list[ExchangeRecord]:
    """`records` in their order; all that share the registry's key, the first field, are held back."""
    kept = list(records)
    times = Counter(entry.texts[0] for entry in kept)
    key = profile.fields[0]
    todo = f"在{SOURCES[key.source].where}里核对{key.title}，改正重复的一个{_again(SOURCES[key.source])}"
    found = []
    for entry in kept:
        text = entry.texts[0]
        if text and times[text] > 1:
            twin = _hold(
                f"{key.title} {text} 在本次导出中出现 {times[text]} 次（{key.name}）",
                Desk.CENTRE,
                todo,
            )
            entry = entry._replace(holds=(*entry.holds, twin))
        found.append(entry)
    return found
