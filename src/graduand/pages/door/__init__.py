"""Access: the rule of every page, the visitor, sessions, signing in, the record of looks at
personal data.
"""
