"""`graduand demo` in a database of a server: the same season, made again over itself, never over somebody's own data."""

import psycopg
import pytest

from tests.management.installation.console import graduand
from tests.running.conftest import on_server

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture
def program(tmp_path):
    """A home whose database is an empty one of the run's server."""
    (tmp_path / "home").mkdir()
    return on_server(tmp_path / "home", "demo_on_server")


def invent(program):
    return graduand(
        program.home, "demo", "--students", "60", "--json", DATABASE_URL=program.database
    )


def test_the_season_is_made_and_made_again(program):
    first = invent(program)
    assert (first.code, first.err) == (0, "")
    assert program.look("violations") == []
    (program.home / "files" / "photos" / "old.jpg").touch()
    again = invent(program)
    assert (again.code, again.json["stages"]) == (0, first.json["stages"])
    assert not (program.home / "files" / "photos" / "old.jpg").exists()
    assert program.look("violations") == []


def test_data_of_somebodys_own_are_never_thrown_away(program):
    assert graduand(program.home, "init", DATABASE_URL=program.database).code == 0
    with psycopg.connect(program.database, autocommit=True) as server:
        server.execute("INSERT INTO graduand_batch (code) VALUES ('202307')")
    answer = invent(program)
    assert (answer.code, answer.out) == (1, "")
    assert (
        answer.err == "数据库 demo_on_server 中是正式数据，不会清除；请另设 DATABASE_URL 再运行\n"
    )
    with psycopg.connect(program.database) as server:
        assert server.execute("SELECT code FROM graduand_batch").fetchall() == [("202307",)]
