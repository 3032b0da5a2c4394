"""The installation: its home, its database, its check-up."""
