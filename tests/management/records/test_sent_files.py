"""Files that went wrong once, by the command line: the same answers as by the browser, never a traceback."""

import zipfile

import pytest
from openpyxl import load_workbook

from graduand.models import PhotoRow, Unit
from tests import factories
from tests.machine import needs
from tests.management.calling import graduand, numbers
from tests.material.sent_files import PICTURES, SENT, STORED, make_ready, path_of, stored


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
    assert counts == {
        "created": right.created,
        "refused": right.refused,
        "warned": right.warned,
        "file": file,
    }
    assert stored(name) == STORED.get(name, [])
    if right.refused:
        rows = [
            [cell.value for cell in row] for row in load_workbook(back).worksheets[0].iter_rows()
        ]
        assert rows[0][-1] == "错误原因"
        assert sum(bool(row[-1]) for row in rows[1:]) == right.refused


def test_half_a_picture_is_refused_and_a_date_over_the_clothes_goes_to_a_person(season, tmp_path):
    needs.library("cv2")
    people = numbers(factories.enrol(season, 3, photo=False))
    with zipfile.ZipFile(tmp_path / "照片.zip", "w") as archive:
        for number, name in zip(people, PICTURES, strict=True):
            archive.write(path_of(name), f"{number}.jpg")
    answer = graduand("photos", "import", tmp_path / "照片.zip", "--kind", "毕业照片", "--json")
    half = list(PICTURES.values())[1][1]
    assert f"{people[1]}.jpg：{half}" in answer.err
    kept = dict(PhotoRow.objects.values_list("student__number", "review"))
    assert (answer.code, kept) == (1, {people[0]: "", people[2]: "pending"})
