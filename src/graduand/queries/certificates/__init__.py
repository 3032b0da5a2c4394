"""Certificates: rosters, what was issued or granted, and what became old, void or cancelled."""
