"""Prints papers of an invented season: files whose photos lie in the store, the press, what came out of it."""

from pathlib import Path

import openpyxl
from django.conf import settings

from graduand.gateways import hashed_files
from graduand.models import Candidate, PhotoRow, PlanRow
from graduand.office.papers import printing
from graduand.office.season import batches
from graduand.papers.printed.print_folder import LEDGER
from graduand.rulebook.terms import PaperKind, Stage
from tests import acting, factories, people
from tests.material import portraits

ID_NO = "11010519900307002X"
FORM, TRANSCRIPT, ENROLMENT = (
    PaperKind.REGISTRATION_FORM,
    PaperKind.TRANSCRIPT,
    PaperKind.ENROLMENT_FORM,
)
CERTIFICATE, ROSTER, PACKING, SIGN_OFF = (
    PaperKind.CERTIFICATE,
    PaperKind.ROSTER,
    PaperKind.PACKING_LIST,
    PaperKind.SIGN_OFF,
)


def store(shade):
    """A picture in the store; returns its hash."""
    return hashed_files.keep(Path(settings.MEDIA_ROOT) / "photos", portraits.portrait(shade))


def at(season, stage=Stage.CERTIFIED, count=1, **enrolled):
    """Files at `stage` whose photos lie in the store."""
    ids = factories.enrol(season, count, **{"id_no": ID_NO, **enrolled})
    for pk in ids:
        PhotoRow.objects.filter(student__candidates=pk).update(sha256=store(pk))
    PlanRow.objects.update(years="2.5")
    return acting.walk(season, ids, stage)


def on_roster(season, count=1, **enrolled):
    """Approved and on a frozen roster: papers can be printed, and follow the record until the number is given."""
    ids = at(season, Stage.APPROVED, count, **enrolled)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    return ids


def print_file(season, kind, out, user=None, **options):
    return printing.print_papers(
        season.batch, kind, out, people.actor(user or season.staff.hq), **options
    )


def names(out, kind):
    return sorted(one.name for one in (out / kind.label).iterdir() if one.name != LEDGER)


def number_of(pk):
    return Candidate.objects.get(pk=pk).student.number


def snags(path):
    return [
        tuple(row[:5]) for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    ]


def counts(tally):
    return tally.people, tally.written, tally.unchanged, tally.refused, tally.warned
