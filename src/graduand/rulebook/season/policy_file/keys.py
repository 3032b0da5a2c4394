"""The keys of a policy file, and the values that some of them take."""

from __future__ import annotations

from graduand.rulebook.terms import PaperKind

REQUIRED = ("code", "enrolled_through", "issue_date", "closes_at", "school", "rounds")
OPTIONAL = (
    "numbering",
    "promise",
    "photo",
    "dossier",
    "self_appraisal_min_chars",
    "exemption_counts_as_hq",
    "degree",
    "contacts",
    "principals",
    "roster_key",
    "progression",
    "extra_gates",
    "incomplete_archive",
    "registration_asked",
)
ROUND_KEYS = (
    "name",
    "kind",
    "opens",
    "closes",
    "scores_by",
    "photo_deadline",
    "review_from",
    "review_to",
)
# The length of the column in which a round's name is stored.
ROUND_NAME_MAX = 40
ROSTER_KEYS = {
    "centre": "学习中心",
    "level": "学历层次",
    "major": "专业代码",
    "class": "班级代码",
    "student_no": "学号",
}
# What an archive can be made of (notice 五.1).
ARCHIVE = (PaperKind.REGISTRATION_FORM, PaperKind.TRANSCRIPT, PaperKind.ENROLMENT_FORM)
# Gates that a policy may add to those of the notice.
EXTRA_GATES = ("MORAL", "QUALIF", "INFO-CONFIRM")
PROMISE_STARTS = ("issue_date", "approved")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NTH_WEEKDAY = {str(number): day for number, day in enumerate(WEEKDAYS)}
