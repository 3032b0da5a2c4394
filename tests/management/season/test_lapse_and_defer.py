"""未办结转 and 暂缓毕业 at the command line: the law of the pages, with explanations, two people, and a statement of each."""

from datetime import date
from pathlib import Path

from django.conf import settings

from graduand.models import Candidate, Statement
from graduand.office.audit import auditing
from graduand.office.filing import statements
from graduand.office.season.ending import closing
from graduand.rulebook.terms import Stage
from tests import acting, factories
from tests.management.calling import graduand, numbers, stages, students_file, tally
from tests.material.portraits import zipped

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


def scan(folder, name):
    path = folder / name
    path.write_bytes(PDF)
    return path


def act(*words):
    return graduand("act", *words, "--json")


def test_annex_2_who_defers_by_command_has_a_statement_of_the_own(season, tmp_path):
    """One paper for everybody is nobody's statement: what the page asks for, the command asks for."""
    ids = factories.enrol(season, 2)
    plain = tmp_path / "one.txt"
    plain.write_text("anything")
    first, second = numbers(ids)
    one_only = zipped(tmp_path / "一份.zip", {f"{first}.pdf": PDF})
    for words, said in (
        (("--statement", plain), "不是"),
        (("--statement", scan(tmp_path, "声明.pdf")), "不是"),
        (("--statement", one_only), f"压缩包里缺 1 名学生的声明：{second}"),
        (("--place", "柜 2 号"), "请写明纸质声明的签字日期和存放地点"),
        (("--signed-on", "2023-07-10"), "请写明纸质声明存放在哪里"),
        (("--signed-on", "2023-07-10", "--place", "柜 2 号", "--statement", plain), "不能同时使用"),
    ):
        answer = act("defer", "202307", *words)
        assert (answer.code != 0, said in answer.err, stages(ids)) == (
            True,
            True,
            ["listed"] * 2,
        ), answer.err
    assert Statement.objects.count() == 0
    both = zipped(tmp_path / "两份.zip", {f"{number}.pdf": PDF for number in (first, second)})
    assert act("defer", "202307", "--statement", both).json == tally("defer", done=2)
    assert list(Statement.objects.order_by("candidate").values_list("candidate", "kind")) == [
        (pk, "pdf") for pk in ids
    ]
    assert PDF not in [
        path.read_bytes()
        for path in Path(settings.MEDIA_ROOT, "statements").rglob("*")
        if path.is_file()
    ]


def test_annex_2_a_paper_statement_is_named_by_its_day_and_its_place(season):
    [pk] = factories.enrol(season, 1)
    answer = act("defer", "202307", "--signed-on", "2023-07-10", "--place", "柜 2 号")
    assert answer.json == tally("defer", done=1)
    assert list(Statement.objects.values_list("candidate", "signed_on", "place")) == [
        (pk, date(2023, 7, 10), "柜 2 号")
    ]


def test_deferred_with_a_statement_and_resumed(season, tmp_path):
    ids = factories.enrol(season)
    refused = act("defer", "202307")
    assert (refused.code, refused.json["by_code"]) == (1, {"STATEMENT": 1})
    assert act("defer", "202307", "--statement", scan(tmp_path, "声明.pdf")).json == tally(
        "defer", done=1
    )
    [kept] = Statement.objects.all()
    assert (kept.candidate_id, kept.kind, statements.opened(kept)) == (ids[0], "pdf", PDF)
    assert act("resume", "202307").json == tally("resume", done=1)
    assert stages(ids) == ["listed"]


def test_七_3_nobody_in_motion_lapses_unexplained(season, tmp_path):
    ids = factories.enrol(season, 2)
    one = students_file(tmp_path, numbers(ids[:1]))
    act("apply", "202307", "--students", one)
    everybody = act("lapse", "202307", "--as", "hq1", "--note", "一概而论")
    assert (everybody.code, stages(ids)) == (1, ["applied", "listed"])
    assert everybody.err.startswith("全批次的未办结转随关闭批次办理")
    note = ("--note", "学生出国，来不及补照片，证件 110105491231002")
    named = act("lapse", "202307", "--students", one, "--as", "hq1", "--second", "hq2", *note)
    assert (named.code, named.json, stages(ids)) == (
        0,
        tally("lapse", done=1),
        ["lapsed", "listed"],
    )
    kept, said = (
        Candidate.objects.get(pk=ids[0]),
        "学生出国，来不及补照片，证件 110105******002（总部甲，2023-07-12）",
    )
    assert (kept.explanation, kept.events.latest("id").note) == (said, said)
    closed = graduand(
        "batch", "close", "202307", "--as", "hq1", "--second", "hq2", "--reason", "期满"
    )
    assert (closed.code, stages(ids)) == (0, ["lapsed", "lapsed"])


def test_七_1_nobody_lapses_before_the_batch_closes_but_with_a_reason_of_their_own(
    season, tmp_path
):
    ids = factories.enrol(season, 2)
    one = students_file(tmp_path, numbers(ids[:1]))
    for words in (
        (),
        ("--as", "hq1"),
        ("--students", one, "--as", "hq1"),
        ("--students", one, "--note", "学生去世"),
    ):
        assert (act("lapse", "202307", *words).code, stages(ids)) == (1, ["listed", "listed"])
    named = act(
        "lapse", "202307", "--students", one, "--as", "hq1", "--second", "hq2", "--note", "学生去世"
    )
    assert named.json == tally("lapse", done=1)
    factories.set_clock("2023-10-13 00:00")
    assert (act("lapse", "202307", "--as", "hq1").code, stages(ids)) == (1, ["lapsed", "listed"])


def test_七_3_after_the_last_day_no_command_lapses_everybody_unexplained(season):
    """Found by a stranger: the page asked for explanations and two people, one nameless command for nothing."""
    ids = acting.walk(season, factories.enrol(season, 1), Stage.RETURNED) + factories.enrol(
        season, 2
    )
    factories.set_clock("2023-10-20 09:00")
    auditing.run(season.batch)
    assert closing.ready(season.batch) != ""
    for words in ((), ("--as", "hq1"), ("--as", "hq1", "--second", "hq2"), ("--note", "期满")):
        answer = act("lapse", "202307", *words)
        assert (answer.code, "graduand batch close 202307" in answer.err) == (1, True)
    assert stages(ids) == ["returned", "listed", "listed"]
    assert list(Candidate.objects.values_list("explanation", flat=True)) == [""] * 3
