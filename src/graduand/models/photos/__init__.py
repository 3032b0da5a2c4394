"""Photos: every version of a picture, and the uploads that brought them."""
