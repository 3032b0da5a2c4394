"""Records: students, plans, results, and the imports that brought them."""
