"""Records: the sheets that can be imported, their cells, and how a row is read."""
