"""Filing: the registration form of annex 1, and until when something must be there."""
