"""Long work: its words."""
