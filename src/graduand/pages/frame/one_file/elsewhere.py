"""该生在其他毕业批次: where else a student has a file, what was refused there, and where a file that ended goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graduand.models import Candidate
from graduand.pages.door.access import Visit
from graduand.pages.frame import tags
from graduand.pages.frame.base import address, stamp
from graduand.pages.frame.lists.list_spec import Also, OnRequest
from graduand.pages.frame.one_file import degree_words
from graduand.pages.frame.shell import LIST, files, people
from graduand.pages.frame.words import reprinting, stage_holder
from graduand.queries.certificates import old_papers
from graduand.queries.filing.open_filings import LISTED_TOO
from graduand.queries.filing.set_aside import live_file, same_question
from graduand.queries.listing import BATCH, ListFilter
from graduand.queries.records import person
from graduand.queries.records.other_files import OtherFile
from graduand.queries.records.person import Done
from graduand.rulebook.calendar import office_day
from graduand.rulebook.certificate_terms import OLD_PAPER_OUT
from graduand.rulebook.gates import Bench
from graduand.rulebook.journey import STEPS
from graduand.rulebook.people import rights
from graduand.rulebook.terms import GRADUATED_STAGES, LIVE_STAGES, Desk, Stage, Verb

_ENDED = (Stage.LAPSED, Stage.REJECTED, Stage.COLLECTED)
ASIDE = f"{LIST}/aside"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A line: the batch with the address of the file there, its stage, what holds of it, the last refusal in a sentence."""

    batch: str
    url: str
    tag: tags.Tag
    note: str
    refused: str


def lines(found: Sequence[OtherFile]) -> list[Elsewhere]:
    """The files in other batches as a page lists them."""
    waits = {True: "已搁置，不在那里办理", False: ""}
    return [
        Elsewhere(
            one.batch,
            f"{LIST}/{one.pk}",
            tags.stage_tag(one.stage),
            waits[one.aside],
            _refused(one),
        )
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class SetAside:
    """Why nothing is done with a file, and where the student is worked on instead: the batch with
    the address of the file.

    `url` is "" where that file lies at a centre that one does not see; there is no batch where that
    file has ended, too.
    """

    words: str
    batch: str = ""
    url: str = ""


def set_aside(file: Candidate, found: Sequence[OtherFile]) -> SetAside | None:
    """What is said of a file that is set aside; None of another. One query, none of another."""
    if not file.aside:
        return None
    live, closed = live_file(file), file.batch.closed_at is not None
    ends = "批次已关闭，不再恢复" if closed else "那里没有发证就结束的，这里自动恢复"
    if live is None:
        return SetAside(
            f"批次关闭以前，该生在其他批次有在办档案，这里的档案因此搁置：不在名单里，不计数，也不能办理；{ends}。"
        )
    seen = any(one.pk == live.pk for one in found)
    where = f"{live.batch} 批次" if seen else f"{live.batch} 批次（{live.centre}）"
    why = f"该生在 {where}{_has(live.stage)}（{live.stage.label}），这里的档案因此搁置：不在名单里，不计数，也不能办理"
    return SetAside(f"{why}；{ends}。", live.batch, f"{LIST}/{live.pk}" if seen else "")


def _has(stage: Stage) -> str:
    return "已有毕业证书" if stage in GRADUATED_STAGES else "已有在办档案"


def also(visit: Visit, asked: ListFilter) -> list[Also]:
    """Who answers to the same question and is worked on in another batch, or can be; no query while there is one batch."""
    if len(visit.seasons) < 2:
        return []
    return [*_set_aside(visit, asked), *_filed_elsewhere(visit, asked)]


def _filed_elsewhere(visit: Visit, asked: ListFilter) -> list[Also]:
    """How many of a list that takes no applications today can be filed elsewhere; a query for each
    batch that takes some.

    Whom something stands against can be filed nowhere.
    """
    here, day = visit.season(asked[BATCH]), visit.today
    filing = rights.may(visit.actor.roles, visit.actor.desk, Verb.APPLY) and asked["stage"] in (
        "",
        Stage.LISTED,
    )
    if (
        not filing
        or asked["clear"] == "0"
        or here is None
        or not here.batch.is_open
        or here.open_round(day)
    ):
        return []
    links = []
    for there in visit.seasons:
        turn, said = there.open_round(day), dict(asked.besides_batch())
        who = {BATCH: there.code, "stage": Stage.LISTED, "clear": "1", LISTED_TOO: here.code}
        question = ListFilter.read(asked.criteria, {**said, **who})
        count = people(visit).filter(question.where()).count() if turn else 0
        if turn and count:
            words = f"{there.code} 批次 {count:,} 人（「{turn.name}」{turn.closes} 截止）"
            links.append((words, address(LIST, question.pairs())))
    return [Also("其中满足全部条件、现在可以在其他批次申请的：", links)] if links else []


def _set_aside(visit: Visit, asked: ListFilter) -> list[Also]:
    """How many answer to the same question and are worked on in another batch; one query."""
    question = same_question(asked)
    count = files(visit).filter(question.where(), aside=True).count() if question else 0
    if question is None or not count:
        return []
    return [
        Also(
            "不在名单里：", [(f"已在其他批次办理的 {count:,} 人", address(ASIDE, question.pairs()))]
        )
    ]


def voided(file: Candidate, history: Sequence[Done], found: Sequence[OtherFile]) -> str:
    """Which certificate of the student was voided and has no successor in the student's hand, and
    why; "" for none.

    Said on the file of whatever batch: a centre reads of it where it goes on with the student. One
    query, none of most.
    """
    own = [file.pk] if any(event.step is Verb.VOID for event in history) else []
    gone = person.voided([*own, *(one.pk for one in found)])
    if gone is None:
        return ""
    why = f"，原因：{gone.why}" if gone.why else ""
    told = f"该生 {gone.batch} 批次的毕业证书（编号 {gone.number}）已于 {office_day(gone.at)} 作废{why}"
    return (
        f"{told}。作废时证书在学生手里：请收回，转交学院；学生的页面上也这样写着"
        if gone.in_hand
        else told
    )


def refusals(found: Sequence[OtherFile]) -> list[str]:
    """What was sent back or rejected in other batches: whoever reviews the file anew looks at that again."""
    return [f"{one.batch} 批次：{_refused(one)}" for one in found if one.refused]


def _refused(one: OtherFile) -> str:
    event = one.refused
    if event is None:
        return ""
    return f"{event.verb}（{event.note or '没有写明原因'}），{event.desk.label} {event.who} {stamp(event.at)}"


def holder(file: Candidate, found: Sequence[OtherFile], bench: Bench) -> str:
    """Who holds the file now; where nobody can act in its batch any more, where the student goes on or has gone on."""
    if file.aside:
        return "已搁置，不在这个批次办理"
    live = next((one for one in found if one.stage in LIVE_STAGES), None)
    if live is not None and file.stage in (Stage.LAPSED, Stage.REJECTED):
        return f"该生在 {live.batch} 批次{_has(live.stage)}，在那里办理"
    later = [
        one.batch
        for one in found
        if one.batch > file.batch.code and not one.closed and one.stage not in _ENDED
    ]
    goes_on = min(later, default="")
    if bench.reopening and file.stage == Stage.LAPSED:
        return f"批次 {file.batch.code} 正在恢复名单，恢复完成后可以重新申请"
    over = bench.closed_on is not None or bench.today > bench.policy.closes_at
    if file.stage == Stage.LAPSED:
        return f"已转入 {goes_on}，请到那里办理" if goes_on else "本批次未办结，将列入下一毕业批次"
    if file.stage == Stage.REJECTED and over:
        state = "关闭" if bench.closed_on is not None else "截止"
        place = f" {goes_on} " if goes_on else "下一毕业批次"
        return f"本批次已{state}，不再重审；可在{place}申请"
    if bench.closing and Stage(file.stage) in STEPS[Verb.LAPSE].stages:
        return f"批次 {file.batch.code} 正在关闭，不再申请和审核；未办结的转入下一毕业批次"
    if over and Stage(file.stage) in STEPS[Verb.LAPSE].stages:
        return _to_be_lapsed(bench)
    return "；".join(
        part for part in (stage_holder(file), degree_words.left_open(file, bench)) if part
    )


def _to_be_lapsed(bench: Bench) -> str:
    """What becomes of a file that cannot go on: it is carried over with the closing, or, sent back after that, by name."""
    if bench.closed_on is not None:
        return (
            f"本批次已于 {bench.closed_on} 关闭，不再申请和审核，待总部办理「{Verb.LAPSE.label}」"
        )
    return f"本批次已于 {bench.policy.closes_at} 截止，不再申请和审核，待总部关闭"


def on_request(desk: Desk, file: Candidate) -> list[OnRequest]:
    """What this desk has done by somebody else: headquarters the print of what was amended, once the old paper is back."""
    if desk is not Desk.HQ or Stage(file.stage) in OLD_PAPER_OUT:
        return []
    old = old_papers.of_file(file)
    return [reprinting(file.batch.code)] if old is not None and old.certificate else []


def amending(desk: Desk, file: Candidate, *, offered: bool) -> str:
    """What can't be amended, told to whoever amends; and, unless its button is `offered` already, when that will be there."""
    if desk is not Desk.HQ or file.certified_at is None:
        return ""
    words = "证书内容与现在的学籍记录不一致（如专业规则已改）、学信网已登记注册时，这里出现"
    later = "" if offered else f"{words}「{Verb.AMEND.label}」。"
    return f"{later}学籍记录里的姓名、性别、出生日期、证件号，本系统暂时不能更正。"
