"""五, 六, 七.3 and annex 1, read on the printed papers."""

import pytest

from graduand.models import Profile
from graduand.papers.printed.registration_form import NOTES
from graduand.rulebook.terms import IdKind, Stage
from tests import acting, factories
from tests.office.papers.print_runs import (
    ENROLMENT,
    FORM,
    PACKING,
    SIGN_OFF,
    TRANSCRIPT,
    at,
    names,
    number_of,
    print_file,
)
from tests.papers import reading


@pytest.fixture(autouse=True)
def _own_pictures(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


def printed(season, kind, out):
    """The flat texts of what was printed, in the order of the files' names."""
    print_file(season, kind, out)
    return [reading.flat(out / kind.label / name) for name in names(out, kind)]


def test_五_2_the_three_papers_are_printed_with_the_day_of_graduation(season, tmp_path):
    at(season)
    for kind in (FORM, TRANSCRIPT, ENROLMENT):
        (text,) = printed(season, kind, tmp_path)
        assert ("2023年7月20日" in text, "1月20日" in text) == (True, False)


def test_五_3_the_files_lie_in_the_order_of_the_roster(season, tmp_path):
    ids = at(season, count=2, centre=1)
    more = factories.enrol(season, 2)
    acting.walk(season, more, Stage.CERTIFIED)
    texts = printed(season, TRANSCRIPT, tmp_path)
    assert [number_of(pk) in text for pk, text in zip([*ids, *more], texts, strict=True)] == [
        True
    ] * 4


def test_六_each_parcel_has_its_list_and_a_receipt_to_send_back(season, tmp_path):
    (pk,) = at(season, Stage.SHIPPED)
    (text,) = printed(season, PACKING, tmp_path)
    wanted = (number_of(pk), "登记表", "成绩单", "签收回执", "顺丰", "短缺、多出或与本单不符")
    assert [told in text for told in wanted] == [True] * 6


def test_七_3_the_list_to_sign_asks_whether_certificate_and_registry_agree(season, tmp_path):
    at(season)
    (text,) = printed(season, SIGN_OFF, tmp_path)
    assert [
        told in text for told in ("□一致□不一致", "当面核对证书与学信网信息是否一致", "领取人签名")
    ] == [True] * 3


def test_附件1_the_printed_form_has_every_field_and_note_of_the_annex(season, tmp_path):
    (pk,) = at(season)
    Profile.objects.create(
        student_id=factories.Candidate.objects.get(pk=pk).student_id, internship="社区"
    )
    (text,) = printed(season, FORM, tmp_path)
    labels = (
        "姓名",
        "出生日期",
        "性别",
        "民族",
        "证件类型",
        "证件号",
        "政治面貌",
        "学生类别",
        "学历层次",
        "学习专业",
        "入学时间",
        "毕业时间",
        "电子注册号（注册证号）",
        "工作单位*",
        "单位电话*",
        "手机*",
        "家庭电话*",
        "E-mail*",
        "自何年何月起",
        "至何年何月止",
        "在何地、何校学习",
        "毕业实习单位",
        "自我鉴定：",
        "（填写在本校学习期间的思想状况、学习收获和感受等）",
        "（不得少于200字）",
        "本人签名：",
        "国开总部意见",
        "成绩合格准予毕业",
        *(note.replace(" ", "") for note in NOTES),
    )
    assert [label for label in labels if label not in text] == []


def test_附件1_note_3_a_passport_is_named(season, tmp_path):
    at(season, id_kind=IdKind.PASSPORT.value, id_no="E12345678")
    (text,) = printed(season, FORM, tmp_path)
    assert "护照E12345678" in text
