"""The policy: what the notice says, and a sentence for every unknown, missing or contradictory value."""

import copy
import tomllib
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graduand.rulebook.season.policy import BatchPolicy, PolicyRefused
from graduand.rulebook.season.policy_file.keys import OPTIONAL, REQUIRED
from graduand.rulebook.terms import Numbering, PaperKind, RoundKind

EXAMPLE = tomllib.loads(
    (Path(__file__).resolve().parents[3] / "examples" / "202307.toml").read_text(encoding="utf-8")
)


def data(**changes):
    """The example with top-level `changes`; None removes a key."""
    merged = {**copy.deepcopy(EXAMPLE), **changes}
    return {key: value for key, value in merged.items() if value is not None}


def turned(place: int, **changes):
    """The example with one round changed; None removes a key."""
    rounds = copy.deepcopy(EXAMPLE["rounds"])
    rounds[place] = {
        key: value for key, value in {**rounds[place], **changes}.items() if value is not None
    }
    return data(rounds=rounds)


def principal(name):
    return {"principals": [{"from": date(2020, 1, 1), "name": name}]}


def problems(source) -> list[str]:
    with pytest.raises(PolicyRefused) as refused:
        BatchPolicy.from_dict(source)
    assert str(refused.value) == "；".join(refused.value.problems)
    return refused.value.problems


def test_the_notice_as_data():
    policy = BatchPolicy.from_dict(data())
    assert (policy.code, str(policy.enrolled_through)) == ("202307", "2021春")
    assert (policy.issue_date, policy.closes_at) == (date(2023, 7, 20), date(2023, 10, 12))
    assert (policy.promise.months, policy.promise_due) == (2, date(2023, 9, 20))
    assert [(r.name, r.kind, r.opens, r.closes, r.photo_deadline) for r in policy.rounds] == [
        ("首批", RoundKind.NORMAL, date(2023, 7, 6), date(2023, 7, 16), None),
        ("第二批", RoundKind.NORMAL, date(2023, 9, 4), date(2023, 10, 12), date(2023, 8, 30)),
        ("续读本科", RoundKind.EARLY, date(2023, 7, 6), date(2023, 8, 28), None),
    ]
    assert (policy.photo.width, policy.photo.height, policy.photo.max_bytes) == (480, 640, 51_200)
    assert policy.dossier == (
        PaperKind.REGISTRATION_FORM,
        PaperKind.TRANSCRIPT,
        PaperKind.ENROLMENT_FORM,
    )
    assert (policy.self_appraisal_min_chars, policy.numbering) == (200, Numbering.MINTED)
    assert policy.roster_key == ("centre", "level", "major", "class", "student_no")


def test_what_the_notice_itself_contradicts_is_said_and_not_resolved():
    assert BatchPolicy.from_dict(data()).warnings == (
        "rounds「首批」 没有写明申请截止日期（通知三.4），暂以审核截止 2023-07-16 为准",
        "rounds「第二批」 没有写明申请截止日期（通知三.4），暂以审核截止 2023-10-12 为准",
        "通知一承诺毕业后 2 个月内（2023-09-20 或之前）拿到证书，而批次到 2023-10-12 才截止（发证日期后 84 天）："
        "后期办理的学生将超过承诺",
    )


def test_a_policy_without_contradictions_warns_of_nothing():
    quiet = turned(0, closes=date(2023, 7, 16))
    quiet["rounds"][1]["closes"] = date(2023, 9, 12)
    quiet["rounds"][1]["scores_by"] = date(2023, 9, 12)
    quiet["rounds"][1]["review_to"] = quiet["closes_at"] = date(2023, 9, 20)
    assert BatchPolicy.from_dict(quiet).warnings == ()


def test_further_warnings():
    late = BatchPolicy.from_dict(turned(0, scores_by=date(2023, 7, 17))).warnings
    assert "「首批」成绩提交期限 2023-07-17 晚于申请截止 2023-07-16" in late
    assert (
        "没有写明院（校）长姓名（principals），印制证书前须补充"
        in BatchPolicy.from_dict(data(principals=None)).warnings
    )


@pytest.mark.parametrize("key", REQUIRED)
def test_every_required_key_is_asked_for(key):
    assert problems(data(**{key: None})) == [f"缺少必填项 {key}"]


def test_every_other_key_has_a_default():
    least = BatchPolicy.from_dict(
        {key: value for key, value in data(rounds=EXAMPLE["rounds"][:2]).items() if key in REQUIRED}
    )
    assert (least.promise.months, least.exemption_counts_as_hq, least.extra_gates) == (2, True, ())


SENTENCES = {
    "unknown": (data(color="red"), f"不认识的键 color，可用：{'、'.join((*REQUIRED, *OPTIONAL))}"),
    "unknown in school": (
        data(school={**EXAMPLE["school"], "x": 1}),
        "不认识的键 school.x，可用：code、name、type_digit",
    ),
    "unknown in promise": (
        data(promise={"years": 1}),
        "不认识的键 promise.years，可用：months、from、pauses",
    ),
    "unknown in contacts": (
        data(contacts={"fax": 1}),
        "不认识的键 contacts.fax，可用：people、phone、email、address",
    ),
    "unknown in principals": (
        data(principals=[{"from": date(2020, 1, 1), "title": ""}]),
        "不认识的键 principals.title，可用：from、name",
    ),
    "unknown in a round": (
        turned(0, deadline=1),
        "不认识的键 rounds「首批」.deadline，可用：name、kind、opens、closes、"
        "scores_by、photo_deadline、review_from、review_to",
    ),
    "batch": (
        data(code="202305"),
        "code：毕业批次「202305」无法识别，应写成 202307 或 202401 这样的年份加 01 或 07",
    ),
    "term": (
        data(enrolled_through="2021夏"),
        "enrolled_through：年度学期「2021夏」无法识别，应写成 2021春 或 2021秋",
    ),
    "school code": (
        data(school={**EXAMPLE["school"], "code": "5116"}),
        "school.code 应是 5 位学校代码，现为 '5116'",
    ),
    "school type": (
        data(school={**EXAMPLE["school"], "type_digit": "0"}),
        "school.type_digit 应是 1–9 的一位办学类型，现为 '0'",
    ),
    "school name": (data(school={**EXAMPLE["school"], "name": ""}), "school.name 不能为空"),
    "school shape": (data(school="国开"), "school 应是一组键值"),
    "promise months": (data(promise={"months": 0}), "promise.months 应是不小于 1 的整数，现为 0"),
    "promise of ages": (data(promise={"months": 95718}), "promise.months 不应大于 60，现为 95718"),
    "promise start": (
        data(promise={"from": "summer"}),
        "promise.from 应是 issue_date、approved 之一，现为 'summer'",
    ),
    "promise pauses": (
        data(promise={"pauses": "2023-08-01"}),
        "promise.pauses 应是一个列表，现为 '2023-08-01'",
    ),
    "numbering": (data(numbering="random"), "numbering 应是 minted、imported 之一，现为 'random'"),
    "dossier": (data(dossier="成绩单"), "dossier 应是一个列表，现为 '成绩单'"),
    "dossier of other papers": (
        data(dossier=["花名册"]),
        "dossier 只能是 登记表、成绩单、报名登记表，现为 '花名册'",
    ),
    "appraisal": (
        data(self_appraisal_min_chars=True),
        "self_appraisal_min_chars 应是不小于 0 的整数，现为 True",
    ),
    "exemption": (
        data(exemption_counts_as_hq="false"),
        "exemption_counts_as_hq 应是 true 或 false，现为 'false'",
    ),
    "photo": (data(photo={"width": 0}), "photo 的宽、高须大于 0，min_bytes 不能大于 max_bytes"),
    "degree": (data(degree={"min_average": "75"}), "degree.min_average 应是数字，现为 '75'"),
    "roster key": (
        data(roster_key=["centre", "age", "student_no"]),
        "roster_key 里不认识的项 'age'，可用：centre、level、major、class、student_no",
    ),
    "roster key without number": (
        data(roster_key=["centre"]),
        "roster_key 必须以学号（student_no）区分同类学生",
    ),
    "gates": (
        data(extra_gates=["LUCK"]),
        "extra_gates 里不认识的项 'LUCK'，可用：MORAL、QUALIF、INFO-CONFIRM",
    ),
    "weekday": (
        data(progression={"admissions_close": date(2023, 9, 10), "weekday": "someday"}),
        "progression.weekday 应是 monday、tuesday、wednesday、thursday、friday、saturday、sunday 之一，现为 'someday'",
    ),
    "no rounds": (data(rounds=[]), "rounds 至少要有一轮"),
    "round kind": (
        turned(0, kind="late"),
        "rounds「首批」.kind 应是 normal、early 之一，现为 'late'",
    ),
    "nameless round": (turned(0, name=""), "rounds「第 1 轮」.name 没有填写"),
    "round without an end": (
        turned(0, review_to=None),
        "rounds「首批」.closes 没有填写，也没有审核截止日期可以代替",
    ),
    "two rounds of a name": (turned(1, name="首批"), "rounds「首批」.name 与另一轮重复"),
    "round ends before it begins": (
        turned(0, closes=date(2023, 7, 1)),
        "「首批」截止 2023-07-01 早于开始 2023-07-06",
    ),
    "review ends before it begins": (
        turned(0, review_to=date(2023, 7, 9)),
        "「首批」审核截止 2023-07-09 早于审核开始 2023-07-10",
    ),
    "round after the batch": (
        turned(1, review_to=date(2023, 10, 13)),
        "「第二批」审核截止 2023-10-13 晚于批次截止 2023-10-12",
    ),
    "rounds overlap": (turned(0, closes=date(2023, 9, 4)), "「首批」与「第二批」的申请时间重叠"),
    "early round that is not the computed Monday": (
        turned(2, closes=date(2023, 9, 4)),
        "rounds「续读本科」.closes 为 2023-09-04，但按招生截止日期推算应为 2023-08-28",
    ),
    "early round without admissions": (
        turned(2, closes=date(2023, 8, 28)) | {"progression": None},
        None,
    ),
    "old template's date (T13)": (
        data(issue_date=date(2023, 1, 20)),
        "issue_date 2023-01-20 不在批次 202307 的年月内，疑为旧模板日期",
    ),
    "cut-off after the batch": (
        data(enrolled_through="2023秋"),
        "enrolled_through 2023秋 晚于批次 202307 的学期",
    ),
    "closes before issue": (
        data(closes_at=date(2023, 7, 19)),
        "closes_at 2023-07-19 早于 issue_date 2023-07-20",
    ),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_every_contradiction_has_its_sentence(case):
    source, sentence = SENTENCES[case]
    if sentence is None:
        source = {key: value for key, value in source.items() if value is not None}
        sentence = "有续读本科轮次，但没有 progression.admissions_close（招生截止日期）"
    assert sentence in problems(source)


def test_every_problem_is_said_at_once():
    source = data(numbering="x", school={"code": "1", "name": "", "type_digit": "x"})
    assert len(problems(source)) == 4


def test_what_is_missing_is_said_together_with_what_is_wrong():
    """Nobody fills in one field to be told of the next: every required value, every round and every order of days at once."""
    source = data(
        code="x", enrolled_through=None, issue_date=None, closes_at=None, dossier=["花名册"]
    )
    source["rounds"] = [
        {"name": "首批", "kind": "normal", "review_from": "2023-07-20", "review_to": "2023-07-10"},
        {"kind": "normal", "opens": "2023-08-01", "scores_by": "8月"},
    ]
    assert problems(source) == [
        "缺少必填项 enrolled_through",
        "缺少必填项 issue_date",
        "缺少必填项 closes_at",
        "code：毕业批次「x」无法识别，应写成 202307 或 202401 这样的年份加 01 或 07",
        "rounds「首批」.opens 没有填写",
        "「首批」审核截止 2023-07-10 早于审核开始 2023-07-20",
        "rounds「第 2 轮」.name 没有填写",
        "rounds「第 2 轮」.scores_by：日期「8月」无法识别，应写成 2023-07-20",
        "rounds「第 2 轮」.closes 没有填写，也没有审核截止日期可以代替",
        "dossier 只能是 登记表、成绩单、报名登记表，现为 '花名册'",
    ]


def test_equal_sources_have_equal_digests_and_others_do_not():
    first, same = (
        BatchPolicy.from_dict(data()),
        BatchPolicy.from_dict(dict(reversed(data().items()))),
    )
    other = BatchPolicy.from_dict(data(self_appraisal_min_chars=201))
    assert (first.digest == same.digest, first.digest == other.digest) == (True, False)


def places(value, path=()):
    """Every place of the example where a value stands."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from places(inner, (*path, place))


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 10**12),
    st.text(max_size=8),
    st.floats(),
    st.just([]),
    st.just({}),
    st.just([[]]),
    st.just({"x": 1}),
    st.dates(date(1900, 1, 1), date(2200, 1, 1)),
    st.just(["", 3]),
)


@settings(max_examples=500)
@given(path=st.sampled_from([p for p in places(EXAMPLE) if p]), junk=JUNK)
def test_whatever_stands_in_a_place_is_read_or_refused(path, junk):
    """A policy is written by people: no value of any kind ends in anything but a sentence."""
    source = copy.deepcopy(EXAMPLE)
    holder = source
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = junk
    try:
        BatchPolicy.from_dict(source)
    except PolicyRefused as refused:
        said = refused.problems
    else:
        said = ["read"]
    assert said != []
    assert all(said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"contacts": {"phone": "010\u00001"}}, "contacts.phone：文字中含有控制字符（U+0000）"),
        ({"contacts": {"people": ["何老师\u202e"]}}, "contacts.people：文字中含有改变书写方向"),
        ({"con\u0007": 1}, "政策的一个键：文字中含有控制字符（U+0007）"),
        (principal("卫\u200b知秋"), "principals.name：文字中含有看不见的零宽字符"),
        (principal("卫知\u2028秋"), "principals.name：文字中含有控制字符，请删除（U+2028）"),
        (principal("卫知\u3164秋"), "principals.name：文字中含有看不见的填充字符"),
        (principal("卫" * 101), "principals.name：有 101 个字，最多 100 个字"),
        (principal(1e308), "principals.name 应是文字，请加引号"),
        (turned(1, name="第\n二批"), "rounds.name：文字中含有控制字符，请删除（U+000A）"),
        (turned(1, name="二" * 41), "rounds.name：有 41 个字，最多 40 个字"),
        ({"contacts": {"phone": float("nan")}}, "contacts.phone 应是文字"),
        ({"contacts": {"phone": [["1"]]}}, "contacts.phone 应是文字"),
        ({"contacts": {"people": ["何老师", 3]}}, "contacts.people 应是文字"),
        ({"contacts": {"address": time(1, 2)}}, "contacts.address 应是文字"),
        ({"issue_date": time(1, 2)}, "issue_date：应只写日期，不写时刻"),
        ({"degree": {"min_average": float("inf")}}, "degree.min_average：不是数，或数太大"),
        ({"degree": {"min_average": float("nan")}}, "degree.min_average：不是数，或数太大"),
        ({"degree": {"min_average": 10**400}}, "degree.min_average：不是数，或数太大"),
        ({"dossier": ["表" * 201]}, "dossier：有 201 个字，最多 200 个字"),
        ({"school": {"name": "国" * 101}}, "school.name：有 101 个字，最多 100 个字"),
    ],
)
def test_what_is_brought_can_be_kept_and_printed(change, said):
    """A database that keeps no NUL or NaN answered with an error, and the words are printed."""
    whole = data()
    with pytest.raises(PolicyRefused) as refused:
        BatchPolicy.brought(whole | change)
    assert [problem for problem in refused.value.problems if problem.startswith(said)] != []


@pytest.mark.parametrize("weekday", ["²", "９", "7", "1" * 5_000, "周一"])
def test_a_weekday_that_is_none_is_refused(weekday):
    wrong = problems(data(progression=EXAMPLE["progression"] | {"weekday": weekday}))
    assert wrong[0].startswith("progression.weekday 应是 monday、")


def test_what_is_brought_well_is_read_as_what_is_kept():
    told = {"people": "何老师", "phone": "010-1", "address": "长安路 1 号\n学历中心"}
    whole = data(contacts=told, code=202307)
    assert BatchPolicy.brought(whole) == BatchPolicy.from_dict(whole)
