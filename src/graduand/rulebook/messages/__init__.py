"""Messages: the draft of a notice, written from the policy."""
