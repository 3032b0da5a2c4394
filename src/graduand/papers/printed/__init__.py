"""What is printed: each paper as its template takes it, set, bound and shelved."""
