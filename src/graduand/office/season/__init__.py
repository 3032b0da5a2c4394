"""The season: batches, rounds, policies in force and in draft, deletion, the loss report."""
