"""证书与档案 of one file as its page shows it: label, value, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from graduand.models import Candidate, Certificate, DegreeCertificate, ParcelItem
from graduand.pages.frame import tags
from graduand.pages.frame.base import address
from graduand.pages.frame.on_certificate import OnCertificate
from graduand.pages.frame.one_file import voided_certificate
from graduand.pages.frame.phrases import in_brackets
from graduand.queries.records import holdings
from graduand.queries.records.holdings import VoidedPaper
from graduand.queries.records.person import HandoverRecord
from graduand.rulebook.calendar import office_day
from graduand.rulebook.certificate_terms import OLD_PAPER_OUT
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import SENT_STAGES, DegreeState, HandoverMethod, Stage

# The stages at which a certificate is in a parcel, or has arrived in one.
_SENT = SENT_STAGES
# The person who has a certificate that was handed over.
_WITH = {
    HandoverMethod.IN_PERSON: "学生本人",
    HandoverMethod.PROXY: "代领人",
    HandoverMethod.MAIL: "邮寄给学生",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A line: text with an address, or a tag."""

    label: str
    text: str = ""
    url: str = ""
    tag: tags.Tag | None = None


def holding_facts(
    file: Candidate, policy: BatchPolicy, printed: OnCertificate | None
) -> list[Fact]:
    """What there is on paper, and what is missing; [] before 准予毕业.

    `printed` is on the certificate.
    """
    found = holdings.holdings_of(file, policy.dossier)
    if found is None:
        return []
    rows = [*_certificate(file, found.certificate, found.handover), *_said(printed)]
    rows += _degree(file, found.degree)
    rows += [fact for one in found.voided for fact in _voided(file, one)]
    rows += [
        Fact(kind.label, tag=_arrival_tag(day, recorded=found.recorded))
        for kind, day in found.papers
    ]
    rows.append(_parcel(file, found.parcel))
    rows.append(_handover(found.handover))
    return rows


def _arrival_tag(day: date | None, *, recorded: bool) -> tags.Tag:
    """Whether a paper has come; `recorded`: arrivals are recorded for this file at all."""
    if day is not None:
        return tags.Tag(tags.OK, f"{day} 到")
    if recorded:
        return tags.Tag(tags.WARN, "未到")
    return tags.Tag(tags.IDLE, "未登记")


def _certificate(
    file: Candidate, paper: Certificate | None, given: HandoverRecord | None
) -> list[Fact]:
    if paper is None:
        return [Fact("证书编号", tag=tags.Tag(tags.IDLE, "尚未编号"))]
    url = address("/certificates", [("batch", file.batch.code), ("q", paper.number)])
    return [
        Fact("证书编号", paper.number, url),
        Fact("证书所在", _where(paper, given)),
        *_paper(file, paper),
        Fact("学信网注册", tag=_registration_tag(paper)),
    ]


def _where(paper: Certificate, given: HandoverRecord | None) -> str:
    """Where a certificate is."""
    if given is not None:
        return _WITH[given.method]
    if paper.held_by is not None:
        return paper.held_by.name
    return "途中"


def _registration_tag(paper: Certificate) -> tags.Tag:
    if paper.cancelled_on:
        return tags.Tag(tags.WARN, f"{paper.cancelled_on} 已注销")
    if paper.queryable:
        return tags.Tag(tags.OK, "可查询")
    return tags.Tag(tags.WARN, "尚未读回")


def _said(printed: OnCertificate | None) -> list[Fact]:
    """What the certificate says, and where the record differs by now."""
    if printed is None:
        return []
    rows = [Fact("证书上的专业", printed.major)]
    if printed.differs:
        rows.append(Fact("与现在的登记不同", f"{printed.differs}；证书以发证时的内容为准"))
    return rows


def _voided(file: Candidate, spent: VoidedPaper) -> list[Fact]:
    """A voided number, and what happens to its paper."""
    number = Fact("作废的编号", f"{spent.number}（不能再打印、补打）")
    if spent.stage is None:
        return [number]
    words = voided_certificate.of_file(spent.number, spent.stage, file.centre.name, lost=spent.lost)
    return [number, Fact("作废的纸质证书", words)]


def _degree(file: Candidate, degree: DegreeCertificate | None) -> list[Fact]:
    """The degree certificate, once the degree is granted; nobody can record yet where it is."""
    if degree is not None:
        where = Fact("学位证书所在", "本系统暂不登记学位证书的寄送和签领，请另留签收单")
        return [Fact("学位证书编号", degree.number), *_degree_paper(file, degree), where]
    if file.degree == DegreeState.GRANTED:
        return [Fact("学位证书编号", tag=tags.Tag(tags.IDLE, "已授予学位，尚未编号"))]
    return []


def _degree_paper(file: Candidate, degree: DegreeCertificate) -> list[Fact]:
    """What an amendment means for the paper of the degree certificate, which is not printed here:
    it is made anew elsewhere.
    """
    if degree.old_paper_since:
        tag = tags.Tag(tags.WARN, "待重制")
        if Stage(file.stage) in OLD_PAPER_OUT:
            tag = tags.Tag(tags.BAD, "旧证待收回")
        sentence = (
            f"学位证书内容已于 {office_day(degree.old_paper_since)} 更正；"
            "旧的不能随证书发给学生，收回作废后由总部重制"
        )
        return [Fact("纸质学位证书", tag=tag), Fact("更正说明", sentence)]
    if degree.reprinted_at:
        return [
            Fact(
                "纸质学位证书",
                tag=tags.Tag(tags.OK, f"{office_day(degree.reprinted_at)} 按更正后的内容重制"),
            )
        ]
    return []


def _paper(file: Candidate, paper: Certificate) -> list[Fact]:
    """What an amendment means for the paper: it is outdated until it is replaced."""
    if paper.old_paper_since:
        tag = tags.paper_tag(Stage(file.stage), office_day(paper.old_paper_since))
        return [
            Fact("纸质证书", tag=tags.Tag(tag.tone, tag.text, tag.title)),
            Fact("更正说明", tag.title),
        ]
    if paper.reprinted_at:
        return [
            Fact(
                "纸质证书",
                tag=tags.Tag(tags.OK, f"{office_day(paper.reprinted_at)} 按更正后的内容重新打印"),
            )
        ]
    return []


def _parcel(file: Candidate, item: ParcelItem | None) -> Fact:
    if item is None:
        return Fact("包裹", tag=tags.Tag(tags.IDLE, "尚未寄出"))
    parcel = item.parcel
    if file.stage not in _SENT:
        words = f"尚未寄出；以前的包裹：{parcel.carrier} {parcel.tracking}"
        return Fact("包裹", words, f"/parcels/{parcel.pk}")
    words = f"{parcel.carrier} {parcel.tracking}，{_parcel_state(item)}"
    return Fact("包裹", words, f"/parcels/{parcel.pk}")


def _parcel_state(item: ParcelItem) -> str:
    """How far the parcel is, as far as this certificate goes."""
    parcel = item.parcel
    if item.counted is None:
        return f"{office_day(parcel.sealed_at)} 寄出"
    if not item.counted:
        return "清点时没有此证书"
    if parcel.received_at is None:
        return "已签收"
    return f"包裹 {office_day(parcel.received_at)} 签收"


def _handover(given: HandoverRecord | None) -> Fact:
    if given is None:
        return Fact("签领", tag=tags.Tag(tags.IDLE, "尚未签领"))
    way = " ".join(part for part in (given.method.label, given.waybill) if part)
    if given.method is HandoverMethod.PROXY:
        way += in_brackets(given.said)
    return Fact("签领", f"{office_day(given.at)} {way}，{given.by} 办理")
