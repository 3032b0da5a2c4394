"""Who fetches a certificate in a student's place: whether what was written names a person and a
document (notice 七.3).
"""

from __future__ import annotations

import re
import unicodedata

from graduand.rulebook.dispatch.written_numbers import (
    LIKE_RESIDENT,
    RUN,
    bare,
    documents,
    is_number,
)
from graduand.rulebook.identity.id_documents import hard_problems, id_problems
from graduand.rulebook.terms import IdKind

_RUN_AS_WRITTEN = re.compile(RUN.pattern, re.IGNORECASE)
# A resident's number as a card reader or a careful hand writes it, in groups.
_GROUPED = re.compile(r"(?<![0-9A-Z])(?:[0-9][ \-]?){17}[0-9X](?![0-9A-Z])", re.IGNORECASE)
# Runs that are masked in every note; a longer or shorter run of digits is not masked there.
_MASKED_ANYWAY = re.compile(r"[0-9]{15}|[0-9]{17}[0-9X]")
_RESIDENT = "身份证"
_ELSEWHERE = re.compile("居留|香港|澳门|台湾|护照|通行证|军官|士兵")
# Characters that end a name. Spaces, dots and hyphens do not: people write them inside names as
# they like.
_BETWEEN_NAMES = re.compile(r"[^\w\s.·•‧∙・'’\-]+")
# A word for the relation to the student is not a name, in whatever order and however often it is
# written.
_KIN_WORD = re.compile(
    "母亲|父亲|妈妈|爸爸|父母|家长|家属|亲属|亲戚|爷爷|奶奶|外公|外婆|"
    "姥姥|姥爷|哥哥|姐姐|弟弟|妹妹|兄弟|姐妹|丈夫|妻子|爱人|儿子|女儿|"
    "叔叔|婶婶|舅舅|舅妈|阿姨|姨妈|姨父|姑姑|姑妈|姑父|姑侄|叔侄|表哥|"
    "表姐|表弟|表妹|堂哥|堂姐|堂弟|堂妹|邻居|学员|伯父|岳父|岳母|公公|"
    "婆婆|同学|同事|朋友|老师|班主任|父子|父女|母子|母女|夫妻|快递员|"
    "代理人|委托人|经办人|大人|他人|别人|某某|某人"
)
_KIN = re.compile(f"(?:其|的|我|之|学生|妈|爸|母|父|{_KIN_WORD.pattern})+")
# Joins two persons. Where the character is part of a name (王和平), one side of it is too short to be
# another name.
_AND = re.compile("[、和与及跟/&]")
_BETWEEN_PARTS = re.compile("[，,；;。：:（）()]")
# An 与, 和, 及 or 跟 that joins no second person: 与学生关系 姑侄.
_NOT_JOINED = re.compile("[与和及跟](?=学生|学员|毕业生|其|本人|关系|我)")
# Numbers of documents that a person carries, by their shape: a resident's, a passport's, a
# permit's.
_CARRIED = re.compile("[0-9]{14,}X?|[A-Z]{1,2}[0-9]{7,10}")
_SHORTEST_NAME = 2
_SHOWN = 2
_ONESELF = "写的是学生本人；本人来领的，领取方式选「本人」"
# Words that are written next to the student's own name when nobody else is named.
_OWN_WORDS = re.compile("学生|本人|自己|亲自|领取")
_OTHER_WORDS = re.compile(
    "居民|身份证|证件|护照|通行证|号码|证号|电话|手机|代领人|代领|委托书|姓名|关系|已核对"
)


def proxy_problem(text: str) -> str:
    """Why `text` does not say who came and with which document, without a full stop; "" where it
    does.

    Only 居民身份证 has a number that can be checked; of others it is enough that there is one.
    """
    plain = _plain_text(text)
    if len("".join(name for name in _names(plain) if not _KIN.fullmatch(name))) < _SHORTEST_NAME:
        return "没有写代领人的姓名"
    numbers = documents(plain)
    alike = [run for run in numbers if LIKE_RESIDENT.fullmatch(run)]
    if _several(plain) or len(set(alike)) > 1:
        return "写了不止一个人；代领人写一位，与所写的证件一致"
    if not numbers:
        return "没有写代领人的证件号码（电话不算）"
    if not alike:
        if _RESIDENT in plain and not _ELSEWHERE.search(plain):
            return "身份证号码不是完整的 18 位"
        return ""
    problems = [hard_problems(id_problems(IdKind.RESIDENT, run, None, None)) for run in alike]
    if not all(problems):
        return ""  # at least one number is right
    return "、".join(problem.label for problem in problems[0])


def numbers_in(text: str) -> list[str]:
    """The numbers of documents in `text`, in capitals."""
    runs = map(bare, RUN.findall(_plain_text(text)))
    return [run for run in runs if is_number(run)]


def relation_problem(relation: str) -> str:
    """Why `relation` does not say what the proxy is to the student, without a full stop; "" where
    it does.
    """
    words = "".join(
        character for character in unicodedata.normalize("NFKC", relation) if character.isalpha()
    )
    if not words:
        return "没有写与学生的关系"
    if _OWN_WORDS.sub("", words):
        return ""
    return _ONESELF


def own_problem(text: str, student: str) -> str:
    """The refusal where `text` names nobody but the student, without a full stop; "" where somebody
    else is named.

    Whole names are compared: a mother's name may be her child's with a character more or less.
    """
    own = _letters(_plain_text(student))
    names = [name for name in _names(_OWN_WORDS.sub("，", _plain_text(text))) if name != own]
    if len("".join(names)) >= _SHORTEST_NAME:
        return ""
    return _ONESELF


def _plain_text(text: str) -> str:
    return _joined(unicodedata.normalize("NFKC", text)).upper()


def masked(text: str) -> str:
    """`text` with a grouped resident's number joined, and the middle of every other document's
    number starred out.
    """
    return _RUN_AS_WRITTEN.sub(_starred, _joined("".join(map(_plain, text))))


def _plain(character: str) -> str:
    """A full-width or otherwise styled letter or digit as plain ASCII; any other character as it
    is.
    """
    plain = unicodedata.normalize("NFKC", character)
    if plain.isascii() and plain.isalnum():
        return plain
    return character


def _joined(text: str) -> str:
    return _GROUPED.sub(lambda found: re.sub(r"[ \-]", "", found[0]), text)


def _starred(run: re.Match[str]) -> str:
    """The run with its middle starred out. Residents' numbers and telephones are left: other rules
    mask them in everything that is typed.
    """
    number = run[0].rstrip("(/-")
    if not is_number(number.upper()) or _MASKED_ANYWAY.fullmatch(number.upper()):
        return run[0]
    ends = min(_SHOWN, len(number) // 4)
    return f"{number[:ends]}{'*' * (len(number) - 2 * ends)}{number[-ends:]}{run[0][len(number) :]}"


def _names(plain: str) -> list[str]:
    """What can be persons' names: the letters between separators, without numbers and the words for
    documents.
    """
    return [name for name in map(_letters, _BETWEEN_NAMES.split(_spoken(plain))) if name]


def _several(plain: str) -> bool:
    """Whether two persons, or two documents, are named side by side; `王秀兰、母亲` is one person.

    Two names with only a space between them look like a name and a place, or a name and a word, and
    pass: the proxy is then the one whose document is given.
    """
    if len({run for run in documents(plain) if _CARRIED.fullmatch(run)}) > 1:
        return True
    for part in _BETWEEN_PARTS.split(_NOT_JOINED.sub("，", _spoken(plain))):
        names = [_letters(name) for name in _AND.split(part)]
        if sum(len(name) >= _SHORTEST_NAME and not _KIN_WORD.search(name) for name in names) > 1:
            return True
    return False


def _spoken(plain: str) -> str:
    words = RUN.sub(
        lambda run: "，" if any(character.isdigit() for character in run[0]) else run[0], plain
    )
    return _OTHER_WORDS.sub("，", words)


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalpha())
