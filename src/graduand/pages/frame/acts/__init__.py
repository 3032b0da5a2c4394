"""An act on its pages: confirmed, answered, put to a second person, told."""
