"""Records: imports of sheets, students, grades."""
