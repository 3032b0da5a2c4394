"""Messages: notices are published and confirmed."""
