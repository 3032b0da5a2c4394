"""People: accounts, roles, passwords, signing in, what each keeps of a list."""
