"""The pages of an act: confirmed, answered, put to a second person, reported."""
