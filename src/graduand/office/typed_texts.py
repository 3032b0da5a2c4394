"""Texts that a person typed as a reason, a note or a basis, before any rule decides whether there
is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from graduand.logs import scrub
from graduand.models import Candidate, key_ring
from graduand.office.refusal import Refused
from graduand.rulebook.canon import BadText, canon_words
from graduand.rulebook.dispatch import proxies
from graduand.rulebook.terms import HandoverMethod, Verb


def words(text: str) -> str:
    """`text` as it is kept: canonical, persons' numbers masked; "" when nobody could see any of it.
    Raises Refused.
    """
    try:
        return scrub(canon_words(text))
    except BadText as problem:
        raise Refused(problem.message) from problem


def note(verb: Verb, answers: Mapping[str, Any]) -> str:
    """The note of a request as it is kept, "" for none. Raises Refused.

    At a hand-over it says who fetches and what he is to the student; no document's number is kept.
    """
    text = str(answers.get("note", ""))
    if verb is not Verb.COLLECT:
        return words(text)
    if _by_proxy(verb, answers) and not words(text):
        return ""  # a relation alone names nobody
    return words(proxies.masked(f"{answers.get('relation', '')} {text}"))


def refuse_unclear_proxy(
    verb: Verb, answers: Mapping[str, Any], files: QuerySet[Candidate]
) -> None:
    """A proxy is named with a document, which is checked before its number is masked, with the
    relation to the student, and is none of the students of `files`. Raises Refused.

    That nothing at all was written is reported for each student, as every other gate does.
    """
    found = proxy_problems(verb, answers, files)
    if found and words(str(answers.get("note", ""))):
        raise Refused("。".join(found))


def proxy_problems(verb: Verb, answers: Mapping[str, Any], files: QuerySet[Candidate]) -> list[str]:
    """All that is wrong with what was written about a proxy, a sentence each without its full stop,
    so that it can be corrected at once.

    That the proxy is not named at all is the gate's to say (`PROXY`).
    """
    if not _by_proxy(verb, answers):
        return []
    text = str(answers.get("note", ""))
    found = []
    named = bool(words(text))
    if named and (problem := proxies.proxy_problem(text)):
        found.append(
            f"代领须写明代领人姓名和证件号码：{problem}。请对照证件原件填写，保存时自动遮盖；不是身份证的，写明证件名称（如护照）"
        )
    if problem := proxies.relation_problem(str(answers.get("relation", ""))):
        found.append(f"代领须写明代领人与学生的关系（如母亲、同学、班主任）：{problem}")
    if named:
        found += _own_students(text, files)
    return found


def _own_students(text: str, files: QuerySet[Candidate]) -> list[str]:
    """One query; of nobody more than the name, and whether a number in `text` is the own."""
    own = {key_ring().digest(number) for number in proxies.numbers_in(text)}
    found = []
    for name, id_hash in files.values_list("student__name", "student__id_hash"):
        problem = proxies.own_problem(text, name)
        if id_hash and id_hash in own:
            problem = "写的是学生本人的证件号码；请对照代领人的证件原件填写"
        if problem:
            found.append(f"{name}的代领人{problem}")
    return found


def _by_proxy(verb: Verb, answers: Mapping[str, Any]) -> bool:
    return verb is Verb.COLLECT and answers.get("handover") == HandoverMethod.PROXY
