"""Identity documents: is the number possible, and does it agree with the birth date and the sex on
record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from graduand.rulebook.terms import IdKind, Sex
from graduand.rulebook.words import Word


class IdProblem(Word):
    """One way in which a document number cannot be right, or disagrees with the record (INFO-ID)."""

    SHAPE = "shape", "证件号的位数或字符不对"
    CHECKSUM = "checksum", "证件号校验码不对，可能录错一位"
    DATE = "date", "证件号中的出生日期不存在"
    BIRTH = "birth", "证件号中的出生日期与登记的出生日期不一致"
    SEX = "sex", "证件号中的性别与登记的性别不一致"
    OLD15 = "old15", "仍是 15 位旧身份证号，请换成 18 位"
    KIND = "kind", "证件号与证件类型不符"
    REGION = "region", "证件号的地区代码少见，请核对"

    @property
    def soft(self) -> bool:
        """True for problems that do not block: codes of regions get abolished, and people keep
        their numbers.
        """
        return self is IdProblem.REGION


# Stored in `Student.id_problems`: a bit never changes its meaning.
_BITS = {
    IdProblem.SHAPE: 1,
    IdProblem.CHECKSUM: 2,
    IdProblem.DATE: 4,
    IdProblem.BIRTH: 8,
    IdProblem.SEX: 16,
    IdProblem.OLD15: 32,
    IdProblem.KIND: 64,
    IdProblem.REGION: 128,
}

_RESIDENT = re.compile(r"[0-9]{17}[0-9X]")
_OLD = re.compile(r"[0-9]{15}")
_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 "
    "71 81 82 83".split()
)
_HMT_REGIONS = frozenset({"810000", "820000", "830000"})
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"

_NEW_FOREIGN = re.compile(r"9[0-9]{16}[0-9X]")
_ANY = r"(?=.*[0-9])[0-9A-Z\u3007\u3400-\u9fff()\-/·]{4,40}"
# Only 居民身份证 and 港澳台居民居住证 have a public standard; the others are held to a plausible
# shape.
_SHAPES = {
    IdKind.HONG_KONG: re.compile(r"(?=.*[0-9])[0-9A-Z()\-]{7,20}"),
    IdKind.MACAO: re.compile(r"(?=.*[0-9])[0-9A-Z()\-/]{7,20}"),
    IdKind.TAIWAN: re.compile(r"[0-9]{8}|[0-9]{10}(?:\(?[0-9A-Z]{1,2}\)?)?"),
    IdKind.HMT_PERMIT: re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?(?:\([0-9A-Z]{1,2}\))?"),
    IdKind.FOREIGN_RESIDENT: re.compile(r"[A-Z]{3}[0-9]{12}"),
    IdKind.PASSPORT: re.compile(r"(?=.*[0-9])[0-9A-Z\-]{5,17}"),
}
_OTHER_SHAPE = re.compile(_ANY)


def id_problems(
    kind: IdKind, number: str, birth: date | None, sex: Sex | None
) -> tuple[IdProblem, ...]:
    """Everything wrong with a document number, in the order of `IdProblem`; empty when it can be
    right.

    `number` in the form of `canon.canon_number`. The type decides the rule (N01). A missing birth
    date or sex is not compared. Source: GB 11643-1999; the 18-digit number of foreigners with
    permanent residence is built like it, with a 9 and the region and country before the birth date.
    """
    if kind in (IdKind.RESIDENT, IdKind.HMT_RESIDENCE):
        return _resident_problems(kind, number, birth, sex)
    if kind is IdKind.FOREIGN_RESIDENT and _NEW_FOREIGN.fullmatch(number):
        return tuple(
            p for p in _resident_problems(kind, number, birth, sex) if p is not IdProblem.REGION
        )
    if not _SHAPES.get(kind, _OTHER_SHAPE).fullmatch(number):
        looks_resident = bool(_RESIDENT.fullmatch(number)) and check_character(number) == number[17]
        return (IdProblem.KIND if looks_resident else IdProblem.SHAPE,)
    return ()


def check_character(number: str) -> str:
    """The 18th character that belongs to the first 17 digits (GB 11643, ISO 7064 MOD 11-2)."""
    return _CHECKS[
        sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11
    ]


def birth_in(number: str) -> date | None:
    """The birth date inside an 18-character number; None when there is no such day."""
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    if born.year < 1900:
        return None
    return born


def sex_in(number: str) -> Sex:
    """Odd 17th digit: male."""
    if int(number[16]) % 2:
        return Sex.MALE
    return Sex.FEMALE


def looks_like_resident(number: str) -> bool:
    """Whether this is an identity number, new or old, whatever the column it stands in: a region
    and a birth date.
    """
    if number[:2] not in _PROVINCES:
        return False
    if _OLD.fullmatch(number):
        number = f"{number[:6]}19{number[6:]}X"  # the old ones left the century and the check character out
    return _RESIDENT.fullmatch(number) is not None and birth_in(number) is not None


def problems_mask(problems: Iterable[IdProblem]) -> int:
    """The problems as the bits that are stored beside the encrypted number."""
    mask = 0
    for problem in problems:
        mask |= _BITS[problem]
    return mask


def problems_from_mask(mask: int) -> tuple[IdProblem, ...]:
    """The inverse of `problems_mask`, in the order of `IdProblem`; unknown bits are ignored."""
    return tuple(problem for problem, bit in _BITS.items() if mask & bit)


def hard_problems(problems: Iterable[IdProblem]) -> tuple[IdProblem, ...]:
    """The problems that block (INFO-ID); the soft ones are only shown."""
    return tuple(problem for problem in problems if not problem.soft)


def describe_problems(mask: int) -> str:
    """The stored problems that block, in words joined by 、; "" when there is none or only a soft
    one.
    """
    return "、".join(problem.label for problem in hard_problems(problems_from_mask(mask)))


def mask_id(number: str) -> str:
    """A document number as lists show it: `110105********123X`; other kinds keep a quarter at each
    end.
    """
    if len(number) in (15, 18):
        return _masked(number, 6, 4 if len(number) == 18 else 3)
    return _masked(number, len(number) // 4, len(number) // 4)


def mask_phone(number: str) -> str:
    """A phone number as lists show it: `138****1234`; shorter ones are hidden whole."""
    if len(number) < 8:
        return "*" * len(number)
    return f"{number[:-8]}****{number[-4:]}"


def mask_name(name: str) -> str:
    """A name in a public answer: `王*涵`, `王*`; only the first and, from three on, the last
    character.
    """
    if len(name) < 3:
        return name[:1] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def _resident_problems(
    kind: IdKind, number: str, birth: date | None, sex: Sex | None
) -> tuple[IdProblem, ...]:
    if _OLD.fullmatch(number):
        return (IdProblem.OLD15,)
    if not _RESIDENT.fullmatch(number):
        return (IdProblem.SHAPE,)
    born = birth_in(number)
    found = {
        IdProblem.CHECKSUM: check_character(number) != number[17],
        IdProblem.DATE: born is None,
        IdProblem.BIRTH: born is not None and birth is not None and born != birth,
        IdProblem.SEX: sex is not None and sex is not sex_in(number),
        IdProblem.KIND: kind is IdKind.HMT_RESIDENCE and number[:6] not in _HMT_REGIONS,
        IdProblem.REGION: number[:2] not in _PROVINCES,
    }
    return tuple(problem for problem, wrong in found.items() if wrong)


def _masked(text: str, head: int, tail: int) -> str:
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]
