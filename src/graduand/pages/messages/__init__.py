"""Messages: notices."""
