"""Identity: the cases that hold a person, and the story of one."""
