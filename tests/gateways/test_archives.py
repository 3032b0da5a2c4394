"""Z01–Z16: what is wrong with a zip is found in its directory, and one bad entry does not spoil the others."""

import io
import struct
import warnings
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from graduand.gateways.archives import ArchiveRefused, EntryRefused, ZipLimits, open_archive
from tests.material.portraits import portrait, zipped

PHOTO = portrait()
GOOD = "2117151000001.jpg"


def refusal(path, **options):
    with pytest.raises(ArchiveRefused) as caught, open_archive(path, **options):
        pass
    return str(caught.value)


def problems(path, **options):
    with open_archive(path, **options) as archive:
        return {entry.name: entry.problem for entry in archive.entries}


def test_a_flat_zip_is_read(tmp_path):
    path = zipped(tmp_path / "a.zip", {GOOD: PHOTO, "b.JPG": PHOTO}, ZIP_DEFLATED)
    with open_archive(path) as archive:
        assert [archive.read(entry) for entry in archive.entries] == [PHOTO, PHOTO]


def test_Z01_a_bomb_is_refused_before_unpacking(tmp_path):
    path = zipped(tmp_path / "a.zip", {f"{n}.jpg": bytes(5 << 20) for n in range(40)}, ZIP_DEFLATED)
    assert refusal(path) == "解压后超过上限（200 MB），不像是照片压缩包；请核对后重新压缩"
    one = zipped(tmp_path / "b.zip", {"1.jpg": bytes(9 << 20), GOOD: PHOTO}, ZIP_DEFLATED)
    assert problems(one) == {"1.jpg": "文件解压后超过 8 MB，不是合格的照片", GOOD: ""}


@pytest.mark.parametrize("declared", [100, 10 << 20])
def test_Z02_a_declared_size_that_lies(tmp_path, declared):
    path = zipped(tmp_path / "a.zip", {"x.jpg": bytes(5 << 20), GOOD: PHOTO}, ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 24 : data.index(b"PK\x01\x02") + 28] = struct.pack(
        "<I", declared
    )
    path.write_bytes(data)
    with open_archive(path, limits=ZipLimits(entry=20 << 20)) as archive:
        with pytest.raises(EntryRefused):
            archive.read(archive.entries[0])
        assert archive.read(archive.entries[1]) == PHOTO


def test_Z04_too_many_entries(tmp_path):
    path = zipped(tmp_path / "a.zip", {f"{n}.jpg": b"x" for n in range(11)})
    assert (
        refusal(path, limits=ZipLimits(entries=10))
        == "压缩包里有 11 个文件，超过上限 10 个；请分成几个压缩包上传"
    )
    assert len(problems(path, limits=ZipLimits(entries=11))) == 11


@pytest.mark.parametrize(
    "name", ["../../x.jpg", "/abs.jpg", "C:\\x.jpg", "a\\..\\b.jpg", "a/../b.jpg"]
)
@pytest.mark.parametrize("flatten", [False, True])
def test_Z05_unsafe_paths(tmp_path, name, flatten):
    path = zipped(tmp_path / "a.zip", {name: PHOTO, GOOD: PHOTO})
    assert problems(path, flatten=flatten) == {
        name: "文件名带有不安全的路径；请直接压缩照片，不要带路径",
        GOOD: "",
    }


def test_Z06_links(tmp_path):
    link = ZipInfo("2117151000002.jpg")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr(GOOD, PHOTO)
    found = problems(tmp_path / "a.zip")
    assert found == {
        "2117151000002.jpg": "是链接或特殊文件，不是照片；请直接压缩照片文件",
        GOOD: "",
    }


def test_Z07_names_in_gbk(tmp_path):
    path = zipped(tmp_path / "a.zip", {"XXXX21.jpg": PHOTO})
    path.write_bytes(path.read_bytes().replace(b"XXXX21", "照片".encode("gbk") + b"21"))
    assert problems(path) == {"照片21.jpg": ""}
    other = zipped(tmp_path / "b.zip", {"照片21.jpg": PHOTO})
    assert problems(other) == {"照片21.jpg": ""}


def test_Z10_files_of_the_system_are_passed_over(tmp_path):
    litter = {
        "__MACOSX/._a.jpg": b"x",
        ".DS_Store": b"x",
        "Thumbs.db": b"x",
        "._b.jpg": b"x",
        "folder/": b"",
    }
    with open_archive(zipped(tmp_path / "a.zip", litter | {GOOD: PHOTO})) as archive:
        assert ([entry.name for entry in archive.entries], archive.skipped) == ([GOOD], 5)


def test_Z11_photos_in_a_folder(tmp_path):
    path = zipped(tmp_path / "a.zip", {f"照片/{GOOD}": PHOTO})
    advice = "照片放在文件夹里；请直接压缩照片，不要放在文件夹中（或上传时选择「忽略文件夹」）"
    assert problems(path) == {f"照片/{GOOD}": advice}
    with open_archive(path, flatten=True) as archive:
        assert [(entry.base, entry.problem) for entry in archive.entries] == [(GOOD, "")]


def test_Z12_a_password(tmp_path):
    path = zipped(tmp_path / "a.zip", {GOOD: PHOTO})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert refusal(path) == "压缩包有密码；请去掉密码重新压缩后上传"


BROKEN = (
    "文件不是完整的 zip 压缩包（可能是 RAR/7z 改了扩展名，或上传中断）；请重新压缩成 zip 后上传"
)
ODD = "压缩包结构异常（前后夹带了别的内容，或有两份目录），已拒绝；请重新压缩后上传"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda data: b"Rar!\x1a\x07\x01\0" + bytes(400), BROKEN),
        (lambda data: b"7z\xbc\xaf\x27\x1c" + bytes(400), BROKEN),
        (lambda data: data[: len(data) * 4 // 5], BROKEN),  # Z16: the upload was cut
        (lambda data: data + b"tail", ODD),
        (lambda data: data + data[-22:], ODD),
        (lambda data: bytes(512) + data, BROKEN),  # a tar in front of it
        (lambda data: data[:4] + data, ODD),
        (lambda data: b"", BROKEN),
    ],
)
def test_Z13_Z16_structure(tmp_path, spoil, said):
    path = zipped(tmp_path / "a.zip", {GOOD: PHOTO})
    path.write_bytes(spoil(path.read_bytes()))
    assert refusal(path) == said


def test_Z13_entries_that_overlap(tmp_path):
    path = zipped(tmp_path / "a.zip", {"1.jpg": PHOTO, "2.jpg": PHOTO})
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    path.write_bytes(data)
    assert refusal(path) == ODD


def test_Z14_zip64(tmp_path):
    path = zipped(tmp_path / "a.zip", {GOOD: PHOTO})
    data = bytearray(path.read_bytes())
    data[-22 + 12 : -22 + 16] = b"\xff" * 4
    path.write_bytes(data)
    assert refusal(path) == "压缩包使用了超大格式（ZIP64），已拒绝；请分成几个较小的压缩包上传"


def test_Z15_an_empty_entry_and_an_empty_zip(tmp_path):
    path = zipped(tmp_path / "a.zip", {GOOD: b""})
    assert problems(path) == {GOOD: "文件是空的（0 字节）；请换成真正的照片"}
    assert refusal(zipped(tmp_path / "b.zip", {})) == "压缩包是空的；请把照片直接压缩成 zip 后上传"


def test_a_nested_zip_is_an_entry_like_any_other(tmp_path):
    inner = io.BytesIO()
    with ZipFile(inner, "w") as archive:
        archive.writestr("x.jpg", PHOTO)
    assert problems(zipped(tmp_path / "a.zip", {GOOD: PHOTO, "more.zip": inner.getvalue()})) == {
        GOOD: "",
        "more.zip": "",
    }


def test_equal_names_are_two_entries(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr(GOOD, PHOTO)
            archive.writestr(GOOD, PHOTO)
    with open_archive(tmp_path / "a.zip") as archive:
        assert [entry.name for entry in archive.entries] == [GOOD, GOOD]
