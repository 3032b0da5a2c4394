"""What left, who looked at whom, and what waits for a second person."""
