"""The season of the notice."""

from tests.office.conftest import season  # noqa: F401 - a fixture
