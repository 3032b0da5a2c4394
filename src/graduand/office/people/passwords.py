"""What a password must be: long, not common, not about the person; more only where 等保 asks for it."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

from graduand.models import Unit, User

LEAST = 12
LEAST_STUDENT = 10
LONGEST = 256
# Words of this installation that a guesser tries first, whoever the person is.
WORDS = ("ouchn", "gkd", "guokai", "graduand", "biye", "password", "mima")
_CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")
_LEAST_PART = 4


class LongEnough:
    """At least 12 characters, 10 for students; at most 256, all of them counted."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError with a sentence."""
        least = LEAST
        if user is not None and user.student_id:
            least = LEAST_STUDENT
        if len(password) < least:
            raise ValidationError(f"密码至少 {least} 个字符，可以是一句话")
        if len(password) > LONGEST:
            raise ValidationError(f"密码最多 {LONGEST} 个字符")

    def get_help_text(self) -> str:
        """The rule as a sentence for the form."""
        return f"至少 {LEAST} 个字符，可以是一句话，可以粘贴"


class NotAboutThePerson:
    """No account name, name, 学号, end of the 证件号, school or program in it: those are tried first."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError with a sentence that does not say which word it was."""
        text = password.casefold()
        if any(word in text for word in self._words(user)):
            raise ValidationError("密码里不要有账号、姓名、学号、证件号、学校或系统的名称")

    def _words(self, user: User | None) -> list[str]:
        words = list(Unit.objects.filter(parent=None).values_list("name", flat=True))
        if user is not None:
            words += [user.username, user.name]
            if user.student is not None:
                number = user.student.id_no
                words += [user.student.number, number[-6:], number[6:14]]
        long = (
            word
            for word in words
            if len(word) >= _LEAST_PART or (len(word) > 1 and not word.isascii())
        )
        return [*WORDS, *(word.casefold() for word in long)]

    def get_help_text(self) -> str:
        """The rule as a sentence for the form."""
        return "不含账号、姓名、学号、证件号、学校名称"


class AsTheProfileAsks:
    """Profile djbh: three of the four kinds of characters, as assessors of 等保 ask; asvs: no such
    rule.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError with a sentence."""
        kinds = sum(bool(re.search(kind, password)) for kind in _CLASSES)
        if settings.PASSWORD_PROFILE == "djbh" and kinds < 3:  # noqa: S105  # a profile's name
            raise ValidationError("密码须含大写字母、小写字母、数字、符号中的三种")

    def get_help_text(self) -> str:
        """The rule as a sentence for the form; "" where there is no such rule."""
        return "含大小写字母、数字、符号中的三种" if settings.PASSWORD_PROFILE == "djbh" else ""  # noqa: S105  # as above


def hints() -> dict[str, Any]:
    """What a form says beside the field, and how long an entry may be."""
    rules = (LongEnough(), NotAboutThePerson(), AsTheProfileAsks())
    return {
        "text": "；".join(text for rule in rules if (text := rule.get_help_text())),
        "longest": LONGEST,
    }
