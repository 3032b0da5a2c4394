"""不再符合条件 after the application and before 准予毕业: files that no review passes, as lists and pages ask
for them.

By the last verdict. A doubt, and a picture that a person has still to look at, have lists of their
own.
"""

from __future__ import annotations

from django.db.models import F, Q
from django.db.models.lookups import Exact

from graduand.models import Candidate
from graduand.queries import judging
from graduand.queries.listing import Criterion, yes_no
from graduand.queries.review.finding_codes import has_code, mask
from graduand.rulebook.clauses import ACADEMIC_CODES, PERSONAL_CODES
from graduand.rulebook.identity.doubts import DOUBT
from graduand.rulebook.terms import Stage

LOST = "lost_in_review"
STAGES = (Stage.APPLIED.value, Stage.ENDORSED.value)
# Conditions that everybody had who applied, and findings that are being examined; a file with any
# other finding is left out.
_HAD = (
    *ACADEMIC_CODES,
    *PERSONAL_CODES,
    "CHSI-ADMISSION",
    "CHSI-CREDENTIAL",
    "PHOTO-PLATFORM",
    "PHOTO-SPEC",
)
_LOOKED_INTO = (DOUBT, "PHOTO-REVIEW")


def criterion() -> Criterion:
    """The criterion of a list of files."""
    return yes_no(LOST, "申请后不再符合", _where, rare=True)


def _where(yes: bool) -> Q:
    if yes:
        return lost()
    return ~Q(pk__in=Candidate.objects.filter(lost()).values("id"))


def lost() -> Q:
    """Applied for or passed by the college, and something has come up since that stops the review."""
    nothing_open = Q(Exact(F("judgement__codes").bitand(mask(_LOOKED_INTO)), 0))
    stopped = Q(judgement__clear=False) & (has_code(_HAD) | nothing_open)
    return Q(stage__in=STAGES) & judging.judged(stopped)


def is_lost(file: Candidate) -> bool:
    """Whether that is so for one file, read with its judgement; no query where there are no
    findings.
    """
    judged = getattr(file, "judgement", None)
    if file.stage not in STAGES or judged is None or judged.clear:
        return False
    return Candidate.objects.filter(lost(), pk=file.pk).exists()
