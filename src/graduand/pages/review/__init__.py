"""Review: what waits at a desk, one file at a time, and where desks differed."""
