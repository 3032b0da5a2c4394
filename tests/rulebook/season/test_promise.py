"""What a student is told about the day of the certificate: a day that holds, or why there is none."""

from datetime import date

import pytest

from graduand.rulebook.clauses import Finding
from graduand.rulebook.season.promise import Expectation, expectation
from graduand.rulebook.terms import Severity, Stage
from tests.rulebook.plain import policy

DUE, TODAY = date(2023, 9, 20), date(2023, 7, 25)
SHORT = (Finding("CRED-TOTAL", need="76", has="70"),)
EXPIRED = Finding("ELIG-EXPIRED", need="2023-03-01", has="2023-07-20")
REMINDER = (Finding("PHOTO-SAME", "尚未比对", severity=Severity.WARN),)


def told(stage, findings=(), round_name="首批", approved=date(2023, 7, 16), today=TODAY, **changes):
    return expectation(stage, policy(**changes), round_name, findings, approved, today)


@pytest.mark.parametrize(
    "stage", [Stage.APPLIED, Stage.ENDORSED, Stage.APPROVED, Stage.CERTIFIED, Stage.SHIPPED]
)
def test_a_file_on_its_way_has_the_day_of_the_promise(stage):
    assert told(stage, REMINDER) == Expectation(DUE)


@pytest.mark.parametrize("stage", [Stage.RECEIVED, Stage.COLLECTED])
def test_nothing_is_expected_of_what_is_there(stage):
    assert told(stage) is None


@pytest.mark.parametrize(
    ("stage", "findings", "why"),
    [
        (Stage.LISTED, None, "还没有审核您的毕业条件"),
        (Stage.LISTED, SHORT, "毕业条件还没有满足，要等成绩"),
        (Stage.LISTED, (EXPIRED,), "毕业条件还没有满足：超过最长学习年限"),
        (Stage.LISTED, (*SHORT, EXPIRED), "毕业条件还没有满足：超过最长学习年限"),
        (Stage.LISTED, (Finding("PHOTO-PLATFORM"),), "还有问题没有解决：一平台无毕业照片"),
        (Stage.LISTED, REMINDER, "要等学习中心提交毕业申请"),
        (Stage.RETURNED, (), "要等材料补正后重新提交"),
        (Stage.DEFERRED, (), "已暂缓毕业，恢复后才能办理"),
        (Stage.REJECTED, (), "审核没有通过；如有异议，请联系学习中心申诉"),
        (Stage.LAPSED, (), "本批次没有办结，转入下一毕业批次"),
        (
            Stage.CERTIFIED,
            (Finding("CHSI-DOUBT", has="不确定"),),
            "还有问题没有解决：学信网身份存疑",
        ),
    ],
)
def test_no_day_is_given_that_cannot_hold(stage, findings, why):
    assert told(stage, findings) == Expectation(why=why)


def test_who_was_approved_and_lost_the_conditions_reads_until_when_and_what_it_costs():
    """Numbering has no last day, closed batch or not; the day that counts is the promised one."""
    against = "毕业条件还没有满足，要等成绩。没有截止日期，什么时候解决，什么时候编号制证；"
    soon, late = told(Stage.APPROVED, SHORT), told(Stage.APPROVED, SHORT, today=date(2023, 9, 21))
    assert soon == Expectation(why=f"{against}要在通知承诺的 2023-09-20 或之前领到证书，请尽早解决")
    assert late == Expectation(why=f"{against}通知承诺的 2023-09-20 已过")


def test_a_round_that_is_reviewed_beyond_the_promise_has_no_day_before_the_approval():
    why = "还在审核，准予毕业后再告诉您日期（本轮审核到 2023-10-12 为止）"
    assert told(Stage.APPLIED, round_name="第二批") == Expectation(why=why)
    assert told(Stage.APPROVED, round_name="第二批") == Expectation(DUE)


def test_a_promise_that_was_missed_is_not_repeated():
    assert told(Stage.SHIPPED, today=DUE) == Expectation(DUE)
    late = told(Stage.SHIPPED, today=date(2023, 9, 21))
    assert late == Expectation(why="已经过了通知承诺的 2023-09-20，请与学习中心联系")


def test_a_promise_from_the_approval_on_is_counted_from_it():
    from_approval = {"promise": {"months": 2, "from": "approved"}}
    assert told(Stage.APPROVED, **from_approval) == Expectation(date(2023, 9, 16))
    assert told(Stage.ENDORSED, **from_approval).by is None
