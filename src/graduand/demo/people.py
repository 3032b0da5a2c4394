"""Invented students: who they are, and what is wrong with some of them, each kind of trouble at
least once.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum, auto

from graduand.demo.curriculum import CENTRES, PROGRAMMES, Programme
from graduand.rulebook.identity.id_documents import check_character

SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜谢邹喻柏水窦章云苏潘葛奚范彭郎"
)
MEN = "明远 思齐 景行 嘉禾 怀瑾 书言 一鸣 向晚 云舟 乐山 见微 承宇 子衿 知远 望川 若谷 秉文 泽楷 修远 星野".split()
WOMEN = "若水 清扬 知秋 望舒 听雨 念初 安宁 语桐 疏影 静姝 采薇 雨眠 初晴 含章 令仪 南乔 未晞 嘉言 素商 画晴".split()
# Names that a careless program damages: with a middle dot, a rare character, four characters.
SPECIAL = (
    ("阿依夏木·麦合木提", "维吾尔族", "女"),
    ("洛桑扎西", "藏族", "男"),
    ("欧阳䶮之", "汉族", "男"),
    ("帕丽旦·依明江", "维吾尔族", "女"),
)
POLITICS = ("群众", "群众", "群众", "共青团员", "中共党员", "")
# How the term of entry is written in the code of a class, and in a 学号.
_LETTERS = {"春": "C", "秋": "Q"}
_MONTHS = {"春": "1", "秋": "7"}
# A county that does not exist: the numbers pass every check and are nobody's.
REGION = "119900"


class Trouble(Enum):
    """A reason for which a student cannot graduate, or is refused."""

    TERM = auto()
    EXPIRED = auto()
    STATUS = auto()
    TOTAL = auto()
    HQ = auto()
    MODULE = auto()
    MISSING = auto()
    EXERCISE = auto()
    EXEMPT = auto()
    NO_PHOTO = auto()
    BAD_PHOTO = auto()
    LATE_PHOTO = auto()
    NO_ADMISSION = auto()
    NO_CREDENTIAL = auto()
    NO_REPORT = auto()
    UNSURE = auto()
    FAILED = auto()
    ABNORMAL = auto()
    ID = auto()
    MATCH = auto()
    LATE_MARK = auto()


# The share of the season's students with each trouble; at least one person each.
SHARES = {
    Trouble.TERM: 0.01,
    Trouble.EXPIRED: 0.008,
    Trouble.STATUS: 0.012,
    Trouble.TOTAL: 0.035,
    Trouble.HQ: 0.015,
    Trouble.MODULE: 0.015,
    Trouble.MISSING: 0.02,
    Trouble.EXERCISE: 0.02,
    Trouble.EXEMPT: 0.01,
    Trouble.NO_PHOTO: 0.02,
    Trouble.BAD_PHOTO: 0.01,
    Trouble.LATE_PHOTO: 0.015,
    Trouble.NO_ADMISSION: 0.01,
    Trouble.NO_CREDENTIAL: 0.015,
    Trouble.NO_REPORT: 0.008,
    Trouble.UNSURE: 0.005,
    Trouble.FAILED: 0.003,
    Trouble.ABNORMAL: 0.003,
    Trouble.ID: 0.008,
    Trouble.MATCH: 0.008,
    Trouble.LATE_MARK: 0.02,
}


@dataclass(slots=True)
class InventedStudent:
    """One invented student; texts as they are in the sheets."""

    number: str
    name: str
    sex: str
    birth: date
    nation: str
    id_no: str
    politics: str
    entry: str
    standing: str
    centre: str
    programme: Programme
    goes_on: bool
    mobile: str
    trouble: Trouble | None = None
    fate: str = ""
    marks: list[tuple[object, ...]] = field(default_factory=list)

    @property
    def level(self) -> str:
        return self.programme.level

    @property
    def class_code(self) -> str:
        term = self.entry[2:4] + _LETTERS[self.entry[4]]
        return f"{term}-{self.programme.code[2:]}-{self.centre[-1]}"

    @property
    def class_name(self) -> str:
        return f"{self.entry[:4]}{self.entry[4]}{self.programme.name}{self.centre[-1]}班"


def invent(count: int, seed: int = 20230720) -> list[InventedStudent]:
    """`count` people (at least 60) in the order of 学号; the same count gives the same people."""
    chance = random.Random(seed)
    names = _names(chance)
    people = [_person(place, next(names), chance) for place in range(count)]
    troubles = [
        trouble for trouble, share in SHARES.items() for _ in range(max(1, round(share * count)))
    ]
    chance.shuffle(troubles)
    step = count / len(troubles)
    for place, trouble in enumerate(troubles):
        _afflict(people[int(place * step)], trouble)
    return sorted(people, key=lambda person: person.number)


def _names(chance: random.Random) -> Iterator[tuple[str, str, str]]:
    """(name, nation, sex) of each person; no combination is repeated."""
    yield from SPECIAL
    pool = [
        (surname + given, "女" if given in WOMEN else "男")
        for surname in SURNAMES
        for given in (*MEN, *WOMEN)
    ]
    chance.shuffle(pool)
    for name, sex in pool:
        yield name, chance.choice(("汉族",) * 12 + ("满族", "回族", "壮族", "土家族")), sex
    for place, (name, sex) in enumerate(pool * 20):
        yield name + MEN[place // len(pool) % len(MEN)][0], "汉族", sex


def _person(place: int, named: tuple[str, str, str], chance: random.Random) -> InventedStudent:
    name, nation, sex = named
    programme = PROGRAMMES[(0, 0, 1, 1, 2, 3)[place % 6]]
    centre = CENTRES[chance.choices(range(6), weights=(26, 22, 18, 14, 12, 8))[0]][0]
    entry = chance.choice(("2021春",) * 6 + ("2020秋",) * 3 + ("2020春", "2019秋", "2019春"))
    birth = date(1975, 1, 1) + timedelta(days=chance.randrange(9_800))
    serial = f"{place % 1000 // 2 * 2 + (sex == '男'):03d}"
    first = f"{REGION}{birth:%Y%m%d}{serial}"
    return InventedStudent(
        f"{_begin_of(entry)}{centre}{place + 1:06d}",
        name,
        sex,
        birth,
        nation,
        first + check_character(first),
        chance.choice(POLITICS),
        entry,
        "在籍",
        centre,
        programme,
        programme.level == "专科" and chance.random() < 0.14,
        f"199{place:08d}",
    )


def _afflict(person: InventedStudent, trouble: Trouble) -> None:
    """Give the student a trouble, and change the student's own row accordingly."""
    person.trouble = trouble
    if trouble is Trouble.TERM:
        _enter(person, "2021秋")
    elif trouble is Trouble.EXPIRED:
        _enter(person, "2015春")
    elif trouble is Trouble.STATUS:
        person.standing = "退学"
        if int(person.number[-1]) % 2:
            person.standing = "休学"
    elif trouble is Trouble.ID:
        wrong = "0"
        if person.id_no.endswith(wrong):
            wrong = "1"
        person.id_no = person.id_no[:-1] + wrong


def _enter(person: InventedStudent, term: str) -> None:
    person.entry = term
    person.number = _begin_of(term) + person.number[3:]


def _begin_of(entry: str) -> str:
    """The beginning of a 学号: the year and the month of entry."""
    return entry[2:4] + _MONTHS[entry[4]]
