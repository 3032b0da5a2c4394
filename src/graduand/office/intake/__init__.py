"""Imports of sheets: a user's workbook goes in whole or comes back with its reasons."""

from .importing import IntakeTally, import_sheet

__all__ = ["IntakeTally", "import_sheet"]
