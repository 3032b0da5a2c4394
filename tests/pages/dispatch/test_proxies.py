"""代领 in the dialog (notice 七.3): who came, with which document, what he is to the student, and for how many."""

import re

import pytest

from graduand.models import Act, Certificate
from graduand.office import acts
from graduand.rulebook.terms import Verb
from tests.pages.lists.picking import opened
from tests.pages.lists.test_bulk import confirmed
from tests.pages.stations import bring, stages


@pytest.fixture
def arrived(world):
    """Three certificates at their centre, registered."""
    world.three = [world.student(n) for n in (1, 2, 3)]
    world.judge()
    bring(world, Verb.RECEIVE, *world.three)
    Certificate.objects.update(queryable=True)
    return world


def test_who_came_for_another_is_asked_for_before_anything_is_done(arrived, at):
    query, before = "verb=collect&all=1&list=handovers&stage=received", Act.objects.count()
    answer = confirmed(at("a"), query, handover="proxy", confirmed="1", note=" ")
    assert (answer.status_code, Act.objects.count()) == (409, before)
    assert (
        "代领须写明代领人姓名和证件号码；填写代领人姓名、证件名称和号码" in answer.content.decode()
    )
    assert "selected>代领" in answer.content.decode()  # what was chosen stays
    short, none = "身份证号码不是完整的 18 位", "没有写代领人的证件号码（电话不算）"
    for note, wrong in (("姜父，父子，身份证 1199", short), ("其母 王秀兰", none)):
        answer = confirmed(at("a"), query, handover="proxy", confirmed="1", note=note)
        assert (answer.status_code, Act.objects.count()) == (409, before)
        assert f"没有办理：代领须写明代领人姓名和证件号码：{wrong}。" in answer.content.decode()
        assert f'value="{note}"' in answer.content.decode()
    who = {"handover": "proxy", "confirmed": "1", "note": "王秀兰，身份证 11010519491231002X"}
    answer = confirmed(at("a"), query, **who)
    assert (answer.status_code, Act.objects.count()) == (409, before)
    assert (
        "没有办理：代领须写明代领人与学生的关系（如母亲、同学、班主任）：没有写与学生的关系。"
        in answer.content.decode()
    )
    confirmed(at("a"), query, relation="其母", **who)
    acts.resume(arrived.batch)
    assert stages(arrived) == ["collected"] * 3


def test_all_that_is_wrong_with_a_proxy_is_told_at_once_and_what_was_typed_stays(arrived, at):
    query = "verb=collect&all=1&list=handovers&stage=received"
    unnamed = [
        "学生须确认证书与学信网信息一致",
        "代领须写明代领人姓名和证件号码；填写",
        "没有写与学生的关系。",
    ]
    unclear = [
        "学生须确认证书与学信网信息一致",
        "没有写代领人的证件号码（电话不算）",
        "写的是学生本人；本人来领的",
    ]
    for typed, wrong in (
        ({"note": " "}, unnamed),
        ({"note": "其母 王秀兰", "relation": "本人"}, unclear),
    ):
        answer = confirmed(
            at("a"), query, handover="proxy", carrier="顺丰", **typed
        ).content.decode()
        told = re.search(r'role="alert">\s*没有办理：(.*?)已填写的内容保留在下面', answer)[1]
        assert [words for words in wrong if words in told] == wrong
        kept = [
            f'name="{name}" type="text" maxlength="60" value="{text}"'
            for name, text in {**typed, "carrier": "顺丰"}.items()
        ]
        assert [words for words in kept if words in answer] == kept


def test_of_several_it_is_said_that_one_proxy_fetches_all_their_certificates(arrived, at):
    for query, several in (
        ("all=1&list=handovers&stage=received", True),
        (f"chosen={arrived.file(arrived.three[0]).pk}", False),
    ):
        shown = opened(at("a"), f"verb=collect&{query}").content.decode()
        told = [
            "这 3 人的证书都登记为由下面这一位代领人领取，所写的关系也登记在每一人名下",
            "或者与各人的关系不同的，请取消后分开办理",
            "选「邮寄」的，都登记为下面这一个运单号；分开寄出的，请取消后分开办理。",
        ]
        assert [words in shown for words in told] == [several] * 3
