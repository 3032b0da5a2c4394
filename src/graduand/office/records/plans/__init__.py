"""A confirmed import as a plan: written piece by piece, followed by judging, ended."""
