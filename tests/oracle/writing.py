"""The season on disk: the sheets in the contract's formats, and the manifest that gives their order."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

from openpyxl import Workbook

from tests.oracle.disguise import dressed_table
from tests.oracle.judging import Row
from tests.oracle.population import Season

CORRECTED = 40
BASIC_RESULTS = ["学号", "课程代码", "成绩", "取得方式", "学期", "发布日期", "复核通过"]
ALL_RESULTS = [*BASIC_RESULTS, "考试次序", "作废"]


def write_sheet(
    path: Path, rows: list[Row], headers: list[str], encoding: str = "utf-8-sig"
) -> None:
    """Write .xlsx by the file's name, else .csv in `encoding`."""
    workbook = path.suffix == ".xlsx"
    table = dressed_table(rows, headers, path.name, workbook=workbook)
    if not workbook:
        with path.open("w", encoding=encoding, newline="") as stream:
            csv.writer(stream).writerows(table)
        return
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    for line in table:
        sheet.append(line)
    book.save(path)


def spoiled(row: Row) -> Row:
    """Another mark, and cancelled or not the other way round."""
    return {"成绩": "99" if row["成绩"] == "0" else "0", "作废": "否" if row["作废"] else "是"}


def split_results(
    rows: list[Row], chance: random.Random
) -> tuple[list[Row], list[list[Row]], list[Row]]:
    """Plain rows for the sheet without optional columns, three shares of the others, corrected
    rows.

    The corrected rows stand wrongly in the first sheets and rightly in a later file: the later row
    wins.
    """
    rows = chance.sample(rows, len(rows))
    basic = [row for row in rows if not row["考试次序"] and not row["作废"]]
    basic = basic[: len(rows) // 4]
    taken = set(map(id, basic))
    rest = [row for row in rows if id(row) not in taken]
    right = rest[:CORRECTED]
    rest[:CORRECTED] = [row | spoiled(row) for row in right]
    # an empty 考试次序 is 1: the same key written out; an empty 作废 would leave what is on record
    written_out = [(row, row["考试次序"] or chance.choice(("", "1"))) for row in right]
    corrected = [
        row | {"考试次序": sitting, "作废": row["作废"] or "否"} for row, sitting in written_out
    ]
    third = len(rest) // 3
    return basic, [rest[:third], rest[third : 2 * third], rest[2 * third :]], corrected


def write_season(season: Season, out: Path, seed: int) -> list[dict[str, object]]:
    """Write every sheet; returns the manifest in the order of import."""
    chance = random.Random(f"writing {seed}")
    basic, shares, corrected = split_results(season.results, chance)
    units = [row | {"备注": "虚构"} for row in season.units]  # a column that nobody knows
    half = len(season.students) // 2
    students = chance.sample(season.students, len(season.students))
    chsi = chance.sample(season.chsi, len(season.chsi))
    student_headers = list(season.students[0])
    plan: list[tuple[str, str, list[Row], list[str], str]] = [
        ("units", "01-单位.xlsx", units, list(units[0]), ""),
        ("plans", "02-专业规则.csv", season.plans, list(season.plans[0]), "utf-8-sig"),
        ("modules", "03-模块.csv", season.modules, list(season.modules[0]), "gb18030"),
        ("courses", "04-课程.xlsx", season.courses, list(season.courses[0]), ""),
        ("students", "05-学生-1.xlsx", students[:half], student_headers, ""),
        ("students", "06-学生-2.csv", students[half:], student_headers, "utf-8-sig"),
        ("results", "07-成绩-1.csv", shares[0], ALL_RESULTS, "utf-8-sig"),
        ("results", "08-成绩-2.xlsx", shares[1], ALL_RESULTS, ""),
        ("results", "09-成绩-3.csv", shares[2], ALL_RESULTS, "utf-8"),
        ("results", "10-成绩-4.csv", basic, BASIC_RESULTS, "gb18030"),
        ("results", "11-成绩-更正.xlsx", corrected, ALL_RESULTS, ""),
        ("chsi", "12-学信网-1.xlsx", chsi[: len(chsi) // 2], list(season.chsi[0]), ""),
        ("chsi", "13-学信网-2.csv", chsi[len(chsi) // 2 :], list(season.chsi[0]), "gb18030"),
    ]
    manifest: list[dict[str, object]] = []
    for kind, name, rows, headers, encoding in plan:
        write_sheet(out / name, rows, headers, encoding or "utf-8-sig")
        manifest.append({"kind": kind, "file": name, "rows": len(rows)})
    return manifest


def write_csv(path: Path, lines: list[list[str]]) -> None:
    """UTF-8 with BOM, CRLF, quotes only where needed."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(lines)


def write_json(path: Path, content: object) -> None:
    """Readable JSON in UTF-8."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
