"""Who may import what: asked for every file, by page, by command and in the background, on the day
on which it happens.
"""

from __future__ import annotations

from dataclasses import dataclass

from graduand.models import User
from graduand.office.people import own_accounts
from graduand.office.refusal import not_allowed
from graduand.queries import clock
from graduand.queries.scope import Actor, actor_of
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import Extent
from graduand.rulebook.people.rights import Importable
from graduand.rulebook.terms import PhotoKind, SheetKind


@dataclass(frozen=True, slots=True)
class ImportPermission:
    """How far somebody may import a kind; `actor` None is the operator at the command line, or the
    program itself.
    """

    extent: Extent
    actor: Actor | None

    @property
    def centres(self) -> frozenset[int] | None:
        """The units whose rows may be touched; None is everywhere."""
        if self.actor is None:
            return None
        return self.actor.centres


def permission(by: User | None, kind: Importable) -> ImportPermission:
    """What `by` may import of `kind` today. Raises Refused."""
    if by is None or by.system:
        return ImportPermission(Extent.WHOLE, None)
    actor = actor_of(by, clock.today())
    if actor is None:
        raise not_allowed(rights.import_refusal((), kind))
    extent = rights.import_extent(actor.roles, actor.desk, kind)
    if extent is None:
        raise not_allowed(rights.import_refusal(actor.roles, kind))
    return ImportPermission(extent, actor)


def receiver(allowed: ImportPermission, kind: Importable) -> Actor:
    """The account in whose name a command hands out what an import gives back: the importer's, else
    the program's own.
    """
    return allowed.actor or own_accounts.system_actor(rights.desk_of_import(kind))


def sheets_for(actor: Actor) -> tuple[SheetKind, ...]:
    """The sheets that somebody may import, in the order in which pages offer them."""
    return tuple(kind for kind in SheetKind if rights.import_extent(actor.roles, actor.desk, kind))


def photos_for(actor: Actor) -> tuple[PhotoKind, ...]:
    """The kinds of photos that somebody may import."""
    return tuple(kind for kind in PhotoKind if rights.import_extent(actor.roles, actor.desk, kind))
