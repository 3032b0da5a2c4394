"""Opening the confirmation of an act as a list does: who is meant is posted, the dialog is the page that it leads to."""

import re

from django.http import HttpResponse
from django.test import Client


def opened(client: Client, query: str, **more) -> HttpResponse:
    """The confirmation of what `query` means, or why there is none; `query` as in an address of a list."""
    made = client.post("/candidates/picks", {"meant": query}, **more)
    return client.get(made["Location"], **more) if made.status_code == 302 else made


def token_of(answer: HttpResponse) -> str:
    """The pick that a confirmation is about."""
    return re.search(r'name="token" value="([^"]+)"', answer.content.decode())[1]
