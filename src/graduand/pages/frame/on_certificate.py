"""What the certificate of a file has said since it was numbered, compared with today's record."""

from __future__ import annotations

from dataclasses import dataclass, replace

from graduand.models import Candidate
from graduand.queries.certificates import issued
from graduand.queries.review import grounds
from graduand.rulebook.certificates.certificate_content import LABELS, Content, differences
from graduand.rulebook.terms import Level, Sex

_EMPTY = "未填"
# Content that is stored with the number for the registry, and is printed on no paper.
_WHERE = {LABELS[name]: "编号制证时" for name in ("major_code", "min_semesters")}


@dataclass(frozen=True, slots=True)
class OnCertificate:
    """`major` as it is printed; `differs` names each difference from today's record.

    `other_major` is the major again where the record has another one by now, else "".
    """

    major: str
    differs: str
    other_major: str = ""


def printed_content_of(file: Candidate) -> OnCertificate | None:
    """The content of the valid certificate of `file`; None without one. Two queries once it is
    numbered.
    """
    if file.stage not in grounds.NUMBERED:
        return None
    certificate = issued.graduations([file.pk]).get(file.pk)
    if certificate is None or certificate.content is None:
        return None
    content = certificate.content
    changed = differences(content, _by_record(content, file))
    told = [
        f"{label}{_WHERE.get(label, '证书上')}为「{old or _EMPTY}」，现在登记为「{new or _EMPTY}」"
        for label, old, new in changed
    ]
    shown = OnCertificate(f"{content.major_name}（{content.level.label}）", "；".join(told))
    if content.major_name == file.student.plan.major_name:
        return shown
    return replace(shown, other_major=content.major_name)


def _by_record(content: Content, file: Candidate) -> Content:
    """The content, compared with today's record of the person and the major."""
    student = file.student
    plan = student.plan
    return replace(
        content,
        name=student.name,
        sex=Sex(student.sex),
        birth=student.birth,
        level=Level(student.level),
        major_code=plan.major_code,
        major_name=plan.major_name,
        years=plan.years,
        min_semesters=plan.min_semesters,
    )
