"""Dispatch: the gates of parcels and hand-over, and who may fetch for somebody else."""
