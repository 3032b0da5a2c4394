"""The commands of `graduand`, and what they share."""
