"""Messages: notices with their files and receipts."""
