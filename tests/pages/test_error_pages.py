"""The page of an error stands when nothing else does: without the database, without the files of a page, on a full disk."""

import errno

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.contrib.staticfiles import storage
from django.db import DatabaseError, OperationalError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory

from graduand import faults
from graduand.faults import FULL, UNREADABLE, fault_of
from graduand.pages.door import error_pages

MISSING = "whitenoise.storage.CompressedManifestStaticFilesStorage"


@pytest.fixture
def client_of_service():
    """A client that gets the page, as a visitor does, instead of the exception."""
    client = Client()
    client.raise_request_exception = False
    return client


def broken_by(problem):
    try:
        raise problem
    except type(problem):
        return error_pages.broken(RequestFactory().get("/"))


@pytest.mark.parametrize(
    ("problem", "status", "words"),
    [
        (ValueError("x"), 500, "这次操作没有完成，请稍后再试；如反复出现，请联系管理员。"),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            503,
            "服务器磁盘已满，这次操作没有完成；请联系系统管理员清理磁盘后再试。",
        ),
        (
            OSError(errno.EROFS, "Read-only file system"),
            503,
            "服务器的数据目录不能写入，这次操作没有完成；请联系系统管理员。",
        ),
        (
            OperationalError("database or disk is full"),
            503,
            "服务器磁盘已满，这次操作没有完成；请联系系统管理员清理磁盘后再试。",
        ),
        (
            OperationalError("attempt to write a readonly database"),
            503,
            "服务器的数据目录不能写入，这次操作没有完成；",
        ),
        (
            DatabaseError("database disk image is malformed"),
            503,
            "数据库文件有损坏，请立即联系系统管理员，不要继续办理。",
        ),
        (
            OperationalError("connection failed: Connection refused"),
            503,
            "数据库暂时连不上，这次操作没有完成；请稍后再试。",
        ),
        (
            OperationalError("database is locked"),
            503,
            "有较长的写入正在进行，这次操作没有完成；请稍后再试。",
        ),
        (
            FileNotFoundError(errno.ENOENT, "No such file"),
            500,
            "这次操作没有完成，请稍后再试；如反复出现，请联系管理员。",
        ),
    ],
)
def test_K04_the_fault_has_its_sentence(problem, status, words):
    answer = broken_by(problem)
    assert (answer.status_code, words in answer.content.decode()) == (status, True)


def test_a_cause_below_another_is_found():
    inner = OSError(errno.ENOSPC, "No space left on device")
    outer = RuntimeError("could not keep it")
    outer.__cause__ = inner
    home = settings.GRADUAND_HOME
    assert (fault_of(outer, home), fault_of(RuntimeError("x"), home)) == (FULL, None)


def test_K04_the_embedded_database_cannot_say_that_the_disk_is_full(monkeypatch):
    said = OperationalError("disk I/O error")
    assert fault_of(said, settings.GRADUAND_HOME) == UNREADABLE
    monkeypatch.setattr(
        faults, "LEAST_BYTES", 1 << 62
    )  # no disk is that large: here next to nothing is left
    assert fault_of(said, settings.GRADUAND_HOME) == FULL
    assert fault_of(said, settings.GRADUAND_HOME / "no-such-folder") == UNREADABLE


def test_the_page_of_an_error_stands_without_the_files_of_a_page(monkeypatch, settings):
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": MISSING}}
    settings.STATIC_ROOT = settings.GRADUAND_HOME / "no-such-folder"
    monkeypatch.setattr(storage, "staticfiles_storage", storage.ConfiguredStorage())
    with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
        error_pages.not_found(RequestFactory().get("/"))
    answer = broken_by(ValueError("x"))
    assert (
        answer.status_code,
        "<h1>系统正忙</h1>" in answer.content.decode(),
        "返回首页" in answer.content.decode(),
    ) == (
        500,
        True,
        True,
    )


@pytest.mark.django_db
def test_K08_without_a_database_every_page_is_a_sentence(client_of_service, monkeypatch):
    client_of_service.cookies[settings.SESSION_COOKIE_NAME] = "s" * 32

    def away(*_args, **_more):
        raise OperationalError("connection failed: Connection refused")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", away)
        answers = [client_of_service.get(page) for page in ("/", "/login", "/candidates", "/jobs")]
        sent = client_of_service.post("/candidates/submit", {"key": "k"})
    assert [answer.status_code for answer in (*answers, sent)] == [503] * 5
    assert all("数据库暂时连不上" in answer.content.decode() for answer in (*answers, sent))
    assert client_of_service.get("/alive").status_code == 200


AWAY = "connection failed: server closed the connection unexpectedly"


@pytest.mark.django_db
def test_K08_what_the_driver_says_itself_has_its_sentence_too():
    """A cursor that is closed on a broken connection raises the driver's error as it is."""
    answer = broken_by(connection.Database.OperationalError(AWAY))
    assert (answer.status_code, "数据库暂时连不上" in answer.content.decode()) == (503, True)


@pytest.fixture
def sitting(db):
    """A page that was shown, whose session has yet to be kept."""
    request = RequestFactory().get("/")
    request.session = SessionStore()
    request.session["seen"] = 1.0
    request.session.save()
    return request


def kept(request):
    """What is answered where the session can't be kept."""
    with pytest.raises(SessionInterrupted) as said:
        SessionMiddleware(lambda _: None).process_response(request, HttpResponse())
    return error_pages.bad_request(request, said.value)


def test_K08_a_session_that_a_database_could_not_keep_is_no_bad_request(sitting, monkeypatch):
    def away(*_args, **_more):
        raise OperationalError(AWAY)

    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", away)
        answer = kept(sitting)
    assert (answer.status_code, "数据库暂时连不上" in answer.content.decode()) == (503, True)


def test_the_control_a_session_that_was_ended_meanwhile_is_no_fault_of_the_database(sitting):
    SessionStore(sitting.session.session_key).delete()
    answer = kept(sitting)
    assert (answer.status_code, "无法识别的请求" in answer.content.decode()) == (400, True)
