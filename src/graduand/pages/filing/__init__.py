"""Filing: the application list, lots, the student's own page."""
