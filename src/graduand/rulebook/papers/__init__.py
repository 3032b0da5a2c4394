"""Papers: what stands on each, what keeps one from being printed, what makes an archive."""
