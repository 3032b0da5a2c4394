"""Dispatch: parcels, what lies in them, and where the papers of a file are."""
