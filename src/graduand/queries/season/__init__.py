"""The season: batches, policies and grades, how far their files are, what closing and opening again
mean.
"""
