"""A policy file is read: its keys, its rounds, its values, each wrong one with a sentence."""
