"""The counted confirmation: what a verb would do to the people chosen, a signed token, and the confirmed act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect

from graduand.office import acts, consents, second_acts, statements
from graduand.office.refusal import Refused
from graduand.pages.door import visitors
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.door.troubles import trouble
from graduand.pages.frame import evidence
from graduand.pages.frame.base import address
from graduand.pages.frame.listing import ListSpec, spec_of
from graduand.pages.frame.offers import Offer, answered, asks, offer_of, round_name, supposed
from graduand.pages.frame.shell import LIST, people, shell
from graduand.pages.frame.statement_form import given_by
from graduand.queries import person, progress, reviewing
from graduand.queries.listing import Asked, BadFilter
from graduand.queries.verdicts import REVIEW_VERBS, preview
from graduand.rulebook.account_terms import GUARDED, ConsentKind
from graduand.rulebook.clauses import CLAUSES
from graduand.rulebook.journey import NAMED_ONLY
from graduand.rulebook.terms import ReasonCode, Verb

SALT = "graduand.bulk"
VALID_SECONDS = 600
MOST_CHOSEN = 200
ASKED = "/consents?done=asked"
# The verbs that take a second person, always or where the file has come far enough.
MAY_TAKE_TWO = frozenset({Verb.REOPEN, Verb.VOID, Verb.SEND_BACK, Verb.DEGREE_GRANT, Verb.DEGREE_DECLINE})
ADVICE = {
    Verb.APPLY: "提交后由学院审核；申请截止前可以撤回。证书按提交的先后顺序办理，请尽量集中提交。",
    Verb.DEFER: "暂缓后本批次不再提交申请；恢复后可重新申请。",
    Verb.SEND_BACK: "退回后由学习中心补正，再重新提交；原申请顺序不保留。",
    Verb.REJECT: "审核不通过后，须由总部两人共同重审才能恢复。",
    Verb.CERTIFY: "编号以后号码不能收回；照片以准予毕业时的为准。",
    Verb.SHIP: "每个学习中心一个运单；封箱后不能再放入其他证书。",
    Verb.RECEIVE: "签收表示已逐件清点、全部收到；有缺少的，请到「包裹」里按运单清点签收。",
    Verb.COLLECT: "请当面或凭委托材料办理；学生核对证书与学信网信息一致后再签领。",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is meant: everybody on `spec` who answers to `asked`, or the `chosen` candidates of one page.

    `spotless`: whoever has a warning is left out. `seen`: the last act on the one file that is meant, as it was shown.
    """

    spec: ListSpec
    offer: Offer
    asked: Asked
    chosen: tuple[int, ...]
    spotless: bool = False
    seen: int | None = None

    @property
    def early(self) -> bool:
        return self.asked["goes_on"] == "1"

    @property
    def back(self) -> str:
        return address(self.spec.path, self.asked.pairs())

    def ids(self, visit: Visit) -> list[int]:
        """The candidates meant, now. Raises Http404 when one of the chosen is not visible (A02)."""
        if not self.chosen:
            rows = self.spec.rows(visit).filter(self.asked.where())
            return list(rows.order_by(self.spec.candidate).values_list(self.spec.candidate, flat=True).distinct())
        found = list(people(visit).filter(id__among=self.chosen).values_list("id", flat=True))
        if len(found) != len(set(self.chosen)):
            raise Http404
        return found

    def with_version(self, visit: Visit) -> Choice:
        """The same, remembering how the file stands now when it is about one: a stale tab must not act on it (W02)."""
        if len(self.chosen) != 1:
            return self
        return replace(self, seen=people(visit).filter(id=self.chosen[0]).values_list("last_act", flat=True).first())


@reads(*STAFF)
def confirm(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What would happen, counted; nothing is written."""
    offer = offer_of(visit.actor, request.GET.get("verb", ""))
    spec = spec_of(visit, request.GET.get("list", "candidates"))
    chosen = _numbers(request.GET.getlist("chosen"))
    everybody = request.GET.get("all") == "1"
    if offer is None or visit.season is None or (everybody and not _for_everybody(offer, spec)):
        return trouble(request, 400, "不能办理", "没有这个操作，请从页面上选择。", LIST)
    if not (everybody or chosen):
        return trouble(request, 400, "没有选择学生", "请先勾选学生，或选择符合条件的全部学生。", LIST)
    _proved(visit, offer, request.get_full_path())
    spotless = request.GET.get("spotless") == "1" and offer.verb in REVIEW_VERBS
    choice = Choice(spec, offer, spec.asked(request.GET), () if everybody else chosen, spotless)
    return _show(request, visit, choice.with_version(visit), choice.ids(visit))


def _proved(visit: Visit, offer: Offer, back: str) -> None:
    """Numbering and what takes something back ask for a recent proof of identity. Raises ProveAgain."""
    if offer.verb in GUARDED:
        visit.prove(back)


def _for_everybody(offer: Offer, spec: ListSpec) -> bool:
    """Whether the verb may be done to everybody on that list: some are about named people only."""
    return bool(spec.candidate) and offer.verb not in NAMED_ONLY


def _numbers(texts: list[str]) -> tuple[int, ...]:
    if len(texts) > MOST_CHOSEN or not all(t.isascii() and t.isdigit() and len(t) < 19 for t in texts):
        raise BadFilter("所选学生无法识别，请从页面上选择。")
    return tuple(int(text) for text in texts)


def _show(
    request: HttpRequest, visit: Visit, choice: Choice, ids: list[int], before: int | None = None
) -> HttpResponse:
    """The confirmation of `ids`; `before` is the count of an earlier one that no longer holds."""
    offer, bulk, two = choice.offer, len(ids) != 1, _by_two(visit, choice)
    context = {
        "title": f"批量{offer.label}" if bulk else offer.label, "token": _token(visit, choice, len(ids)),
        "moved": None if before is None else {"before": before, "after": len(ids)},
        "preview": _counted(visit, choice, ids), "asks": asks(offer), "advice": ADVICE.get(offer.verb, ""),
        "back": choice.back, "two": two, "bulk": bulk, "today": visit.today,
        "only_clean": "" if choice.spotless else _only_clean(choice),
        "verb_label": "提交" if offer.verb is Verb.APPLY or two else offer.label,
    }  # fmt: skip
    status = 200 if before is None else 409
    if request.htmx:
        return render(request, "parts/confirm.html", context, status=status)
    return render(request, "pages/confirm.html", context | {"shell": shell(visit, LIST)}, status=status)


def _by_two(visit: Visit, choice: Choice) -> bool:
    """Whether a second person has to agree: asked about one file at a time."""
    if len(choice.chosen) != 1 or choice.offer.verb not in MAY_TAKE_TWO:
        return False
    file = people(visit).filter(id=choice.chosen[0]).first()
    return file is not None and second_acts.by_two(choice.offer.verb, file)


def _only_clean(choice: Choice) -> str:
    """The same confirmation without whoever has a warning: reviewed in bulk is only what nothing speaks against."""
    if choice.offer.verb not in REVIEW_VERBS or choice.chosen:
        return ""
    meant = [("verb", choice.offer.key), ("list", choice.spec.key), ("all", "1"), ("spotless", "1")]
    return address(f"{LIST}/confirm", [*choice.asked.pairs(), *meant])


def _counted(visit: Visit, choice: Choice, ids: list[int]) -> dict[str, Any]:
    """可以提交 and 将跳过, with the first reason of each who is skipped."""
    assert visit.season is not None
    asked = replace(supposed(visit, choice.offer, early=choice.early), spotless=choice.spotless)
    if len(choice.chosen) != 1:
        asked = replace(asked, second=None)
    seen = preview(choice.offer.verb, visit.season.batch, ids, asked)
    reasons = [_reason(CLAUSES[code].title, CLAUSES[code].source, n) for code, n in seen.by_code.items()]
    if seen.unchanged:
        reasons.append(_reason(f"已经是「{choice.offer.step.target.label}」", "办理流程", seen.unchanged))
    warned = [{"label": CLAUSES[code].title, "count": n} for code, n in seen.by_warning.items()]
    skipped = seen.refused + seen.unchanged
    return {
        "chosen": seen.total,
        "ready": seen.passes,
        "skipped": skipped,
        "reasons": reasons,
        "warnings": warned,
    }


def _reason(label: str, source: str, count: int) -> dict[str, Any]:
    return {"label": label, "source": source, "count": count}


def _token(visit: Visit, choice: Choice, count: int) -> str:
    """Filter or ids, count and key, signed for the person: whoever confirms, confirms what was shown."""
    said = {"u": visit.actor.user_id, "v": choice.offer.key, "f": choice.asked.pairs(), "c": choice.chosen}
    said |= {"l": choice.spec.key, "s": choice.spotless, "e": choice.seen}
    return signing.dumps(said | {"n": count, "k": uuid4().hex}, salt=SALT, compress=True)


def _opened(visit: Visit, token: str) -> Mapping[str, Any] | None:
    """What the token says; None when it is not ours, too old, or somebody else's (fail closed)."""
    try:
        said: dict[str, Any] = signing.loads(token, salt=SALT, max_age=VALID_SECONDS)
    except signing.BadSignature:
        return None
    return said if said["u"] == visit.actor.user_id else None


@writes(*STAFF)
def submit(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Freezes who was counted and leaves the work to the background; the same token twice is one act."""
    said = _opened(visit, request.POST.get("token", ""))
    offer = offer_of(visit.actor, said["v"]) if said else None
    if said is None or offer is None or visit.season is None:
        return trouble(
            request, 400, "确认已失效", "确认页已过期或不完整，没有办理任何学生。请重新选择并核对。", LIST
        )
    _proved(visit, offer, LIST)
    spec = spec_of(visit, said["l"])
    choice = Choice(spec, offer, spec.asked(dict(said["f"])), tuple(said["c"]), said["s"], said["e"])
    done = progress.act_of(visit.actor.user_id, said["k"])
    return redirect(f"/jobs/{done}") if done is not None else _carried(request, visit, choice, said)


def _carried(request: HttpRequest, visit: Visit, choice: Choice, said: Mapping[str, Any]) -> HttpResponse:
    """The first time that this token comes: what was counted still holds, or it is shown again."""
    ids = choice.ids(visit)
    if len(ids) != said["n"]:
        return _show(request, visit, choice, ids, before=said["n"])
    if choice.with_version(visit).seen != choice.seen:
        return trouble(request, 409, "没有办理", f"{_moved(visit, ids[0])}请刷新后按最新内容重新核对。", choice.back)
    if _by_two(visit, choice):
        return _ask_second(request, visit, choice, said["k"])
    return redirect(f"/jobs/{_confirmed(request, visit, choice, ids, said['k'])}")


def _said(request: HttpRequest, choice: Choice) -> dict[str, Any]:
    """What the act keeps of the form and of what was looked at."""
    more = {"seen": choice.seen, "spotless": choice.spotless}
    return answered(request.POST, choice.offer) | {name: value for name, value in more.items() if value}


def _confirmed(request: HttpRequest, visit: Visit, choice: Choice, ids: list[int], key: str) -> int:
    """The act, left to the worker."""
    assert visit.season is not None
    turn = round_name(visit, choice.offer, early=choice.early)
    wish = acts.Wish(choice.offer.verb, turn, said=_said(request, choice), key=key)
    if asks(choice.offer).statement:
        return statements.confirm(visit.season.batch, ids, visit.actor, wish, given_by(request, ids)).pk
    return acts.confirm(visit.season.batch, ids, visit.actor, wish, job=True).pk


def _ask_second(request: HttpRequest, visit: Visit, choice: Choice, key: str) -> HttpResponse:
    """Nothing is done yet: another person of headquarters confirms it at the own account (双人办理)."""
    file, said = person.one(people(visit), choice.chosen[0]), answered(request.POST, choice.offer)
    assert file is not None
    if asks(choice.offer).reason and not said.get("reason"):
        raise Refused("请选择原因，并写明说明")
    detail = second_acts.act_detail(choice.offer.verb, file, said)
    why = said.get("note") or ReasonCode(said["reason"]).label
    consents.ask(visit.actor, ConsentKind.ACT, detail, why, address=visitors.address(request), key=key)
    return HttpResponseClientRedirect(ASKED) if request.htmx else redirect(ASKED)


def _moved(visit: Visit, pk: int) -> str:
    """Who did what to the file since it was shown."""
    event = reviewing.last_event(pk)
    return f"{evidence.told(event, visit.today)}。" if event else "此档案已有变化。"
