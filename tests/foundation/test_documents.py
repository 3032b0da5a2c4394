"""The generated documents: made alike every time, and a stale one is named."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def documents(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tool of a copy of the repository."""
    return subprocess.run(
        [sys.executable, str(root / "tools" / "documents.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )


def test_a_stale_document_is_named(tmp_path):
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    (tmp_path / "docs").mkdir()
    assert documents(tmp_path).returncode == 0
    assert (documents(tmp_path, "--check").returncode, documents(tmp_path, "--check").stderr) == (
        0,
        "",
    )
    (tmp_path / "docs" / "journey.md").write_text("申请毕业不需要审核\n", encoding="utf-8")
    stale = documents(tmp_path, "--check")
    assert (stale.returncode, stale.stderr) == (
        1,
        "docs/journey.md 与规则不一致，请运行 make docs。\n",
    )


def test_tests_are_found_by_their_clause(tmp_path):
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    (tmp_path / "docs").mkdir()
    (tmp_path / "tests" / "notice").mkdir(parents=True)
    (tmp_path / "tests" / "notice" / "test_it.py").write_text(
        "def test_四_2_3_photos(): ...\ndef test_二_2_cut_off(): ...\ndef test_附件2_3_filters(): ...\n",
        encoding="utf-8",
    )
    assert documents(tmp_path).returncode == 0
    rows = (tmp_path / "docs" / "clauses.md").read_text(encoding="utf-8").splitlines()
    proofs = {
        row.split(" | ")[0].strip("| "): row.split(" | ")[-1].strip("| ")
        for row in rows
        if row.startswith("| ")
    }
    assert {clause: proofs[clause] for clause in ("四.2(3)", "二.2", "附件2", "三.1")} == {
        "四.2(3)": "`test_四_2_3_photos`",
        "二.2": "`test_二_2_cut_off`",
        "附件2": "`test_附件2_3_filters`",
        "三.1": "**尚无测试**",
    }
