"""A policy in the browser: tried before it is saved, saved as a version, longer deadlines by two people."""

import io
import re
import tomllib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import load_workbook

from graduand.models import (
    Batch,
    Candidate,
    Consent,
    Job,
    PolicyDraft,
    PolicyVersion,
)
from graduand.office.audit import auditing
from graduand.office.refusal import Refused
from graduand.office.season import deleting, policy_drafts, policy_files
from graduand.pages.frame.season import policy_form
from graduand.rulebook.season.policy import PolicyRefused
from tests import jobs
from tests.factories import EXAMPLE
from tests.pages.season.policy_forms import attempt, second, source, typed
from tests.pages.world import POLICY, last_left

__all__ = ["second"]  # a fixture


def test_the_trial_says_who_would_change_and_stores_nothing(world, at):
    world.student(1), world.student(2, centre=1), world.student(3, credits=False)
    world.judge()
    before = list(
        Candidate.objects.order_by("id").values_list("judgement__fit", "judgement__codes")
    )
    answer = attempt(at("hq"), enrolled_through="2020秋")
    draft = PolicyDraft.objects.get()
    told = draft.tried
    assert (told["judged"], told["fit"], told["lost"], told["gained"]) == (3, [2, 0], 2, 0)
    assert told["codes"]["ELIG-TERM"] == [0, 3]
    assert [row[1:3] for row in draft.moved] == [[True, False], [True, False], [False, False]]
    assert (
        list(Candidate.objects.order_by("id").values_list("judgement__fit", "judgement__codes"))
        == before
    )
    assert PolicyVersion.objects.count() == 1
    page = at("hq").get(answer["Location"]).content.decode()
    assert "3 人的判断会变" in page
    assert (
        len(
            load_workbook(
                io.BytesIO(at("hq").post(f"{answer['Location']}/moved.xlsx").getvalue())
            ).active["A"]
        )
        == 4
    )
    assert last_left() == ("policy-moved", "hq", 3, "written")


def test_a_trial_that_was_given_up_goes_on_when_somebody_says_so(world, at):
    client = at("hq")
    draft = attempt(client, enrolled_through="2020秋")["Location"]
    PolicyDraft.objects.update(tried_at=None)
    pk = PolicyDraft.objects.get().pk
    Job.objects.update_or_create(
        kind="policy",
        subject=pk,
        defaults={"state": "failed", "message": "出错", "by": world.users["hq"]},
    )
    page = client.get(draft).content.decode()
    assert ("出错" in page, f'action="/jobs/policy/{pk}/resume"' in page) == (True, True)
    client.post(f"/jobs/policy/{pk}/resume")
    assert Job.objects.get(kind="policy").state == "waiting"


def test_what_was_tried_is_saved_as_a_version_and_everybody_is_judged_by_it(world, at):
    world.student(1)
    world.judge()
    client = at("hq")
    draft = attempt(client, enrolled_through="2020秋")["Location"]
    for _ in range(2):
        saved = client.post(f"{draft}/save", {"key": "s1"})
    assert saved["Location"] == "/batches/202307?saved=1"
    assert PolicyDraft.objects.get().saved.number == 2
    assert PolicyVersion.objects.count() == 2
    assert Job.objects.get(kind="audit").state == "waiting"
    jobs.work_once("worker")
    assert Candidate.objects.get().judgement.fit is False
    assert "2021春" in client.get("/batches/202307/versions/2").content.decode()


def test_a_big_batch_is_tried_in_the_background(world, at, monkeypatch):
    monkeypatch.setattr(policy_drafts, "AT_ONCE", 1)
    monkeypatch.setattr(auditing, "CHUNK", 2)
    monkeypatch.setattr(auditing, "CHUNK_OF_ONE_WRITER", 2)
    for number in range(5):
        world.student(number)
    world.judge()
    draft = attempt(at("hq"), enrolled_through="2020秋")["Location"]
    assert PolicyDraft.objects.get().tried_at is None
    assert "已试判 0 人" in at("hq").get(draft).content.decode()
    assert at("hq").post(f"{draft}/save", {"key": "s"}).status_code == 409
    jobs.work_once("worker")
    assert (PolicyDraft.objects.get().tried["judged"], PolicyDraft.objects.get().tried["lost"]) == (
        5,
        5,
    )


def test_of_a_batch_that_is_deleted_a_trial_ends_with_nobody(world, at, monkeypatch):
    """Its files go piece by piece, and the trial was ordered before."""
    monkeypatch.setattr(policy_drafts, "AT_ONCE", 0)
    world.student(1)
    attempt(at("hq"), enrolled_through="2020秋")
    Batch.objects.update(deleted_at=timezone.now(), deleted_by=world.users["hq"], policy=None)
    assert policy_drafts.advance(PolicyDraft.objects.get().pk) == (0, 0, True)


def test_W02_a_draft_of_an_older_version_is_not_saved(world, at):
    client = at("hq")
    first = attempt(client, self_appraisal_min_chars="300")["Location"]
    second = attempt(client, self_appraisal_min_chars="250", key="k2")["Location"]
    client.post(f"{second}/save", {"key": "s"})
    assert client.post(f"{first}/save", {"key": "s2"}).status_code == 409
    assert (PolicyVersion.objects.count(), source()["self_appraisal_min_chars"]) == (2, 250)


def test_T11_a_longer_deadline_takes_a_reason_and_a_second_person(world, at, second):
    client = at("hq")
    draft = attempt(client, **{"rounds.1.photo_deadline": "2023-09-02"})["Location"]
    assert client.post(f"{draft}/save", {"key": "s0", "reason": ""}).status_code == 409
    client.post(f"{draft}/save", {"key": "s1", "reason": "暴雨停电"})
    assert (PolicyVersion.objects.count(), Consent.objects.get().kind) == (1, "policy")
    assert client.post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"}).status_code == 404
    at("hq2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"})
    last = PolicyVersion.objects.latest("number")
    assert (last.number, last.reason, last.loaded_by, last.second) == (
        2,
        "暴雨停电",
        world.users["hq"],
        second,
    )


@pytest.mark.parametrize("what", ["overtaken", "deleted"])
def test_nobody_is_asked_for_more_time_that_no_policy_can_give_any_more(world, at, second, what):
    """By a page that was open before; and a question that was put before says it to whom it is put."""
    client, longer = at("hq"), {"rounds.1.photo_deadline": "2023-09-02"}
    asked = attempt(client, **longer)["Location"]
    client.post(f"{asked}/save", {"key": "s1", "reason": "暴雨停电"})
    open_before = attempt(client, **longer, self_appraisal_min_chars="250", key="k2")["Location"]
    if what == "deleted":
        deleting.delete(world.batch, world.actor("hq"))
        said = "批次 202307 已删除，这份修改不能再保存；要重新载入，请从「毕业批次」新建。"
    else:
        other = attempt(client, self_appraisal_min_chars="300", key="k3")["Location"]
        client.post(f"{other}/save", {"key": "s3"})
        said = "批次规定在此期间已改过，请从现行规定重新修改、试判。"
    answer = client.post(f"{open_before}/save", {"key": "s2", "reason": "暴雨停电"})
    again = client.post(f"{open_before}/renew")
    question = Consent.objects.get()  # the first one alone
    agreed = at("hq2").post(f"/consents/{question.pk}", {"agree": "1"})
    told = [said in one.content.decode() for one in (answer, again, agreed)]
    assert ([answer.status_code, agreed.status_code], told) == ([409, 409], [True] * 3)
    assert said in at("hq2").get("/consents").content.decode()


def test_the_second_person_reads_all_that_the_draft_changes_and_not_the_longer_deadline_alone(
    world, at, second
):
    """Who agrees to two more days for photos agrees to the rest of the draft, too."""
    client = at("hq")
    draft = attempt(client, **{"rounds.1.photo_deadline": "2023-09-02", "degree.min_thesis": "75"})[
        "Location"
    ]
    client.post(f"{draft}/save", {"key": "s1", "reason": "暴雨停电"})
    page = at("hq2").get("/consents").content.decode()
    told = re.findall(
        r'<th scope="row">([^<]+)</th><td><del>([^<]*)</del></td><td><ins>([^<]*)</ins>', page
    )
    assert told == [
        ("学位论文成绩", "80", "75"),
        ("「第二批」照片截止", "2023-08-30", "2023-09-02"),
    ]
    assert f'href="{draft}"' in page
    assert at("hq2").get(draft).status_code == 200


def test_a_longer_deadline_is_not_saved_around_the_second_person(world):
    """The control: the guard is in the office, not in the page."""
    late = {**source(), "closes_at": "2023-11-12"}
    draft = policy_drafts.draft(late, world.actor("hq"), "k")
    with pytest.raises(
        Refused, match="批次截止 2023-10-12 改为 2023-11-12：延长期限须写明原因，并由第二人同意"
    ):
        policy_drafts.save(draft, world.users["hq"].pk)


def test_a_policy_file_is_tried_before_it_is_loaded(world, at):
    client, text = at("hq"), POLICY.read_text(encoding="utf-8")
    later = (
        text.replace('"202307"', '"202407"').replace("2023-", "2024-").replace("2021春", "2022春")
    )
    answer = client.post(
        "/batches/load/send", {"key": "k", "file": SimpleUploadedFile("x.toml", later.encode())}
    )
    assert (Batch.objects.count(), answer.status_code) == (1, 302)
    client.post(f"{answer['Location']}/save", {"key": "s"})
    assert Batch.objects.get(code="202407").policy.source == policy_drafts.batches.json_ready(
        tomllib.loads(later)
    )
    bad = client.post(
        "/batches/load/send", {"key": "k2", "file": SimpleUploadedFile("x.toml", b"code = ")}
    )
    assert (bad.status_code, "第 1 行（文件末尾）不是合格的 TOML：" in bad.content.decode()) == (
        422,
        True,
    )


PHONE = "contacts.phone 应是文字，请加引号"


def test_a_file_with_what_no_database_keeps_is_refused_by_the_page(world, at):
    text = EXAMPLE.read_text(encoding="utf-8")
    phone = 'phone = "010-00000000"'
    changes = [
        (phone, "phone = nan", PHONE),
        (phone, "phone = -inf", PHONE),
        (phone, "phone = 01:02:03", PHONE),
        (phone, f"phone = {'[' * 3_000}", "层数太多"),
        (phone, f"phone = {'9' * 5_000}", "位数太多"),
        ('"第二批"', f'"{"二" * 41}"', "rounds.name：有 41 个字，最多 40 个字"),
    ]
    client = at("hq")
    for place, (there, brought, said) in enumerate(changes):
        assert there in text
        sent = SimpleUploadedFile("x.toml", text.replace(there, brought).encode())
        answer = client.post("/batches/load/send", {"key": f"{place:032}", "file": sent})
        assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert not PolicyDraft.objects.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b'code = "202307"\nrounds = [\n',
            "第 2 行（文件末尾）不是合格的 TOML：请核对引号、等号、方括号和日期的写法",
        ),
        (
            b"code = 1\ncode = 2",
            "第 2 行（文件末尾）不是合格的 TOML：同一个键或同一组写了两次，请删去一处",
        ),
        (
            b"[a]\n[b]\n[a]\nx = 1\n",
            "第 3 行第 3 个字附近不是合格的 TOML：同一个键或同一组写了两次，请删去一处",
        ),
        (
            "a = 1\nb = '批'".encode("gbk"),
            "第 2 行不是合格的 TOML：文字编码不是 UTF-8，请把文件另存为 UTF-8",
        ),
        (
            b"x = " + b"9" * 5_000,
            "不是合格的 TOML：有一个整数位数太多；不是用来计算的号码请加引号",
        ),
        (b"x = " + b"[" * 3_000, "不是合格的 TOML：括号或键的层数太多，最多 8 层"),
        (b"[" + b".".join([b"a"] * 2_000) + b"]", "不是合格的 TOML：括号或键的层数太多，最多 8 层"),
        (b"x = [[[[[[[[1]]]]]]]]", "不是合格的 TOML：括号或键的层数太多，最多 8 层"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_with_its_line(content, said):
    with pytest.raises(PolicyRefused) as refused:
        policy_files.parsed(content)
    assert refused.value.problems == [said]


def shown_on(client, url) -> dict:
    """Every field of a form as the page shows it."""
    page = client.get(url).content.decode()
    return dict(re.findall(r'<input[^>]* name="([\w.]+)"[^>]* value="([^"]*)"', page))


def test_back_from_the_trial_the_form_holds_what_was_typed(world, at):
    client = at("hq")
    draft = attempt(client, self_appraisal_min_chars="300")["Location"]
    back = re.search(r'href="([^"]+)">返回修改', client.get(draft).content.decode())[1]
    assert back == f"/batches/202307/edit?draft={PolicyDraft.objects.get().pk}"
    form = shown_on(client, back)
    assert form["self_appraisal_min_chars"] == "300"
    again = client.post(
        "/batches/try", typed(key="k2", draft=form["draft"], self_appraisal_min_chars="310")
    )
    assert (
        PolicyDraft.objects.get(pk=int(again["Location"].rsplit("/", 1)[1])).source[
            "self_appraisal_min_chars"
        ]
        == 310
    )


def test_back_from_the_trial_of_a_file_nothing_of_the_file_is_lost(world, at):
    """What the form does not show is that of the file, not that of the newest batch."""
    client, text = at("hq"), POLICY.read_text(encoding="utf-8")
    later = (
        text.replace('"202307"', '"202407"').replace("2023-", "2024-").replace("2021春", "2022春")
    )
    later = later.replace('incomplete_archive = "warn"', 'incomplete_archive = "block"')
    draft = client.post(
        "/batches/load/send", {"key": "k", "file": SimpleUploadedFile("x.toml", later.encode())}
    )
    held = PolicyDraft.objects.get()
    back = re.search(r'href="([^"]+)">返回修改', client.get(draft["Location"]).content.decode())[1]
    form = shown_on(client, back)
    assert held.source["incomplete_archive"] == "block"
    assert (back, form["code"], form["issue_date"]) == (
        f"/batches/new?draft={held.pk}",
        "202407",
        "2024-07-20",
    )
    shown = policy_form.form_of(held.source)
    every = {one.id: one.value for _, fields in (*shown.groups, *shown.rounds) for one in fields}
    client.post("/batches/try", {**every, "of": "", "key": "k2", "draft": form["draft"]})
    assert PolicyDraft.objects.latest("id").source == held.source


def test_A01_a_draft_comes_back_to_its_author_alone_and_to_its_own_batch(world, at, second):
    attempt(at("hq"), self_appraisal_min_chars="300")
    pk = PolicyDraft.objects.get().pk
    asked = (
        ("hq", f"202307/edit?draft={pk}"),
        ("hq2", f"202307/edit?draft={pk}"),
        ("hq", f"new?draft={pk}"),
        ("hq", "202307/edit?draft=x"),
    )
    assert [at(name).get(f"/batches/{address}").status_code for name, address in asked] == [
        200,
        404,
        404,
        404,
    ]


def test_a_draft_is_its_writers_own(world, at, second):
    where = attempt(at("hq"), self_appraisal_min_chars="300")["Location"]
    assert (
        at("hq2").get(where).status_code,
        at("hq2").post(f"{where}/save", {"key": "x"}).status_code,
    ) == (404, 404)


def test_a_sentence_that_begins_with_its_field_has_no_label_before_it(world, at):
    shown = attempt(at("hq"), of="", code="202405").content.decode()
    assert re.findall(r'id="w-code">([^<]+)<', shown) == [
        "毕业批次「202405」无法识别，应写成 202307 或 202401 这样的年份加 01 或 07"
    ]
    shown = attempt(at("hq"), of="", code="202401", enrolled_through="x").content.decode()
    assert re.findall(r'id="w-enrolled_through">([^<]+)<', shown) == [
        "入学不晚于（学期）：年度学期「x」无法识别，应写成 2021春 或 2021秋"
    ]
