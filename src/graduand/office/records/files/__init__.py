"""The files of an import: as it was sent, as it is planned, and what goes back to its sender."""
