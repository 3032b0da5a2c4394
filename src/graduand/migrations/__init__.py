"""Migrations: one line."""
