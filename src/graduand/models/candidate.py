"""A candidate is a student in a batch: the stage, its stamps, the stored judgement, the events."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from graduand.models.people.account import User
from graduand.models.people.unit import Unit
from graduand.models.records.student import Student
from graduand.models.season.batch import Batch, Roster, Round
from graduand.rulebook.papers.printing import PRINTED_STAGES
from graduand.rulebook.terms import LIVE_STAGES, DegreeState, ReasonCode, Stage

# Stage -> the stamps that it implies, in the order of time.
STAMPS = (
    "applied_at",
    "endorsed_at",
    "approved_at",
    "certified_at",
    "shipped_at",
    "received_at",
    "collected_at",
)
STAGE_STAMP = {
    Stage.APPLIED: "applied_at",
    Stage.ENDORSED: "endorsed_at",
    Stage.APPROVED: "approved_at",
    Stage.CERTIFIED: "certified_at",
    Stage.SHIPPED: "shipped_at",
    Stage.RECEIVED: "received_at",
    Stage.COLLECTED: "collected_at",
}


def _implied(stage: Stage, stamp: str) -> models.CheckConstraint:
    later = [s.value for s in list(STAGE_STAMP)[list(STAGE_STAMP).index(stage) :]]
    condition = ~Q(stage__in=later) | Q(**{f"{stamp}__isnull": False})
    return models.CheckConstraint(
        condition=condition, name=f"candidate_{stage.value}_has_its_stamp"
    )


def _ordered(earlier: str, later: str) -> models.CheckConstraint:
    condition = Q(**{later: None}) | Q(**{earlier: None}) | Q(**{f"{later}__gte": F(earlier)})
    return models.CheckConstraint(
        condition=condition, name=f"candidate_{later}_not_before_{earlier}"[:60]
    )


def _together(who: str, when: str) -> models.CheckConstraint:
    both = Q(**{who: None, when: None}) | Q(**{f"{who}__isnull": False, f"{when}__isnull": False})
    return models.CheckConstraint(condition=both, name=f"candidate_{who}_and_when_together")


class Candidate(models.Model):
    """The file. `reported_no` is the application order, `roster_no` the place on the frozen roster,
    `roster_class` the class that it was ordered by and goes on showing, `number` a copy of the
    student's 学号: it never changes, and every list is ordered by it. `aside`: the person has a live
    file or a valid certificate in another batch, so this row is in no list, count or to-do while
    that lasts. `confirmed_grounds`: the fingerprint of exactly what was missing when headquarters
    confirmed the numbered certificate, "" for nothing.

    Only office.moves writes `stage`.
    """

    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, related_name="candidates", db_index=False
    )
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="candidates")
    centre = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="candidates", db_index=False
    )
    number = models.CharField(max_length=20, default="", db_default="")
    stage = models.CharField(
        max_length=10,
        choices=Stage.choices(),
        default=Stage.LISTED.value,
        db_default=Stage.LISTED.value,
    )
    round = models.ForeignKey(
        Round, null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    reported_no = models.PositiveIntegerField(null=True, blank=True)
    lot = models.ForeignKey("Lot", null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    roster = models.ForeignKey(
        Roster, null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    roster_no = models.PositiveIntegerField(null=True, blank=True)
    roster_class = models.CharField(
        max_length=100, null=True, blank=True
    )  # NULL: frozen before it was kept
    degree = models.CharField(
        max_length=10, choices=DegreeState.choices(), default=DegreeState.NONE.value
    )
    approved_photo = models.CharField(max_length=64, blank=True)
    explanation = models.CharField(max_length=200, blank=True)
    aside = models.BooleanField(default=False, db_default=False)
    confirmed_grounds = models.CharField(max_length=16, blank=True, default="", db_default="")
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    endorsed_at = models.DateTimeField(null=True, blank=True)
    endorsed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    certified_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    collected_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField(null=True, blank=True)
    last_act = models.ForeignKey(
        "Act", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "student"], name="candidate_once_a_batch"),
            models.UniqueConstraint(
                fields=["student"],
                condition=Q(stage__in=[s.value for s in LIVE_STAGES]),
                name="candidate_one_live_file_a_student",
            ),
            models.UniqueConstraint(
                fields=["round", "reported_no"], name="candidate_reported_no_once"
            ),
            models.UniqueConstraint(
                fields=["roster", "roster_no"], name="candidate_roster_no_once"
            ),
            models.CheckConstraint(
                condition=Q(stage__in=[s.value for s in Stage]), name="candidate_stage_known"
            ),
            models.CheckConstraint(
                condition=~Q(stage__in=[s.value for s in LIVE_STAGES]) | Q(round__isnull=False),
                name="candidate_in_motion_has_a_round",
            ),
            models.CheckConstraint(
                condition=Q(roster=None, roster_no=None)
                | Q(roster__isnull=False, roster_no__isnull=False),
                name="candidate_roster_and_number_together",
            ),
            models.CheckConstraint(
                condition=Q(roster=None) | Q(stage__in=[s.value for s in PRINTED_STAGES]),
                name="candidate_on_a_roster_is_approved",
            ),
            *(_implied(stage, stamp) for stage, stamp in STAGE_STAMP.items()),
            *(_ordered(a, b) for a, b in zip(STAMPS, STAMPS[1:], strict=False)),
            *(_together(f"{w}_by", f"{w}_at") for w in ("applied", "endorsed", "approved")),
        ]
        indexes = [
            # Only files that are worked on: lists and counts of a centre need not check each file
            # for `aside`.
            models.Index(
                fields=["batch", "centre", "stage", "id"],
                condition=Q(aside=False),
                name="candidate_centre_list",
            ),
            # Files set aside, few among many: they are shown next to the list from which they are
            # missing.
            models.Index(
                fields=["batch", "stage", "centre", "number"],
                condition=Q(aside=True),
                name="candidate_aside",
            ),
            models.Index(
                fields=["batch", "stage", "round", "reported_no"], name="candidate_stage_list"
            ),
            models.Index(fields=["batch", "number"], name="candidate_by_number"),
            # Approved files in roster order, few among many: the shelf of the archives.
            models.Index(
                fields=["batch", "roster", "roster_no"],
                condition=Q(approved_at__isnull=False),
                name="candidate_shelf",
            ),
            models.Index(
                fields=["roster", "centre"],
                condition=Q(roster__isnull=False),
                name="candidate_roster_by_centre",
            ),
            models.Index(fields=["batch", "centre", "number"], name="candidate_centre_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.student_id}"

    @property
    def round_name(self) -> str:
        """The round in which it was applied for; "" before."""
        if self.round is None:
            return ""
        return self.round.name


class Judgement(models.Model):
    """The stored judgement: for lists and filters, never trusted by a move.

    `codes` is a bit mask (clauses.MASK_BITS), `unmet` JSON rows [code, argument, need, has,
    severity]; credits in hundredths; `changes_on` is the next day on which time alone can change
    it; `grounds` the fingerprint of what holds a numbered certificate up, "" for nothing.
    `degree_lost`: a degree was granted and its own conditions fail since, as far as that was
    checked: `degree_owed` names the judging after which it has to be checked again.
    """

    candidate = models.OneToOneField(Candidate, on_delete=models.CASCADE, primary_key=True)
    fit = models.BooleanField(db_default=False)
    clear = models.BooleanField(db_default=False)
    codes = models.BigIntegerField()
    total = models.PositiveIntegerField()
    hq = models.PositiveIntegerField()
    unmet = models.TextField()
    judged_on = models.DateField()
    changes_on = models.DateField(null=True)
    plan_version = models.PositiveIntegerField()
    policy_digest = models.CharField(max_length=64)
    grounds = models.CharField(max_length=16, blank=True, default="", db_default="")
    degree_lost = models.BooleanField(default=False, db_default=False)
    degree_owed = models.BigIntegerField(null=True, blank=True)

    class Meta:
        # Few among many: files whose certificate something holds up, even one in the student's
        # hand; whose degree is lost, or has to be checked; whose verdict waits for a day.
        indexes = [
            models.Index(
                fields=["candidate"], condition=Q(grounds__gt=""), name="judgement_held_up"
            ),
            models.Index(
                fields=["candidate"], condition=Q(degree_lost=True), name="judgement_degree_lost"
            ),
            models.Index(
                fields=["degree_owed"],
                condition=Q(degree_owed__isnull=False),
                name="judgement_degree_owed",
            ),
            models.Index(
                fields=["candidate"],
                condition=Q(changes_on__isnull=False),
                name="judgement_waits_for_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} {self.fit}"


class LetStandEnd(models.Model):
    """The judging found that what headquarters had confirmed no longer holds; append-only. `gone`:
    nothing is missing now.
    """

    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, related_name="let_stand_ends"
    )
    at = models.DateTimeField()
    gone = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.candidate_id} {self.at}"


class DegreeGrant(models.Model):
    """What a degree was granted by: the plan and the policy of that moment, by which it is judged
    ever after; append-only. Of several rows of one file the last counts.

    `act` granted it; None: filled in afterwards (补录) by `graduand init`, for degrees granted before
    this was stored: with the policy of that moment, and the plan as it stood when it was filled in.
    """

    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="degree_grants")
    edition = models.ForeignKey(
        "PlanEdition", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    act = models.ForeignKey(
        "Act", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    def __str__(self) -> str:
        return f"{self.candidate_id} {self.at}"


class Stale(models.Model):
    """Candidates whose data changed since they were judged; the audit empties it. `cause` says in
    words what changed first, at `since`.
    """

    candidate = models.OneToOneField(Candidate, on_delete=models.CASCADE, primary_key=True)
    since = models.DateTimeField(null=True)
    cause = models.CharField(max_length=40, default="", db_default="")

    def __str__(self) -> str:
        return str(self.candidate_id)


class Forecast(models.Model):
    """The verdict of one candidate under one draft of a policy, with the columns of Judgement. It
    replaces the judgement when the draft comes into force; a candidate that changes before that
    loses it.
    """

    draft = models.ForeignKey("PolicyDraft", on_delete=models.CASCADE, db_index=False)
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE)
    fit = models.BooleanField()
    clear = models.BooleanField()
    codes = models.BigIntegerField()
    unmet = models.TextField()
    total = models.PositiveIntegerField()
    hq = models.PositiveIntegerField()
    judged_on = models.DateField()
    changes_on = models.DateField(null=True)
    plan_version = models.PositiveIntegerField()
    policy_digest = models.CharField(max_length=64)
    grounds = models.CharField(max_length=16, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draft", "candidate"], name="forecast_once_a_draft")
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.candidate_id}"


class ListEntry(models.Model):
    """初审名单 of one round (notice 四.2(2)): fit, with a photo in time; frozen after the photo
    deadline.
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, db_index=False)
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT)
    listed_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "candidate"], name="list_entry_once")
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.candidate_id}"


class Event(models.Model):
    """One step of one file, written in the transaction of the step; append-only by trigger.

    `from_stage` and `to_stage` are states of what the verb acts on: the stage, the degree, the
    identity case or the registration (`journey.step_of(verb).track`).

    `findings` are the warnings that stood, `policy_digest` the policy that judged, `acted_for` says
    that a higher desk acted for this one.
    """

    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="events")
    act = models.ForeignKey("Act", on_delete=models.PROTECT, db_index=False)
    verb = models.CharField(max_length=16)
    from_stage = models.CharField(max_length=12)
    to_stage = models.CharField(max_length=12)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    second = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    desk = models.CharField(max_length=8)
    acted_for = models.BooleanField(default=False)
    reason = models.CharField(max_length=12, blank=True)
    note = models.TextField(blank=True)
    findings = models.TextField(default="[]")
    policy_digest = models.CharField(max_length=64)
    number = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"{self.candidate_id} {self.verb}"

    @property
    def people(self) -> str:
        """The person who did it, and the second person where there was one."""
        if self.second is None:
            return self.actor.name
        return f"{self.actor.name}、{self.second.name}"

    @property
    def reason_label(self) -> str:
        """The reason as forms offer it; "" where none was given."""
        return ReasonCode.label_of(self.reason)

    @property
    def reason_words(self) -> str:
        """`信息有误：姓名少一点`: the reason and the note."""
        return "：".join(part for part in (self.reason_label, self.note) if part)
