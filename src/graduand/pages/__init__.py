"""Screens: parse, one query or one verb, render."""
