"""Identity: documents, the registry's doubts, and the gates of the person."""
