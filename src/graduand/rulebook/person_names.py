"""Which words in what somebody typed are whole Chinese names: a common surname, and one or two signs."""

from __future__ import annotations

# The surnames of nine people in ten. A rare one is not known as a name, and nothing is held
# against what is written with it.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余"
    "叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段"
    "雷黎史龙陶贺顾毛郝龚邵万钱严赖覃洪武莫孔汤向常温康施文牛樊葛邢安齐易乔伍庞颜倪庄"
    "聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲"
)
_COMPOUND = frozenset(
    {"欧阳", "上官", "司马", "诸葛", "司徒", "皇甫", "尉迟", "令狐", "东方", "慕容"}
)
# A relation, a document or a place that begins like a name is none.
_NO_NAME = frozenset(
    "父母妈爸兄弟姐妹哥叔舅姨姑儿女夫妻的之证照本簿书号名区村镇县市处院系班级校室所店局"
)


def is_full_name(word: str) -> bool:
    """Whether `word` reads as a person's whole name, and as nothing else."""
    given = word[2:] if word[:2] in _COMPOUND else word[1:]
    known = word[:2] in _COMPOUND or word[:1] in _SURNAMES
    return known and len(given) in (1, 2) and word.isalpha() and _NO_NAME.isdisjoint(word)
