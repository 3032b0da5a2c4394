"""Photos: what is measured of a picture, what is asked of it, and what is said of it."""
