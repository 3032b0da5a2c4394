"""Papers: whom they are printed of, and everything that stands on them."""
