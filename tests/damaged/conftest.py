"""What the damaged files need: the small season of the pages, and a client signed in at a desk."""

from tests.pages.conftest import at, plainly, world

__all__ = ["at", "plainly", "world"]
