"""The policy in the words of the office: no key, no English, no brackets; what the form shows can be changed there."""

import re
import tomllib
from dataclasses import fields

import pytest

from graduand.models import PolicyDraft
from graduand.office.season.batches import json_ready
from graduand.pages.frame.season.policy_changes import differences
from graduand.pages.frame.season.policy_form import form_of, source_of
from graduand.rulebook.audit.degree import DegreePolicy
from graduand.rulebook.photos.spec import EXAMINES, PhotoSpec
from graduand.rulebook.season.agenda import agenda
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.season.policy_file.keys import (
    ARCHIVE,
    EXTRA_GATES,
    OPTIONAL,
    PROMISE_STARTS,
    REQUIRED,
    ROSTER_KEYS,
    ROUND_KEYS,
    WEEKDAYS,
)
from graduand.rulebook.season.policy_parts import Contacts, Progression
from graduand.rulebook.season.policy_terms import IncompleteArchive, RegistrationAsked
from graduand.rulebook.season.policy_words import words_of
from graduand.rulebook.terms import Numbering, RoundKind
from tests.pages.world import POLICY

SOURCE = json_ready(tomllib.loads(POLICY.read_text(encoding="utf-8")))


def typed_of(source):
    """What a browser would send of an untouched form."""
    form = form_of(source)
    every = [one for _, fields in (*form.groups, *form.rounds) for one in fields]
    return {one.id: one.value for one in every}


def changed(**more):
    """The lines of 规定的改动 after these fields were typed over."""
    return differences(SOURCE, source_of(SOURCE, typed_of(SOURCE) | more))


def every_key():
    """A source with every key that a policy may have, nested ones too."""
    names = {
        "school": ("code", "name", "type_digit"),
        "promise": ("months", "from", "pauses"),
        "photo": [one.name for one in fields(PhotoSpec)],
        "degree": [one.name for one in fields(DegreePolicy)],
        "contacts": [one.name for one in fields(Contacts)],
        "progression": [one.name for one in fields(Progression)],
    }
    source = {
        key: dict.fromkeys(names[key], 1) if key in names else 1 for key in (*REQUIRED, *OPTIONAL)
    }
    source["degree"]["languages"] = {"英语": 1}
    return source | {"rounds": [{"name": "首批", **dict.fromkeys(ROUND_KEYS[1:], 1)}]}


def test_every_key_of_a_policy_has_words():
    labels = [label for label, _, _ in differences({}, every_key())]
    assert [label for label in labels if re.search("[A-Za-z_]", label)] == []
    assert len(set(labels)) == len(labels)


VALUES = {
    "numbering": Numbering,
    "「首批」kind": RoundKind,
    "dossier": [one.value for one in ARCHIVE],
    "roster_key": ROSTER_KEYS,
    "extra_gates": EXTRA_GATES,
    "promise.from": PROMISE_STARTS,
    "progression.weekday": WEEKDAYS,
    "photo.examine": EXAMINES,
    "incomplete_archive": IncompleteArchive,
    "registration_asked": RegistrationAsked,
}


def test_every_value_that_is_chosen_has_words():
    said = {
        (key, str(one)): words_of(key, getattr(one, "value", one))
        for key, values in VALUES.items()
        for one in values
    }
    assert {pair: words for pair, words in said.items() if re.search("[A-Za-z_]", words)} == {}


def test_an_untouched_form_changes_nothing():
    assert changed() == []


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ({"numbering": "imported"}, ("证书编号", "本系统编号", "总部编号导入")),
        (
            {"dossier": "登记表、成绩单"},
            ("毕业档案材料", "登记表、成绩单、报名登记表", "登记表、成绩单"),
        ),
        (
            {"roster_key": "学习中心、学号"},
            ("花名册排列", "学习中心、学历层次、专业代码、班级代码、学号", "学习中心、学号"),
        ),
        (
            {"principals": "2020-01-01 卫知秋\n2023-07-01 苏望舒"},
            ("院（校）长", "2020-01-01 起 卫知秋", "2020-01-01 起 卫知秋、2023-07-01 起 苏望舒"),
        ),
        ({"promise.from": "approved"}, ("承诺起算", "发证日期", "准予毕业之日")),
        ({"rounds.0.kind": "early"}, ("「首批」类型", "正常批次", "续读本科单独上报")),
    ],
)
def test_what_changed_is_said_in_the_words_of_the_office(typed, line):
    before = dict(SOURCE)
    if "principals" in typed:
        before["principals"] = [{"from": "2020-01-01", "name": "卫知秋"}]
    assert differences(before, source_of(before, typed_of(before) | typed)) == [line]


def test_a_new_batch_shows_no_key_of_the_file(world, at):
    draft = at("hq").post(
        "/batches/try", typed_of(SOURCE) | {"key": "k1", "of": "202307", "numbering": "imported"}
    )
    body = at("hq").get(draft["Location"]).content.decode()
    assert [
        word for word in ("minted", "imported", "roster_key", "dossier", "{'from'") if word in body
    ] == []
    assert PolicyDraft.objects.get().source["numbering"] == "imported"


def test_a_typed_last_day_of_applications_is_not_called_missing():
    """三.4: it may be the same day as that of the review and was written down all the same."""
    source = dict(SOURCE)
    source["rounds"] = [
        {**row, "closes": row["review_to"]} for row in SOURCE["rounds"] if row["kind"] == "normal"
    ]
    said = {day.why for day in agenda(BatchPolicy.from_dict(source)) if day.what == "毕业申请"}
    assert said == {""}
    missing = {
        day.round_name: day.why
        for day in agenda(BatchPolicy.from_dict(SOURCE))
        if day.what == "毕业申请"
    }
    assert missing["第二批"] == "没有写明，以审核截止为准"


def test_a_principal_without_a_day_is_refused_beside_the_field():
    with pytest.raises(ValueError, match=r"principals\.from"):
        BatchPolicy.from_dict(source_of(SOURCE, typed_of(SOURCE) | {"principals": "卫知秋"}))


@pytest.mark.parametrize(
    ("key", "spelt", "option"),
    [
        ("numbering", "Minted", "minted"),
        ("numbering", Numbering.IMPORTED.label, "imported"),
        ("progression.weekday", "Monday", "monday"),
        ("progression.weekday", 4, "friday"),
        ("progression.weekday", "²", "²"),
        ("numbering", "somehow", "somehow"),
    ],
)
def test_a_choice_that_the_file_spelt_its_own_way_is_shown_and_stays(key, spelt, option):
    """What a select does not show is lost by the next save."""
    table, _, name = key.rpartition(".")
    source = {**SOURCE, table: {**SOURCE[table], name: spelt}} if table else {**SOURCE, name: spelt}
    shown = next(one for _, group in form_of(source).groups for one in group if one.id == key)
    assert (shown.value, option in dict(shown.options)) == (option, True)
    assert source_of(source, typed_of(source)) == source


def test_a_single_contact_that_the_file_wrote_as_one_text_stays_one_person():
    typed = typed_of(SOURCE | {"contacts": {"people": "何老师"}})
    assert typed["contacts.people"] == "何老师"


def test_a_name_that_is_too_long_is_said_in_the_words_of_the_form():
    form = form_of(SOURCE, problems=["rounds.name：有 41 个字，最多 40 个字"])
    shown = [
        *form.wrong,
        *(said for _, fields in form.rounds for one in fields for said in one.wrong),
    ]
    assert shown == ["轮次名称：有 41 个字，最多 40 个字"]


def test_an_address_of_two_lines_is_kept_by_the_form(world, at):
    """A one-line field of a browser drops the line end, and says nothing of it."""
    source = SOURCE | {"contacts": {**SOURCE["contacts"], "address": "长安路 1 号\n学历中心"}}
    typed = typed_of(source)
    assert source_of(source, typed) == source
    sent = typed["contacts.address"].replace("\n", "\r\n")  # as browsers send it
    assert source_of(SOURCE, typed | {"contacts.address": sent}) == source
    page = at("hq").get("/batches/202307/edit").content.decode()
    assert '<textarea id="p-contacts.address"' in page


def test_the_kind_of_a_round_by_its_label_stays_that_kind():
    rounds = [
        {**row, "kind": RoundKind.EARLY.label} if row.get("kind") == "early" else row
        for row in SOURCE["rounds"]
    ]
    source = {**SOURCE, "rounds": rounds}
    kinds = [
        one.value
        for _, group in form_of(source).rounds
        for one in group
        if one.id.endswith(".kind")
    ]
    assert RoundKind.EARLY.value in kinds
    assert (
        source_of(source, typed_of(source))["rounds"]
        == source_of(SOURCE, typed_of(SOURCE))["rounds"]
    )


# (field, what is said at it) of the batch that `typed` of the next test asks for.
MISSING = [
    ("code", "毕业批次：批次 202307 已存在，请在该批次里修改"),
    ("enrolled_through", "缺少必填项 入学不晚于（学期）"),
    ("issue_date", "缺少必填项 发证日期"),
    ("closes_at", "缺少必填项 批次截止日期"),
    ("promise.months", "承诺几个月内领证 应是不小于 1 的整数，现为 &#39;两&#39;"),
    ("rounds.0.opens", "「首批」申请开始 没有填写"),
    ("rounds.0.review_to", "「首批」审核截止 2023-07-10 早于审核开始 2023-07-20"),
    ("rounds.1.name", "「第 2 轮」轮次名称 没有填写"),
    ("rounds.1.closes", "「第 2 轮」申请截止 没有填写，也没有审核截止日期可以代替"),
]


def test_a_new_batch_is_told_all_that_is_missing_at_once_each_at_its_field_with_what_was_typed(
    world, at
):
    """Sent half filled in, with the code of a batch that is there: nobody mends one field to be told
    of the next.
    """
    typed = {
        "of": "",
        "key": "k2",
        "code": "2307",
        "numbering": "minted",
        "promise.months": "两",
        "rounds.0.name": "首批",
        "rounds.0.kind": "normal",
        "rounds.0.review_from": "2023-07-20",
        "rounds.0.review_to": "2023-07-10",
        "rounds.1.kind": "normal",
        "rounds.1.opens": "2023-08-01",
    }
    answer = at("hq").post("/batches/try", typed)
    page = answer.content.decode()
    told = re.findall(r'<p class="said" id="w-([^"]+)">([^<]+)</p>', page)
    assert (answer.status_code, told) == (
        422,
        MISSING,
    )
    assert "有 9 处问题，没有保存" in page
    held = {
        name: re.search(rf'name="{re.escape(name)}"[^>]* value="([^"]*)"', page)[1]
        for name in ("code", "promise.months", "rounds.0.review_to", "rounds.1.opens")
    }
    assert held == {
        "code": "2307",
        "promise.months": "两",
        "rounds.0.review_to": "2023-07-10",
        "rounds.1.opens": "2023-08-01",
    }
    assert PolicyDraft.objects.count() == 0
