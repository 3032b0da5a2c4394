"""Filing: the application list, who can be filed in which batch, lots and their order numbers."""
