"""A page that is looked at never writes, and what happens to one that tries.

Every address of every role is looked at to its last byte in `test_access_matrix.py`.
"""

import io

import pytest
from django.db import connection, transaction
from django.http import FileResponse, StreamingHttpResponse
from django.template.response import SimpleTemplateResponse
from django.test import Client, RequestFactory

from graduand.models import Unit
from graduand.pages.door import read_only as door
from graduand.pages.door.access import rule_of
from graduand.pages.door.read_only import WriteRefused, look, only_asks
from graduand.rulebook.terms import Role
from tests.security.object_kinds import kind_of
from tests.security.test_access_matrix import (
    ROUTES,
    changed,
    fingerprint,
    looked_at,
    read_by,
    whole,
)

SENTENCE = "这个页面没有显示，数据没有改动"


@pytest.fixture
def world(peopled):
    return peopled[0]


def test_nobody_changes_anything_by_looking_either(things):
    before = fingerprint()
    found = looked_at(
        Client(), [one for one in ROUTES if "GET" in rule_of(one.callback).methods], things, "a"
    )
    assert {status for _, status, _ in found.values()} <= {200, 302}
    assert changed(before) == []


def test_the_sweep_meets_every_kind_of_object(things):
    kinds = {kind_of(str(one.pattern)) for role in Role for one in read_by(role)}
    assert {
        "candidate",
        "parcel",
        "upload",
        "check",
        "photo",
        "sheet",
        "attachment",
        "act",
        "work",
    } <= kinds


# -- what a page is refused ----------------------------------------------------------------------------------------


def rename(_request=None):
    Unit.objects.update(name="x")
    return StreamingHttpResponse([b"never"])


def rename_by_question(_request=None):
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH seen AS (SELECT 1 AS n) UPDATE graduand_unit SET name = 'x' WHERE EXISTS (SELECT n FROM seen)"
        )
    return StreamingHttpResponse([b"never"])


def rename_while_sent(_request=None):
    def pieces():
        yield b"one"
        Unit.objects.update(name="x")
        yield b"two"

    return StreamingHttpResponse(pieces())


def rename_while_rendered(_request=None):
    class Late(SimpleTemplateResponse):
        @property
        def rendered_content(self):
            Unit.objects.update(name="x")
            return "never"

    return Late("never")


WRITERS = (rename, rename_by_question, rename_while_sent, rename_while_rendered)


@pytest.mark.parametrize("view", WRITERS)
def test_a_write_is_an_error_while_one_develops(world, view):
    with pytest.raises(WriteRefused), transaction.atomic():
        whole(look(RequestFactory().get("/"), view))
    assert not Unit.objects.filter(name="x").exists()


@pytest.mark.parametrize("view", [rename, rename_by_question, rename_while_rendered])
def test_in_service_it_is_a_line_in_the_log_and_a_sentence(world, settings, caplog, view):
    settings.LOOKING_IS_STRICT = False
    with transaction.atomic():
        answer = look(RequestFactory().get("/"), view)
    assert (answer.status_code, SENTENCE in answer.content.decode()) == (500, True)
    assert not Unit.objects.filter(name="x").exists()
    assert [
        ("wanted to write" in one.getMessage(), "UPDATE" in one.getMessage())
        for one in caplog.records
        if one.name == "graduand.access"
    ] == [(True, True)]


@pytest.mark.parametrize("view", WRITERS)
def test_the_control_without_the_guard_each_of_them_writes(world, monkeypatch, view):
    monkeypatch.setattr(door, "only_asks", lambda _sql: True)
    whole(look(RequestFactory().get("/"), view))
    assert Unit.objects.filter(name="x").exists()


def test_a_file_is_sent_as_it_lies(world):
    answer = look(RequestFactory().get("/"), lambda _request: FileResponse(io.BytesIO(b"bytes")))
    assert whole(answer) == b"bytes"


@pytest.mark.parametrize(
    ("sql", "asks"),
    [
        ("SELECT 1", True),
        ("  (SELECT 1) UNION (SELECT 2)", True),
        ("WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("SELECT \"update\" FROM t WHERE x = 'DELETE its' -- INSERT", True),
        ("VALUES (1)", True),
        ("WITH a AS (DELETE FROM t RETURNING id) SELECT * FROM a", False),
        ("WITH a AS (SELECT 1) UPDATE t SET x = 1", False),
        ("SELECT * FROM t FOR UPDATE", False),
        ("SELECT * FROM t FOR NO KEY UPDATE", False),
        ("SELECT * INTO u FROM t", False),
        ("SELECT * FROM t FOR SHARE", False),
        ("SELECT nextval('s')", False),
        ("SELECT pg_advisory_lock(1)", False),
        ("SELECT ';' AS \"a;b\" -- ;", True),
        ("SELECT 1; DROP TABLE t", False),
        ("SELECT 1; TRUNCATE t", False),
        ("SELECT 1 /* ; */; ALTER TABLE t ADD a text", False),
        (r"SELECT 1 WHERE a LIKE 'b' ESCAPE '\'", True),
        (r"SELECT 1 WHERE a LIKE 'b' ESCAPE '\'; DROP TABLE t; --'", False),
        (r"SELECT E'\''; DROP TABLE t; --'", False),
        ("SELECT $$ ' $$; DROP TABLE t; SELECT '", False),
        ("SELECT 'no end", False),
        ("INSERT INTO t VALUES (1)", False),
        ("SAVEPOINT s", False),
        ("BEGIN IMMEDIATE", False),
        ("CREATE TABLE t (a)", False),
        ("PRAGMA user_version = 1", False),
        ("", False),
    ],
)
def test_what_a_statement_does(sql, asks):
    assert only_asks(sql) is asks
