"""The installation: whether what was issued is whole."""
