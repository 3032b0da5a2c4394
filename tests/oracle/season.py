"""Write an invented season in the contract's formats, with the audit's expected outcome for
everybody.

    python tests/oracle/season.py --students 3000 --seed 7 --out DIR

Nothing here is taken from the program: the files are written and judged from the contract alone.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.oracle.judging import Batch, Outcome, Row, judge, text_of
from tests.oracle.policy_text import BATCH, policy_text
from tests.oracle.population import Season, make_season
from tests.oracle.portraits import write_photos
from tests.oracle.writing import write_csv, write_json, write_season

HEADERS = ["学号", "姓名", "学习中心", "满足毕业条件", "不满足项"]
LATER = date(2023, 10, 12)


def judge_everybody(season: Season, batch: Batch, day: date) -> dict[str, Outcome]:
    """Outcome by student number, in the order of 学号."""
    own: dict[str, list[Row]] = {row["学号"]: [] for row in season.students}
    for row in season.results:
        own[row["学号"]].append(row)
    outcomes = {}
    for student in sorted(season.students, key=lambda row: row["学号"]):
        code = student["专业规则代码"]
        modules, courses = (
            season.of_plan(season.modules, code),
            season.of_plan(season.courses, code),
        )
        number = student["学号"]
        outcomes[number] = judge(
            student, season.plan(code), modules, courses, own[number], batch, day
        )
    return outcomes


def csv_lines(season: Season, outcomes: dict[str, Outcome]) -> list[list[str]]:
    """What `graduand audit 202307 --csv` must print."""
    centre = {row["学号"]: row["学习中心代码"] for row in season.students}
    lines = [HEADERS]
    for number, outcome in outcomes.items():
        fit = "否" if outcome.findings else "是"
        lines.append([number, season.names[number], centre[number], fit, outcome.items])
    return lines


def json_of(season: Season, outcomes: dict[str, Outcome], day: date) -> dict[str, object]:
    """Everything found out, with shortfalls, and the case that a designed student stands for."""
    by_code: dict[str, int] = {}
    students = {}
    for number, outcome in outcomes.items():
        for finding in outcome.findings:
            by_code[finding.code] = by_code.get(finding.code, 0) + 1
        case = season.cases.get(number)
        students[number] = {
            "case": case.name if case else "",
            "fit": not outcome.findings,
            "findings": [asdict(f) for f in sorted(outcome.findings, key=lambda f: f.item)],
            "total": text_of(outcome.total),
            "hq": text_of(outcome.headquarters),
            "exempted": text_of(outcome.exempted),
            "modules": {name: text_of(value) for name, value in outcome.modules.items()},
            "outside": outcome.outside,
        }
    fit = sum(not outcome.findings for outcome in outcomes.values())
    return {
        "batch": BATCH.code,
        "on": day.isoformat(),
        "judged": len(outcomes),
        "fit": fit,
        "unfit": len(outcomes) - fit,
        "by_code": dict(sorted(by_code.items())),
        "students": students,
    }


def write_expectations(season: Season, out: Path, day: date) -> dict[str, object]:
    """expected.* for the day of judgement; under also/ the same for a later day and for a stricter policy."""
    also = out / "also"
    also.mkdir(exist_ok=True)
    strict = replace(BATCH, exemption_counts_as_hq=False)
    (out / "202307.toml").write_text(policy_text(), encoding="utf-8")
    (also / "202307-strict.toml").write_text(
        policy_text(exemption_counts_as_hq=False), encoding="utf-8"
    )
    main: dict[str, object] = {}
    for path, batch, on in (
        (out / "expected", BATCH, day),
        (also / f"expected-{LATER}", BATCH, LATER),
        (also / "expected-strict", strict, day),
    ):
        outcomes = judge_everybody(season, batch, on)
        found = json_of(season, outcomes, on)
        write_csv(path.with_suffix(".csv"), csv_lines(season, outcomes))
        write_json(path.with_suffix(".json"), found)
        main = main or {key: value for key, value in found.items() if key != "students"}
    return main


def main(argv: list[str] | None = None) -> int:
    """Parse the command line, write everything, print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--on", type=date.fromisoformat, default=date(2023, 7, 12), help="day of judgement"
    )
    parser.add_argument("--photos", type=int, default=300, help="photos for so many students")
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    season = make_season(options.students, options.seed)
    manifest = write_season(season, options.out, options.seed)
    summary = write_expectations(season, options.out, options.on)
    numbers = [row["学号"] for row in season.students[: options.photos + options.photos // 9]]
    with_photo = [number for place, number in enumerate(numbers) if place % 10 != 9]
    photos = write_photos(options.out / "photos.zip", with_photo)
    write_json(
        options.out / "manifest.json", {"sheets": manifest, "photos": photos, "audit": summary}
    )
    print(
        f"{len(season.students)} students, {len(season.results)} results, {photos} photos: {summary}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
