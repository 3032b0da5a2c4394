"""Accounts and what they may do: a grant is a role at a unit for a time."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from graduand.models.people.unit import Unit
from graduand.rulebook.people.account_terms import OFFICERS
from graduand.rulebook.terms import Role


class Accounts(BaseUserManager):  # type: ignore[type-arg]  # not generic at run time
    """Makes accounts; a user without a password can't sign in until activated."""

    def create_user(
        self, username: str, name: str, password: str | None = None, **more: Any
    ) -> User:
        user: User = self.model(username=username, name=name, **more)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in, or (`system`) the program acting for a desk when a command names
    nobody.
    """

    username = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=100)
    email = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    system = models.BooleanField(default=False)
    student = models.ForeignKey("graduand.Student", null=True, blank=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Accounts()
    USERNAME_FIELD = "username"

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """角色 x 单位, from–until; days, both included."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=16, choices=Role.choices())
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    # 班级代码 of a class teacher, several joined by 、; "" = every class of the unit
    classes = models.CharField(max_length=400, blank=True, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "unit"], name="grant_once"),
            # 三员分离: 系统, 安全 and 审计 never meet in one account.
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(role__in=[role.value for role in OFFICERS]),
                name="grant_one_officer_role",
            ),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=F("since")),
                name="grant_until_after_since",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {Role(self.role).label}"
