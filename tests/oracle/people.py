"""Invented students: names common and rare, documents of every kind, classes and student numbers."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

from tests.oracle.judging import Row

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜谢邹喻柏水窦章云苏潘葛"
GIVEN = "安宁若水清扬知秋望舒景行听雨怀瑾嘉禾子衿书言一鸣向晚星野云舟思齐明远念初乐山见微"

# Written name -> name in canonical form (NFC, one middle dot, no spaces around).
RARE_NAMES = (
    ("王𬭩", "王𬭩"),
    ("李䶮", "李䶮"),
    ("𬍛世安", "𬍛世安"),
    ("张𬭎清", "张𬭎清"),
    ("赵㛃", "赵㛃"),
    ("陈喆镕", "陈喆镕"),
    ("刘𡈽生", "刘𡈽生"),
    ("\uf9f4知秋", "林知秋"),
    ("欧阳望舒", "欧阳望舒"),
    ("阿依古丽·买买提", "阿依古丽·买买提"),
    ("帕尔哈提•吐逊", "帕尔哈提·吐逊"),
    ("迪丽努尔・艾力", "迪丽努尔·艾力"),
    ("麦麦提･赛买提", "麦麦提·赛买提"),
    ("吐尔逊.依明", "吐尔逊·依明"),
    (
        "阿卜杜热合曼·麦麦提图尔荪·阿卜杜拉江·伊敏尼亚孜",
        "阿卜杜热合曼·麦麦提图尔荪·阿卜杜拉江·伊敏尼亚孜",
    ),
    ("洛桑丹增扎西", "洛桑丹增扎西"),
    ("MARIA DEL CARMEN", "MARIA DEL CARMEN"),
    ("Anne-Lise Moreau", "Anne-Lise Moreau"),
)

REGIONS = ("110105", "350102", "370102", "510202", "650102", "440300", "130102")
HMT_REGIONS = ("810000", "820000", "830000")
NATIONS = (
    "汉族",
    "汉族",
    "汉族",
    "汉族",
    "汉族",
    "满族",
    "回族",
    "维吾尔族",
    "藏族",
    "土家族",
    "壮族",
)
POLITICS = ("群众", "群众", "中共党员", "共青团员", "", "无党派人士")
KINDS = {"专科": "开放", "专升本": "开放", "本科": "开放"}
OTHER_DOCUMENTS = (
    ("护照", "E6{:07d}"),
    ("护照", "PA{:07d}"),
    ("军官证", "军字第{:07d}号"),
    ("士兵证", "士字第{:07d}号"),
    ("香港特区护照/身份证明", "H{:08d}"),
    ("澳门特区护照/身份证明", "M{:08d}"),
    ("台湾居民来往大陆通行证", "{:08d}"),
    ("其他", "QT{:08d}"),
)

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_character(first17: str) -> str:
    """GB 11643: weighted sum modulo 11, mapped to 1 0 X 9 8 7 6 5 4 3 2."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


class Registry:
    """Hands out students with numbers and documents that never repeat."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(f"people {seed}")
        self.serials: Counter[str] = Counter()
        self.used: set[str] = set()
        self.made = 0

    def student_number(self, entry: str, level: str) -> str:
        """13 digits: year, branch, kind, serial (autumn from 50001)."""
        kind = "014" if level == "专科" else "012"
        prefix = f"{entry[2:4]}717{kind}"
        key = prefix + entry[4]
        self.serials[key] += 1
        return f"{prefix}{self.serials[key] + (50000 if entry[4] == '秋' else 0):05d}"

    def resident_id(self, birth: str, sex: str, regions: tuple[str, ...] = REGIONS) -> str:
        """A valid 18-character id that nobody else here has."""
        while True:
            serial = self.chance.randrange(0, 500) * 2 + (1 if sex == "男" else 0)
            first17 = f"{self.chance.choice(regions)}{birth.replace('-', '')}{serial:03d}"
            number = first17 + check_character(first17)
            if number not in self.used:
                self.used.add(number)
                return number

    def document(self, birth: str, sex: str) -> tuple[str, str]:
        """证件类型 and 证件号: mostly residents, some 81/82/83 ids, some passports and military papers."""
        if self.made % 29 == 7:
            return ("居民身份证", self.resident_id(birth, sex, HMT_REGIONS))
        if self.made % 31 == 8:
            kind, pattern = OTHER_DOCUMENTS[self.made // 31 % len(OTHER_DOCUMENTS)]
            return (kind, pattern.format(self.made))
        number = self.resident_id(birth, sex)
        if (
            self.made % 97 == 50
        ):  # a wrong check character is imported with a warning and is no finding here
            number = number[:17] + ("1" if number[17] != "1" else "2")
        return ("居民身份证", number)

    def name(self) -> tuple[str, str]:
        """As written in the sheet, and in canonical form."""
        if self.made % 17 == 3:
            return RARE_NAMES[self.made // 17 % len(RARE_NAMES)]
        given = self.chance.sample(GIVEN, self.chance.choice((1, 2, 2)))
        name = self.chance.choice(SURNAMES) + "".join(given)
        return (name, name)

    def student(self, plan: Row, entry: str, centre: str) -> tuple[Row, str]:
        """A row of the sheet 学生 (name as written) and the canonical name."""
        self.made += 1
        written, canonical = self.name()
        sex = self.chance.choice("男女")
        born = date(1975, 1, 1) + timedelta(self.chance.randrange(10500))
        if self.made % 101 == 0:
            born = date(1986, 5, 4)  # the day on which summer time began
        kind, number = self.document(born.isoformat(), sex)
        student_number = self.student_number(entry, plan["学历层次"])
        level_word = {"专科": "专", "专升本": "本", "本科": "高本"}[plan["学历层次"]]
        row = {
            "学号": student_number,
            "姓名": written,
            "性别": sex,
            "出生日期": born.isoformat(),
            "民族": self.chance.choice(NATIONS),
            "证件类型": kind,
            "证件号": number,
            "政治面貌": self.chance.choice(POLITICS),
            "入学年度学期": entry,
            "学籍状态": "在籍",
            "学习中心代码": centre,
            "学生类别": KINDS[plan["学历层次"]],
            "学历层次": plan["学历层次"],
            "专业规则代码": plan["专业规则代码"],
            "班级名称": f"{entry[2:]}{plan['专业名称']}{level_word}",
            "班级代码": f"{entry[2:4]}{plan['专业规则代码']}",
            "手机": f"100{self.made:08d}" if self.made % 13 else "",
            "邮箱": f"s{student_number}@example.com" if self.made % 5 else "",
            "续读本科": self.chance.choice(("是", "否", "")) if plan["学历层次"] == "专科" else "",
        }
        return row, canonical
