"""An invented season: people who do not exist go through every stage with the real verbs and
importers.
"""
