"""People: accounts, signing in, questions to a second person, the audit trail."""
