"""The season: batches, the versions of their policy, rounds, rosters."""
