"""Scripts that open what others sent run under limits which stand before anything is read, and which have one home."""

import subprocess
from pathlib import Path

import graduand
from graduand.gateways.records import sheets
from graduand.limited import command
from graduand.papers.printed import render
from graduand.papers.workbooks import returned_workbooks, tables

PACKAGE = Path(graduand.__file__).parent
TOLD = "import resource as r, sys; print([r.getrlimit(x) for x in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_CORE)])"
SIZES = {"memory": 1 << 30, "seconds": 7, "size": 1 << 20}


def run(script: Path, *words: str, **limits: int) -> subprocess.CompletedProcess[str]:
    started = command(script, *words, **SIZES | limits)
    return subprocess.run(
        started, capture_output=True, text=True, env={}, cwd="/", timeout=60, check=False
    )


def test_the_script_has_its_words_and_none_of_its_limits_can_be_lifted(tmp_path):
    script = tmp_path / "told.py"
    script.write_text(f"{TOLD}\nprint(sys.argv, __name__)\n")
    limits, words = run(script, "a", "b").stdout.splitlines()
    assert limits == str([(1 << 30, 1 << 30), (7, 7), (1 << 20, 1 << 20), (0, 0)])
    assert words == f"{[str(script), 'a', 'b']} __main__"


def test_memory_is_limited_before_a_byte_of_the_script_is_read(tmp_path):
    """One that is as long as all the memory it may have never begins."""
    script = tmp_path / "long.py"
    script.write_text("print('began')\n" + "#" * (64 << 20))
    assert run(script).stdout == "began\n"  # the control
    ended = run(script, memory=64 << 20)
    assert (ended.stdout, ended.returncode != 0) == ("", True)


def test_a_file_larger_than_it_may_be_ends_the_process(tmp_path):
    script = tmp_path / "writes.py"
    script.write_text(
        f"open({str(tmp_path / 'out')!r}, 'wb').write(bytes(2 << 20))\nprint('wrote')\n"
    )
    assert (run(script).stdout, run(script, size=4 << 20).stdout) == ("", "wrote\n")


def test_limits_are_set_in_one_place():
    assert [path.name for path in PACKAGE.rglob("*.py") if "setrlimit" in path.read_text()] == [
        "limited.py"
    ]
    children = sorted(path.name for path in PACKAGE.rglob("*_child.py"))
    assert children == sorted(
        module.CHILD.name for module in (sheets, render, returned_workbooks, tables)
    )
