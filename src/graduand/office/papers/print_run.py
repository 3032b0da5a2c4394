"""One run of the printer: sheets typeset, stored, bound, put on record."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import groupby
from types import TracebackType
from typing import Self

from graduand.office.certificates.issuing import reprinting
from graduand.office.certificates.issuing.reprinting import PrintedContent
from graduand.office.outgoing import export_runs
from graduand.office.papers.contents import Contents, PaperSheet, centre_lists
from graduand.office.papers.print_tally import PrintTally
from graduand.office.progress import Progress
from graduand.papers.printed.binding import bound
from graduand.papers.printed.print_folder import PrintFolder
from graduand.papers.printed.render import PaperToSet, RenderOutcome
from graduand.queries.papers import printing as looking
from graduand.queries.papers.printing import ListedPerson
from graduand.queries.verdicts import chunks
from graduand.rulebook.papers.paper_facts import Graduand
from graduand.rulebook.papers.printing import (
    NUMBERED_LISTS,
    PERSONAL,
    PrintProblem,
    does_not_fit,
    not_on_roster,
    unprintable,
)
from graduand.rulebook.terms import PaperKind

CHUNK = 100
_UNSAFE = re.compile(r"[^\w-]+")


class PrintRecord:
    """The record of a print: made before the first new sheet, not at all when every sheet is there
    already.

    The hash is of the list of names and hashes of all files of the run; rows are the people asked
    for until it ends.
    """

    def __init__(self, asked: export_runs.ExportRequest, kind: PaperKind) -> None:
        self._asked = asked
        self._kind = kind
        self._run: export_runs.ExportRun | None = None
        self._ends = ExitStack()

    def __enter__(self) -> Self:
        self._ends.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ends.__exit__(kind, problem, trace)

    def begin(self) -> None:
        """Put the run on record, before its first sheet is written."""
        if self._run is None:
            self._run = self._ends.enter_context(
                export_runs.begin(self._asked, lambda _run: self._kind.label)
            )

    def written(self, hashes: dict[str, str], tally: PrintTally) -> None:
        """All sheets are written. Sheets of a run that was cut off are put on record by this one."""
        if hashes and export_runs.cut_off(self._asked):
            self.begin()
        if self._run is not None:
            lines = "".join(f"{name} {made}\n" for name, made in sorted(hashes.items()))
            self._run.written(
                hashlib.sha256(lines.encode()).hexdigest(),
                name=f"{self._kind.label}（{len(hashes)} 个文件）",
                rows=tally.people - tally.refused,
                held_back=tally.refused,
            )


class PrintRun:
    """One run of the printer."""

    def __init__(
        self,
        contents: Contents,
        print_folder: PrintFolder,
        tally: PrintTally,
        asked: Sequence[ListedPerson],
        progress: Progress,
        record: PrintRecord,
    ) -> None:
        self.contents = contents
        self.print_folder = print_folder
        self.tally = tally
        self.asked = asked
        self.progress = progress
        self.record = record
        self.hashes: dict[str, str] = {}
        self.printed: dict[int, PrintedContent] = {}  # the certificates
        self.unnumbered = self.waiting = self.done = 0

    def print(self, merge: bool, lists: Mapping[str, str]) -> None:
        """Print everything that was asked for; `lists` has the note in the folder's ledger by which
        the lists of each centre are found again.
        """
        try:
            self._papers(merge, lists)
        except BaseException:  # an interrupted run leaves sheets, too
            reprinting.ended(self.printed, whole=False)
            raise
        if self.unnumbered:
            self.tally.notes.append(
                f"另有 {self.unnumbered} 人尚未编号制证，不在{self.contents.kind.label}里"
            )
        if self.waiting:
            self.tally.notes.append(f"另有 {self.waiting} 人已准予毕业，尚未列入冻结的花名册")
        self.tally.snags.sort(key=lambda row: row[0])
        self.tally.by_code = dict(sorted(self.tally.by_code.items()))

    def _papers(self, merge: bool, lists: Mapping[str, str]) -> None:
        if self.contents.kind not in PERSONAL:
            self._lists(merge, lists)
        elif merge:
            self._merged()
        else:
            self._single()

    def _single(self) -> None:
        for piece in chunks(self.asked, CHUNK):
            sheets = self._sheets(piece)
            waiting = [sheet for sheet in sheets if not self._keeps(sheet)]
            papers = [self.contents.paper([sheet]) for sheet in waiting]
            outcomes = list(self.contents.typesetter.set(papers))
            self._compare(sheets)
            for sheet, paper, outcome in zip(waiting, papers, outcomes, strict=True):
                if outcome.pdf:
                    self._put(_name(sheet.person), paper, outcome.pdf, anew=self._is_anew([sheet]))
                else:
                    self._failed(sheet, outcome)
            self._compare(sheets)
            self._report(len(piece))

    def _merged(self) -> None:
        for code, group in groupby(
            sorted(self.asked, key=lambda person: person.centre), key=lambda person: person.centre
        ):
            pieces = []
            count = 0
            for piece in chunks(list(group), CHUNK):
                pieces.append(self._sheets(piece))
                count += len(piece)
            self._centre(code, [piece for piece in pieces if piece])
            self._report(count)

    def _centre(self, code: str, pieces: list[list[PaperSheet]]) -> None:
        """One file of a centre; the chunks are typeset separately and bound together."""
        name = f"{_safe(code)}.pdf"
        papers = [self.contents.paper(piece) for piece in pieces]
        anew = any(map(self._is_anew, pieces))
        if papers and not anew and self._kept(name, *papers):
            return
        made = []
        for piece, paper, outcome in zip(
            pieces, papers, self.contents.typesetter.set(papers), strict=True
        ):
            if outcome.pdf:
                made.append((paper, outcome.pdf))
                continue
            good_paper, pdf = self._without_culprits(piece)
            if pdf:
                made.append((good_paper, pdf))
        if made:
            volume = bound([pdf for _, pdf in made])
            everybody = [sheet for piece in pieces for sheet in piece]
            self._compare(everybody)
            self._put(name, [paper for paper, _ in made], volume, anew=anew)
            self._compare(everybody)
        else:
            self.print_folder.drop(name)

    def _without_culprits(self, piece: list[PaperSheet]) -> tuple[PaperToSet, bytes]:
        """A chunk that could not be set: each paper is tried singly, and those that pass are set
        together.
        """
        outcomes = self.contents.typesetter.set([self.contents.paper([sheet]) for sheet in piece])
        good = []
        for sheet, outcome in zip(piece, outcomes, strict=True):
            if outcome.pdf:
                good.append(sheet)
            else:
                self._failed(sheet, outcome)
        paper = self.contents.paper(good or piece)
        if not good:
            return paper, b""
        again = next(self.contents.typesetter.set([paper]))
        if not again.pdf:
            for sheet in good:
                self._failed(sheet, again)
        return paper, again.pdf

    def _lists(self, merge: bool, lists: Mapping[str, str]) -> None:
        """花名册, 装箱单, 签领表: one file per centre (or parcel).

        A list of an earlier run that this one no longer makes is deleted: it names people who are
        left out now, or is about a parcel that no longer exists.
        """
        by_centre: dict[str, list[ListedPerson]] = {
            code: [] for code in self.contents.taken_out if code in lists
        }
        for person in self.asked:
            by_centre.setdefault(person.centre, []).append(person)
        for code, asked in sorted(by_centre.items()):
            people = sorted(
                [*self._listed(asked), *self.contents.taken_out.get(code, ())],
                key=lambda person: person.place,
            )
            for suffix, paper in centre_lists(self.contents, code, people, merge):
                self._list(
                    _safe("-".join(filter(None, (code, suffix)))) + ".pdf",
                    paper,
                    people,
                    lists[code],
                )
            self._report(len(asked))
        unnoted = {f"{_safe(person.centre)}.pdf" for person in self.asked}.intersection(
            self.print_folder.of([""])
        )
        for name in {*self.print_folder.of(list(lists.values())), *unnoted}.difference(self.hashes):
            self.print_folder.drop(name)

    def _listed(self, asked: Sequence[ListedPerson]) -> list[Graduand]:
        """The people of one centre on its lists; on some lists only those with a number, and the
        others are counted.
        """
        people: list[Graduand] = []
        for piece in chunks(asked, CHUNK):
            people += [sheet.person for sheet in self._sheets(piece)]
        if self.contents.kind in NUMBERED_LISTS:
            self.unnumbered += sum(not person.number for person in people)
            people = [person for person in people if person.number]
        return people

    def _list(self, name: str, paper: PaperToSet, people: Sequence[Graduand], of: str) -> None:
        """One list; if it can't be set, everybody of the centre is said to be without it."""
        if self._kept(name, paper, of=of):
            return
        outcome = next(self.contents.typesetter.set([paper]))
        if outcome.pdf:
            self._put(name, paper, outcome.pdf, of=of)
            return
        self.print_folder.drop(name)
        for person in people:
            self._snagged(person, [unprintable(f"{name}：{outcome.error}")])

    # -- one person

    def _sheets(self, piece: Sequence[ListedPerson]) -> list[PaperSheet]:
        """What can be printed of a chunk of people; the others are refused."""
        ids = [listed.candidate for listed in piece]
        standing = None
        if self.contents.kind is PaperKind.CERTIFICATE:
            standing = reprinting.begun(ids)
        people = looking.graduands(ids, self.contents.basis, standing)
        self.tally.people += len(people)
        placed = [person for person in people if person.roster]
        for person in people:
            if person.roster:
                continue
            if self.contents.kind in PERSONAL:
                self._snagged(person, [not_on_roster()])
            else:  # lists cover frozen rosters only
                self.waiting += 1
        sheets = self.contents.sheets(placed)
        for sheet in sheets:
            self._snagged(sheet.person, sheet.snags)
        printable = [sheet for sheet in sheets if not sheet.blocked]
        if standing is not None:
            self.printed |= {
                person.candidate: PrintedContent(person.content, person.old_since)
                for person in (sheet.person for sheet in printable)
                if person.number and person.content is not None  # a proof is no certificate
            }
        return printable

    def _compare(self, sheets: Sequence[PaperSheet]) -> None:
        """Mark the certificates that say something else by now, just before the sheets are written
        and when they are.

        Typesetting takes a while, and the end of the run is later still: a kill on the way must not
        leave an older sheet last without a mark.
        """
        candidates = [sheet.person.candidate for sheet in sheets]
        reprinting.ended(
            {pk: self.printed[pk] for pk in candidates if pk in self.printed}, whole=False
        )

    def _is_anew(self, sheets: Sequence[PaperSheet]) -> bool:
        """Whether one of these certificates was amended since its paper was printed.

        The file that is there is then never kept, even if it says the same: it may be older than
        another print, which said what was valid in between, and have been taken back with it.
        """
        read = (self.printed.get(sheet.person.candidate) for sheet in sheets)
        return any(paper is not None and paper.old_since is not None for paper in read)

    def _keeps(self, sheet: PaperSheet) -> bool:
        return not self._is_anew([sheet]) and self._kept(
            _name(sheet.person), self.contents.paper([sheet])
        )

    def _failed(self, sheet: PaperSheet, outcome: RenderOutcome) -> None:
        """Record a failure that only the typesetter could find."""
        if sheet.snags:  # it was counted as printed with a warning
            self.tally.warned -= 1
        snags = [does_not_fit(misfit.what) for misfit in dict.fromkeys(outcome.misfits)]
        self._snagged(sheet.person, snags or [unprintable(outcome.error)])
        self.printed.pop(sheet.person.candidate, None)

    def _snagged(self, person: Graduand, snags: Sequence[PrintProblem]) -> None:
        if self.tally.snag(person, snags) and self.contents.kind in PERSONAL:
            # An earlier print must not be mistaken for a valid one.
            self.print_folder.drop(_name(person))

    # -- one file

    def _kept(self, name: str, *papers: PaperToSet, of: str = "") -> bool:
        made = self.print_folder.keeps(name, self._digest(papers), of)
        if made:
            self.tally.unchanged += 1
            self.hashes[name] = made
        return bool(made)

    def _put(
        self,
        name: str,
        papers: PaperToSet | Sequence[PaperToSet],
        pdf: bytes,
        *,
        anew: bool = False,
        of: str = "",
    ) -> None:
        """`anew`: write the paper even if the same one is there."""
        parts = (papers,) if isinstance(papers, PaperToSet) else tuple(papers)
        before = ""
        if not anew:
            before = self.print_folder.hash_of(name)
        if before != hashlib.sha256(pdf).hexdigest():
            self.record.begin()
        self.hashes[name] = self.print_folder.put(name, self._digest(parts), pdf, of)
        if self.hashes[name] == before:
            self.tally.unchanged += 1
        else:
            self.tally.written += 1

    def _digest(self, papers: Sequence[PaperToSet]) -> str:
        parts = [self.contents.typesetter.digest(paper) for paper in papers]
        return hashlib.sha256("".join(parts).encode()).hexdigest()

    def _report(self, count: int) -> None:
        self.done += count
        self.progress(self.done, len(self.asked))


def _name(person: Graduand) -> str:
    return f"{person.place:05}-{_safe(person.student_no)}.pdf"


def _safe(text: str) -> str:
    """A part of a file name: letters, digits and hyphens only."""
    return _UNSAFE.sub("_", text)[:80]
