"""Photos by the zip: each on its own, the same again changes nothing, an approved one stays."""

import io
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.gateways import hashed_files
from graduand.models import Candidate, Grant, Intake, PhotoRow, Round, Stale, Student, Unit, User
from graduand.office.people import own_accounts
from graduand.office.photos.importing import import_photos
from graduand.office.photos.keeping import HELD
from graduand.office.season import listing
from graduand.queries.basis import basis_of
from graduand.queries.facts.gathering import gather
from graduand.rulebook.facts import ActDetails
from graduand.rulebook.identity.person_gates import platform_photo
from graduand.rulebook.terms import Desk, Level, PhotoKind, PhotoNaming, SheetKind
from tests.factories import set_clock
from tests.material.portraits import exif, face, face_as, padded, zipped
from tests.office.records.files import batch, bring, student, world

pytestmark = pytest.mark.django_db

ONE, TWO = "2117151000001", "2117151000002"
A, B, C = face(0), face(1), face(2)
UNKNOWN = "没有这个学号，或不在您的管理范围内；请核对照片的文件名"


@pytest.fixture
def clerk(tmp_path):
    """Two students at two centres; the clerk of the first centre."""
    world(tmp_path, students=2)
    bring(tmp_path, SheetKind.STUDENTS, student(2, 学习中心代码="C02"))
    user = User.objects.create_user("clerk", "王老师")
    Grant.objects.create(user=user, role="centre_clerk", unit=Unit.objects.get(code="C01"))
    return user


@pytest.fixture
def hq(clerk):
    """The program at headquarters, which brings photos for everybody."""
    return own_accounts.program(Desk.HQ)


def send(folder: Path, by: User, entries: dict[str, bytes], kind=PhotoKind.GRADUATION, **options):
    return import_photos(zipped(folder / "photos.zip", entries), kind, by=by, **options)


def counts(tally):
    return tally.rows, tally.created, tally.updated, tally.unchanged, tally.refused


def test_photos_are_stored_by_their_hash_before_their_rows(tmp_path, hq):
    batch()
    bring(tmp_path, SheetKind.STUDENTS, student(3))
    Stale.objects.all().delete()
    tally = send(tmp_path, hq, {f"{ONE}.jpg": A, f"{TWO}.JPEG": B})
    assert (counts(tally), tally.ok) == ((2, 2, 0, 0, 0), True)
    row = PhotoRow.objects.get(student__number=ONE)
    assert (row.sha256, row.original, row.size) == (hashed_files.sha256_of(A), "", len(A))
    assert hashed_files.place_of(Path(settings.MEDIA_ROOT) / "photos", row.sha256).read_bytes() == A
    assert set(Stale.objects.values_list("candidate__student__number", flat=True)) == {ONE, TWO}
    assert Intake.objects.get(pk=tally.intake).kind == "graduation"


def test_the_original_is_kept_beside_the_stripped_copy(tmp_path, hq):
    data = face_as(1, exif=exif(1)) + b"tail"
    send(tmp_path, hq, {f"{ONE}.jpg": data})
    row = PhotoRow.objects.get()
    media = Path(settings.MEDIA_ROOT)
    assert hashed_files.place_of(media / "originals", row.original).read_bytes() == data
    served = hashed_files.place_of(media / "photos", row.sha256).read_bytes()
    assert (b"Exif" in served, served.endswith(b"tail")) == (False, False)
    assert counts(send(tmp_path, hq, {f"{ONE}.jpg": data})) == (1, 0, 0, 1, 0)


def test_Z17_the_same_zip_twice(tmp_path, hq):
    send(tmp_path, hq, {f"{ONE}.jpg": A, f"{TWO}.jpg": B})
    before = list(PhotoRow.objects.values())
    assert counts(send(tmp_path, hq, {f"{ONE}.jpg": A, f"{TWO}.jpg": B})) == (2, 0, 0, 2, 0)
    assert counts(send(tmp_path, hq, {f"{ONE}.jpg": A}, overwrite=True)) == (1, 0, 0, 1, 0)
    assert list(PhotoRow.objects.values()) == before


def test_a_photo_is_replaced_only_when_asked_and_keeps_its_day(tmp_path, hq):
    send(tmp_path, hq, {f"{ONE}.jpg": A})
    early = PhotoRow.objects.get().since - timedelta(days=30)
    PhotoRow.objects.update(since=early)
    tally = send(tmp_path, hq, {f"{ONE}.jpg": B})
    assert tally.problems == (
        f"{ONE}.jpg：已有照片，与这次的不同；如要替换请选择「覆盖已经存在的照片」",
    )
    assert counts(send(tmp_path, hq, {f"{ONE}.jpg": B}, overwrite=True)) == (1, 0, 1, 0, 0)
    rows = PhotoRow.objects.order_by("id").values_list("sha256", "current", "since")
    assert list(rows) == [
        (hashed_files.sha256_of(A), False, early),
        (hashed_files.sha256_of(B), True, early),
    ]


def test_Z08_a_name_that_had_to_be_cleaned_is_said(tmp_path, hq):
    tally = send(tmp_path, hq, {"２117151\u200b000001.jpg": A})
    assert (tally.created, tally.warnings) == (
        1,
        (f"２117151\u200b000001.jpg：文件名里有全角或看不见的字符，已按 {ONE} 读取",),
    )


def test_Z09_two_pictures_of_one_student(tmp_path, hq):
    tally = send(tmp_path, hq, {f"{ONE}.jpg": A, f"{ONE}.JPG": B, f"{TWO}.jpg": C})
    assert counts(tally) == (3, 1, 0, 0, 2)
    text = f"同一学号有两张照片（{ONE}.jpg、{ONE}.JPG）；请只保留一张"
    assert tally.problems == (f"{ONE}.jpg：{text}", f"{ONE}.JPG：{text}")


def test_Z18_foreign_and_unknown_students_get_the_same_words(tmp_path, clerk):
    tally = send(tmp_path, clerk, {f"{TWO}.jpg": A, "2117151999999.jpg": B, f"{ONE}.jpg": C})
    assert counts(tally) == (3, 1, 0, 0, 2)
    assert tally.problems == (f"{TWO}.jpg：{UNKNOWN}", f"2117151999999.jpg：{UNKNOWN}")


def approve(number, stage="approved"):
    made = batch()
    turn = Round.objects.create(batch=made, name="首批", position=0)
    who = User.objects.create_user("judge", "法官")
    moments = {
        f"{name}_at": "2023-07-16T09:00:00+08:00" for name in ("applied", "endorsed", "approved")
    }
    people = {f"{name}_by": who for name in ("applied", "endorsed", "approved")}
    one = Student.objects.get(number=number)
    Candidate.objects.create(
        batch=made, student=one, centre=one.centre, stage=stage, round=turn, **moments, **people
    )


def test_Z19_an_approved_photo_stays(tmp_path, hq):
    send(tmp_path, hq, {f"{ONE}.jpg": A})
    approve(ONE)
    tally = send(tmp_path, hq, {f"{ONE}.jpg": B}, overwrite=True)
    assert tally.problems == (
        f"{ONE}.jpg：该生已准予毕业，照片不能再换；确需更换请由总部退回后重新上传",
    )
    assert counts(send(tmp_path, hq, {f"{ONE}.jpg": A}, overwrite=True)) == (1, 0, 0, 1, 0)
    assert counts(send(tmp_path, hq, {f"{ONE}.jpg": B}, PhotoKind.CREDENTIAL)) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            face_as(size=(640, 480)),
            "照片尺寸 640×480，应为 480×640（宽×高，像素），照片是横放的，请转正",
        ),
        (face_as(mode="L"), "照片是黑白图片（1×8 位），应为 24 位真彩色（RGB），请重新提供"),
        (A[: len(A) // 2], "照片文件不完整（可能上传中断），请重新提供"),
        (b"not a picture", "文件不是 jpg 图片，请另存为 jpg（不能只改扩展名）"),
    ],
)
def test_P01_P02_P09_what_annex_3_refuses(tmp_path, hq, data, said):
    tally = send(tmp_path, hq, {f"{ONE}.jpg": data, f"{TWO}.jpg": B})
    assert counts(tally)[1:] == (1, 0, 0, 1)
    assert said in "".join(tally.problems)


@pytest.mark.parametrize(("size", "taken"), [(51_200, True), (51_201, False)])
def test_P01_to_the_byte(tmp_path, hq, size, taken):
    data = padded(A, size)
    assert len(data) == size
    assert send(tmp_path, hq, {f"{ONE}.jpg": data}).ok is taken


def test_P12_one_picture_for_two_students(tmp_path, hq):
    both = send(tmp_path, hq, {f"{ONE}.jpg": A, f"{TWO}.jpg": A})
    assert both.problems == (
        f"{ONE}.jpg：与 {TWO} 的照片完全相同；请核对是哪一位学生的照片",
        f"{TWO}.jpg：与 {ONE} 的照片完全相同；请核对是哪一位学生的照片",
    )
    send(tmp_path, hq, {f"{ONE}.jpg": A})
    later = send(tmp_path, hq, {f"{TWO}.jpg": A})
    assert later.problems == (f"{TWO}.jpg：{HELD}",)


def test_the_copy_from_the_registry_is_the_same_picture(tmp_path, hq):
    send(tmp_path, hq, {f"{ONE}.jpg": A, f"{TWO}.jpg": B}, PhotoKind.CREDENTIAL)
    send(tmp_path, hq, {f"{ONE}.jpg": A, f"{TWO}.jpg": C})
    same = (
        PhotoRow.objects.filter(kind="graduation")
        .order_by("student__number")
        .values_list("same", flat=True)
    )
    assert list(same) == [True, None]


def test_names_by_document_and_level(tmp_path, hq):
    bring(tmp_path, SheetKind.PLANS, {"专业规则代码": "P2", "学历层次": "专升本"})
    again = student(3, 证件号="E00000001") | {
        "学历层次": "专升本",
        "专业规则代码": "P2",
        "考生号": "20231234567890",
    }
    bring(tmp_path, SheetKind.STUDENTS, again)
    entries = {"e00000001.jpg": A}
    several = send(tmp_path, hq, entries, naming=PhotoNaming.ID_NO)
    assert several.problems == (
        f"e00000001.jpg：这个证件号有几个学号（{ONE}、2117151000003）；请选择专业层次，或以学号命名",
    )
    assert send(tmp_path, hq, entries, naming=PhotoNaming.ID_NO, level=Level.TOP_UP).created == 1
    assert PhotoRow.objects.get().student.number == "2117151000003"
    by_exam = send(
        tmp_path, hq, {"20231234567890.jpg": A, f"{ONE}.jpg": B}, naming=PhotoNaming.EXAM_NO
    )
    assert counts(by_exam) == (2, 1, 0, 1, 0)
    wrong = send(tmp_path, hq, {f"{TWO}.jpg": C}, level=Level.TOP_UP)
    assert wrong.problems == (f"{TWO}.jpg：该生是专科，不是所选的专升本；请核对专业层次",)


def test_a_trial_keeps_nothing(tmp_path, hq):
    entries = {f"{ONE}.jpg": face(901), f"{TWO}.jpg": b"x"}
    trial = send(tmp_path, hq, entries, trial=True)
    assert (counts(trial), PhotoRow.objects.count()) == ((2, 1, 0, 0, 1), 0)
    stored = hashed_files.place_of(
        Path(settings.MEDIA_ROOT) / "photos", hashed_files.sha256_of(face(901))
    )
    assert not stored.exists()
    assert counts(send(tmp_path, hq, entries)) == counts(trial)


def test_refused_pictures_come_back_with_their_reasons(tmp_path, hq):
    back = tmp_path / "back.zip"
    wide = face_as(size=(640, 480))
    entries = {f"{ONE}.jpg": wide, "../x.jpg": A, f"{TWO}.jpg": B}
    assert send(tmp_path, hq, entries, errors=back).file == str(back)
    with ZipFile(back) as archive:
        assert archive.namelist() == [f"1_{ONE}_照片尺寸 640×480.jpg", "不合格照片清单.xlsx"]
        assert archive.read(archive.namelist()[0]) == wide
        page = openpyxl.load_workbook(io.BytesIO(archive.read("不合格照片清单.xlsx"))).active
    assert [row[0].value for row in page] == ["文件名", f"{ONE}.jpg", "../x.jpg"]


def test_a_zip_that_is_refused_changes_nothing(tmp_path, hq):
    path = tmp_path / "photos.zip"
    path.write_bytes(b"Rar!")
    tally = import_photos(path, PhotoKind.GRADUATION, by=hq)
    assert (tally.ok, counts(tally), tally.intake) == (False, (0, 0, 0, 0, 0), 0)


def test_a_zip_takes_a_constant_number_of_queries(tmp_path, hq):
    bring(tmp_path, SheetKind.STUDENTS, *(student(n) for n in range(100, 140)))
    taken = []
    for start, size in ((100, 3), (110, 25)):
        entries = {f"2117151{n:06}.jpg": face(n) for n in range(start, start + size)}
        with CaptureQueriesContext(connection) as caught:
            assert send(tmp_path, hq, entries).created == size
        taken.append(len(caught))
    assert taken[0] == taken[1]


def taller(**change):
    """A batch whose pictures are larger than the notice's."""
    turn = {"name": "首批", "opens": "2024-01-08", "review_to": "2024-01-20"}
    return batch(
        code="202401",
        issue_date="2024-01-20",
        closes_at="2024-04-12",
        rounds=[turn],
        photo={"width": 600, "height": 800},
        **change,
    )


@pytest.mark.parametrize(
    ("day", "fits"), [("2023-07-05", True), ("2023-07-16", True), ("2023-07-17", False)]
)
def test_a_batch_that_has_not_begun_decides_on_no_picture_while_people_file_in_another(
    tmp_path, hq, day, fits
):
    """On the eve of the first round nobody files anywhere yet: the batch that comes first decides."""
    batch()
    taller()
    set_clock(f"{day} 09:00")
    assert send(tmp_path, hq, {f"{ONE}.jpg": A}).ok is fits


def test_a_picture_is_asked_by_the_limits_of_each_files_own_batch(tmp_path, hq):
    mine, other = batch(), taller()
    set_clock("2023-07-12 09:00")
    listing.list_newcomers()
    send(tmp_path, hq, {f"{ONE}.jpg": A})
    small = "毕业照片不合规格：照片尺寸 480×640，本批次要求 600×800（宽×高，像素）"
    assert [spec_findings(one) for one in (mine, other)] == [[], [small]]


def spec_findings(batch) -> list[str]:
    file = Candidate.objects.get(batch=batch, student__number=ONE)
    basis = basis_of(batch)
    found = platform_photo(
        gather([file.pk], basis.policy, basis.today)[file.pk], basis, ActDetails(0, Desk.CENTRE)
    )
    return [one.sentence for one in found if one.code == "PHOTO-SPEC"]
