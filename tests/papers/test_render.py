"""The typesetter: nothing in a text is a command, nothing is cut, the same data gives the same bytes."""

import json
import time

import pytest

from graduand.papers.printed import render, roster
from graduand.papers.printed.certificate import certificate
from graduand.papers.printed.registration_form import NOTES, enrolment_form, registration_form
from graduand.papers.printed.render import Misfit, PaperToSet, RenderOutcome
from graduand.rulebook.filing.registration_form import SchoolingLine
from graduand.rulebook.papers.archive_content import ProfileContent
from tests.material import portraits
from tests.papers import plain, reading

HEAD = {
    "title": "毕业生登记表",
    "school": "国家开放大学",
    "batch": "202307",
    "least": "200",
    "notes": NOTES,
    "opinion": "成绩合格　准予毕业",
    "head-office": "国开总部",
    "school-code": "51161",
    "principal": "卫知秋",
}
PICTURE = "a" * 64


def form(*people, **head):
    """A 登记表 of these people in one file."""
    rows = [{**registration_form(p, plain.ISSUED), "key": key} for key, p in enumerate(people)]
    return PaperToSet(
        "registration_form.typ",
        {**HEAD, **head, "people": rows},
        tuple({p.photo for p in people if p.photo}),
    )


def degree_of(person):
    """A 毕业证书."""
    return PaperToSet(
        "certificate.typ", {**HEAD, "people": [{**certificate(plain.content(person)), "key": 0}]}
    )


def test_the_form_of_annex_1(tmp_path):
    portrait = portraits.portrait(3)
    setter = plain.typesetter(tmp_path, portrait)
    path = plain.set_paper(setter, form(plain.graduand(photo=PICTURE)), tmp_path)
    assert reading.pages(path) == 4
    assert reading.pictures(path) == [
        portrait
    ]  # the bytes of the stored picture, not another encoding of it
    cover, notes, first, second = (reading.page(path, n) for n in (1, 2, 3, 4))
    assert cover == "国家开放大学毕业生登记表姓名王小明学号2135101450123国家开放大学制"
    assert notes == "填表说明" + "".join(
        f"{n}、{note}" for n, note in enumerate(NOTES, start=1)
    ).replace(" ", "")
    for told in (
        "出生日期1990年3月7日",
        "证件类型居民身份证",
        "证件号11010519900307002X",
        "学生类别开放教育专科",
        "学历层次专科",
        "学习专业健康管理",
        "入学时间2021年春季",
        "毕业时间2023年7月",
        "电子注册号（注册证号）511618202306000123",
        "工作单位*无",
        "手机*13800001234",
        "E-mail*无",
        "2005年9月至2008年7月云岭市第一中学（高中）",
        "2008年9月至今云岭职业学院",
    ):
        assert told in first
    for told in (
        "云岭市第一社区卫生服务中心，慢性病随访",
        "毕业论文及无毕业设计题目",
        "不得少于200字",
        "成绩合格准予毕业2023年7月20日",
    ):
        assert told in second


def test_the_only_time_in_a_paper_is_the_day_of_graduation(tmp_path):
    told = reading.info(
        plain.set_paper(plain.typesetter(tmp_path), form(plain.graduand()), tmp_path)
    )
    assert [line.split(maxsplit=1)[1] for line in told.splitlines() if "Date" in line] == [
        "Thu Jul 20 04:00:00 2023 UTC"
    ] * 2


def test_C09_the_same_data_gives_the_same_bytes(tmp_path):
    paper = form(plain.graduand(photo=PICTURE), plain.graduand(name="李雷"))
    outcomes = [next(plain.typesetter(tmp_path).set([paper])) for _ in range(2)]
    assert outcomes[0].pdf
    assert outcomes[0] == outcomes[1]
    other = next(
        plain.typesetter(tmp_path).set(
            [form(plain.graduand(photo=PICTURE), plain.graduand(name="李蕾"))]
        )
    )
    assert other != outcomes[0]  # and other data others


@pytest.mark.parametrize(
    "nasty",
    [
        '#import "/etc/passwd": *',
        "*bold* _thin_ `code`",
        "$x^2$ #panic()",
        "] #sys.inputs [",
        '"; "\\"',
        "<begin> @ref",
        "= 标题",
        "// 注释",
        "https://example.edu/#a",
        "{{ 7*7 }} {% raw %}",
    ],
)
def test_nothing_in_a_text_is_a_command(tmp_path, nasty):
    person = plain.graduand(name=nasty, profile=ProfileContent(employer=nasty, awards=nasty))
    path = plain.set_paper(plain.typesetter(tmp_path), form(person), tmp_path)
    there = reading.flat(path, "-raw").replace("“", '"').replace("”", '"')
    assert there.count("".join(nasty.split())) == 4  # cover, 姓名, 工作单位, 奖励和处分


def test_rare_names_are_printed(tmp_path):
    path = plain.set_paper(
        plain.typesetter(tmp_path), form(plain.graduand(name="𬭩䶮㛃·𡈽")), tmp_path
    )
    assert reading.flat(path).count("𬭩䶮㛃·𡈽") == 2


def test_N07_a_name_of_25_characters_is_shrunk_and_never_cut(tmp_path):
    name = "阿卜杜热西提·买买提艾力·吐尔逊江·麦麦提明·艾尔肯"
    for paper in (form(plain.graduand(name=name)), degree_of(plain.graduand(name=name))):
        assert name in reading.flat(
            plain.set_paper(plain.typesetter(tmp_path), paper, tmp_path), "-raw"
        )


def test_what_does_not_fit_is_said_and_not_printed(tmp_path):
    profile = ProfileContent(employer="很长的单位名称" * 40, internship="实习" * 2000)
    endless = plain.graduand(profile=profile, major_name="某某专业" * 30)
    outcome = next(plain.typesetter(tmp_path).set([form(plain.graduand(), endless)]))
    assert outcome == RenderOutcome(
        misfits=(Misfit(1, "学习专业"), Misfit(1, "工作单位"), Misfit(1, "毕业实习单位及主要内容"))
    )
    assert next(plain.typesetter(tmp_path).set([form(plain.graduand())])).pdf  # without it, it fits


def test_a_history_that_no_page_holds(tmp_path):
    lines = tuple(
        SchoolingLine(
            plain.ISSUED.replace(year=1950 + n), plain.ISSUED.replace(year=1950 + n), "某校"
        )
        for n in range(40)
    )
    outcome = next(plain.typesetter(tmp_path).set([form(plain.graduand(history=lines))]))
    assert outcome.misfits == (Misfit(0, "主要学习经历"),)
    assert next(plain.typesetter(tmp_path).set([form(plain.graduand(history=lines[:20]))])).pdf


def test_a_long_word_is_broken_rather_than_printed_over_its_neighbour(tmp_path):
    address = "wolfeschlegelsteinhausenbergerdorff@example.edu"
    person = plain.graduand(email=address, profile=ProfileContent(employer=address))
    path = plain.set_paper(plain.typesetter(tmp_path), form(person), tmp_path)
    assert reading.flat(path, "-raw").replace("\u200b", "").count(address) == 2
    boxes = reading.run("pdftotext", "-bbox", "-f", "3", "-l", "3", str(path), "-")
    right = [float(part.split('"')[1]) for part in boxes.split("xMax=")[1:]]
    assert max(right) < 595.3 - 20 / 25.4 * 72  # within the margin


def test_enrolment_form(tmp_path):
    head = {**HEAD, "title": "报名登记表"}
    person = {**enrolment_form(plain.graduand(), plain.ISSUED), "key": 0}
    path = plain.set_paper(
        plain.typesetter(tmp_path),
        PaperToSet("enrolment_form.typ", {**head, "people": [person]}),
        tmp_path,
    )
    there = reading.flat(path)
    assert reading.pages(path) == 1
    for told in (
        "国家开放大学报名登记表",
        "报名日期2021年2月15日",
        "毕业学校云岭市第一中学",
        "职业无",
        "材料齐全",
        "2021年2月16日",
        "归档日期：2023年7月20日",
    ):
        assert told in there


def test_the_certificate_and_its_proof(tmp_path):
    numbered = reading.flat(
        plain.set_paper(plain.typesetter(tmp_path), degree_of(plain.graduand()), tmp_path), "-raw"
    )
    assert (
        "学生王小明，性别女，一九九〇年三月七日生，于二〇二一年三月至二〇二三年七月在本校健康管理专业专科学习，学制二年半，"
        "修完教学计划规定的全部课程，成绩合格，准予毕业。"
    ) in numbered
    assert [
        word in numbered
        for word in (
            "电子注册号：511618202306000123",
            "校长：卫知秋",
            "二〇二三年七月二十日",
            "样张",
        )
    ] == [True, True, True, False]
    proof = reading.flat(
        plain.set_paper(plain.typesetter(tmp_path), degree_of(plain.graduand(number="")), tmp_path),
        "-raw",
    )
    assert ("校对样张" in proof, "5116182023" in proof) == (True, False)


def test_pages_are_counted_within_one_person_of_a_merged_file(tmp_path):
    people = [plain.graduand(student_no=f"21351014501{n:02}") for n in range(3)]
    path = plain.set_paper(plain.typesetter(tmp_path), form(*people), tmp_path)
    assert reading.pages(path) == 12
    feet = [reading.page(path, n)[-24:] for n in (7, 8, 11)]
    assert [foot[foot.index("第") :] for foot in feet] == [
        "第3页共4页2135101450101",
        "第4页共4页2135101450101",
        "第3页共4页2135101450102",
    ]


def test_one_that_goes_wrong_stops_nobody(tmp_path):
    broken = form(plain.graduand(photo=PICTURE))
    setter = plain.typesetter(tmp_path, b"no picture at all")
    outcomes = list(setter.set([form(plain.graduand()), broken, form(plain.graduand(name="李雷"))]))
    assert [bool(one.pdf) for one in outcomes] == [True, False, True]
    assert "image" in outcomes[1].error


def test_a_process_over_its_limits_is_killed_and_only_its_culprit_given_up(tmp_path, monkeypatch):
    slow = tmp_path / "slow.py"
    slow.write_text(
        "import json, sys, time\n"
        "order = json.load(sys.stdin)\n"
        "for job in order['jobs']:\n"
        "    if 'culprit' in job['data']: time.sleep(60)\n"
        "    open(job['out'], 'wb').write(b'%PDF'); print(json.dumps({'size': 4}), flush=True)\n"
    )
    monkeypatch.setattr(render, "CHILD", slow)
    papers = [PaperToSet("certificate.typ", {"people": name}) for name in ("a", "culprit", "b")]
    began = time.monotonic()
    outcomes = list(plain.typesetter(tmp_path, seconds=2).set(papers))
    assert outcomes == [
        RenderOutcome(b"%PDF"),
        RenderOutcome(error="内存或时间超过限制"),
        RenderOutcome(b"%PDF"),
    ]
    assert time.monotonic() - began < 20


def test_the_limit_of_memory_is_real(tmp_path):
    outcome = next(plain.typesetter(tmp_path, memory=80 << 20).set([form(plain.graduand())]))
    assert outcome == RenderOutcome(error="内存或时间超过限制")


def test_the_digest_knows_data_pictures_template_and_day(tmp_path):
    setter = plain.typesetter(tmp_path)
    here = form(plain.graduand())
    same = PaperToSet(here.template, json.loads(here.source), here.pictures)
    assert setter.digest(here) == setter.digest(same)
    changed = (
        form(plain.graduand(name="李雷")),
        form(plain.graduand(photo=PICTURE)),
        PaperToSet("certificate.typ", here.data),
        form(plain.graduand(), batch="202401"),
    )
    others = {setter.digest(paper) for paper in changed}
    assert len(others - {setter.digest(here)}) == 4


def test_nobodys_line_is_torn_in_two_by_the_end_of_a_page(tmp_path):
    names = [
        "阿卜杜热西提·买买提艾力·吐尔逊江·麦麦提明·艾尔肯",
        "Wolfeschlegelsteinhausen-Bergerdorff",
        "王小明",
    ]
    people = [
        plain.graduand(student_no=f"9{n:07}99999", place=n, name=names[n % 3]) for n in range(200)
    ]
    head = {**HEAD, "graduated": "2023年7月", "graduation-day": "2023年7月20日"}
    for template, parts in (
        ("roster.typ", roster.rosters(people)),
        ("sign_off.typ", roster.sign_offs(people)),
    ):
        path = plain.set_paper(
            plain.typesetter(tmp_path), PaperToSet(template, {**head, "people": parts}), tmp_path
        )
        there = [
            reading.flat(path, "-raw", "-f", str(n), "-l", str(n))
            for n in range(1, reading.pages(path) + 1)
        ]
        for person in people:
            pages = [text for text in there if person.student_no in text]
            assert len(pages) == 1
        whole = [sum(text.replace("\u200b", "").count(name) for text in there) for name in names]
        assert whole == [67, 67, 66]
