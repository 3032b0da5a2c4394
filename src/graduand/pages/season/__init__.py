"""The season: batches, their policy, closing them."""
