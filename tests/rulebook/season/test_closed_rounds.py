"""三.4, 七.1: of a closed batch no round is promised, whatever days its policy names."""

from dataclasses import replace
from datetime import date

import pytest

from graduand.rulebook.gates import round_open
from tests.rulebook.gate_facts import A, F, on
from tests.rulebook.plain import asked

BETWEEN = on(date(2023, 8, 1))
NONE, FIRST = asked(round_name=None), A
SECOND = "第二批"


def said(basis, of):
    [found] = round_open(F, basis, of)
    return found.code, SECOND in found.sentence, found.todo


@pytest.mark.parametrize("shut", [{"closed_on": date(2023, 7, 20)}, {"closing": True}])
def test_nobody_of_a_closed_batch_waits_for_a_round_of_it(shut):
    closed = replace(BETWEEN, **shut)
    assert said(closed, NONE) == ("ROUND-NONE", False, "转入下一毕业批次")
    assert said(closed, FIRST) == ("ROUND-CLOSED", False, "转入下一毕业批次")


def test_of_an_open_one_the_round_to_come_is_named():
    assert said(BETWEEN, NONE) == ("ROUND-NONE", True, "等待轮次开放")
    code, _, todo = said(BETWEEN, FIRST)
    assert (code, SECOND in todo) == ("ROUND-CLOSED", True)
