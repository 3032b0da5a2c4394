"""Papers: whose, of which kind, into which folder, and one run of the printer."""
