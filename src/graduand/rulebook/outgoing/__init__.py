"""What leaves: every field about a person with its level and its mask."""
