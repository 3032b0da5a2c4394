"""What a student is told of days: what must be there until when, and what happens otherwise."""

import tomllib
from datetime import date
from pathlib import Path

from graduand.rulebook.clauses import EXPIRED, TOO_EARLY
from graduand.rulebook.filing.own_days import days_to_keep as days_of
from graduand.rulebook.season.policy import BatchPolicy

POLICY = BatchPolicy.from_dict(
    tomllib.loads(Path("examples/202307.toml").read_text(encoding="utf-8"))
)
FIRST, SECOND = POLICY.rounds[0], POLICY.rounds[1]


def days_to_keep(*given, **missing):
    return days_of(*given, **missing, next_batch="下一毕业批次（202401）")


def test_a_missing_photo_in_time_for_the_next_round_names_the_day_and_what_follows():
    assert days_to_keep(POLICY, SECOND, (), date(2023, 8, 1), photo=True, grades=True) == (
        "毕业照片须在 2023-08-30 或之前交到学习中心，并检查合格；之后才交的不进入「第二批」的初审名单，"
        "本批次不能毕业，转入下一毕业批次（202401）。",
        "所缺课程的成绩由学院在 2023-09-15 或之前发布；之后才发布的，可能赶不上「第二批」的申请。",
        "学习中心自 2023-09-04 起、在 2023-10-12 或之前为您提交申请；到那天条件还没有满足、还没有提交的，"
        "本批次不能毕业，转入下一毕业批次（202401）。",
    )


def test_a_photo_that_is_late_has_missed_the_round():
    assert days_to_keep(POLICY, SECOND, (), date(2023, 9, 16), photo=True, grades=True) == (
        "「第二批」的毕业照片已于 2023-08-30 截止；现在才交的不进入「第二批」的初审名单，"
        "本批次不能毕业，转入下一毕业批次（202401）。",
        "学习中心在 2023-10-12 或之前为您提交申请；到那天条件还没有满足、还没有提交的，"
        "本批次不能毕业，转入下一毕业批次（202401）。",
    )


def test_a_round_without_a_photo_deadline_says_nothing_of_one():
    assert days_to_keep(POLICY, FIRST, (), date(2023, 7, 16), photo=True, grades=False) == (
        "学习中心在 2023-07-16 或之前为您提交申请；到那天条件还没有满足、还没有提交的，"
        "只能等「第二批」（2023-09-04 起申请）。",
    )


def test_a_round_closed_by_hand_is_nobodys_hope():
    assert days_to_keep(POLICY, FIRST, {"第二批"}, date(2023, 7, 8), photo=False, grades=False) == (
        "学习中心在 2023-07-16 或之前为您提交申请；到那天条件还没有满足、还没有提交的，"
        "本批次不能毕业，转入下一毕业批次（202401）。",
    )


def test_what_no_day_helps_is_promised_by_none():
    """Who may study no longer goes on in no batch; who entered too late is judged anew in the next."""
    told = [
        days_to_keep(POLICY, SECOND, (), date(2023, 8, 1), photo=True, grades=True, barred=code)
        for code in (EXPIRED, TOO_EARLY)
    ]
    assert told == [
        (
            "入学年度学期登记有误的，请联系学习中心，由学院在 2023-10-12 或之前核对更正后，才能提交申请；"
            "确已超过最长学习年限的，不能毕业，以后的批次也不能申请。",
        ),
        (
            "您不属于本批次的毕业对象，本批次不提交申请；转入下一毕业批次（202401）后，按那个批次的规定重新审核。",
        ),
    ]
