"""Files that went wrong once, by the command line: the same answers as by the browser, never a traceback."""

import pytest
from openpyxl import load_workbook

from graduand.models import Unit
from tests.management.calling import graduand
from tests.sent_files import SENT, STORED, make_ready, path_of, stored


@pytest.mark.parametrize("name", SENT)
def test_what_the_command_says_of_it(season, tmp_path, name):
    right, back = SENT[name], tmp_path / "back.xlsx"
    make_ready(Unit.objects.filter(kind="college").first())
    answer = graduand("import", right.kind, path_of(name), "--errors", back, "--json")
    assert answer.code == (1 if right.refused or right.unreadable else 0)
    told = answer.err.replace("提醒：", "").splitlines()
    assert [sentence for sentence in right.says if sentence not in told] == []
    counts = {key: answer.json[key] for key in ("created", "refused", "warned", "file")}
    file = str(back) if right.refused else ""
    assert counts == {"created": right.created, "refused": right.refused, "warned": right.warned, "file": file}
    assert stored(name) == STORED.get(name, [])
    if right.refused:
        rows = [[cell.value for cell in row] for row in load_workbook(back).worksheets[0].iter_rows()]
        assert rows[0][-1] == "错误原因"
        assert sum(bool(row[-1]) for row in rows[1:]) == right.refused
