"""待同意事项, 单位, 审计记录, 个人信息查看记录: what surrounds accounts and rights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path

from graduand.models import (
    AccountEvent,
    Candidate,
    Consent,
    Look,
    PhotoRow,
    PolicyDraft,
    Unit,
    User,
)
from graduand.office import consent_answers, consents, statements
from graduand.office import people as office
from graduand.office.privacy import Seen
from graduand.office.refusal import Refused
from graduand.pages.door import looks as noted
from graduand.pages.door import visitors
from graduand.pages.door.access import Visit, reads, writes
from graduand.pages.frame import consent_words, downloads, left_behind, proposals, tags
from graduand.pages.frame.base import number_of
from graduand.pages.frame.explaining import explained_by
from graduand.pages.frame.list_spec import Beside, Column, ListSpec, listed
from graduand.pages.frame.listing import show
from graduand.pages.frame.shell import any_shell
from graduand.pages.frame.words import event_note
from graduand.queries import gaps, people, policies
from graduand.queries.listing import Criterion, chosen, criteria, searched, since, until
from graduand.queries.people import LOOKERS
from graduand.rulebook.account_terms import ConsentKind, Deed, LookKind, Purpose
from graduand.rulebook.rights import may_audit
from graduand.rulebook.terms import Desk, PhotoKind, Role, Stage, UnitKind

ANSWERERS = (*LOOKERS, Role.HQ_REVIEWER, *(Desk.CENTRE, Desk.COLLEGE))
UNIT_KEEPERS = (Role.HQ_ADMIN, Role.SYSTEM_ADMIN)
DONE = {
    "asked": "已提出，等待另一位同事在自己的账号中确认；一天内有效。",
    "back": "已撤回，没有办理。需要时请重新提出。",
}
MOST_REASONS = 100
_WHY = {Deed.DECLINED: "不同意的原因", Deed.NOT_DONE: "没有办成的原因"}
_BAD = (Deed.SIGN_IN_FAILED, Deed.SLOWED, Deed.DISABLED, Deed.DECLINED, Deed.NOT_DONE)


@reads(*ANSWERERS)
def waiting(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What waits for my answer, and what I have asked for."""
    asked = list(consents.waiting_for(visit.actor).select_related("asked_by", "user"))
    mine, answered = people.asked_by(visit.actor.user_id), people.answered_by(visit.actor.user_id)
    drafts, places = _drafts([*asked, *mine, *answered]), consent_words.places(asked)
    warned = consent_words.warnings(
        asked, {row.pk: drafts[row.pk] for row in asked if row.pk in drafts}, visit.seasons
    )
    beside, outdated = proposals.beside(visit, [*asked, *mine]), left_behind.outdated(asked)
    page = {
        "shell": any_shell(visit, "/consents"),
        "waiting": [
            _to_answer(visit, row, drafts.get(row.pk))
            | {
                "warnings": warned[row.pk],
                "place": places.get(row.pk, ""),
                "beside": beside.get(row.pk, ()),
                "outdated": outdated.get(row.pk, ""),
            }
            for row in asked
        ],
        "mine": [
            _asked(visit, row, drafts.get(row.pk)) | {"beside": beside.get(row.pk, ())}
            for row in mine
        ],
        "answered": [_asked(visit, row, drafts.get(row.pk)) for row in answered],
        "done": DONE.get(request.GET.get("done", "")) or _outcome(request, answered, drafts),
    }
    return render(request, "people/consents.html", page)


def _outcome(
    request: HttpRequest, answered: Iterable[Consent], drafts: dict[int, PolicyDraft]
) -> str:
    """What came of the answer that was just given; "" without one."""
    number = number_of(request.GET.get("answered"))
    return next(
        (consent_words.outcome(row, drafts.get(row.pk)) for row in answered if row.pk == number), ""
    )


def _drafts(rows: Iterable[Consent]) -> dict[int, PolicyDraft]:
    """The draft that each question about a policy is about, by the question; one query, none without such a question."""
    of = {row.pk: row.detail["draft"] for row in rows if row.kind == ConsentKind.POLICY}
    found = policies.drafts(set(of.values()))
    return {pk: found[draft] for pk, draft in of.items() if draft in found}


def _to_answer(visit: Visit, row: Consent, draft: PolicyDraft | None) -> dict[str, Any]:
    """A question with all that is to be known before it is answered."""
    return (
        _asked(visit, row, draft) | consent_words.changes(row, draft) | consent_words.effects(draft)
    )


def _asked(visit: Visit, row: Any, draft: PolicyDraft | None) -> dict[str, Any]:
    said, state = row.detail, consent_words.state(row, visit.now)
    open_still = state in (consent_words.WAITS, consent_words.FAILED)
    late = state == consent_words.LATE
    news = (late and row.withdrawn_at is None) or (row.agreed is False and bool(row.problem))
    return {
        "id": row.pk,
        "does": row.kind in consents.BY_TWO,
        "kind": ConsentKind(row.kind).label,
        "what": consent_words.what(row, draft),
        "reason": consent_words.reason(row),
        "by": row.asked_by.name,
        "at": row.asked_at,
        "state": state,
        "open": open_still,
        "problem": row.problem if open_still or late else "",
        "late": late,
        "declined": consent_words.declined(row) if row.agreed is False else "",
        "unread": row.read_at is None and news,
        "answer": row.decided_by.name if row.decided_by_id else "",
        "answered_at": row.decided_at,
        "stands": said.get("said", {}).get("let_stand", ()) if row.kind == ConsentKind.ACT else (),
        "fails": said["said"].get("fails") if row.kind == ConsentKind.ACT else None,
        "file": _look_at(row),
        "paper": _paper(row),
        "explained": _reasons(row),
        "more": _more_reasons(row),
        "page": "核对「查缺补漏与关闭」" if row.kind == ConsentKind.BATCH else "",
        "back": said.get("back", "") if row.agreed and not row.used_at else "",
    }


def _reasons(row: Any) -> list[dict[str, Any]]:
    """Why the files of a batch were not finished, as it was when the question was asked: of how many, in whose words."""
    said = row.detail.get("explained", ()) if row.kind == ConsentKind.BATCH else ()
    told = [
        gaps.Explained(Stage(stage), text, people)
        for stage, text, people, *_ in said[:MOST_REASONS]
    ]
    return [{"said": one, "url": explained_by(row.detail["code"], one)} for one in told]


def _more_reasons(row: Any) -> int:
    """How many more there are than are shown."""
    return (
        max(0, len(row.detail.get("explained", ())) - MOST_REASONS)
        if row.kind == ConsentKind.BATCH
        else 0
    )


def _paper(row: Any) -> tuple[str, str]:
    """(the registry's answer in words, the name of its scan) of what rests on one; ("", "") of everything else."""
    said = row.detail.get("said", {}) if row.kind == ConsentKind.ACT else {}
    scan = said.get("statement") or {}
    return (f"学信网更正日期 {said.get('on', '')}", scan["name"]) if scan else ("", "")


def _look_at(row: Any) -> str:
    """The page to look at before one agrees; "" for none."""
    if row.kind == ConsentKind.ACT:
        return f"/candidates/{row.detail['file']}"
    if row.kind == ConsentKind.POLICY:
        return f"/batches/drafts/{row.detail['draft']}"
    if row.kind == ConsentKind.BATCH:
        return f"/batches/{row.detail['code']}/closing"
    return f"/photos/students/{row.detail['one']}" if row.kind == ConsentKind.SWAP else ""


@writes(*ANSWERERS, fresh=True)
def answer(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """同意 or 不同意."""
    agree = request.POST.get("agree") == "1"
    why = request.POST.get("why", "")
    consent_answers.decide(visit.actor, pk, agree=agree, why=why, address=visitors.address(request))
    return redirect(f"/consents?answered={pk}")


@writes(*ANSWERERS)
def withdraw(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """撤回 what one has asked oneself."""
    consents.withdraw(visit.actor, pk, visitors.address(request))
    return redirect("/consents?done=back")


@writes(*ANSWERERS)
def read(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """知道了: why it was declined stands no longer on the home of who asked."""
    consents.read(visit.actor, pk)
    return redirect("/consents")


@reads(Desk.HQ)
def evidence(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """The scan that a question rests on: nobody agrees to what he has not seen. Written in the access log."""
    row = consents.with_scan(visit.actor, pk)
    if row is None:
        raise Http404
    kept = row.detail["said"]["statement"]
    try:
        data = statements.opened_scan(kept["file"], kept["sha256"])
    except (OSError, ValueError) as lost:
        raise Refused("扫描件不在存储里，或与记录的不符，请联系管理员从备份恢复") from lost
    student = Candidate.objects.values_list("student_id", "student__number").get(
        pk=row.detail["file"]
    )
    noted.seen(
        request, Seen(visit.actor, student[:1], LookKind.PAPER, "学信网更正结果", at=visit.now)
    )
    return downloads.scan(data, kept["kind"], f"answer-{student[1]}")


# -- units -----------------------------------------------------------------------------------------------------


@reads(*UNIT_KEEPERS)
def units(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The tree of units, with how many people each has."""
    return render(
        request,
        "people/units.html",
        {
            "shell": any_shell(visit, "/units"),
            "units": people.tree(),
            "done": "done" in request.GET,
        },
    )


@reads(*UNIT_KEEPERS)
def unit(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Who to ask there and where parcels go."""
    found = get_object_or_404(Unit, pk=pk)
    page = {
        "shell": any_shell(visit, "/units"),
        "unit": found,
        "kind": UnitKind(found.kind).label,
        "key": uuid4().hex,
    }
    return render(request, "people/unit.html", page)


@writes(*UNIT_KEEPERS)
def change_unit(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """The contact of one unit."""
    sent = office.Sent(visit.actor, visitors.address(request), request.POST.get("key", "")[:64])
    said = (request.POST.get(name, "") for name in ("contact", "phone", "address"))
    office.change_unit(sent, get_object_or_404(Unit, pk=pk), *said)
    return redirect("/units?done=1")


# -- what the auditor reads ------------------------------------------------------------------------------------


def _trail(visit: Visit) -> Any:
    rows = AccountEvent.objects.select_related("actor", "user")
    return rows if may_audit(visit.actor.roles) else rows.none()


def _looks(visit: Visit) -> Any:
    rows = Look.objects.select_related("user", "unit", "student")
    return rows if may_audit(visit.actor.roles) else rows.none()


def _piece(rows: Any, first: int, size: int) -> Any:
    return list(rows[first : first + size])


def _events(rows: Any, first: int, size: int) -> Any:
    """Events with the questions, the policies, the pictures and the second persons that they are about; a query each."""
    found = _piece(rows, first, size)
    asked = Consent.objects.select_related("user", "asked_by").in_bulk(
        [event.detail.get("consent", 0) for event in found]
    )
    seen = {event.detail["photo"] for event in found if "photo" in event.detail}
    photos = (
        PhotoRow.objects.filter(pk__in=seen).values_list("id", "student__number", "kind")
        if seen
        else ()
    )
    drafts = _drafts(asked.values())
    whose = {pk: f"{number} 的{PhotoKind(kind).label} 1 张" for pk, number, kind in photos}
    seconds = User.objects.in_bulk(
        {event.detail["second"] for event in found if event.detail.get("second")}
    )
    for event in found:
        event.second = seconds.get(event.detail.get("second"))
        event.question = asked.get(event.detail.get("consent"))
        event.draft = drafts.get(event.detail.get("consent"))
        event.photo = whose.get(event.detail.get("photo"), "")
    return found


def _told(event: Any) -> str:
    """What the event tells, with what was asked for."""
    return "，".join(filter(None, (event.photo, event_note(event), _question(event))))


def _question(event: Any) -> str:
    """What was asked for, by whom where somebody else has answered, and why nothing came of it; "" for another event."""
    asked = event.question
    if not asked:
        return ""
    told = f"{ConsentKind(asked.kind).label}：{consent_words.what(asked, event.draft)}"
    told += f"；{_person(asked.asked_by)} 提出" if asked.asked_by_id != event.actor_id else ""
    told += f"；{consent_words.reason(asked)}" if event.deed == Deed.ASKED else ""
    why = asked.problem if event.deed == Deed.DECLINED else event.detail.get("why", "")
    return f"{told}；{_WHY[event.deed]}：{why}" if why else told


def _person(user: User) -> str:
    return f"{user.name}（{user.username}）"


def _by(event: Any) -> str:
    """Who did it, with the account; of what two did together both."""
    return "、".join(_person(user) for user in (event.actor, event.second) if user is not None)


def _of_person(value: str) -> Q:
    """Whoever it happened to, and whoever did it, by the beginning of the account or of the name."""
    column = "username" if value.isascii() and value.isalnum() else "name"
    did = Q(**{f"user__{column}__begins": value}) | Q(**{f"actor__{column}__begins": value})
    # Who stood beside the first person is kept with what was done.
    seconds = people.ids_of(Q(**{f"{column}__begins": value}))
    return did | Q(detail__second__in=seconds) if seconds else did


def _elsewhere(visit: Visit, _asked: Any) -> Beside:
    here = "这里记登录、账号、岗位、两人同意、批次、规定，"
    here += "以及每一次办理、导入、审核照片、确定花名册、申报成绩、发布通知、说明未办结原因："
    here += "一次一条，写明件数。办理了哪些学生，各人的办理经过里有（办理时间相同），由总部或学院查看；审计不看学生档案。"
    here += "登录失败而没有账号的，填的账号不存在；填了什么不记，因为常有人把密码填在那里。"
    return Beside(note=here, links=(("导出记录", "/outgoing"),))


TRAIL = listed(
    ListSpec(
        key="trail",
        path="/trail",
        title="审计记录",
        group="系统管理",
        noun="条",
        rows=_trail,
        criteria=criteria(
            Criterion("q", "账号 / 姓名", _of_person),
            chosen("deed", "事项", "deed", Deed.choices()),
            since("from", "自", "at"),
            until("to", "至", "at"),
        ),
        columns=(
            Column("at", "时间", lambda line: line.at, ("at",), css="nowrap"),
            Column(
                "deed",
                "事项",
                lambda line: tags.Tag(
                    tags.WARN if Deed(line.deed) in _BAD else tags.INFO, Deed(line.deed).label
                ),
            ),
            Column(
                "user", "账号", lambda line: line.user.username if line.user else "", narrow="账号"
            ),
            Column("name", "姓名", lambda line: line.user.name if line.user else ""),
            Column("actor", "办理人", _by, narrow="办理人"),
            Column("note", "内容", _told, css="wrap", narrow="内容"),
            Column("address", "来源地址", lambda line: line.address, css="nowrap", narrow="来源"),
        ),
        order=("-at",),
        lines=_events,
        beside=_elsewhere,
        empty=("还没有记录", "有人登录、授权或查看资料以后列在这里"),
    )
)
LOOKS = listed(
    ListSpec(
        key="looks",
        path="/looks",
        title="个人信息查看记录",
        group="系统管理",
        noun="条",
        rows=_looks,
        criteria=criteria(
            searched("student__number", "student__name"),
            chosen("kind", "方式", "kind", LookKind.choices()),
            chosen("purpose", "用途", "purpose", Purpose.choices()),
            since("from", "自", "at"),
            until("to", "至", "at"),
        ),
        columns=(
            Column("at", "时间", lambda line: line.at, ("at",), css="nowrap"),
            Column("who", "查看人", lambda line: line.user.name, ("user__name",), narrow="查看人"),
            Column("unit", "单位", lambda line: line.unit.name if line.unit else "", css="clip"),
            Column("kind", "方式", lambda line: LookKind(line.kind).label, narrow="方式"),
            Column("what", "内容", lambda line: line.what, narrow="内容"),
            Column(
                "purpose", "用途", lambda line: Purpose(line.purpose).label if line.purpose else ""
            ),
            Column(
                "student",
                "学号",
                lambda line: line.student.number,
                ("student__number",),
                css="no",
                narrow="学号",
            ),
            Column("address", "来源地址", lambda line: line.address, shown=False),
        ),
        order=("-at",),
        lines=_piece,
        empty=("还没有记录", "有人登录、授权或查看资料以后列在这里"),
    )
)


@reads(Role.AUDITOR)
def trail(request: HttpRequest, visit: Visit) -> HttpResponse:
    """审计记录."""
    return show(request, visit, TRAIL)


@reads(Role.AUDITOR)
def looks(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Who looked at whom."""
    return show(request, visit, LOOKS)


ADDRESSES = [
    path("consents", waiting),
    path("consents/<int:pk>", answer),
    path("consents/<int:pk>/withdraw", withdraw),
    path("consents/<int:pk>/read", read),
    path("consents/<int:pk>/evidence", evidence),
    path("units", units),
    path("units/<int:pk>", unit),
    path("units/<int:pk>/change", change_unit),
    path("trail", trail),
    path("looks", looks),
]
