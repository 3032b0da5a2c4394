"""What the certificate of a file says (frozen when it was numbered), beside the student's record of today."""

from __future__ import annotations

from dataclasses import dataclass, replace

from graduand.models import Candidate
from graduand.queries.certificates import issued
from graduand.queries.review import grounds
from graduand.rulebook.certificates.certificate_content import LABELS, Content, differences
from graduand.rulebook.terms import Level, Sex

_EMPTY = "未填"
# What is kept with the number for the registry, and stands on no paper.
_WHERE = {LABELS[name]: "编号制证时" for name in ("major_code", "min_semesters")}


@dataclass(frozen=True, slots=True)
class OnCertificate:
    """`major` as it is printed; `other_major` is that again where the record has another one by
    now, else ""; `differs` says each difference.
    """

    major: str
    other_major: str
    differs: str


def of(file: Candidate) -> OnCertificate | None:
    """Of the valid certificate of `file`; None where there is none. Two queries once it is numbered."""
    if file.stage not in grounds.NUMBERED:
        return None
    one = issued.graduations([file.pk]).get(file.pk)
    if one is None or one.content is None:
        return None
    content = one.content
    changed = differences(content, _by_record(content, file))
    told = [
        f"{label}{_WHERE.get(label, '证书上')}为「{old or _EMPTY}」，现在登记为「{new or _EMPTY}」"
        for label, old, new in changed
    ]
    other = content.major_name != file.student.plan.major_name
    return OnCertificate(
        f"{content.major_name}（{content.level.label}）",
        content.major_name if other else "",
        "；".join(told),
    )


def _by_record(content: Content, file: Candidate) -> Content:
    """The same with what the record says today of the person and the major, as far as pages show it."""
    student, plan = file.student, file.student.plan
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
