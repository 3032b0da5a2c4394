"""Students and what they bring: personal data, enrolment, schooling, degree material."""

from __future__ import annotations

from django.db import models

from graduand.models.people.unit import Unit
from graduand.models.records.plan import PlanRow
from graduand.models.sealed import SealedField
from graduand.models.source import source
from graduand.rulebook.terms import ConfirmedBy, IdKind, Level, PriorCheck, Sex, Standing


class Student(models.Model):
    """A 学号. `entry` is the ordinal of the entry term; `id_problems` what the checks of the 证件 found
    at import.
    """

    number = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100, db_index=True)
    sex = models.CharField(max_length=1, choices=Sex.choices())
    birth = models.DateField()
    nation = models.CharField(max_length=40)
    id_kind = models.CharField(max_length=1, choices=IdKind.choices())
    id_no = SealedField()
    id_hash = models.CharField(max_length=64, db_index=True)
    id_problems = models.PositiveIntegerField(default=0)
    politics = models.CharField(max_length=40, blank=True)
    entry = models.SmallIntegerField()
    standing = models.CharField(max_length=16, choices=Standing.choices())
    centre = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="students", db_index=False
    )
    category = models.CharField(max_length=40)
    level = models.CharField(max_length=10, choices=Level.choices())
    plan = models.ForeignKey(PlanRow, on_delete=models.PROTECT, related_name="students")
    class_name = models.CharField(max_length=100, blank=True)
    class_code = models.CharField(max_length=40, blank=True)
    mobile = SealedField()
    email = SealedField()
    goes_on = models.BooleanField(default=False)
    exam_no = models.CharField(max_length=40, blank=True)
    branch = models.CharField(max_length=100, blank=True)
    moral = models.BooleanField(null=True, blank=True)
    confirmed_on = models.DateField(null=True, blank=True)
    confirmed_by = models.CharField(max_length=8, blank=True, choices=ConfirmedBy.choices())
    raw = SealedField()
    brought_by = source()
    # 手机, 邮箱, 班级, which a centre sends; 学生确认
    contacts_brought_by = source()
    confirmation_brought_by = source()

    class Meta:
        indexes = [
            models.Index(fields=["centre", "number"], name="student_centre_by_number"),
            models.Index(fields=["entry"], name="student_entry"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Profile(models.Model):
    """报名与学习经历: feeds 报名登记表 and pre-fills 登记表."""

    student = models.OneToOneField(Student, on_delete=models.CASCADE, related_name="profile")
    enrolled_on = models.DateField(null=True, blank=True)
    prior_level = models.CharField(max_length=40, blank=True)
    prior_school = models.CharField(max_length=100, blank=True)
    prior_graduated = models.CharField(max_length=20, blank=True)
    prior_certificate = SealedField()
    prior_check = models.CharField(max_length=10, blank=True, choices=PriorCheck.choices())
    home_address = SealedField()
    employer = models.CharField(max_length=200, blank=True)
    work_phone = SealedField()
    home_phone = SealedField()
    internship = models.TextField(blank=True)
    thesis_title = models.CharField(max_length=300, blank=True)
    awards = models.TextField(blank=True)
    occupation = models.CharField(max_length=100, blank=True)
    opinions = models.JSONField(default=dict, blank=True)
    brought_by = source()
    # 前置学历核验 is imported by another function than the other fields
    check_brought_by = source()

    def __str__(self) -> str:
        return str(self.student_id)


class Schooling(models.Model):
    """学习经历 from upper secondary school on; months as YYYY-MM."""

    student = models.ForeignKey(
        Student, on_delete=models.CASCADE, related_name="schoolings", db_index=False
    )
    start = models.CharField(max_length=7)
    end = models.CharField(max_length=7)
    place = models.CharField(max_length=200)
    brought_by = source()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["student", "start"], name="schooling_once_a_start")
        ]

    def __str__(self) -> str:
        return f"{self.start} {self.place}"


class DegreeMaterial(models.Model):
    """学位材料."""

    student = models.OneToOneField(
        Student, on_delete=models.CASCADE, related_name="degree_material"
    )
    thesis_mark = models.CharField(max_length=10, blank=True)
    language_kind = models.CharField(max_length=100, blank=True)
    language_mark = models.CharField(max_length=10, blank=True)
    language_on = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    proof_no = SealedField()
    brought_by = source()

    def __str__(self) -> str:
        return str(self.student_id)
