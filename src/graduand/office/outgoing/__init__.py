"""What leaves: on record before its first byte, written in the home, then handed out."""
