"""Records: students, marks and imports, who brought each fact, and what an import changed."""
