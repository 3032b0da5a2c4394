"""The to-dos of each desk: where they stand in the menu, and how many wait."""
