"""Signed statements of deferral, of the candidates that an actor may see."""

from __future__ import annotations

from graduand.models import Statement
from graduand.queries.scope import Actor, visible


def visible_scan(actor: Actor, pk: int) -> Statement | None:
    """A scan that the actor may see; None for anybody else's, and for a statement kept on paper.
    One query.
    """
    rows = visible(
        actor,
        Statement.objects.filter(pk=pk).exclude(file=""),
        "candidate__centre",
        "candidate__student",
    )
    found: Statement | None = rows.select_related("candidate__student").first()
    return found
