"""The audit: earned credits, by which plan, and what stands against a degree."""
