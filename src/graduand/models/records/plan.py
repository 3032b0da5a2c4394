"""专业规则: a plan with its modules and courses; credits in hundredths, exact."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from graduand.models.source import source
from graduand.rulebook.terms import CourseNature, Level


class PlanRow(models.Model):
    """One 专业规则. `version` rises with every change of the plan, its modules or courses."""

    code = models.CharField(max_length=40, unique=True)
    major_code = models.CharField(max_length=40)
    major_name = models.CharField(max_length=100)
    level = models.CharField(max_length=10, choices=Level.choices())
    min_total = models.PositiveIntegerField()
    min_hq = models.PositiveIntegerField()
    min_semesters = models.PositiveSmallIntegerField()
    max_years = models.PositiveSmallIntegerField()
    exempt_cap = models.DecimalField(max_digits=9, decimal_places=8, null=True, blank=True)
    years = models.CharField(max_length=20, blank=True)
    degree = models.CharField(max_length=100, blank=True)
    degree_field = models.CharField(max_length=100, blank=True)
    version = models.PositiveIntegerField(default=1)
    brought_by = source()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(exempt_cap=None) | Q(exempt_cap__gte=0, exempt_cap__lte=1),
                name="plan_cap_is_a_ratio",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.major_name}"


class PlanEdition(models.Model):
    """The rules of a plan as they were when the first certificate was numbered, or the first degree
    granted, by this plan and this version of the batch's policy. Append-only.

    `sha256` is the hash of the text `rules` (rulebook/audit/plan_editions.py), `version` the
    plan's. `act` is the one that numbered that first certificate or granted that degree; None where
    the edition was filled in afterwards (补录), from the plan as it stood then. Texts from before
    degrees were judged by an edition do not say which courses are 学位课; a text that the grant of a
    degree refers to says it, unless its plan has none.
    """

    plan = models.ForeignKey(
        PlanRow, on_delete=models.PROTECT, related_name="editions", db_index=False
    )
    batch = models.ForeignKey(
        "graduand.Batch", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    policy = models.ForeignKey(
        "graduand.PolicyVersion", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField()
    rules = models.TextField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    act = models.ForeignKey(
        "graduand.Act", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "policy", "sha256"], name="plan_edition_once")
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.sha256[:8]}"


class Module(models.Model):
    """A 模块 of a plan, and the credits that it requires."""

    plan = models.ForeignKey(PlanRow, on_delete=models.CASCADE, related_name="modules")
    name = models.CharField(max_length=100)
    min_credits = models.PositiveIntegerField()
    brought_by = source()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "name"], name="module_once_a_plan")]

    def __str__(self) -> str:
        return self.name


class CourseRow(models.Model):
    """A course of one plan: the same code may have other credits in another plan."""

    plan = models.ForeignKey(PlanRow, on_delete=models.CASCADE, related_name="courses")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    credits = models.PositiveIntegerField()
    module = models.ForeignKey(Module, on_delete=models.PROTECT)
    nature = models.CharField(max_length=10, choices=CourseNature.choices())
    hq_exam = models.BooleanField()
    practice = models.BooleanField()
    must_pass = models.BooleanField()
    degree_course = models.BooleanField(default=False)
    thesis = models.BooleanField(default=False)
    brought_by = source()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="course_once_a_plan")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
