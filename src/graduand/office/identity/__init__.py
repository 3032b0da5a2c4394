"""Identity: the list of cases and its workbook."""
