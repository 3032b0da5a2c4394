"""Which kind of object the numbers in an address name."""

KINDS = {
    "candidates/picks/": "pick",
    "account/resume/": "form",
    "candidates/": "candidate",
    "reviews/": "candidate",
    "photos/files/": "photo",
    "photos/review/": "photo",
    "photos/checks/": "check",
    "photos/students/": "student",
    "photos/imports/": "upload",
    "parcels/": "parcel",
    "identity/": "case",
    "jobs/<slug:kind>/": "work",
    "jobs/act/": "acted",
    "jobs/": "act",
    "tasks/": "job",
    "statements/": "statement",
    "people/<int:pk>/grants/": "grant",
    "people/": "account",
    "consents/<int:pk>/evidence": "question",
    "consents/": "consent",
    "units/": "unit",
    "batches/drafts/": "draft",
    "batches/<str:code>/rounds/": "turn",
    "batches/<str:code>/versions/": "version",
    "batches/": "batch",
    "notices/<int:pk>/files/": "attachment",
    "notices/": "notice",
    "imports/records/": "intake",
    "imports/templates/": "template",
    "imports/": "sheet",
    "account/devices/": "device",
    "account/sessions/": "sitting",
    "lists/": "list",
}


def kind_of(route: str) -> str:
    """The kind of object that a route names; "" for none. Raises KeyError for a route that nobody gave an object."""
    if "<" not in route:
        return ""
    return (
        next(kind for start, kind in KINDS.items() if route.startswith(start))
        if any(route.startswith(start) for start in KINDS)
        else _missing(route)
    )


def _missing(route: str) -> str:
    raise KeyError(
        f"{route}: say in tests/security/object_kinds.py which object this address names"
    )
