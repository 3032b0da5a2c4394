"""七.3: who fetches a certificate for a student is named with a document; only what can be checked is."""

import pytest

from graduand.rulebook.proxies import masked, own_problem, proxy_problem, relation_problem

NAMELESS, NUMBERLESS = "没有写代领人的姓名", "没有写代领人的证件号码（电话不算）"
SEVERAL = "写了不止一个人；代领人写一位，与所写的证件一致"
SHORT = "身份证号码不是完整的 18 位"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("其母 王秀兰，身份证 11010519491231002X", ""),
        ("其母 王秀兰，身份证 11010519491231002x", ""),
        ("其母王秀兰１１０１０５１９４９１２３１００２Ｘ", ""),
        ("其母 王秀兰 13800001234 11010519491231002X", ""),
        ("MARY SMITH，母女，护照 E12345678", ""),
        ("其叔 林建国，台胞证 12345678", ""),
        ("其叔 林建国，港澳居民来往内地通行证 H12345678", ""),
        ("其叔 林建国，香港身份证 A123456(7)", ""),
        ("其叔 林建国，外国人永久居留身份证 ABC123456789012", ""),
        ("其兄 孙立，军官证 军字第1234567号", ""),
        ("姜父，父子，身份证 1199", SHORT),
        ("姜父，父子，身份证 1199...", SHORT),
        ("姜父，父子，身份证 110105********123X", SHORT),
        ("姜父，身份证 110105 1949 1231 002X", ""),
        ("葛明 110105 19491231 002X", ""),
        ("葛明 1101 0519 4912 3100 2X", ""),
        ("葛明 110105 19491231 0021", "证件号校验码不对，可能录错一位"),
        ("姜父，身份证 11010519900307123X", "证件号校验码不对，可能录错一位"),
        ("姜父，身份证 11010519900307123", "证件号的位数或字符不对"),
        ("姜父，110105900307123", "仍是 15 位旧身份证号，请换成 18 位"),
        ("姜父，父子", NUMBERLESS),
        ("姜父，父子，电话 13800001234", NUMBERLESS),
        ("姜父，委托书 2023-09-20", NUMBERLESS),
        ("妈妈，身份证 11010519491231002X", NAMELESS),
        ("其母亲 身份证 11010519491231002X", NAMELESS),
        ("学生的妈妈11010519491231002X", NAMELESS),
        ("张妹妹，身份证 11010519491231002X", ""),
        ("李秀英、王强，身份证 11010519491231002X", SEVERAL),
        ("李秀英、王强 身份证 11010519491231002X", SEVERAL),
        ("李秀英、母亲，身份证 11010519491231002X", ""),
        ("李秀英 11010519491231002X，王强 440524188001010014", SEVERAL),
        ("李秀英 11010519491231002X 440524188001010014", SEVERAL),
        ("李秀英 11010519491231002X；身份证 11010519491231002X", ""),
        ("李秀英和王建强，身份证 11010519491231002X", SEVERAL),
        ("李秀英/王建强，身份证 11010519491231002X", SEVERAL),
        ("王和平，身份证 11010519491231002X", ""),
        ("欧阳和平，身份证 11010519491231002X", ""),
        ("岳母，身份证 11010519491231002X", NAMELESS),
        ("快递员 11010519491231002X", NAMELESS),
        ("母亲大人 11010519491231002X", NAMELESS),
        ("某某 11010519491231002X", NAMELESS),
        ("李秀英，护照、委托书，E12345678", ""),
        ("阿依古丽·买买提，护照 E12345678", ""),
        ("身份证 11010519491231002X", NAMELESS),
        ("11010519491231002X", NAMELESS),
        ("", NAMELESS),
    ],
)
def test_七_3_a_proxy_is_named_with_a_document(text, problem):
    assert proxy_problem(text) == problem


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("其母 王秀兰，身份证 11010519491231002X", "其母 王秀兰，身份证 11010519491231002X"),
        ("葛明 110105 1949 1231 002X", "葛明 11010519491231002X"),
        ("Mary Smith，母女，护照 E12345678", "Mary Smith，母女，护照 E1*****78"),
        ("朋友张伟 驾照 12345678，电话 13800001234", "朋友张伟 驾照 12****78，电话 13800001234"),
        ("香港身份证 A123456(7)，委托书 2023-09-20", "香港身份证 A1******7)，委托书 2023-09-20"),
        ("其兄 孙立，军官证 军字第1234号", "其兄 孙立，军官证 军字第1**4号"),
        ("李四 护照E①②③④⑤⑥⑦⑧", "李四 护照E1*****78"),
        ("李四 身份证1101051949123100（少两位）", "李四 身份证11************00（少两位）"),
        ("", ""),
    ],
)
def test_of_a_proxy_s_document_no_number_is_kept_but_a_resident_s_which_every_note_masks(
    text, kept
):
    assert masked(text) == kept


ONESELF = "写的是学生本人；本人来领的，领取方式选「本人」"


@pytest.mark.parametrize(
    ("relation", "problem"),
    [
        ("母亲", ""),
        ("受学生本人委托的同事", ""),
        ("mother", ""),
        ("", "没有写与学生的关系"),
        (" —— ", "没有写与学生的关系"),
        ("本人", ONESELF),
        ("学生本人", ONESELF),
        ("自己", ONESELF),
    ],
)
def test_七_3_what_a_proxy_is_to_the_student_is_said(relation, problem):
    assert relation_problem(relation) == problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("王秀兰，身份证 11010519491231002X", ""),
        ("王安宁的母亲王秀兰，护照 E12345678", ""),
        ("王安宁（同名），护照 E12345678", ""),
        ("王安宁，护照 E12345678", ONESELF),
        ("王安宁本人 11010519491231002X", ONESELF),
        ("学生 王安宁 亲自领取，护照 E12345678", ONESELF),
    ],
)
def test_七_3_the_student_is_no_proxy(text, problem):
    assert own_problem(text, "王安宁") == problem


@pytest.mark.parametrize("between", ["，护照 ", " ", "", "（护照）"])
@pytest.mark.parametrize(
    ("proxy", "student", "problem"),
    [
        ("李明华", "李明", ""),
        ("李明 华", "李明", ""),
        ("李 明华", "李明", ""),
        ("小李明", "李明", ""),
        ("李明", "李明华", ""),
        ("李 明", "李明华", ""),
        ("明华", "李明华", ""),
        ("李明", "李明", ONESELF),
        ("李 明", "李明", ONESELF),
        ("学生李明", "李明", ONESELF),
        ("李明华", "李 明华", ONESELF),
        ("阿依古丽·买买提", "阿依古丽", ""),
        ("阿依古丽", "阿依古丽·买买提", ""),
        ("阿依古丽买买提", "阿依古丽·买买提", ONESELF),
        ("阿依古丽•买买提", "阿依古丽·买买提", ONESELF),
    ],
)
def test_七_3_a_name_that_holds_another_one_is_not_that_one(proxy, student, problem, between):
    assert own_problem(f"{proxy}{between}E12345678", student) == problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("王秀兰，护照 E12345678（学生 李明）", ""),
        ("学生李明，代领人李明华，护照 E12345678", ""),
        ("李明，李明，护照 E12345678", ONESELF),
        ("李明，身份证 11010519491231002X，李明", ONESELF),
    ],
)
def test_七_3_the_student_may_be_named_beside_the_proxy(text, problem):
    assert own_problem(text, "李明") == problem
