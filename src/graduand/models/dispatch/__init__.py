"""Dispatch: parcels and hand-overs."""
