"""What left, and persons' data shown on purpose."""
