"""Filters of stored judgements by the codes of their findings."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import F, Q
from django.db.models.lookups import Exact, GreaterThan

from graduand.queries import judging
from graduand.rulebook.clauses import MASK_BITS


def mask(codes: Iterable[str]) -> int:
    """The bits of these codes in a stored judgement."""
    return reduce(or_, (1 << MASK_BITS[code] for code in codes), 0)


def codes_of(bits: int) -> frozenset[str]:
    """The codes of a stored judgement's bits."""
    return frozenset(code for code, bit in MASK_BITS.items() if bits >> bit & 1)


def has_any_code(codes: Iterable[str]) -> Q:
    """The stored judgement has at least one of `codes`."""
    return judging.judged(has_code(codes))


def free_of(codes: Iterable[str]) -> Q:
    """The stored judgement has none of `codes`."""
    return judging.judged(Q(Exact(F("judgement__codes").bitand(mask(codes)), 0)))


def has_code(codes: Iterable[str], path: str = "") -> Q:
    """The same of the last verdict, whether or not it may be relied on; `path` leads to the file."""
    return Q(GreaterThan(F(f"{path}judgement__codes").bitand(mask(codes)), 0))
