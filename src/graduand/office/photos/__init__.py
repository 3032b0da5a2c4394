"""The photo station: pictures arrive, are judged, kept, reviewed, repaired, compared and handed out."""

from graduand.office.photos.importing import PhotoTally, import_photos

__all__ = ["PhotoTally", "import_photos"]
