"""Long work in the background: ordered, claimed, done piece by piece, stopped. Nothing else writes the row of a job."""
