"""Filing: the signed statement behind a deferral."""
