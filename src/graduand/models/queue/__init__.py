"""Long work: the row of a job."""
