"""数据分级: every field about a person with its level, how it is masked, and whose role may see it in
full.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graduand.rulebook.identity.id_documents import mask_id, mask_phone
from graduand.rulebook.people.account_terms import FieldLevel
from graduand.rulebook.terms import Role

_OFFICE = frozenset(
    {
        Role.HQ_ADMIN,
        Role.HQ_REVIEWER,
        Role.COLLEGE_REVIEWER,
        Role.COLLEGE_DISPATCH,
        Role.CENTRE_CLERK,
    }
)
_CALLS = _OFFICE | {Role.CLASS_TEACHER}
_NOBODY: frozenset[Role] = frozenset()


def mask_email(text: str) -> str:
    """`z***@example.edu`."""
    name, at, host = text.partition("@")
    if at:
        return f"{name[:1]}***@{host}"
    return "*" * len(text)


def mask_address(text: str) -> str:
    """The first six characters, which name the district, and no street."""
    if len(text) > 6:
        return f"{text[:6]}****"
    return "*" * len(text)


def mask_all(text: str) -> str:
    """Nothing of it."""
    return "*" * min(len(text), 8)


def unmasked(text: str) -> str:
    """As it is."""
    return text


@dataclass(frozen=True, slots=True)
class PersonalField:
    """One field. `path` leads to it from a student; the roles `seers` may have it shown in full,
    for a purpose.
    """

    key: str
    label: str
    level: FieldLevel
    path: str
    mask: Callable[[str], str] = unmasked
    seers: frozenset[Role] = _OFFICE

    @property
    def masked(self) -> bool:
        """Whether pages show it masked until somebody asks."""
        return self.level in (FieldLevel.L3, FieldLevel.L4)


_FIELDS = (
    PersonalField("number", "学号", FieldLevel.L2, "number"),
    PersonalField("name", "姓名", FieldLevel.L2, "name"),
    PersonalField("sex", "性别", FieldLevel.L2, "sex"),
    PersonalField("birth", "出生日期", FieldLevel.L2, "birth"),
    PersonalField("nation", "民族", FieldLevel.L2, "nation"),
    PersonalField("politics", "政治面貌", FieldLevel.L2, "politics"),
    PersonalField("major", "专业", FieldLevel.L1, "plan.major_name"),
    PersonalField("id_no", "证件号", FieldLevel.L3, "id_no", mask_id),
    PersonalField("mobile", "手机", FieldLevel.L3, "mobile", mask_phone, _CALLS),
    PersonalField("email", "邮箱", FieldLevel.L3, "email", mask_email, _CALLS),
    PersonalField("home_address", "家庭住址", FieldLevel.L3, "profile.home_address", mask_address),
    PersonalField("home_phone", "家庭电话", FieldLevel.L3, "profile.home_phone", mask_phone),
    PersonalField("work_phone", "单位电话", FieldLevel.L3, "profile.work_phone", mask_phone),
    PersonalField(
        "prior_certificate", "前置学历证书号", FieldLevel.L3, "profile.prior_certificate", mask_id
    ),
    PersonalField("proof_no", "学位外语证明号", FieldLevel.L3, "degree_material.proof_no", mask_id),
    # kept as it came, for disputes; no page shows it and no list takes it out
    PersonalField("raw", "导入原文", FieldLevel.L4, "raw", mask_all, _NOBODY),
)
FIELDS: dict[str, PersonalField] = {field.key: field for field in _FIELDS}


def shown(key: str, value: str) -> str:
    """`value` as a page shows it by default."""
    return FIELDS[key].mask(value)


def revealable(roles: frozenset[Role]) -> tuple[PersonalField, ...]:
    """The masked fields that somebody with `roles` may ask to see."""
    return tuple(
        field
        for field in _FIELDS
        if field.level is FieldLevel.L3 and not roles.isdisjoint(field.seers)
    )
