"""Damaged pictures and zips through the browser: sent, judged by the worker, shown; no entry is lost in silence."""

import io
import random
import zipfile
from collections import Counter

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from graduand.models import Job, PhotoCheck, PhotoUpload
from graduand.rulebook.terms import JobState
from tests import jobs
from tests.machine import needs
from tests.material.portraits import face, face_as

SOUND = face(1)


def _saved(form: str, **options) -> bytes:
    stream = io.BytesIO()
    with Image.open(io.BytesIO(SOUND)) as picture:
        mode = options.pop("mode", "RGB")
        picture.convert(mode).save(stream, form, **options)
    return stream.getvalue()


def pictures() -> dict[str, bytes]:
    """What was done to a picture -> its bytes; the first one is sound."""
    found = {
        "sound": face(2),
        "empty": b"",
        "a text": b"jpg",
        "only a signature": b"\xff\xd8\xff",
        "no end": SOUND[:-2],
    }
    found |= {
        "a tail": SOUND + b"x" * 99
    }  # the same pixels as some that follow: wrong for one of them at least
    found |= {
        f"cut at {share:.0%}": SOUND[: int(len(SOUND) * share)]
        for share in (0.02, 0.2, 0.5, 0.8, 0.99)
    }
    found |= {f"as {form}": _saved(form) for form in ("PNG", "GIF", "BMP", "WEBP", "TIFF")}
    found |= {f"in {mode}": _saved("JPEG", mode=mode) for mode in ("CMYK", "L")}
    found |= {f"quality {share}": _saved("JPEG", quality=share) for share in (1, 100)}
    found |= {"progressive": _saved("JPEG", progressive=True)}
    found |= {
        f"{size[0]}x{size[1]}": face_as(1, size=size)
        for size in ((640, 480), (479, 640), (1, 1), (2000, 3000))
    }
    header = SOUND.index(b"\xff\xc0")
    for what, size in (
        ("huge by its header", b"\xff\xff\xff\xff"),
        ("nothing by its header", b"\0\0\0\0"),
    ):
        found[what] = SOUND[: header + 5] + size + SOUND[header + 9 :]
    flat = bytearray(SOUND)
    flat[-2000:-2] = b"\0" * 1998
    found["zeros at the end"] = bytes(flat)
    chance = random.Random(20230712)
    for number in range(16):
        data = bytearray(SOUND)
        place = chance.randrange(len(data) if number % 2 else 700)
        data[place] ^= 1 << chance.randrange(8)
        found[f"a bit of byte {place}"] = bytes(data)
    return found


def packed(entries: list[tuple[object, bytes]], **options) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", **options) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return stream.getvalue()


def zips(number: str) -> dict[str, tuple[bytes, int | None]]:
    """What was done to a zip -> its bytes, and how many entries it holds that are to be told of (None: it is refused whole)."""
    name = f"{number}.jpg"
    whole = packed([(name, SOUND)])
    link = zipfile.ZipInfo(name)
    link.external_attr = 0o120777 << 16
    found = {
        f"cut at {share:.0%}": (whole[: int(len(whole) * share)], None)
        for share in (0.1, 0.5, 0.9, 0.99)
    }
    found |= {
        "no bytes": (b"", None),
        "a text": (b"zip", None),
        "no entries": (packed([]), None),
        "another packer": (b"Rar!\x1a\x07\0" * 9, None),
        "wrong sum": (whole.replace(SOUND[200:240], SOUND[201:241]), 1),
        "packed hard": (packed([(name, SOUND)], compression=zipfile.ZIP_LZMA), 1),
        "a link": (packed([(link, b"/etc/passwd")]), 1),
        "in a folder": (packed([(f"照片/{name}", SOUND)]), None),
        "way out": (packed([(f"../{name}", SOUND)]), None),
        "a zip inside": (packed([("a.zip", whole), (name, SOUND)]), 2),
        "a head": (b"x" * 50 + whole, None),
        "a tail": (whole + b"x" * 50, None),
        "two": (whole + whole, None),
        "odd names": (
            packed([(f"{text}.jpg", SOUND) for text in ("张三", " ", "a b", "\u202e1", "1" * 200)]),
            5,
        ),
        "both spellings": (packed([(name, SOUND), (name.upper(), SOUND)]), 2),
        "system files": (packed([("Thumbs.db", b"x"), (name, SOUND)]), 1),
        "old names": (packed([(f"{number}╒╒╞¼.jpg", SOUND)]), 1),
        "no suffix": (packed([(number, SOUND)]), 1),
    }
    return found


@pytest.fixture
def client(world, at):
    needs.library("cv2")
    return at("a")


def sent(client, data: bytes, key: str) -> tuple[str, list[PhotoCheck]]:
    """Send a zip and let the worker have it: how it ended, and what is told of each entry."""
    form = {"kind": "graduation", "naming": "student_no", "level": "", "key": key}
    answer = client.post(
        "/photos/import/send", {**form, "file": SimpleUploadedFile("照片.zip", data)}
    )
    if answer.status_code != 302:
        assert answer.status_code in (200, 409)
        return "not taken", []
    upload = PhotoUpload.objects.latest("pk")
    client.post(f"/photos/imports/{upload.pk}/begin")
    while jobs.work_once("worker"):
        pass
    assert client.get(f"/photos/imports/{upload.pk}").status_code == 200
    states = set(
        Job.objects.filter(kind="photos", subject=upload.pk).values_list("state", "strikes")
    )
    assert states <= {(JobState.DONE.value, 0)}
    upload.refresh_from_db()
    return "refused" if upload.problem else "read", list(
        PhotoCheck.objects.filter(upload=upload).order_by("place")
    )


def test_every_damaged_picture_is_judged_and_stored_or_refused_by_name(world, client):
    given = pictures()
    people = [world.student(number, photo=False) for number in range(1, len(given) + 1)]
    data = packed(
        [
            (f"{student.number}.jpg", data)
            for student, data in zip(people, given.values(), strict=True)
        ]
    )
    ended, checks = sent(client, data, "k1")
    verdicts = {
        what: (check.verdict, bool(check.findings))
        for what, check in zip(given, checks, strict=True)
    }
    print("\npictures:", dict(Counter(verdict for verdict, _ in verdicts.values())))
    assert (ended, verdicts["sound"][0] in ("pass", "warn")) == ("read", True)
    assert [
        what
        for what, (verdict, said) in verdicts.items()
        if verdict == "" or (verdict != "pass" and not said)
    ] == []
    broken = [
        what
        for what in given
        if what.startswith(
            ("cut", "as ", "in ", "no end", "empty", "a text", "only", "huge", "nothing")
        )
    ]
    assert {what: verdicts[what][0] for what in broken} == dict.fromkeys(broken, "fail")


def test_every_damaged_zip_is_read_or_refused_in_a_sentence(world, client):
    student = world.student(1, photo=False)
    ends, troubles = Counter(), []
    for place, (what, (data, entries)) in enumerate(zips(student.number).items()):
        ended, checks = sent(client, data, f"k{place}")
        ends[ended] += 1
        if ended == "read" and entries is not None and len(checks) != entries:
            troubles.append(f"{what}: {len(checks)} of {entries} entries told of")
        if any(not check.verdict for check in checks):
            troubles.append(f"{what}: an entry without a verdict")
    print("\nzips:", dict(ends))
    assert troubles == []
