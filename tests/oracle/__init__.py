"""A second, independent reading of the audit's definition, and a season written by it alone."""
