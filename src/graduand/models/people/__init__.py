"""People: accounts and their roles, units, sessions, what each keeps of a list."""
