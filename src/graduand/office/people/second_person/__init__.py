"""What takes two people: the question, the answer, and what is done with it."""
