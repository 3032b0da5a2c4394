"""The kinds of sheets, a module each: how a row is checked and written."""
