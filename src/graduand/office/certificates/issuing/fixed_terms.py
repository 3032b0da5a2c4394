"""A batch with valid certificates keeps what is printed on each of them: issue date, school, the
principal of that day.
"""

from __future__ import annotations

from graduand.models import Batch, PolicyVersion
from graduand.queries.certificates import issued
from graduand.rulebook.certificates.certificate_content import changed_degree_terms, changed_terms
from graduand.rulebook.season.policy import BatchPolicy


def refusal(batch: Batch | None, last: PolicyVersion | None, new: BatchPolicy) -> str:
    """Why `new` can't replace `last` while certificates are out, a sentence; "" when nothing is
    against it.
    """
    if batch is None or last is None:
        return ""
    old = BatchPolicy.from_dict(last.source)
    days = issued.degree_days(batch)
    changes = changed_terms(old, new)
    degrees = changed_degree_terms(old, new, days)
    held = []
    if changes and (valid := issued.valid_in(batch)):
        held.append((valid, "证书", changes))
    if granted := sum(days[day] for day in degrees):
        held.append((granted, "学位证书", list(degrees.values())))
    if not held:
        return ""
    counts = "、".join(f"{count} 份有效{what}" for count, what, _ in held)
    return (
        f"批次 {batch.code} 已有 {counts}，印在证书上的内容不能再改：{'；'.join(p for *_, some in held for p in some)}。"
        "其余规定可以照常修改；个别证书有误的，逐份作废重办，学信网已按原编号更正的，逐份更正内容"
    )


def unchanged_note(batch: Batch | None = None) -> str:
    """How many issued certificates a change of the policy of `batch` leaves as they are; "" for
    none.
    """
    return _kept(issued.valid_in(batch))


_DIFFERING = "份与导入后的记录不一致"


def import_words(valid: int, differing: int) -> tuple[str, ...]:
    """The sentence about `valid` certificates of people whose record an import changes: they stay
    as they are, also the `differing` ones, which then differ from the record; none when there are
    none.
    """
    if not valid and not differing:
        return ()
    if not differing:
        return (_kept(valid),)
    todo = "在「证书」里把「与学籍记录」选为「不一致」可以查看；确须更改的，由总部更正证书内容或作废重办"
    return (f"{_kept(valid)}；其中 {differing} {_DIFFERING}，{todo}",)


def speaks_of_differing(sentence: str) -> bool:
    """Whether a sentence says so; a page then links to those certificates."""
    return _DIFFERING in sentence


def _kept(count: int) -> str:
    if not count:
        return ""
    return f"已编号的 {count} 份有效证书不受影响，补打和上报仍按编号时的内容"
