"""What the walk through the season is made of: the clock, the sheets and photos that are sent in,
the people who act.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from graduand.demo import calendar, sheets
from graduand.demo.files import Files
from graduand.demo.people import InventedStudent
from graduand.demo.staff import STAFF
from graduand.models import Batch, User
from graduand.office import command_acts
from graduand.office.acts import ActRequest
from graduand.office.audit import auditing
from graduand.office.installation import deployment
from graduand.office.people import own_accounts
from graduand.office.photos.copied_measures import CopiedLooks
from graduand.office.photos.importing import import_photos
from graduand.office.records.importing import import_sheet
from graduand.office.records.plans.import_plans import PlanWriter
from graduand.office.season import batches
from graduand.queries.scope import Actor
from graduand.rulebook.people import rights
from graduand.rulebook.terms import (
    PhotoKind,
    SheetKind,
    Verb,
)

Say = Callable[[str], None]


class DemoFailed(AssertionError):
    """The invented season did not go as planned, which is a fault of ours."""


class Walk:
    """One season under way; `say` is told each thing that is done."""

    def __init__(self, people: list[InventedStudent], folder: Path, files: Files, say: Say) -> None:
        self.people = people
        self.folder = folder
        self.files = files
        self.say = say
        self.batch = Batch(code="")
        self.last = ""

    def at(self, when: str, what: str) -> None:
        """Set the clock to `when`, and tell `what` is being done."""
        if when <= self.last:
            raise DemoFailed(f"{when} {what}: after {self.last}")
        self.last = when
        deployment.hold_clock(calendar.moment(when))
        self.say(f"{when} {what}")

    # -- what offices send in ----------------------------------------------------------------------------------

    def sheet(
        self, kind: SheetKind, headers: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        """Write a workbook and import it; every row of it must go in. In a small season nobody may be
        in a sheet: then none is sent.
        """
        lines = list(rows)
        if lines:
            self._import(kind, sheets.write(self.folder, kind, headers, lines))

    def send(self, name: str) -> None:
        """Import a long sheet, every row of which must go in."""
        kind, path = self.files.sheet(name)
        self._import(kind, path)

    def _import(self, kind: SheetKind, path: Path) -> None:
        tally = import_sheet(kind, path, by=self.program(kind), carrier=PlanWriter.ALONE)
        if not tally.ok:
            raise DemoFailed(f"{kind.label}: {tally.problems[:3]}")

    def photos(self, name: str) -> None:
        """Import 毕业照片: bad pictures are returned, or wait for a person's decision. Of the good
        pictures only the first of each face is measured.
        """
        sent = self.files.photos(name)
        by = self.program(PhotoKind.GRADUATION)
        import_photos(sent.path, PhotoKind.GRADUATION, by=by, looks=CopiedLooks(sent.sources))

    def entry_photos(self) -> None:
        """Import 入学照片, which the review desk shows next to a picture."""
        path = self.files.photos("entry").path
        if not import_photos(path, PhotoKind.ADMISSION, by=self.program(PhotoKind.ADMISSION)).ok:
            raise DemoFailed("入学照片")

    def program(self, kind: rights.Importable) -> User:
        """The program's own account at the desk that may import such data."""
        return own_accounts.program(rights.desk_of_import(kind))

    # -- what people do ----------------------------------------------------------------------------------------

    def act(self, who: str, verb: Verb, people: Sequence[InventedStudent], **more: Any) -> None:
        """Let `who` do `verb` for all of `people`; nobody may be refused."""
        if not people:
            return
        second = more.pop("second", None)
        papers = more.pop("papers", None)
        request = ActRequest(
            verb,
            round_name=more.pop("round_name", None),
            second=own_accounts.person(second) if second else None,
            answers=more,
        )
        actor: Actor = own_accounts.actor_named(who)
        outcome = command_acts.run(
            command_acts.CommandAct(
                self.batch,
                request,
                actor,
                students=tuple(student.number for student in people),
                papers=papers,
            )
        )
        if not outcome.complete:
            rows = list(command_acts.refused_rows(outcome))[:3]
            raise DemoFailed(f"{verb.label}: {outcome.as_dict()} {rows}")

    def each_centre(self, verb: Verb, people: Sequence[InventedStudent], **more: Any) -> None:
        """Let every centre do `verb` for its own students."""
        for username, _, code, _ in STAFF[4:]:  # the first four of the staff are not at a centre
            self.act(
                username,
                verb,
                [student for student in people if student.centre == code],
                **dict(more),
            )

    def college(self, verb: Verb, people: Sequence[InventedStudent], **more: Any) -> None:
        """Let the college's reviewer do `verb`."""
        self.act("xueyuan1", verb, people, **more)

    def headquarters(self, verb: Verb, people: Sequence[InventedStudent], **more: Any) -> None:
        """Let headquarters' first reviewer do `verb`; `second` names the other one where two people
        are needed.
        """
        self.act("zongbu1", verb, people, **more)

    def judge(self) -> None:
        """Run the audit and refresh the 初审名单, as happens every night."""
        auditing.run(self.batch)
        batches.refresh_list(self.batch)
