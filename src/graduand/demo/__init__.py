"""An invented season: people who do not exist, walked through a real one with the real verbs and
importers.
"""
