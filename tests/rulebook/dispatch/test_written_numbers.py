"""七.3: which numbers a centre writes about who fetches a certificate are that person's document."""

import pytest

from graduand.rulebook.dispatch.proxies import numbers_in, proxy_problem
from graduand.rulebook.dispatch.written_numbers import documents

NUMBERLESS = "没有写代领人的证件号码（电话不算）"
SEVERAL = "写了不止一个人；代领人写一位，与所写的证件一致"
SHORT = "身份证号码不是完整的 18 位"
CHECK = "证件号校验码不对，可能录错一位"
OWN, OTHER = "11010519491231002X", "110101199003077758"


@pytest.mark.parametrize(
    "text",
    [
        # A whole resident's number is one, whatever word stands before it.
        f"王秀兰代领证书 {OWN}",
        f"王秀兰代领证书{OWN}",
        f"王秀兰领取证书 {OWN}",
        f"王秀兰 代领毕业证书：{OWN}",
        f"王秀兰 证书编号：{OWN}",
        f"王秀兰，持身份证和委托书 {OWN}",
        f"代领人王秀兰凭委托书 {OWN}领取",
        f"王秀兰 公证书、身份证（{OWN}）",
        f"王秀兰 快递 {OWN}",
        f"王秀兰 快递单号/身份证号：{OWN}",
        f"王秀兰 电话/身份证 {OWN}",
        f"王秀兰（{OWN}）代领毕业证",
        f"王秀兰/{OWN}/13800001234",
        "王秀兰代领毕业证 E12345678",
        "王秀兰 凭护照及委托书 EA1234567",
        "王秀兰 手机 护照 E12345678",
        "王秀兰 台胞证（20120203）",
        "王秀兰 军官证 军字第20120203号",
    ],
)
def test_七_3_a_document_is_one_behind_whatever_word(text):
    assert proxy_problem(text) == ""


@pytest.mark.parametrize("document", [f"身份证{OWN}", "护照E12345678"])
@pytest.mark.parametrize(
    "beside",
    [
        "毕业证编号511618202305000011",
        "毕业证书编号是511618202305000011",
        "毕业证号511618202305000011",
        # One of a year with many: it could be a resident's number.
        "毕业证书编号511618202305014087",
        "电子注册号511618202305000011",
        "注册证号：511618202305000011",
        "学位证书编号 511618202305000011",
        "证书编号为511618202305000011",
        "证书编号No.511618202305000011",
        "证书编号（511618202305000011）",
        "证书（511618202305000011）",
        "证书(AB1234567)",
        "快递单号为SF1234567890",
        "快递（SF1234567890）",
        "顺丰SF1234567890",
        "顺丰快递：SF1234567890",
        "EMS单号EA123456789CN",
        "委托书号WT20230701",
        "委托书（WT20230701）",
        "授权书编号：WT20230701",
        "公证书（2023）京长安内经证字第12345号",
        "工作证AB1234567",
        "员工证 AB1234567",
        "车牌京A1234567",
        "微信wx1234567",
        "QQ1234567890",
        "邮箱ab1234567@qq.com",
        "银行卡6222021234567890123",
        "旧身份证号440524188001010014",
        "电话+86 138-1234-5678",
        "有效期2020.01.01-2040.01.01",
    ],
)
def test_七_3_a_number_of_its_own_kind_is_no_second_person_s(document, beside):
    assert [
        proxy_problem(f"王秀兰 {document}，{beside}"),
        proxy_problem(f"王秀兰 {beside} {document}"),
    ] == [
        "",
        "",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "电话138-1234-5678",
        "电话138 1234 5678",
        "电话：138—1234—5678",
        "138-12345678",
        "138.1234.5678",
        "手机号码 13812345678",
        "手机138 123 45678",
        "8613812345678",
        "+86 13812345678",
        "（+86）138 1234 5678",
        "0086-13812345678",
        "+852 9123 4567",
        "电话010-58488326",
        "电话（010）58488326",
        "（0311）8848 8326转8001",
        "01058488326",
        "座机58488326",
        "联系电话：5848-8326",
        "2023年7月20日代领",
        "2023 年 7 月 20 号代领",
        "2023年7月代领",
        "2023.7.20 代领",
        "2023-07-20代领",
        "2023/7代领",
        "20230720代领",
        "代2023届李明领取",
        "2023春毕业",
        "学号(2173102000005)",
        "学号为2173102000005",
        "学号是：2173102000005",
        "工号：AB1234567",
        "住8号楼1203室",
        "委托书编号WT20230701",
        "公证书（2023）京长安内经证字第12345号",
        "证书编号511618202305000011",
        "顺丰SF1234567890",
        "旧身份证440524188001010014",
        "旧护照号：E12345678",
    ],
)
def test_七_3_other_digits_are_no_document(text):
    assert proxy_problem(f"王秀兰 {text}") == NUMBERLESS


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"王秀兰 {OWN} 李四光 委托书编号 {OTHER}", SEVERAL),
        (f"王秀兰（{OWN}）李四光（{OTHER}）", SEVERAL),
        (f"王秀兰 {OWN} 2023.7.20 李四 护照编号E12345678", SEVERAL),
        ("王秀兰代领证书 110105194912310021", CHECK),
        ("王秀兰代领证书：110105194912310021", CHECK),
        ("王秀兰 身份证（110105194912310021）", CHECK),
        ("王秀兰 身份证 1199 电话138-1234-5678", SHORT),
    ],
)
def test_七_3_what_is_wrong_with_a_document_is_still_said(text, problem):
    assert proxy_problem(text) == problem


def test_七_3_a_number_in_brackets_is_read_without_them():
    texts = [f"王秀兰（{OWN}）", f"({OWN}/)", "香港身份证 A123456(7)"]
    assert [numbers_in(text) for text in texts] == [[OWN], [OWN], ["A123456(7)"]]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("军官证 军字第〔2010〕1234567号", "20101234567"),
        ("军官证号码为20190901", "20190901"),
        ("台胞证号是20011231", "20011231"),
        ("台湾通行证 (20011231)", "20011231"),
        ("台胞证 0234567801", "0234567801"),
        ("港澳通行证卡号 C12345678", "C12345678"),
    ],
)
def test_七_3_behind_the_word_of_a_document_a_number_is_its_own(text, number):
    """Whatever it looks like: a day, a desk's telephone, a letter with its year."""
    assert documents(f"王秀兰 {text}") == [number]


@pytest.mark.parametrize(
    "beside", ["考生号 21110101150123", "准考证号 21110101150123", "军官证 2023年7月20日"]
)
def test_七_3_what_stands_beside_a_document_is_none(beside):
    assert documents(f"王秀兰 护照 E12345678，{beside}") == ["E12345678"]
