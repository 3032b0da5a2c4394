"""Lists: their declaration, their page, the form above them."""
