"""导出记录: what left in bulk, by page and by command: what, who, when, how many rows, why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path

from graduand.models import Act, Intake, Lot, PhotoUpload, PolicyDraft
from graduand.pages.door.access import Visit, reads
from graduand.pages.frame.base import stamp
from graduand.pages.frame.lists.cells import name_of
from graduand.pages.frame.lists.list_spec import Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.registry import LISTS, what_left
from graduand.pages.frame.tags import BAD, OK, WARN, Tag
from graduand.queries.listing import Criterion, ListFilter, chosen, criteria, since, until, yes_no
from graduand.queries.outgoing import exports
from graduand.queries.outgoing.exports import state_of
from graduand.rulebook.outgoing.privacy import FIELDS
from graduand.rulebook.people.account_terms import FileState, Leaves, Purpose
from graduand.rulebook.terms import PaperKind, PhotoKind, Role, SheetKind, Verb

TONES = {FileState.WRITTEN: OK, FileState.FAILED: BAD, FileState.WRITING: WARN}
# Conditions of a file that are not criteria of a list.
ASKED = {
    "batch": "毕业批次",
    "round": "轮次",
    "act": "办理编号",
    "import": "导入编号",
    "draft": "规定草稿编号",
    "kind": "种类",
    "sort": "排序",
}
# A file that goes back to its sender: its fields are the headers of the sender's columns, or the
# kind of picture.
BACK = (Leaves.IMPORT_RETURNED.value, Leaves.PHOTOS_REFUSED.value)
NOTE = (
    "这里记每一份成批导出的名单、照片和退回的文件，网页和命令行都在内，一份一条，先记录、后送出。行数：名单一人一行，照片一人一张。"
    "含个人信息：页面上遮盖的内容、照片，以及退回的文件里的各列；名单都有学号和姓名，不另注明。"
    "报送学信网等系统的文件见「报送文件记录」，一名学生的照片和材料见「个人信息查看记录」，打印证书和花名册的命令见「审计记录」。"
)
RUNS_NOTE = "报送学信网等系统的文件，每个批次依次编号，没有写成的也列出。"


def _kinds(rows: Any) -> Iterable[tuple[str, str]]:
    return [(key, what_left(key)) for key in exports.kinds(rows)]


def _asked(line: Any) -> str:
    """The filter under which it left, in the words of its list."""
    return "，".join(_told(line, name, value) for name, value in line.asked)


def _told(line: Any, name: str, value: str) -> str:
    """One condition of the filter, or the object that the file was about."""
    row = line.objects.of(line.listing, name, value)
    if row is not None:
        return _object(row)
    spec = LISTS.get(line.listing)
    if spec is None or name not in spec.criteria:
        return f"{ASKED.get(name, name)} {_word(name, value)}"
    criterion = spec.criteria[name]
    return f"{criterion.label} {dict(criterion.options or ()).get(value, value)}"


def _word(name: str, value: str) -> str:
    """The label of a paper where the kind was asked for, else the value as it is."""
    paper = PaperKind.of(value)
    if name != "kind" or paper is None:
        return value
    return paper.label


def _kind_of_data(row: Intake) -> str:
    kind = SheetKind.of(row.kind) or PhotoKind.of(row.kind)
    if kind is None:
        return row.kind
    return kind.label


def _object(row: Any) -> str:
    """What the file was about, so that whoever may not open its page reads of whom it was."""
    match row:
        case Intake():
            by = name_of(row.by, nobody="系统")
            what = f"{_kind_of_data(row)}「{row.name}」{row.rows:,} 行"
            return f"第 {row.pk} 号导入：{what}，{by} {stamp(row.at)} 导入"
        case PhotoUpload():
            return f"第 {row.pk} 号照片导入：{PhotoKind(row.kind).label}「{row.name}」，{row.by.name} {stamp(row.at)} 导入"
        case Act():
            what = f"批次 {row.batch.code}「{Verb(row.verb).label}」{row.total:,} 件"
            return f"第 {row.pk} 号办理：{what}，{row.actor.name} {stamp(row.confirmed_at)} 办理"
        case PolicyDraft():
            return f"第 {row.pk} 号规定草稿：批次 {row.code}，{row.by.name} {stamp(row.at)} 起草"
        case Lot():
            return f"批次 {row.round.batch.code}「{row.round.name}」{row.centre.name} 第 {row.number} 批上报 {row.size:,} 人"
    return ""


def _personal(line: Any) -> str:
    """The fields that pages mask, or which photos, under what names."""
    if not line.personal:
        return ""
    if line.listing in BACK and not all(map(PhotoKind.of, line.fields)):
        return "、".join(line.fields)
    masked = [FIELDS[key].label for key in line.fields if key in FIELDS and FIELDS[key].masked]
    photos = [kind.label for kind in map(PhotoKind.of, line.fields) if kind is not None]
    return "、".join([*masked, *photos]) or "是"


def _rows(line: Any) -> str:
    if state_of(line) is FileState.WRITTEN:
        return f"{line.end.rows:,}"
    return f"{line.rows:,}"


def _state(line: Any) -> Tag:
    return Tag(TONES[state_of(line)], state_of(line).label)


def _agreed(line: Any) -> str:
    """Who agreed, and what the agreement was asked for with."""
    consent = line.consent
    if consent is None or consent.decided_by is None:
        return ""
    if not consent.reason:
        return str(consent.decided_by.name)
    return f"{consent.decided_by.name}：{consent.reason}"


def _end(line: Any, name: str) -> str:
    if state_of(line) is FileState.WRITING:
        return ""
    return str(getattr(line.end, name))


def _piece(rows: Any, first: int, size: int) -> Sequence[Any]:
    return list(rows[first : first + size])


def _files(rows: Any, first: int, size: int) -> Sequence[Any]:
    """Records with what they were asked for by a number; a few queries."""
    found = _piece(rows, first, size)
    known = exports.objects(found)
    for line in found:
        line.objects = known
    return found


def _beside_files(visit: Visit, asked: ListFilter) -> ListNotes:
    return ListNotes(note=NOTE, links=(("报送文件记录", "/outgoing/runs"),))


def _beside_runs(visit: Visit, asked: ListFilter) -> ListNotes:
    return ListNotes(note=RUNS_NOTE, links=(("导出记录", "/outgoing"),))


FILES = register_list(
    ListSpec(
        key="outgoing",
        path="/outgoing",
        title="导出记录",
        group="系统管理",
        noun="份",
        rows=lambda visit: exports.files(visit.actor),
        criteria=criteria(
            Criterion("q", "账号 / 姓名", exports.taken_by),
            Criterion("kind", "内容", exports.of_kind, offered=_kinds),
            yes_no("personal", "含个人信息", exports.with_personal_fields),
            chosen("purpose", "用途", "purpose", Purpose.choices()),
            Criterion("state", "结果", exports.in_state, tuple(FileState.choices())),
            since("from", "自", "at"),
            until("to", "至", "at"),
            exports.hashed("end__sha256"),
        ),
        columns=(
            Column("at", "时间", lambda line: line.at, ("at",), css="nowrap", narrow="时间"),
            Column(
                "serial",
                "编号",
                lambda line: str(line.serial),
                ("serial",),
                css="num",
                narrow="编号",
            ),
            Column(
                "kind", "内容", lambda line: what_left(line.listing), ("listing",), narrow="内容"
            ),
            Column("who", "导出人", lambda line: line.by.name, ("by__name",), narrow="导出人"),
            Column("user", "账号", lambda line: line.by.username, shown=False),
            Column("rows", "行数", _rows, ("rows",), css="num", narrow="行数"),
            Column("state", "结果", _state, css="at", narrow="结果"),
            Column(
                "hash", "文件校验码", lambda line: _end(line, "sha256"), css="clip", narrow="校验码"
            ),
            Column("asked", "筛选条件或对象", _asked, css="wrap", narrow="条件"),
            Column("personal", "含个人信息", _personal, css="clip", narrow="个人信息"),
            Column(
                "purpose",
                "用途",
                lambda line: Purpose.label_of(line.purpose),
                narrow="用途",
            ),
            Column("agreed", "同意人", _agreed, css="clip", narrow="同意"),
            Column("why", "未成的原因", lambda line: _end(line, "why"), css="clip", narrow="原因"),
        ),
        order=("-serial",),
        lines=_files,
        empty=("还没有记录", "有人导出名单、照片或下载退回的文件以后列在这里"),
        notes=_beside_files,
    )
)
RUNS = register_list(
    ListSpec(
        key="outgoing-runs",
        path="/outgoing/runs",
        title="报送文件记录",
        group="系统管理",
        noun="份",
        rows=lambda visit: exports.runs(visit.actor),
        criteria=criteria(
            Criterion("q", "账号 / 姓名", exports.taken_by),
            chosen("state", "结果", "state", FileState.choices()),
            since("from", "自", "at"),
            until("to", "至", "at"),
            exports.hashed("sha256"),
        ),
        columns=(
            Column("at", "时间", lambda line: line.at, ("at",), css="nowrap", narrow="时间"),
            Column("batch", "批次", lambda line: line.batch.code, ("batch__code",), narrow="批次"),
            Column("run", "编号", lambda line: str(line.run), ("run",), css="num", narrow="编号"),
            Column("name", "文件", lambda line: line.name, ("name",), narrow="文件"),
            Column("who", "导出人", lambda line: line.by.name, ("by__name",), narrow="导出人"),
            Column("user", "账号", lambda line: line.by.username, shown=False),
            Column(
                "rows", "人数", lambda line: f"{line.rows:,}", ("rows",), css="num", narrow="人数"
            ),
            Column(
                "held",
                "暂不导出",
                lambda line: f"{line.held_back:,}",
                ("held_back",),
                css="num",
                narrow="暂不导出",
            ),
            Column(
                "state",
                "结果",
                lambda line: Tag(TONES[FileState(line.state)], FileState(line.state).label),
                css="at",
                narrow="结果",
            ),
            Column("hash", "文件校验码", lambda line: line.sha256, css="clip", narrow="校验码"),
            Column("why", "未成的原因", lambda line: line.why, css="clip", narrow="原因"),
        ),
        order=("-at",),
        lines=_piece,
        empty=("还没有记录", "有人导出报送文件以后列在这里"),
        notes=_beside_runs,
    )
)


@reads(Role.AUDITOR)
def files(request: HttpRequest, visit: Visit) -> HttpResponse:
    """导出记录."""
    return show(request, visit, FILES)


@reads(Role.AUDITOR)
def runs(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The numbered files for other systems."""
    return show(request, visit, RUNS)


ADDRESSES = [
    path("outgoing", files),
    path("outgoing/runs", runs),
]
