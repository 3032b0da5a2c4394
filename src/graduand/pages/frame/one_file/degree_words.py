"""The part of a file that goes on after the certificate: what is open about the degree, and until
when.
"""

from __future__ import annotations

from datetime import date

from graduand.models import Candidate
from graduand.pages.door.access import Visit
from graduand.queries.audit import degrees
from graduand.queries.certificates import issued, old_papers
from graduand.queries.listing import ListFilter
from graduand.queries.records import person
from graduand.queries.review import grounds
from graduand.queries.season.seasons import Season
from graduand.rulebook.calendar import Window, by_day
from graduand.rulebook.gates import Basis
from graduand.rulebook.terms import GRADUATED_STAGES, DegreeState, Desk, Stage

_FAILS = (
    "授予学位以后不再符合学位条件，由总部核实："
    "成绩或材料有误的由学院更正后自动恢复，属实的改为不授予学位"
)
# Stages at which the degree that was applied for with the file is being dealt with.
_UNDER_WAY = (Stage.APPLIED, Stage.ENDORSED, Stage.APPROVED, *GRADUATED_STAGES)


def left_open(file: Candidate, basis: Basis) -> str:
    """What has to be done about the degree after the certificate; "" for nothing."""
    if degrees.has_failed(file):
        return _FAILS
    if Stage(file.stage) not in GRADUATED_STAGES:
        return ""
    match DegreeState(file.degree):
        case DegreeState.APPLIED:
            return "学位由总部决定是否授予"
        case DegreeState.RETURNED:
            until = _until(basis.policy.degree.window, basis.today)
            return f"学位材料已退回，由{file.centre.name}补齐后重新申请学位{until}"
        case DegreeState.GRANTED if not issued.degree_numbers([file.pk]):
            return "学位已授予，学位证书由总部编号"
    if file.stage != Stage.COLLECTED or old_papers.of_file(file) or grounds.is_lost(file):
        return ""
    if person.cancelled(file):
        return ""
    return "这份档案已办结"


def student_sentences(file: Candidate, basis: Basis) -> str:
    """The state of the degree in whole sentences; "" where none is under way.

    One query for a granted degree. Where the degree certificate is nobody records, so the page only
    says whom to ask.
    """
    if Stage(file.stage) not in _UNDER_WAY:
        return ""
    match DegreeState(file.degree):
        case DegreeState.APPLIED:
            return "已申请学位，由总部决定是否授予；结果会写在这里。"
        case DegreeState.RETURNED:
            until = _until(basis.policy.degree.window, basis.today)
            return f"学位材料已退回，原因见下方办理经过；由{file.centre.name}补齐后重新申请{until}，请配合提供材料。"
        case DegreeState.GRANTED:
            return _granted(file)
        case DegreeState.DECLINED:
            return "不授予学位，原因见下方办理经过；如有疑问，请联系学习中心。"
    return ""


def _granted(file: Candidate) -> str:
    number = issued.degree_numbers([file.pk]).get(file.pk)
    if number is None:
        return "已授予学位，学位证书由总部编号，编号以后会写在这里。"
    return (
        f"已授予学位，学位证书编号 {number}。学位证书与毕业证书分别登记，本系统不登记它的寄送和领取："
        f"请向{file.centre.name}询问何时领取，领取时当面核对。"
    )


def list_note(visit: Visit, season: Season | None, asked: ListFilter) -> str:
    """Above a list of returned materials: who files them again, and until when."""
    if asked["degree"] != DegreeState.RETURNED.value:
        return ""
    until = ""
    if season is not None:
        until = _until(season.policy.degree.window, visit.today)
    if visit.actor.desk is Desk.CENTRE:
        return f"学位材料退回的，请补齐后重新申请学位{until}。"
    note = f"学位材料退回的，由各人的学习中心补齐后重新申请学位{until}"
    if visit.actor.desk is Desk.HQ:
        return f"{note}；总部在这里只能决定不授予。"
    return f"{note}。"


def _until(window: Window, today: date) -> str:
    if window.closes is None:
        return ""
    if today > window.closes:
        return f"（办理时间已于 {window.closes} 结束，须总部先在批次规定里延长）"
    return f"，须在 {by_day(window.closes)}"
