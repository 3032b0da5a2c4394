"""Certificates: rosters and numbers."""
