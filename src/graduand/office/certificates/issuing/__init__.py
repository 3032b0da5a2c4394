"""What is issued and stays: numbers, contents, amendments, and what is taken back."""
