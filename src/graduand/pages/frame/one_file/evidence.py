"""What a decision on a file rests on: pictures, the registry's report, credits, what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from graduand.models import Candidate, Event, IdentityCase, PhotoRow
from graduand.pages.frame import pictures, tags
from graduand.pages.frame.one_file import marksheet, provenance
from graduand.pages.frame.phrases import in_brackets
from graduand.queries.records import person
from graduand.queries.records import provenance as sources
from graduand.queries.review import reviewing
from graduand.queries.scope import Actor
from graduand.rulebook.calendar import office_day
from graduand.rulebook.facts import Chsi, Facts
from graduand.rulebook.gates import Basis
from graduand.rulebook.terms import CaseState, ChsiVerdict, Desk, PhotoKind, ReasonCode, Verb

# 录取 first, as the registry compares: who it was then, who it is now, what the registry holds.
ORDER = (PhotoKind.ADMISSION, PhotoKind.GRADUATION, PhotoKind.CREDENTIAL)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the history."""

    label: str
    move: str
    at: datetime
    who: str
    note: str
    paper: tuple[str, str] | None = None


def evidence_of(actor: Actor, file: Candidate, facts: Facts, basis: Basis) -> dict[str, Any]:
    """Everything but the judgement, as `actor` may know it: eleven queries."""
    held = reviewing.pictures(file.student_id)
    brought = sources.sources(actor, file, held.values(), basis)
    return {
        "pictures": [_picture(kind, held.get(kind.value)) for kind in ORDER],
        "photo_said": _said(held.get(PhotoKind.GRADUATION.value)),
        "provenance": provenance.lines(file, basis, held, brought),
        "registry": registry(facts.chsi, reviewing.case(file.student_id)),
        "events": [happened(event) for event in person.history(file)],
        **marksheet.marksheet_of(file, basis, brought),
    }


def _picture(kind: PhotoKind, row: PhotoRow | None) -> dict[str, Any]:
    if row is None:
        picture = pictures.Picture("", kind.label, kind.label)
        return {"picture": picture, "tag": _missing_tag(kind), "since": None}
    tag = pictures.review_tag(row)
    if kind is PhotoKind.GRADUATION and row.same is False:
        tag = tags.Tag(tags.BAD, "与学信网不一致")
    return {"picture": pictures.of_row(row), "tag": tag, "since": row.since}


def _missing_tag(kind: PhotoKind) -> tags.Tag:
    """Only the 毕业照片 can be uploaded here."""
    if kind is PhotoKind.GRADUATION:
        return tags.Tag(tags.WARN, "未存")
    return tags.Tag(tags.IDLE, "未存")


def _said(row: PhotoRow | None) -> list[pictures.PictureFinding]:
    """What the judge found about the 毕业照片."""
    if row is None:
        return []
    findings = list(row.compared)
    if row.judged is not None:
        findings = [*row.judged.findings, *findings]
    return pictures.findings_in_words(pictures.findings_of(findings))


def registry(chsi: Chsi | None, case: IdentityCase | None) -> list[tuple[str, Any]]:
    """学信网: label and value."""
    if chsi is None:
        return [("反馈数据", tags.Tag(tags.BAD, "无反馈数据"))]
    lines: list[tuple[str, Any]] = [
        ("数据日期", chsi.day.isoformat()),
        ("核验结果", _verdict_tag(chsi)),
        ("录取照片", _presence_tag(chsi.admission_photo)),
        ("学历照片", _presence_tag(chsi.credential_photo)),
        ("信息比对", tags.agreement_tag(chsi.mismatches)),
    ]
    if case is not None:
        lines.append(("身份复核", _case_tag(CaseState(case.state))))
    return lines


def _verdict_tag(chsi: Chsi) -> tags.Tag:
    """The registry's verdict; a doubt may have been filed since."""
    label = chsi.verdict.label
    if chsi.verdict is ChsiVerdict.NORMAL:
        return tags.Tag(tags.OK, label)
    if chsi.cleared:
        return tags.Tag(tags.WARN, f"{label}（已备案通过）")
    return tags.Tag(tags.BAD, label)


def _case_tag(state: CaseState) -> tags.Tag:
    if state is CaseState.CLEARED:
        return tags.Tag(tags.OK, state.label)
    return tags.Tag(tags.WARN, state.label)


def _presence_tag(there: bool | None) -> tags.Tag:
    if there is None:
        return tags.Tag(tags.BAD, "未知")
    if there:
        return tags.Tag(tags.OK, "存在")
    return tags.Tag(tags.BAD, "不存在")


def happened(event: person.HistoryEvent) -> HistoryLine:
    """An event as a line."""
    who = f"{event.desk.label} {event.who}"
    return HistoryLine(
        event.verb, f"{event.start} → {event.end}", event.at, who, event.note, _paper(event)
    )


def _paper(event: person.HistoryEvent) -> tuple[str, str] | None:
    """(label, address) of the scan that an event rests on."""
    scan = event.scan
    if scan is None:
        return None
    what = "学生签字的声明"
    if event.verb == Verb.AMEND.label:
        what = "学信网更正结果"
    return f"{what}（{scan.kind.upper()}，{-(-scan.size // 1024):,} KB）", f"/statements/{scan.pk}"


def changed_since(actor: Actor, file: Candidate, basis: Basis, moment: datetime) -> str:
    """`总学分有变化（生命健康学院 李老师 10:32 成绩.csv）`: what was brought after `moment`.

    By import; "" for nothing.
    """
    held = reviewing.pictures(file.student_id)
    brought = sources.sources(actor, file, held.values(), basis)
    facts = [(line.label, line.source) for line in provenance.lines(file, basis, held, brought)]
    facts += [("成绩", source) for source in brought.marks.values()]
    changed: dict[str, dict[str, None]] = {}
    for label, source in facts:
        if source is not None and source.at > moment:
            whose = " ".join(
                filter(None, (source.who, _clock(source.at, basis.today), source.file))
            )
            changed.setdefault(whose, {})[label] = None
    return "；".join(f"{'、'.join(labels)}有变化（{whose}）" for whose, labels in changed.items())


def event_sentence(event: Event, today: date) -> str:
    """`此学生已由学院李老师于 10:32 退回补正（照片问题：…）`, for whoever comes second."""
    who = event.actor.name
    if event.second is not None:
        who += f"、{event.second.name}"
    who += in_brackets(event.act.door)
    clock = _clock(event.at, today)
    did = f"「{Verb(event.verb).label}」{in_brackets(_why(event))}"
    return f"此学生已由{Desk(event.desk).label} {who} 于 {clock} {did}"


def _why(event: Event) -> str:
    """The reason of an event and its note, "" without either."""
    if not event.reason:
        return event.note
    return "：".join(filter(None, (ReasonCode(event.reason).label, event.note)))


def _clock(at: datetime, today: date) -> str:
    """The time of `at`, with its day where that is not today."""
    when = timezone.localtime(at)
    if office_day(at) == today:
        return f"{when:%H:%M}"
    return f"{when:%Y-%m-%d %H:%M}"
