"""A home belongs to one database: nobody clears, sweeps or fills the files of another one."""

import json
import sqlite3
from contextlib import closing

import psycopg
import pytest
from django.db import connection

from graduand.models import AccountEvent, Consent, Deployment, Unit, User
from graduand.office.installation import deployment, homes
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.rulebook.people.account_terms import Deed
from tests.management.installation.console import graduand, installed
from tests.running.conftest import on_server


@pytest.fixture
def home(tmp_path, settings):
    settings.GRADUAND_HOME, settings.MEDIA_ROOT = tmp_path, tmp_path / "files"
    return tmp_path


def put(home, folder="files/photos"):
    (home / folder).mkdir(parents=True, exist_ok=True)
    (kept := home / folder / "real.jpg").write_bytes(b"x")
    return kept


@pytest.mark.django_db
def test_home_and_database_know_each_other_from_the_first_start_on(home):
    put(home)
    homes.check()  # an earlier program kept no word
    homes.bind()
    homes.bind()
    word = Deployment.objects.get(key=homes.KEY).value
    assert (home / "files" / "database.id").read_text() == word
    homes.check()


@pytest.mark.django_db
@pytest.mark.parametrize("here", [None, "f" * 32])
def test_the_home_of_another_database_is_refused_with_what_to_do(home, here):
    put(home)
    (home / "files" / "database.id").write_text("0" * 32)
    if here:
        Deployment.objects.create(key=homes.KEY, value=here)
    todo = f"请把 {here} 写入" if here else "请删除"
    for refused in (
        homes.check,
        homes.bind,
        deployment.check_home,
        deployment.check_safe,
        deployment.clear_demo,
    ):
        with pytest.raises(Refused, match=f"里有另一个数据库的文件，没有改动任何内容.*{todo}"):
            refused()


@pytest.mark.django_db
def test_files_without_a_word_are_not_those_of_a_database_that_has_one(home):
    """The files of a real house, and the database of a demonstration that was made elsewhere."""
    Deployment.objects.create(key=homes.KEY, value="f" * 32)
    deployment.mark_demo()
    kept = put(home)
    with pytest.raises(Refused, match="里有另一个数据库的文件"):
        deployment.clear_demo()
    kept.unlink()
    homes.bind()
    assert (home / "files" / "database.id").read_text() == "f" * 32


@pytest.mark.django_db
@pytest.mark.parametrize("demo", [False, True])
@pytest.mark.parametrize(
    "left", ["files/photos", "files/statements", "files/sheets", "plans", "graduand.sqlite3"]
)
def test_a_demonstration_is_not_made_among_somebodys_files(home, left, demo):
    if demo:
        deployment.mark_demo()
    kept = home / left
    if left == "graduand.sqlite3":
        kept.touch()
    else:
        kept = put(home, left)
    with pytest.raises(Refused, match="请另设 GRADUAND_HOME"):
        deployment.clear_demo()
    assert kept.exists()


@pytest.mark.django_db
def test_a_demonstration_is_not_made_where_another_program_has_tables(home):
    deployment.mark_demo()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE blog_entry (id integer)")
    with pytest.raises(Refused, match="中有其他程序的表（blog_entry 等），不会清除"):
        deployment.clear_demo()


def account():
    User.objects.create_user("admin", "真人")


def consent():
    Consent.objects.create(
        kind="export",
        digest="d",
        reason="r",
        asked_by=User.objects.create_user("p", "程序", system=True),
        asked_at=clock.now(),
        key="k",
    )


SOMEBODYS = {
    "account": account,
    "unit": lambda: Unit.objects.create(code="HQ", name="总部", kind="hq"),
    "consent": consent,
    "trail": lambda: AccountEvent.objects.create(at=clock.now(), deed=Deed.COMMANDED.value),
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", SOMEBODYS)
def test_accounts_and_a_trail_are_somebodys_data(home, what):
    assert not deployment.has_data()
    SOMEBODYS[what]()
    with pytest.raises(Refused, match="正式数据，不会清除"):
        deployment.clear_demo()


def test_an_account_of_headquarters_is_not_thrown_away_for_a_demonstration(tmp_path):
    secret = "correct horse battery"
    assert (
        graduand(
            installed(tmp_path), "init", "--admin", "boss", GRADUAND_ADMIN_PASSWORD=secret
        ).code
        == 0
    )
    answer = graduand(tmp_path, "demo", "--students", "60")
    assert (answer.code, answer.err) == (
        1,
        f"{tmp_path} 中是正式数据，不会清除；请另设 GRADUAND_HOME 再运行\n",
    )


def test_every_command_refuses_a_home_whose_database_was_exchanged(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert (
            graduand(tmp_path / name, "init").code == 0
        )  # each its own: a copy would be the same database
    kept = put(tmp_path / "one")
    other = f"sqlite:///{tmp_path}/two/graduand.sqlite3"
    for words in (
        ("worker", "--once"),
        ("demo",),
        ("init",),
        ("serve", "--port", "0"),
        ("doctor",),
    ):
        answer = graduand(tmp_path / "one", *words, DATABASE_URL=other)
        assert (answer.code == 0, "里有另一个数据库的文件" in answer.err + answer.out) == (
            False,
            True,
        ), words
    assert kept.exists()
    with closing(sqlite3.connect(tmp_path / "two" / "graduand.sqlite3")) as database:
        (word,) = database.execute(
            "SELECT value FROM graduand_deployment WHERE key = 'home'"
        ).fetchone()
    (tmp_path / "one" / "files" / "database.id").write_text(word)  # as the sentence says
    assert graduand(tmp_path / "one", "worker", "--once", DATABASE_URL=other).code == 0


def test_a_bare_installation_becomes_a_demonstration(tmp_path):
    assert graduand(tmp_path, "init").code == 0
    made = graduand(tmp_path, "demo", "--students", "60", "--json")
    assert (made.code, json.loads(made.out)["students"]) == (0, 60)
    assert graduand(tmp_path, "worker", "--once").code == 0


@pytest.mark.postgres
def test_a_demonstration_on_a_server_leaves_the_home_of_an_embedded_database_alone(tmp_path):
    (tmp_path / "home").mkdir()
    program = on_server(tmp_path / "home", "homes")
    assert graduand(program.home, "init").code == 0
    kept = put(program.home)
    answer = graduand(program.home, "demo", "--students", "60", DATABASE_URL=program.database)
    assert (answer.code == 0, "里有另一个数据库的文件" in answer.err) == (False, True)
    with psycopg.connect(program.database) as server:
        assert server.execute(
            "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'graduand%'"
        ).fetchall() == [(0,)]
    assert kept.exists()
