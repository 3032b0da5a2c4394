"""Long work as it goes."""
