"""Certificates: rosters, numbers that were sent, and whether what was issued is whole."""
