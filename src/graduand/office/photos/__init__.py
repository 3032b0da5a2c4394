"""The photo station: pictures arrive, are judged, kept, compared and handed out."""
