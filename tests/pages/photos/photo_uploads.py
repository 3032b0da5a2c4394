"""How a test sends a zip of pictures by the dialog of annex 3, and three students to send them for."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from graduand.models import (
    PhotoUpload,
)
from tests import jobs

ONE, TWO, OTHER = "2115100000001", "2115100000002", "2115100000003"


@pytest.fixture
def three(world):
    """Two students of centre a and one of centre b, none with a photo."""
    people = [world.student(n, centre=n // 3, photo=False) for n in (1, 2, 3)]
    world.judge()
    return people


def packed(entries):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return SimpleUploadedFile("照片.zip", stream.getvalue(), "application/zip")


def send(client, entries, key="a1", **more):
    form = {"kind": "graduation", "naming": "student_no", "level": "", "key": key, **more}
    return client.post("/photos/import/send", {**form, "file": packed(entries)})


def imported(client, entries, key="a1", **more):
    """Upload, 导入, and let the worker do it; returns the upload."""
    url = send(client, entries, key, **more).headers["Location"]
    assert client.post(f"{url}/begin").status_code == 302
    assert jobs.work_once("worker")
    return PhotoUpload.objects.get(key=key)


def status(client, url):
    answer = client.get(url)
    for (
        close
    ) in answer._resource_closers:  # closing the answer itself would close the database, too
        close()
    return answer.status_code


def text(answer):
    return answer.content.decode()


def fetched(client, url) -> int:
    """The status of a file that is sent for, taken to its end."""
    answer = client.post(url)
    answer.getvalue()
    for close in answer._resource_closers:
        close()
    return answer.status_code
