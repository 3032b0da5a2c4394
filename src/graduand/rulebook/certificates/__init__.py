"""Certificates: their numbers, their content, their wording, and the gates of both."""
