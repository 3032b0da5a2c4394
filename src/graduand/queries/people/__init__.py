"""People: accounts, what each keeps of a list, and what waits for a second person."""
