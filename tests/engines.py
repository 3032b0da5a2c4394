"""Which tests run on which engine.

**The rule.** The run on SQLite has every test but those marked `postgres`. The run on PostgreSQL
has the tests that reach a database of the server: they have the database of the tests (`django_db`,
or any fixture that is made with it), or they ask for `engine` (or for a fixture that does) and
start processes on databases of that engine, or they are marked `postgres`. Everything else (pure
rules, papers, pictures, the house, processes on an embedded database of their own) would do the
same a second time, so it runs once. A test marked `sqlite` never runs on PostgreSQL. No test can be
left out by mistake: without the database of the tests pytest-django refuses every query, and only a
test that asks for `engine` is told where the server is (`server`).
"""

from collections.abc import Collection

OTHER = {"sqlite": "postgres", "postgres": "sqlite"}
# `db`, `transactional_db` and every fixture made with one of them use the first of these (every
# test has `django_db_blocker`); a live server uses it when it starts.
DATABASE = frozenset({"django_db_setup", "live_server", "engine"})


def belongs(engine: str, markers: Collection[str], fixtures: Collection[str]) -> bool:
    """Whether a test with these markers and fixtures, those of its fixtures included, belongs to the run of `engine`."""
    if OTHER[engine] in markers:
        return False
    if engine == "sqlite" or engine in markers or "django_db" in markers:
        return True
    return not DATABASE.isdisjoint(fixtures)
