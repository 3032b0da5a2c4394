"""The national registry: the profile of its export, and what it has otherwise than the record."""
