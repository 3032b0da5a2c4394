"""Review: one file at its desk, earlier refusals, and what was lost meanwhile."""
