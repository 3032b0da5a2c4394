"""证书与档案 of one file as its page shows it: label, value, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass

from graduand.models import Candidate, Certificate, DegreeCertificate, ParcelItem
from graduand.pages.frame import tags
from graduand.pages.frame.base import address
from graduand.pages.frame.on_certificate import OnCertificate
from graduand.pages.frame.one_file import voided
from graduand.queries.records import holdings
from graduand.queries.records.person import HandedOver
from graduand.rulebook.calendar import office_day
from graduand.rulebook.certificate_terms import OLD_PAPER_OUT
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import DegreeState, HandoverMethod, Stage

# In whose hands a certificate is that was handed over.
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


def of(file: Candidate, policy: BatchPolicy, printed: OnCertificate | None) -> list[Fact]:
    """What there is on paper, and what is missing; [] before 准予毕业. `printed` is on the certificate."""
    found = holdings.of(file, policy.dossier)
    if found is None:
        return []
    rows = [*_certificate(file, found.certificate, found.handover), *_said(printed)]
    rows += _degree(file, found.degree)
    rows += [fact for number, stage in found.voided for fact in _voided(file, number, stage)]
    for kind, day in found.papers:
        missing = tags.Tag(tags.WARN, "未到") if found.recorded else tags.Tag(tags.IDLE, "未登记")
        rows.append(Fact(kind.label, tag=tags.Tag(tags.OK, f"{day} 到") if day else missing))
    rows.append(_parcel(found.parcel))
    rows.append(_handover(found.handover))
    return rows


def _certificate(
    file: Candidate, paper: Certificate | None, given: HandedOver | None
) -> list[Fact]:
    if paper is None:
        return [Fact("证书编号", tag=tags.Tag(tags.IDLE, "尚未编号"))]
    url = address("/certificates", [("batch", file.batch.code), ("q", paper.number)])
    registered = tags.Tag(tags.OK, "可查询") if paper.queryable else tags.Tag(tags.WARN, "尚未读回")
    if paper.cancelled_on:
        registered = tags.Tag(tags.WARN, f"{paper.cancelled_on} 已注销")
    where = paper.held_by.name if paper.held_by else "途中"
    if given is not None:
        where = _WITH[given.method]
    rows = [Fact("证书编号", paper.number, url), Fact("证书所在", where), *_paper(file, paper)]
    return [*rows, Fact("学信网注册", tag=registered)]


def _said(printed: OnCertificate | None) -> list[Fact]:
    """What the certificate says, and where the record says something else by now."""
    if printed is None:
        return []
    rows = [Fact("证书上的专业", printed.major)]
    if printed.differs:
        rows.append(Fact("与现在的登记不同", f"{printed.differs}；证书以发证时的内容为准"))
    return rows


def _voided(file: Candidate, number: str, stage: Stage | None) -> list[Fact]:
    """A number that is spent, and what becomes of its paper."""
    spent = Fact("作废的编号", f"{number}（不能再打印、补打）")
    return (
        [spent, Fact("作废的纸质证书", voided.of_file(number, stage, file.centre.name))]
        if stage
        else [spent]
    )


def _degree(file: Candidate, degree: DegreeCertificate | None) -> list[Fact]:
    """The degree certificate, once the degree is granted; where it is nobody can record yet, and the page says so."""
    if degree is not None:
        where = Fact("学位证书所在", "本系统暂不登记学位证书的寄送和签领，请另留签收单")
        return [Fact("学位证书编号", degree.number), *_degree_paper(file, degree), where]
    if file.degree == DegreeState.GRANTED:
        return [Fact("学位证书编号", tag=tags.Tag(tags.IDLE, "已授予学位，尚未编号"))]
    return []


def _degree_paper(file: Candidate, degree: DegreeCertificate) -> list[Fact]:
    """The same of the degree certificate, which nobody here prints: it is made anew, and somebody says so."""
    if degree.old_paper_since:
        out = Stage(file.stage) in OLD_PAPER_OUT
        tag = tags.Tag(tags.BAD, "旧证待收回") if out else tags.Tag(tags.WARN, "待重制")
        told = f"学位证书内容已于 {office_day(degree.old_paper_since)} 更正；旧的不能随证书发给学生，收回作废后由总部重制"
        return [Fact("纸质学位证书", tag=tag), Fact("更正说明", told)]
    if degree.reprinted_at:
        return [
            Fact(
                "纸质学位证书",
                tag=tags.Tag(tags.OK, f"{office_day(degree.reprinted_at)} 按更正后的内容重制"),
            )
        ]
    return []


def _paper(file: Candidate, paper: Certificate) -> list[Fact]:
    """What an amendment means for the paper: it is old until it is replaced, and says when it was."""
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


def _parcel(item: ParcelItem | None) -> Fact:
    if item is None:
        return Fact("包裹", tag=tags.Tag(tags.IDLE, "尚未寄出"))
    parcel = item.parcel
    state = f"{office_day(parcel.sealed_at)} 寄出"
    if item.counted is False:
        state = "清点时没有此证书"
    elif item.counted:
        state = f"{office_day(parcel.received_at)} 签收" if parcel.received_at else "已签收"
    return Fact("包裹", f"{parcel.carrier} {parcel.tracking}，{state}", f"/parcels/{parcel.pk}")


def _handover(given: HandedOver | None) -> Fact:
    if given is None:
        return Fact("签领", tag=tags.Tag(tags.IDLE, "尚未签领"))
    way = " ".join(part for part in (given.method.label, given.waybill) if part)
    who = f"（{given.said}）" if given.method is HandoverMethod.PROXY and given.said else ""
    return Fact("签领", f"{office_day(given.at)} {way}{who}，{given.by} 办理")
