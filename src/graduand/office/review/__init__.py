"""Review: one decision on one file, on exactly what was looked at."""
