"""Papers: what of an archive has come."""
