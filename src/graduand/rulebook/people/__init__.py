"""People: the words of accounts, and which role has which verbs and facts."""
