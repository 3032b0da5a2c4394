"""The national registry: the file for it, and the record of that file."""
