"""The figures of the README, measured again: ratios within one run, in a database that is made for
the run and dropped after it.
"""
