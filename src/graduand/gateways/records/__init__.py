"""Workbooks from outside: opened in a limited process, read as rows of cells."""
