"""Papers: which of each archive have come."""
