"""The figures in the README, re-measured: ratios within one run, in a database made for it and
dropped.
"""
