"""Who comes in: the rule of every page, the visitor, sessions, signing in, what is written down of a look."""
