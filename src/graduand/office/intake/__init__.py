"""Imports of sheets: a user's workbook goes in whole or comes back with its reasons."""

from .importing import import_sheet
from .tallies import IntakeTally

__all__ = ["IntakeTally", "import_sheet"]
