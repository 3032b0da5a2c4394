"""The to-dos of each desk: where they are in the menu, and how many wait."""
