"""Dispatch: parcels and hand-over."""
