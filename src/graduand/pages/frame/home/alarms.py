"""需要留意 on each desk's home page: what should not have been left undone, and what a desk has to
know.

Each count is that of the list which it opens.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from django.conf import settings

from graduand.office.review.reviewing import PASSES
from graduand.pages.door.access import Visit
from graduand.pages.frame.home import change_alarms
from graduand.pages.frame.menus.desks import each_batch
from graduand.pages.frame.menus.todo_entry import TodoEntry
from graduand.pages.frame.menus.todos import ENTRIES
from graduand.pages.frame.season import late_filing
from graduand.pages.frame.season.deadlines import after_the_last_day
from graduand.queries.filing.open_filings import FILING, round_of_kind
from graduand.queries.review import grounds, lost_in_review
from graduand.queries.scope import Actor
from graduand.queries.season.returning_files import CARRIED
from graduand.queries.season.seasons import NEXT_BATCH, Season, naming_next
from graduand.rulebook.calendar import by_day
from graduand.rulebook.people import rights
from graduand.rulebook.terms import Desk, Stage, Verb

_WAITS = {Stage.APPLIED: "已申请，学院还没有审核", Stage.ENDORSED: "学院已通过，总部还没有审核"}
# What a class teacher, who files nothing, can tell the students while something can still be done;
# "" where the words say it already.
_TO_TELL = {
    "late_returned": "请通知学生，配合学习中心补正后重新提交",
    "late_case": "请通知学生，把身份复核材料交给学习中心",
    "ready": "请通知学生，由学习中心提交申请",
    "early": "请通知学生，由学习中心提交申请",
    "photo": "请通知学生补拍，交学习中心上传",
    "in_review": "",
    "lost": "",
    "stranded": "",
    **{f"unreviewed_{stage.value}": "" for stage in _WAITS},
}
_DEGREE_LOST = TodoEntry(
    "授予学位以后成绩或材料有变化，不再符合学位条件",
    "cap",
    "candidates",
    (("degree", "granted"), ("degree_lost", "1")),
    "bad",
    "学位规定",
    clears=Verb.DEGREE_DECLINE,
)
_OLD_PAPER = TodoEntry(
    change_alarms.OLD_HERE,
    "hand",
    "handovers",
    (("stage", "received"), ("paper", "back")),
    "bad",
    clears=Verb.COLLECT,
)
_OLD_GIVEN = replace(
    _OLD_PAPER, label=change_alarms.OLD_GIVEN, answers=(("stage", "collected"), ("paper", "back"))
)


def alarms(visit: Visit) -> dict[tuple[str, str], TodoEntry]:
    """(key, batch) -> what should not have been left undone, or has to be known, with its list.

    The numbers of days are settings and not from the notice.
    """
    desk = visit.actor.desk
    lying = {**_left_lying(desk, visit.today), **_changed(desk), **_voided_papers(desk)}
    every = each_batch(visit, lying)
    for season in visit.unfinished:
        late = {**_stranded(desk, season, visit.today), **_unreviewed(desk, season, visit.today)}
        late |= _last_days(desk, season, visit.today)
        for key, entry in {**_deadlines(season, visit.today), **late}.items():
            label = naming_next(entry.label, visit.seasons, season.code)
            there = replace(entry, label=label).in_season(season, visit.today)
            if there is not None:
                every[key, season.code] = there
    every |= {
        (f"carried_{season.code}", ""): _carried(visit, season)
        for season in visit.seasons
        if _carries(visit, season)
    }
    told = {key: _for(visit.actor, key[0], entry) for key, entry in every.items()}
    return {key: entry for key, entry in told.items() if entry is not None}


def _for(actor: Actor, key: str, entry: TodoEntry) -> TodoEntry | None:
    """The alarm for a desk that has to act on it, or that tells the students of it; None for
    others.
    """
    if entry.is_work(actor):
        return entry
    if key not in _TO_TELL or not rights.only_tells_students(actor.roles):
        return None
    label = "：".join(filter(None, (entry.label, _TO_TELL[key])))
    return replace(entry, label=label, tone="warn", verb=None, clears=None)


def _left_lying(desk: Desk, today: date) -> dict[str, TodoEntry]:
    """What has waited for too many days at a desk, or on its way."""
    days = settings.ALARM_DAYS
    ago = {key: (today - timedelta(days=n)).isoformat() for key, n in days.items()}
    found = {
        "late_returned": _returned(days["returned"], ago["returned"]),
        "late_parcel": _on_its_way(days["parcel"], ago["parcel"]),
        "short": TodoEntry("清点缺少的包裹", "box", "parcels", (("short", "1"),), "bad", "六"),
        "late_case": _open_case(days["case"], ago["case"]),
        "unread": TodoEntry("通知还没有确认已阅", "paper", "notices", (("read", "0"),), "warn"),
    }
    if desk is not Desk.CENTRE:
        return {"late_review": _not_reviewed(days["review"], ago["review"]), **found}
    # A class teacher hands over, and counts no parcel in.
    counted = {key: replace(found[key], verb=Verb.RECEIVE) for key in ("late_parcel", "short")}
    return {**found, **counted}


def _returned(days: int, since: str) -> TodoEntry:
    label = f"退回 {days} 天以上未补正"
    asked = (("stage", "returned"), ("before", since))
    return TodoEntry(label, "back", "candidates", asked, "bad", "七.3", clears=Verb.APPLY)


def _on_its_way(days: int, since: str) -> TodoEntry:
    asked = (("way", "1"), ("before", since))
    return TodoEntry(f"寄出 {days} 天以上未签收", "box", "parcels", asked, "bad", "六")


def _open_case(days: int, since: str) -> TodoEntry:
    label = f"身份核查立案 {days} 天以上未办结"
    asked = (("open", "1"), ("before", since))
    return TodoEntry(label, "shield", "identity", asked, "warn", "四.1", clears=Verb.CASE_SUBMIT)


def _not_reviewed(days: int, since: str) -> TodoEntry:
    label = f"已申请 {days} 天以上未审核"
    asked = (("stage", "applied"), ("before", since))
    found = TodoEntry(label, "clock", "candidates", asked, "bad", "七.2", clears=Verb.ENDORSE)
    return replace(found, review=True)


def _changed(desk: Desk) -> dict[str, TodoEntry]:
    """Files whose facts have changed since something was decided.

    College and headquarters go on with the file. The centre is told what it has to do itself:
    students and other desks are referred to it.
    """
    lost = _files(change_alarms.after_approval(desk), "四", ("stage", "approved"), ("lost", "1"))
    unqualified = _files(
        change_alarms.after_number(desk), "附件2.2", (grounds.LOST, grounds.STOPPED)
    )
    given = _files(change_alarms.after_handing_over(desk), "附件2.2", (grounds.LOST, grounds.GIVEN))
    found = {
        "in_review": _in_review(desk),
        "lost": lost,
        "unqualified": unqualified,
        "given": given,
    }
    halted = TodoEntry(
        "因身份复核暂停，备案后才能办理",
        "shield",
        "candidates",
        (("halted", desk.value),),
        "warn",
        "四.1",
    )
    if desk is not Desk.CENTRE:
        found["lost"] = replace(lost, clears=Verb.SEND_BACK)
        return {**found, "degree_lost": _DEGREE_LOST, "halted": halted}
    found["lost"] = replace(lost, tone="warn", verb=Verb.APPLY)
    found["given"] = replace(given, tone="warn", verb=Verb.COLLECT)
    return {**found, "halted": halted, "old_paper": _OLD_PAPER, "old_given": _OLD_GIVEN}


def _files(label: str, note: str, *asked: tuple[str, str]) -> TodoEntry:
    """An alarm about the files that the filter `asked` selects."""
    return TodoEntry(label, "back", "candidates", asked, "bad", note)


def _voided_papers(desk: Desk) -> dict[str, TodoEntry]:
    """Papers whose certificate was voided on the way or at the centre: they come back."""
    where = "证书已作废，旧证在途中或在学习中心"
    told = {
        Desk.CENTRE: (f"{where}：收到后不能发给学生，请退回学院销毁", Verb.RECEIVE),
        Desk.COLLEGE: (f"{where}：等学习中心退回，收到后销毁，另留记录", Verb.SHIP),
    }
    if desk not in told:
        return {}
    label, verb = told[desk]
    asked = (("void", "1"), ("withdraw", "1"))
    return {"voided": TodoEntry(label, "back", "certificates", asked, "warn", "七.3", verb=verb)}


def _in_review(desk: Desk) -> TodoEntry:
    """Files that were filed and that no review passes now.

    Headquarters sends back the files that are at headquarters.
    """
    lost = (lost_in_review.LOST, "1")
    entry = replace(_files(change_alarms.in_review(desk), "四", lost), review=True)
    match desk:
        case Desk.CENTRE:
            return replace(entry, tone="warn", verb=Verb.APPLY)
        case Desk.HQ:
            here = (("stage", Stage.ENDORSED.value), lost)
            return replace(entry, answers=here, clears=Verb.SEND_BACK)
    return replace(entry, clears=Verb.SEND_BACK)


def _stranded(desk: Desk, season: Season, today: date) -> dict[str, TodoEntry]:
    """Files that were sent back and can't be filed in that batch any more.

    The centre has papers to correct and a student to tell. The college sent some of them back, and
    headquarters alone can extend a round; in a closed batch it carries them over.
    """
    closed = not season.batch.is_open
    returned = ("stage", "returned")
    if desk is Desk.HQ and closed:
        entry = _files(late_filing.to_carry(), "七.3", returned)
        return {"stranded": replace(entry, verb=Verb.LAPSE)}
    if not season.filing_over(today) or (closed and desk is Desk.COLLEGE):
        return {}
    entry = _files(late_filing.stranded_sentence(desk, closed=closed), "七.3", returned)
    verb = PASSES.get(desk, Verb.APPLY)
    return {"stranded": replace(entry, tone="warn", verb=verb)}


def _unreviewed(desk: Desk, season: Season, today: date) -> dict[str, TodoEntry]:
    """Files that were filed and not reviewed by the last day of that batch, and what can happen
    then.

    No work follows. The college is told of those that wait for it; headquarters, which alone can
    extend the batch or close it, of all; and the centre of its own, since it has students to tell.
    """
    if not season.overdue(today):
        return {}
    over = after_the_last_day(season)
    if desk is Desk.CENTRE:
        asked = f"{over}。请告诉学生"
        return {f"unreviewed_{stage.value}": _waiting(stage, asked, Verb.APPLY) for stage in _WAITS}
    verb = PASSES[desk]
    reviews = TodoEntry(f"还没有审核，{over}", "clock", "reviews", (), "warn", "七.1", verb=verb)
    if desk is Desk.COLLEGE:
        return {"unreviewed": reviews}
    return {"unreviewed": reviews, "unreviewed_applied": _waiting(Stage.APPLIED, over, verb)}


def _last_days(desk: Desk, season: Season, today: date) -> dict[str, TodoEntry]:
    """Files that were filed and not reviewed some days before the last day of that batch, which may
    be later than that of its last round: nothing passes after it. Told to those who review.
    """
    closes = season.policy.closes_at
    soon = timedelta(days=settings.ALARM_DAYS["deadline"])
    if desk not in PASSES or not season.batch.is_open:
        return {}
    if not timedelta(0) <= closes - today <= soon:
        return {}
    ends = f"批次 {season.code} {closes} 截止，以后不能再审核通过"
    verb = PASSES[desk]
    label = f"{ends}；还没有审核"
    reviews = TodoEntry(label, "clock", "reviews", (), "bad", "七.1", verb=verb, review=True)
    if desk is Desk.COLLEGE:
        return {"last_days": reviews}
    return {"last_days": reviews, "last_days_applied": _waiting(Stage.APPLIED, ends, verb)}


def _waiting(stage: Stage, over: str, verb: Verb) -> TodoEntry:
    """Files at a stage that were not reviewed in time, told to the desk that has the verb."""
    label = f"{_WAITS[stage]}，{over}"
    asked = (("stage", stage.value),)
    return TodoEntry(label, "clock", "candidates", asked, "warn", "七.1", verb=verb)


def _carries(visit: Visit, season: Season) -> bool:
    """Whether a centre has to know whose applications lapsed with a closed batch.

    It has to until the next one takes none any more.
    """
    if (
        visit.actor.desk is not Desk.CENTRE
        or season.batch.closed_at is None
        or season.batch.reopening
    ):
        return False
    later = [other for other in visit.seasons if other.code > season.code]
    return not later or not min(later, key=lambda other: other.code).filing_over(visit.today)


def _carried(visit: Visit, season: Season) -> TodoEntry:
    """Files whose application lapsed with that batch, and that are not filed anew.

    The alarm names no batch, since that one may be finished. It goes to everybody who talks with
    the students, also the class teacher, who files nothing.
    """
    label = (
        f"批次 {season.code} 已关闭，没有审核通过或没有补正的申请已结转："
        f"请告诉学生，在{NEXT_BATCH}重新提交"
    )
    label = naming_next(label, visit.seasons, season.code)
    asked = (("stage", Stage.LAPSED.value), (CARRIED, "1"))
    return TodoEntry(
        label, "back", "candidates", asked, "warn", "七.3", verb=Verb.COLLECT
    ).in_batch(season.code)


def _deadlines(season: Season, today: date) -> dict[str, TodoEntry]:
    """What a date of the policy makes urgent: the end of a round or of photos, the promise."""
    policy = season.policy
    soon = timedelta(days=settings.ALARM_DAYS["deadline"])
    found = {}
    for key, source in (("ready", "三.4"), ("early", "三.3")):
        entry = ENTRIES[key]
        filing_round = round_of_kind(season, dict(entry.answers)[FILING], today)
        if filing_round is not None and filing_round.closes - today <= soon:
            label = f"{filing_round.name} {filing_round.closes} 截止，满足条件还未申请"
            found[key] = replace(entry, label=label, tone="bad", note=source)
    for filing_round in policy.rounds:
        if (
            filing_round.photo_deadline
            and timedelta(0) <= filing_round.photo_deadline - today <= soon
        ):
            label = f"{filing_round.name}照片 {filing_round.photo_deadline} 截止，晚交的不进初审名单；仍缺毕业照片"
            found["photo"] = replace(ENTRIES["photo"], label=label, tone="bad", note="四.2(2)")
            break
    if policy.promise_due - today <= timedelta(days=settings.ALARM_DAYS["promise"]):
        found["promise"] = TodoEntry(
            f"承诺 {by_day(policy.promise_due)}领证，尚未领到",
            "clock",
            "candidates",
            (("promise", "1"),),
            "bad",
            "一",
        )
    return found
