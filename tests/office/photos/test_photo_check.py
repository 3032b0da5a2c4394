"""Checking where pictures lie: zips, folders, files; names, doubles, a roster; several processes, one of them killed."""

import json
import multiprocessing
import os
import signal
from zipfile import ZIP_STORED, ZipFile

import pytest

from graduand.gateways.photos.photo_workers import (
    CHUNK,
    LOAD,
    PhotoTask,
    PhotoTaskBatch,
    WorkersDied,
    measure_all,
)
from graduand.office.photos.checking import CheckRequest, check_photos
from graduand.rulebook.photos.spec import PhotoSpec
from tests import factories
from tests.machine import needs
from tests.management.calling import graduand
from tests.material.portraits import portrait, zipped

ONE, TWO, THREE = "2117151000001", "2117151000002", "2117151000003"
FACELESS = ["NO_FACE", "W_SMALL_FILE"]  # what is said of every drawn shape
WAITING = 60  # tasks: enough that workers are busy when one is killed


@pytest.fixture(autouse=True)
def _opencv():
    needs.library("cv2")


def codes(paths, **how):
    """{file name: its codes in order of the alphabet}."""
    rows = check_photos(paths, CheckRequest(**how))
    return {
        row.file.rpartition("/")[2]: sorted(finding.code.value for finding in row.findings)
        for row in rows
    }


def folder(path, pictures):
    path.mkdir()
    for name, data in pictures.items():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_bytes(data)
    return path


def test_a_zip_a_folder_and_a_file_in_their_order(tmp_path):
    box = zipped(tmp_path / "a.zip", {f"{ONE}.jpg": portrait(1)})
    shelf = folder(
        tmp_path / "b",
        {"z/x.jpg": portrait(2), "any name.jpg": portrait(3), "Thumbs.db": b"x", ".DS_Store": b"x"},
    )
    single = tmp_path / "c.png"
    single.write_bytes(b"\x89PNG")
    rows = check_photos([box, shelf, single], CheckRequest())
    assert [row.file.removeprefix(f"{tmp_path}/") for row in rows] == [
        f"a.zip/{ONE}.jpg",
        "b/any name.jpg",
        "b/z/x.jpg",
        "c.png",
    ]
    assert [[one.code for one in row.findings] for row in rows][-1] == ["NOT_JPEG"]


def test_names_in_a_zip_must_be_numbers_and_outside_need_not(tmp_path):
    names = {
        "张三.jpg": portrait(1),
        f"{ONE}(1).jpg": portrait(2),
        "a.zip": b"PK",
        f" {TWO}.jpg": portrait(3),
    }
    assert codes([zipped(tmp_path / "a.zip", names)]) == {
        "张三.jpg": ["ENTRY_NAME_NOT_STUDENT_NO", *FACELESS],
        f"{ONE}(1).jpg": ["ENTRY_NAME_NOT_STUDENT_NO", *FACELESS],
        "a.zip": ["ENTRY_NOT_JPEG", "NOT_JPEG"],
        f" {TWO}.jpg": ["ENTRY_NAME_CLEANED", *FACELESS],
    }
    assert codes([folder(tmp_path / "b", {"张三.jpg": portrait(1)})]) == {"张三.jpg": FACELESS}


def test_Z09_two_pictures_of_one_student_are_both_refused(tmp_path):
    pictures = {f"{ONE}.jpg": portrait(1), f"{ONE}.JPG": portrait(2), f"{TWO}.jpg": portrait(3)}
    assert codes([zipped(tmp_path / "a.zip", pictures)]) == {
        f"{ONE}.jpg": ["ENTRY_DUPLICATE_STUDENT", *FACELESS],
        f"{ONE}.JPG": ["ENTRY_DUPLICATE_STUDENT", *FACELESS],
        f"{TWO}.jpg": FACELESS,
    }


def test_Z10_Z11_folders_and_litter(tmp_path):
    path = zipped(
        tmp_path / "a.zip",
        {f"in/{ONE}.jpg": portrait(1), "__MACOSX/._x.jpg": b"x", f"{TWO}.jpg": portrait(2)},
    )
    assert codes([path]) == {
        "a.zip": ["ENTRY_IGNORED"],
        f"{ONE}.jpg": ["ZIP_HAS_FOLDER"],
        f"{TWO}.jpg": FACELESS,
    }
    assert codes([path], flatten=True) == {
        "a.zip": ["ENTRY_IGNORED"],
        f"{ONE}.jpg": FACELESS,
        f"{TWO}.jpg": FACELESS,
    }


def test_a_crowd_of_crumbs_is_no_zip_of_pictures(tmp_path):
    path = tmp_path / "a.zip"
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for number in range(1001):
            archive.writestr(f"{number}.jpg", b"x")
    (row,) = check_photos([path], CheckRequest())
    assert [(one.code, one.text) for one in row.findings] == [
        (
            "ZIP_TOO_MANY_ENTRIES",
            "压缩包里有 1001 个文件，平均不到 64 字节，不是照片压缩包；请核对后重新压缩",
        )
    ]


def test_a_number_that_is_on_no_roster(tmp_path):
    path = zipped(tmp_path / "a.zip", {f"{ONE}.jpg": portrait(1), f"{TWO}.jpg": portrait(2)})
    found = codes([path], roster=frozenset({ONE}))
    assert found == {f"{ONE}.jpg": FACELESS, f"{TWO}.jpg": ["ENTRY_UNKNOWN_STUDENT", *FACELESS]}


def test_P12_equal_pixels_are_found_without_comparing_faces(tmp_path):
    path = zipped(
        tmp_path / "a.zip",
        {
            f"{THREE}.jpg": portrait(1),
            f"{ONE}.jpg": portrait(1, comment=b"another file"),
            f"{TWO}.jpg": portrait(2),
        },
    )
    rows = {row.key: row for row in check_photos([path], CheckRequest())}
    assert [row.findings[-1].code for row in (rows[ONE], rows[TWO], rows[THREE])] == [
        "NO_FACE",
        "NO_FACE",
        "DUPLICATE_IMAGE",
    ]
    assert rows[THREE].findings[-1].value == f"{path}/{ONE}.jpg"
    assert rows[THREE].repairable is False


def test_P02_what_is_repairable_is_said(tmp_path):
    path = zipped(
        tmp_path / "a.zip", {f"{ONE}.jpg": portrait(1, size=(600, 800)), f"{TWO}.jpg": portrait(2)}
    )
    assert [row.repairable for row in check_photos([path], CheckRequest())] == [True, False]


def test_two_processes_say_what_one_says(tmp_path):
    pictures = {f"{int(ONE) + shade}.jpg": portrait(shade) for shade in range(20)}
    path = zipped(tmp_path / "a.zip", pictures)
    alone, together = (check_photos([path], CheckRequest(workers=workers)) for workers in (1, 2))
    assert [row.as_dict() for row in together] == [row.as_dict() for row in alone]


def killing(times):
    """Tasks; while they are fetched, a worker is killed `times` times."""
    data, killed = portrait(), 0
    for number in range(WAITING):
        children = multiprocessing.active_children()
        if children and killed < times:
            killed += 1
            os.kill(children[0].pid, signal.SIGKILL)
        yield PhotoTask(number, data)


def test_a_killed_worker_is_replaced_nothing_lost_nothing_twice():
    found = measure_all(killing(times=1), PhotoSpec(), workers=2, embed=False)
    assert [measured.number for measured in found] == list(range(WAITING))


def test_workers_that_die_again_and_again_are_given_up(monkeypatch):
    monkeypatch.setattr("graduand.gateways.photos.photo_workers.STRIKES", 1)
    with pytest.raises(WorkersDied, match="连续 1 次"):
        list(measure_all(killing(times=1), PhotoSpec(), workers=2, embed=False))


def test_a_file_that_cannot_be_read(tmp_path):
    gone = tmp_path / "x.jpg"
    gone.symlink_to(tmp_path / "nowhere")
    (row,) = check_photos([gone], CheckRequest())
    assert [one.code for one in row.findings] == ["ENTRY_UNREADABLE"]


def test_the_command_prints_an_object_a_picture_and_touches_no_table(tmp_path):
    path = zipped(
        tmp_path / "a.zip", {f"{ONE}.jpg": portrait(1, size=(481, 640)), f"{TWO}.jpg": portrait(2)}
    )
    answer = graduand("photos", "check", path, "--json")  # no database is allowed in this test
    first, second = (json.loads(line) for line in answer.out.splitlines())
    assert first == {
        "file": f"{path}/{ONE}.jpg",
        "verdict": "fail",
        "repairable": True,
        "findings": [
            first["findings"][0],
            {
                "code": "WRONG_SIZE",
                "value": "481×640",
                "limit": "480×640",
                "text": "照片尺寸 481×640，应为 480×640（宽×高，像素），请裁切或缩小到规定尺寸",
            },
        ],
    }
    assert (second["verdict"], second["repairable"]) == ("fail", False)
    assert (answer.code, answer.err.splitlines()[-1]) == (1, "共检查 2 项：不合格 2")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nowhere",), "找不到文件或文件夹 nowhere"),
        ((".", "--admission", "nowhere"), "找不到文件夹 nowhere"),
        ((".", "--workers", "0"), "--workers 应在 1 到 64 之间"),
        ((".", "--roster", "nowhere"), "找不到文件 nowhere"),
        ((".", "--policy", "nowhere"), "找不到文件 nowhere"),
    ],
)
def test_a_wrong_call(words, sentence):
    answer = graduand("photos", "check", *words)
    assert (answer.code, answer.out, answer.err.strip()) == (2, "", sentence)


def test_the_limits_of_a_policy(tmp_path):
    text = factories.EXAMPLE.read_text(encoding="utf-8").replace("width = 480\n", "width = 481\n")
    policy, picture = tmp_path / "p.toml", tmp_path / "x.jpg"
    policy.write_text(text, encoding="utf-8")
    picture.write_bytes(portrait())
    assert "481×640" not in graduand("photos", "check", picture, "--json").out
    assert (
        '"limit": "481×640"'
        in graduand("photos", "check", picture, "--json", "--policy", policy).out
    )
    policy.write_text(text.replace("[photo]", "[photo]\nroll_max = -1"), encoding="utf-8")
    answer = graduand("photos", "check", picture, "--policy", policy)
    assert (answer.code, answer.err.strip()) == (
        2,
        "p.toml：photo.roll_max 应是不小于 0 的数，现为 -1",
    )
    policy.write_text(f"width = {'9' * 5_000}", encoding="utf-8")
    answer = graduand("photos", "check", picture, "--policy", policy)
    assert (answer.code, answer.err.strip()) == (
        2,
        "p.toml：不是合格的 TOML：有一个整数位数太多；不是用来计算的号码请加引号",
    )


def test_what_is_missing_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("FACE_MODEL_DIR", str(tmp_path))
    answer = graduand("photos", "check", zipped(tmp_path / "a.zip", {f"{ONE}.jpg": portrait()}))
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("找不到人脸模型文件")


def test_few_large_pictures_travel_together_and_as_many_small_ones_as_may():
    def sent(size):
        batch, spec = PhotoTaskBatch(), PhotoSpec()
        while not batch.full:
            batch.add(PhotoTask(len(batch.order), b"\xff\xd8" + bytes(size), headed=True), spec)
        return len(batch.order)

    assert (sent(40_000), sent(LOAD), sent(LOAD // 2)) == (CHUNK, 1, 2)
