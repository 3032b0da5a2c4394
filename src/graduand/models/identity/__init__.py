"""Identity: the registry's reports and the cases over them."""
