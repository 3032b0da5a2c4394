"""The clauses that refusals cite, a module for each part of the work."""
