"""What left, and who looked at whom."""
