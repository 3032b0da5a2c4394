"""Photos: the pictures of students as pages show them."""
