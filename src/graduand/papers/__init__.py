"""Plain data in, bytes out: the papers and workbooks of the season."""
