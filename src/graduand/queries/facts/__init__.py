"""Facts: the single seam from rows to plain data, a module for each kind of fact."""
