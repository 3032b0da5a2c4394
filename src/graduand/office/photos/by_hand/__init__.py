"""What a person does to single pictures: decide, put right, swap back."""
