"""The half of a file that goes on after the certificate: what of the degree is open, who does it, until when."""

from __future__ import annotations

from datetime import date

from graduand.models import Candidate
from graduand.pages.door.access import Visit
from graduand.queries import issued
from graduand.queries.listing import Asked
from graduand.queries.seasons import Season
from graduand.rulebook.calendar import Window
from graduand.rulebook.gates import Bench
from graduand.rulebook.terms import GRADUATED_STAGES, DegreeState, Desk, Stage


def left_open(file: Candidate, bench: Bench) -> str:
    """What of the degree has to be done after the certificate was numbered; "" for nothing."""
    if Stage(file.stage) not in GRADUATED_STAGES:
        return ""
    match DegreeState(file.degree):
        case DegreeState.APPLIED:
            return "学位由总部决定是否授予"
        case DegreeState.RETURNED:
            until = _until(bench.policy.degree.window, bench.today)
            return f"学位材料已退回，由{file.centre.name}补齐后重新申请学位{until}"
        case DegreeState.GRANTED if not issued.degree_numbers([file.pk]):
            return "学位已授予，学位证书由总部编号"
    return "这份档案已办结" if file.stage == Stage.COLLECTED else ""


def list_note(visit: Visit, season: Season | None, asked: Asked) -> str:
    """Above a list of returned materials: who files them again, and until when."""
    if asked["degree"] != DegreeState.RETURNED.value:
        return ""
    until = _until(season.policy.degree.window, visit.today) if season is not None else ""
    if visit.actor.desk is Desk.CENTRE:
        return f"学位材料退回的，请补齐后重新申请学位{until}。"
    decline = "；总部在这里只能决定不授予" if visit.actor.desk is Desk.HQ else ""
    return f"学位材料退回的，由各人的学习中心补齐后重新申请学位{until}{decline}。"


def _until(window: Window, today: date) -> str:
    if window.closes is None:
        return ""
    if today > window.closes:
        return f"（办理时间已于 {window.closes} 结束，须总部先在批次规定里延长）"
    return f"，最迟 {window.closes}"
