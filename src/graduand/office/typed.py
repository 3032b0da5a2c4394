"""What a person typed as a reason, a note or a basis, before anybody judges whether there is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graduand.logs import scrub
from graduand.office.refusal import Refused
from graduand.rulebook import proxies
from graduand.rulebook.canon import BadText, canon_words
from graduand.rulebook.terms import Handover, Verb


def words(text: str) -> str:
    """`text` as it is kept: canonical, persons' numbers masked; "" when nobody could see any of it. Raises Refused."""
    try:
        return scrub(canon_words(text))
    except BadText as problem:
        raise Refused(problem.message) from problem


def note(verb: Verb, said: Mapping[str, Any]) -> str:
    """The note of a wish as it is kept; at a hand-over no document's number is, whoever fetches it. Raises Refused."""
    text = str(said["note"])
    return words(proxies.masked(text) if verb is Verb.COLLECT else text)


def refuse_unclear_proxy(verb: Verb, said: Mapping[str, Any]) -> None:
    """Who fetches a certificate for others is named with a document, looked at before its number is masked. Raises Refused.

    That nothing at all was written is said of each student, as every other gate says it.
    """
    text = str(said.get("note", ""))
    if not _by_proxy(verb, said) or not words(text):
        return
    if problem := proxies.proxy_problem(text):
        raise Refused(
            f"代领须写明代领人姓名和证件号码：{problem}。请对照证件原件填写，保存时自动遮盖；不是身份证的，写明证件名称（如护照）"
        )


def _by_proxy(verb: Verb, said: Mapping[str, Any]) -> bool:
    return verb is Verb.COLLECT and said.get("handover") == Handover.PROXY
