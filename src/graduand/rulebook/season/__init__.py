"""The season: the policy of a batch, its days, its rounds, what a student can count on."""
