"""该生在其他毕业批次: where else a student has a file, what was refused there, where it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graduand.models import Candidate
from graduand.pages.door.access import Visit
from graduand.pages.frame import tags
from graduand.pages.frame.base import address, stamp
from graduand.pages.frame.lists.list_spec import OperatorCommand, OtherLists
from graduand.pages.frame.lists.print_requests import reprinting
from graduand.pages.frame.one_file import degree_words
from graduand.pages.frame.shell import LIST, files, people
from graduand.pages.frame.words import stage_holder
from graduand.queries.certificates import old_papers
from graduand.queries.filing.open_filings import LISTED_TOO
from graduand.queries.filing.set_aside import live_file, same_question
from graduand.queries.listing import BATCH, ListFilter
from graduand.queries.records import person
from graduand.queries.records.other_files import OtherFile
from graduand.queries.records.person import HistoryEvent
from graduand.rulebook.calendar import office_day
from graduand.rulebook.certificate_terms import OLD_PAPER_OUT
from graduand.rulebook.gates import Basis
from graduand.rulebook.journey import STEPS
from graduand.rulebook.people import rights
from graduand.rulebook.terms import ENDED_STAGES, GRADUATED_STAGES, LIVE_STAGES, Desk, Stage, Verb
from graduand.rulebook.words import led_by

ASIDE = f"{LIST}/aside"


@dataclass(frozen=True, slots=True)
class OtherBatchFile:
    """A line: the batch with the address of the file there, its stage and its state.

    `refused` is the last refusal in a sentence.
    """

    batch: str
    url: str
    tag: tags.Tag
    note: str
    refused: str


def lines(found: Sequence[OtherFile]) -> list[OtherBatchFile]:
    """The files in other batches as a page lists them."""
    return [
        OtherBatchFile(
            other.batch,
            f"{LIST}/{other.pk}",
            tags.stage_tag(other.stage),
            _note(other),
            _refused(other),
        )
        for other in found
    ]


def _note(other: OtherFile) -> str:
    if other.aside:
        return "已搁置，不在那里办理"
    return ""


@dataclass(frozen=True, slots=True)
class SetAside:
    """Why nothing is done with a file, and the batch and file where the student is worked on.

    `url` is "" where the visitor may not see the centre of that file; there is no batch where that
    file has ended, too.
    """

    words: str
    batch: str = ""
    url: str = ""


def set_aside(file: Candidate, found: Sequence[OtherFile]) -> SetAside | None:
    """The note about a file that is set aside; None for any other. One query, none for any other."""
    if not file.aside:
        return None
    live = live_file(file)
    aside = f"这里的档案因此搁置：不在名单里，不计数，也不能办理；{_what_ends_it(file)}。"
    if live is None:
        return SetAside(f"批次关闭以前，该生在其他批次有在办档案，{aside}")
    has = f"{_has(live.stage)}（{live.stage.label}），{aside}"
    if any(other.pk == live.pk for other in found):
        return SetAside(f"该生在 {live.batch} 批次{has}", live.batch, f"{LIST}/{live.pk}")
    return SetAside(f"该生在 {live.batch} 批次（{live.centre}）{has}", live.batch)


def _what_ends_it(file: Candidate) -> str:
    """When a file that is set aside comes back."""
    if file.batch.closed_at is not None:
        return "批次已关闭，不再恢复"
    return "那里没有发证就结束的，这里自动恢复"


def _has(stage: Stage) -> str:
    if stage in GRADUATED_STAGES:
        return "已有毕业证书"
    return "已有在办档案"


def lists_elsewhere(visit: Visit, asked: ListFilter) -> list[OtherLists]:
    """People who match the same filter and are worked on in another batch, or can be.

    No query while there is one batch.
    """
    if len(visit.seasons) < 2:
        return []
    return [*_set_aside(visit, asked), *_filed_elsewhere(visit, asked)]


def _filed_elsewhere(visit: Visit, asked: ListFilter) -> list[OtherLists]:
    """How many people of a list that takes no applications today can be filed elsewhere.

    One query for each batch that takes some. A person with a blocking finding can be filed nowhere.
    """
    here = visit.season(asked[BATCH])
    if here is None or not here.batch.is_open or here.open_round(visit.today):
        return []
    if not _asks_for_filing(visit, asked):
        return []
    links = []
    for there in visit.seasons:
        filing_round = there.open_round(visit.today)
        if filing_round is None:
            continue
        who = {BATCH: there.code, "stage": Stage.LISTED, "clear": "1", LISTED_TOO: here.code}
        question = ListFilter.read(asked.criteria, {**dict(asked.besides_batch()), **who})
        count = people(visit).filter(question.where()).count()
        if count:
            words = f"{there.code} 批次 {count:,} 人（「{filing_round.name}」{filing_round.closes} 截止）"
            links.append((words, address(LIST, question.pairs())))
    if not links:
        return []
    return [OtherLists("其中满足全部条件、现在可以在其他批次申请的：", links)]


def _asks_for_filing(visit: Visit, asked: ListFilter) -> bool:
    """Whether the list may hold people whom this person could file."""
    if asked["stage"] not in ("", Stage.LISTED) or asked["clear"] == "0":
        return False
    return rights.may(visit.actor.roles, visit.actor.desk, Verb.APPLY)


def _set_aside(visit: Visit, asked: ListFilter) -> list[OtherLists]:
    """How many people match the same filter and are worked on in another batch; one query."""
    question = same_question(asked)
    if question is None:
        return []
    count = files(visit).filter(question.where(), aside=True).count()
    if not count:
        return []
    link = (f"已在其他批次办理的 {count:,} 人", address(ASIDE, question.pairs()))
    return [OtherLists("不在名单里：", [link])]


def voided(file: Candidate, history: Sequence[HistoryEvent], found: Sequence[OtherFile]) -> str:
    """Which certificate was voided without a successor in hand, and why; "" for none.

    Said on the file of whatever batch: a centre reads of it where it goes on with the student. One
    query, none of most.
    """
    ids = [other.pk for other in found]
    if any(event.step is Verb.VOID for event in history):
        ids = [file.pk, *ids]
    gone = person.voided(ids)
    if gone is None:
        return ""
    sentence = (
        f"该生 {gone.batch} 批次的毕业证书（编号 {gone.number}）"
        f"已于 {office_day(gone.at)} 作废{led_by('，原因：', gone.why)}"
    )
    if not gone.in_hand:
        return sentence
    return f"{sentence}。作废时证书在学生手里：请收回，转交学院；学生的页面上也这样写着"


def refusals(found: Sequence[OtherFile]) -> list[str]:
    """Files sent back or rejected in other batches, for a person who reviews the new one."""
    return [f"{other.batch} 批次：{_refused(other)}" for other in found if other.refused]


def _refused(other: OtherFile) -> str:
    event = other.refused
    if event is None:
        return ""
    why = event.note or "没有写明原因"
    return f"{event.verb}（{why}），{event.desk.label} {event.who} {stamp(event.at)}"


def holder(file: Candidate, found: Sequence[OtherFile], basis: Basis) -> str:
    """The unit that has to act on the file now.

    Where nobody can act in its batch any more, the batch in which the student goes on or has gone
    on.
    """
    if file.aside:
        return "已搁置，不在这个批次办理"
    live = next((other for other in found if other.stage in LIVE_STAGES), None)
    if live is not None and file.stage in (Stage.LAPSED, Stage.REJECTED):
        return f"该生在 {live.batch} 批次{_has(live.stage)}，在那里办理"
    if file.stage == Stage.LAPSED:
        return _lapsed(file, found, basis)
    over = basis.closed_on is not None or basis.today > basis.policy.closes_at
    if file.stage == Stage.REJECTED and over:
        return _rejected_for_good(file, found, basis)
    if basis.closing and Stage(file.stage) in STEPS[Verb.LAPSE].stages:
        return f"批次 {file.batch.code} 正在关闭，不再申请和审核；未办结的转入下一毕业批次"
    if over and Stage(file.stage) in STEPS[Verb.LAPSE].stages:
        return _to_be_lapsed(basis)
    return "；".join(
        part for part in (stage_holder(file), degree_words.left_open(file, basis)) if part
    )


def _next_batch(file: Candidate, found: Sequence[OtherFile]) -> str:
    """The first later batch in which the student can go on; "" before there is one."""
    later = [
        other.batch
        for other in found
        if other.batch > file.batch.code and not other.closed and other.stage not in ENDED_STAGES
    ]
    return min(later, default="")


def _lapsed(file: Candidate, found: Sequence[OtherFile], basis: Basis) -> str:
    """Where a file goes on that lapsed with its batch."""
    if basis.reopening:
        return f"批次 {file.batch.code} 正在恢复名单，恢复完成后可以重新申请"
    batch = _next_batch(file, found)
    if not batch:
        return "本批次未办结，将列入下一毕业批次"
    return f"已转入 {batch}，请到那里办理"


def _rejected_for_good(file: Candidate, found: Sequence[OtherFile], basis: Basis) -> str:
    """Where a student can apply who was rejected in a batch that is over."""
    over = "本批次已截止"
    if basis.closed_on is not None:
        over = "本批次已关闭"
    batch = _next_batch(file, found)
    if not batch:
        return f"{over}，不再重审；可在下一毕业批次申请"
    return f"{over}，不再重审；可在 {batch} 申请"


def _to_be_lapsed(basis: Basis) -> str:
    """What happens to a file that cannot go on: it is carried over with the closing, else singly by
    name.
    """
    if basis.closed_on is not None:
        return (
            f"本批次已于 {basis.closed_on} 关闭，不再申请和审核，待总部办理「{Verb.LAPSE.label}」"
        )
    return f"本批次已于 {basis.policy.closes_at} 截止，不再申请和审核，待总部关闭"


def on_request(desk: Desk, file: Candidate) -> list[OperatorCommand]:
    """What this desk asks somebody else to do: headquarters the print of what was amended.

    It is printed once the outdated paper is back.
    """
    if desk is not Desk.HQ or Stage(file.stage) in OLD_PAPER_OUT:
        return []
    old = old_papers.of_file(file)
    if old is None or not old.certificate:
        return []
    return [reprinting(file.batch.code)]


def amending(desk: Desk, file: Candidate, *, offered: bool) -> str:
    """What can't be amended, told to people who amend.

    Not where its button is `offered` already, or will be.
    """
    if desk is not Desk.HQ or file.certified_at is None:
        return ""
    never = "学籍记录里的姓名、性别、出生日期、证件号，本系统暂时不能更正。"
    if offered:
        return never
    return (
        "证书内容与现在的学籍记录不一致（如专业规则已改）、学信网已登记注册时，"
        f"这里出现「{Verb.AMEND.label}」。{never}"
    )
