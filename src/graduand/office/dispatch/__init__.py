"""Dispatch: parcels under their waybills, counted in, with what was missing."""
