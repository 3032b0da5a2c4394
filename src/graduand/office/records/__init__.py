"""Records: an import from its file to the tables, and whose file a student's is."""
