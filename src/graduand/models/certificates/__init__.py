"""Certificates: numbers, and what each says."""
