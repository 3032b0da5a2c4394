"""The books of numbers that are given here: the next free places, and which numbers are reserved
for them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from graduand.models import (
    Batch,
    Certificate,
    Counter,
    DegreeCertificate,
    IncomingNumber,
    PolicyVersion,
)
from graduand.office.refusal import Refused
from graduand.queries.basis import policy_of
from graduand.rulebook.certificates.numbering import BadNumber, level_code, parse_degree
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import Level, Numbering

_BOOK = "book:"
# Where a number that headquarters sent waits for its certificate.
_INCOMING = {Certificate: "number", DegreeCertificate: "degree_number"}
_ONCE = "同一编号簿只能由一方编号，请把「证书编号」定为"


def next_numbers(
    issued: type[Certificate | DegreeCertificate],
    book: str,
    count: int,
    number_of: Callable[[int], str],
) -> list[str]:
    """The next `count` numbers of `book`, from its counter row; call inside a transaction.

    A place that a number from headquarters has taken is passed over: it is used, so the book has no
    gap there. Raises Refused when the book is full.
    """
    found: list[str] = []
    while missing := count - len(found):
        first = Counter.reserve(_BOOK + book, missing)
        try:
            numbers = [number_of(serial) for serial in range(first, first + missing)]
        except BadNumber as full:
            raise Refused(
                f"编号簿 {book} 不能再编号：{full.message}；请向总部申请新的编号办法"
            ) from full
        taken = _taken(issued, numbers)
        found += [number for number in numbers if number not in taken]
    return found


def _taken(issued: type[Certificate | DegreeCertificate], numbers: list[str]) -> set[str]:
    """Which of `numbers`, one after the other, are on a certificate or wait for one; two queries."""
    column = _INCOMING[issued]
    between = numbers[0], numbers[-1]
    waiting = IncomingNumber.objects.filter(**{f"{column}__range": between}).values_list(
        column, flat=True
    )
    given = issued.objects.filter(number__range=between).values_list("number", flat=True)
    return {*waiting, *given}


def minted_books(numbers: Collection[str]) -> dict[str, str]:
    """Which of these registration numbers lie in a book that is numbered here: number -> the batch,
    or "" for an old one.
    """
    minted = {}
    for batch in Batch.objects.filter(deleted_at=None, policy__isnull=False).select_related(
        "policy"
    ):
        policy = policy_of(batch)
        if policy.numbering is Numbering.MINTED:
            minted[_way(policy)[1]] = batch.code
    begun = {key.removeprefix(_BOOK) for key in _begun({number[:12] for number in numbers})}
    found = {number: minted.get(number[:10]) for number in numbers}
    old = {number: "" for number in numbers if number[:12] in begun}
    return old | {number: code for number, code in found.items() if code is not None}


def refusal(in_force: PolicyVersion | None, new: BatchPolicy) -> str:
    """Why the certificates can't be numbered as `new` says, "" when they can: a book is numbered
    here or elsewhere, not both.

    A batch that goes on numbering as before is not checked again, since nobody could repair what an
    earlier program allowed.
    """
    if in_force is not None and _way(BatchPolicy.from_dict(in_force.source)) == _way(new):
        return ""
    if new.numbering is Numbering.MINTED:
        return _sent_already(new)
    return _minted_already(new)


def _sent_already(new: BatchPolicy) -> str:
    """The refusal that headquarters has sent numbers of the book that would be numbered here."""
    prefix = _way(new)[1]
    sent = IncomingNumber.objects.filter(number__startswith=prefix, batch__deleted_at=None)
    codes = "、".join(sent.order_by("batch__code").values_list("batch__code", flat=True).distinct())
    if not codes:
        return ""
    here = f"批次 {new.code} 不能由本系统编号：{prefix} 起头的编号簿里已有总部编号 {sent.count()} 个（批次 {codes}）"
    return f"{here}；{_ONCE}{Numbering.IMPORTED.label}（numbering = imported）"


def _minted_already(new: BatchPolicy) -> str:
    """The refusal that numbers of the books that would be numbered elsewhere were given here."""
    prefix = _way(new)[1]
    begun = _begun({prefix + level_code(level) for level in Level})
    if not begun:
        return ""
    names = "、".join(key.removeprefix(_BOOK) for key in sorted(begun))
    here = f"批次 {new.code} 不能用导入的编号：编号簿 {names} 已由本系统编号"
    return f"{here}；{_ONCE}{Numbering.MINTED.label}（numbering = minted）"


def _way(policy: BatchPolicy) -> tuple[Numbering, str]:
    """Who numbers, and what the books of the school's year begin with."""
    return (
        policy.numbering,
        f"{policy.school.code}{policy.school.type_digit}{policy.issue_date.year:04}",
    )


def minted_degrees(numbers: Collection[str]) -> set[str]:
    """Which of these degree numbers are in a book from which numbers were given here; a malformed
    number is in none.
    """
    books = {number: book for number in numbers if (book := _degree_book(number))}
    begun = {key.removeprefix(_BOOK) for key in _begun(set(books.values()))}
    return {number for number, book in books.items() if book in begun}


def _degree_book(number: str) -> str:
    try:
        return parse_degree(number).place[0]
    except BadNumber:
        return ""


def _begun(books: Collection[str]) -> list[str]:
    keys = [_BOOK + book for book in sorted(books)]
    return list(Counter.objects.filter(key__in=keys, value__gt=0).values_list("key", flat=True))
