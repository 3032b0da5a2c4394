"""What the office says when it does not do what a form asked for."""

from __future__ import annotations


class Refused(Exception):
    """Nothing was done; str() is a sentence in Chinese that says why and what to do next."""


class NotAllowed(PermissionError):
    """The actor's desk does not do this; str() is a sentence in Chinese."""
