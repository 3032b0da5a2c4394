"""The small season of the pages' tests, and a client signed in at a desk."""

from tests.pages.conftest import asks, at, world  # noqa: F401  # fixtures, used by name
