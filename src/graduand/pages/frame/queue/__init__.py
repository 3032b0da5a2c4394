"""Long work on pages: its times, its stop, who is being judged again."""
