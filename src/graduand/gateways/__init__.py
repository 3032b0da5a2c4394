"""The world outside: archives, pictures, sheets, notices."""
