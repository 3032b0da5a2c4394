"""Review: the reasons of a decision, and the gates of what is decided beside the journey."""
