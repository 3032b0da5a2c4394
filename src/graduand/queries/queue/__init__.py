"""Long work: who sees which, and what stands still."""
