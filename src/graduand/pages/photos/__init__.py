"""Photos: the list, the import dialog, the review, one student's pictures."""
