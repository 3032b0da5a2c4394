"""Identity: the cases, and one case."""
