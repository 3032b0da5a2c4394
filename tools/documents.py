"""Prints docs/{glossary,journey,clauses,access}.md from the program's own tables; --check compares instead."""

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path

import access_table
import notice_parts as notice

from graduand.rulebook import certificate_terms, clauses, journey, terms
from graduand.rulebook.chapters.clause import Clause
from graduand.rulebook.people import account_terms
from graduand.rulebook.queue import work_terms
from graduand.rulebook.season import batch_terms
from graduand.rulebook.steps import Step
from graduand.rulebook.words import Word

ROOT = Path(__file__).resolve().parents[1]
MADE = "<!-- made by `make docs` from the rulebook; do not edit -->\n\n"
_TEST = re.compile(r"test_(附件\d|[一二三四五六七八])((?:_\d+)*)(?:_|$)")


def table(headers: str, rows: list[list[str]]) -> str:
    """A Markdown table; `headers` are separated by |."""
    titles = headers.split("|")
    lines = [titles, ["---"] * len(titles), *rows]
    return (
        "".join(
            "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines
        )
        + "\n"
    )


def glossary() -> str:
    """Every word of the field with its stored value, its label and other accepted spellings."""
    words = [
        word
        for module in (terms, account_terms, batch_terms, certificate_terms, work_terms)
        for word in vars(module).values()
        if inspect.isclass(word)
        and issubclass(word, Word)
        and word is not Word
        and word.__module__ == module.__name__
    ]
    text = "# 词汇表\n\n代码里的词与页面上的词一一对应；出处是 `rulebook/` 的 `terms.py`、`account_terms.py`、"
    text += "`batch_terms.py`、`certificate_terms.py`、`work_terms.py`。\n\n"
    for word in words:
        text += f"## {word.__name__}\n\n{inspect.cleandoc(word.__doc__ or '')}\n\n"
        text += table(
            "值|显示|也接受",
            [[f"`{item.value}`", item.label, "、".join(item.aliases)] for item in word],
        )
    return text


def steps() -> str:
    """The journey as a diagram and as a table."""
    text = "# 办理流程\n\n出处是 `rulebook/journey.py` 的一张表；按钮、网址、命令和事件用同一个词。\n\n"
    text += "```mermaid\nstateDiagram-v2\n"
    text += "".join(f"    {stage.name} : {stage.label}\n" for stage in terms.Stage)
    text += f"    [*] --> {terms.Stage.LISTED.name}\n"
    for step in journey.STEPS.values():
        for stage, desk in step.origins:
            text += f"    {stage.name} --> {step.target.name} : {step.verb.label}（{desk.label}）\n"
    text += "```\n\n"
    text += table("动词|按钮|从（谁办理）|到|双人|审查", step_rows(journey.STEPS))
    text += "## 流程之外的决定\n\n学位、身份复核和学历注册各有自己的状态，不改变档案在上面流程中的位置；"
    text += "办理、拒绝和记录的方式相同。\n\n"
    return text + table("动词|按钮|从（谁办理）|到|双人|审查", step_rows(journey.SIDE_STEPS))


def step_rows(steps: dict[terms.Verb, Step]) -> list[list[str]]:
    """The cells of some steps for a table."""
    rows = []
    for step in steps.values():
        origins = "；".join(f"{stage.label}（{desk.label}）" for stage, desk in step.origins)
        gates = " ".join(f"`{gate.__name__}`" for gate in step.gates)
        two = "是" if step.two_people else ""
        rows.append(
            [f"`{step.verb.value}`", step.verb.label, origins, step.target.label, two, gates]
        )
    return rows


def tests_by_clause() -> dict[str, list[str]]:
    """The names of the tests in tests/notice, by the clause that each is named after."""
    found: dict[str, list[str]] = {clause: [] for clause in notice.CLAUSES}
    keys = {re.sub(r"\W+", "_", clause).strip("_"): clause for clause in notice.CLAUSES}
    for path in sorted((ROOT / "tests" / "notice").glob("**/test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match = _TEST.match(node.name) if isinstance(node, ast.FunctionDef) else None
            if match is None:
                continue
            numbers = match.group(2)
            while match.group(1) + numbers not in keys and numbers:
                numbers = numbers.rpartition("_")[0]
            if clause := keys.get(match.group(1) + numbers):
                found[clause].append(node.name)
    return found


def rule_rows(rules: list[Clause]) -> list[list[str]]:
    """The cells of some rules for a table."""
    rows = []
    for rule in rules:
        next_desks = [(rule.desk, rule.todo), *rule.next_desks]
        desks, todos = (
            "<br>".join(words)
            for words in zip(*((desk.label, todo) for desk, todo in next_desks), strict=True)
        )
        rows.append([f"`{rule.code}`", rule.source, rule.title, desks, todos])
    return rows


def clause_table() -> str:
    """The clauses of the notice with the rules that cite them and the tests named by them; then all rules."""
    tests = tests_by_clause()
    rows = []
    for clause, summary in notice.CLAUSES.items():
        rules = [
            rule.code
            for rule in clauses.CLAUSES.values()
            if rule.source == clause or rule.source.startswith(f"{clause}.")
        ]
        names = tests[clause]
        proof = "<br>".join(f"`{name}`" for name in names) or notice.NOT_OURS.get(
            clause, "**尚无测试**"
        )
        rows.append([clause, summary, " ".join(f"`{code}`" for code in rules), proof])
    text = "# 条款\n\n通知的每一条：哪些规则引用它，哪些测试以它命名（`tests/notice/`）。\n\n"
    text += table("条款|内容|规则|测试", rows)
    text += "## 全部规则\n\n每一次拒绝都引用一条规则，说明谁能解决、怎么解决。\n\n"
    return text + table(
        "代码|出处|名称|谁能解决|怎么解决", rule_rows(list(clauses.CLAUSES.values()))
    )


DOCUMENTS: dict[str, Callable[[], str]] = {
    "glossary.md": glossary,
    "journey.md": steps,
    "clauses.md": clause_table,
    "access.md": lambda: access_table.access_table(table),
}


def main() -> int:
    """Write the documents, or with --check name those that differ and return 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    stale = []
    for name, make in DOCUMENTS.items():
        path = ROOT / "docs" / name
        text = MADE + make().rstrip("\n") + "\n"
        if check and (not path.exists() or path.read_text(encoding="utf-8") != text):
            stale.append(f"docs/{name}")
        elif not check:
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.stderr.write(f"{' '.join(stale)} 与规则不一致，请运行 make docs。\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
