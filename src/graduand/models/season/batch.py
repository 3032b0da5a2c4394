"""Batches, the versions of their policy, their rounds, and the frozen rosters."""

from __future__ import annotations

from django.db import models

from graduand.models.people.account import User


class Batch(models.Model):
    """毕业批次. `policy` is the version in force.

    `finished_at`: nothing in it is left to do, by the facts or as two people declared; only a
    closed batch is finished. `resumed_at`: since when a finished one no longer is, because a file
    came back to be worked on; until it is finished or opened again. `deleted_at`: it was loaded by
    mistake; the row and the versions of its policy stay, none is in force, and the same code can be
    loaded again. `closing_since`: two people agreed to close it, and files that are left are
    lapsing; it takes no work any more. `listed_to`: its list is being made, and this is the last 学号
    on it so far; in a closed batch that two people want open again it opens with the last 学号.
    `closing_undone`: it was not closed after all, and until it is open again every file returns to
    where the closing found it.
    """

    code = models.CharField(max_length=6, unique=True)
    policy = models.ForeignKey(
        "PolicyVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="in_force_for",
    )
    closing_since = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    resumed_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    listed_to = models.CharField(max_length=20, null=True, blank=True)
    closing_undone = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(finished_at=None) | models.Q(closed_at__isnull=False),
                name="batch_finished_is_closed",
            ),
            models.CheckConstraint(
                condition=models.Q(finished_at=None) | models.Q(listed_to=None),
                name="batch_finished_has_its_list",
            ),
            models.CheckConstraint(
                condition=models.Q(resumed_at=None)
                | models.Q(closed_at__isnull=False, finished_at=None),
                name="batch_resumed_is_closed_and_unfinished",
            ),
            models.CheckConstraint(
                condition=models.Q(closing_since=None)
                | models.Q(closed_at=None, deleted_at=None, listed_to=None, policy__isnull=False),
                name="batch_closing_is_open_with_its_list",
            ),
            models.CheckConstraint(
                condition=models.Q(closing_undone=False)
                | models.Q(closed_at__isnull=False, listed_to__isnull=False),
                name="batch_closing_undone_is_shut",
            ),
            models.CheckConstraint(
                condition=models.Q(deleted_at=None) | models.Q(policy=None),
                name="batch_deleted_has_no_policy",
            ),
            models.CheckConstraint(
                condition=models.Q(deleted_at=None, deleted_by=None)
                | models.Q(deleted_at__isnull=False, deleted_by__isnull=False),
                name="batch_deleted_who_and_when_together",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_open(self) -> bool:
        """Whether it takes work: it is neither closed nor being closed."""
        return self.closed_at is None and self.closing_since is None

    @property
    def reopening(self) -> bool:
        """Whether two people want it open again and its list is not restored yet: until then it
        counts as closed.
        """
        return self.closed_at is not None and self.listed_to is not None

    @property
    def shut(self) -> str:
        """`批次 202307 已关闭`, or that it is being closed or opened again: the beginning of a refusal."""
        if self.closing_since is not None:
            return f"批次 {self.code} 正在关闭"
        if self.reopening:
            return f"批次 {self.code} 正在恢复名单（恢复完成后才能办理）"
        return f"批次 {self.code} 已关闭"


class PolicyVersion(models.Model):
    """A policy as it was loaded; never edited, the next version follows it.

    `reason` and `second` belong to a version that gives more time for photos.
    """

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    source = models.JSONField()
    loaded_at = models.DateTimeField()
    loaded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    reason = models.CharField(max_length=200, blank=True)
    second = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="policy_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} v{self.number}"


class PolicyDraft(models.Model):
    """A draft of a policy: tried before it is saved, and saved as a version of its batch once at
    most.

    `key` is the idempotency key, `base` the version in force when it was written (None: a new
    batch). `tried` is the tally of the trial, `moved` a row [candidate, fit before, fit after,
    items before, items after] for each person whose judgement it would change.
    """

    key = models.CharField(max_length=64, unique=True)
    code = models.CharField(max_length=6)
    base = models.ForeignKey(
        PolicyVersion, null=True, on_delete=models.PROTECT, related_name="drafts"
    )
    source = models.JSONField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True, blank=True)
    tried = models.JSONField(default=dict)
    moved = models.JSONField(default=list)
    saved = models.OneToOneField(
        PolicyVersion, null=True, on_delete=models.PROTECT, related_name="draft"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(saved=None) | models.Q(tried_at__isnull=False),
                name="policy_tried_before_saved",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} draft {self.id}"


class Round(models.Model):
    """轮次: its dates are in the policy under the same name; `list_frozen_on` freezes its 初审名单."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="rounds")
    name = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    list_frozen_on = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "name"], name="round_once_a_batch")]

    def __str__(self) -> str:
        return self.name


class Roster(models.Model):
    """花名册, frozen when it is made; its order is the order of papers and parcels (notice 五.3).

    While people take their places it is UNNUMBERED, one a batch: nobody is on it yet, and no page
    shows it (`queries/certificates/rosters.py`). `frozen_at` then says who works on it.
    """

    UNNUMBERED = 0

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="rosters")
    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    number = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(User, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="roster_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}-{self.number}"
