"""Messages: notices, and who has read them."""
