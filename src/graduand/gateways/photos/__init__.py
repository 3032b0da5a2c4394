"""Pictures from outside: read, decoded, measured, repaired."""
