"""The words of what stands beside a certificate: its registration, whether its content is the record's,
and the degree certificate."""

from __future__ import annotations

from graduand.rulebook.terms import Word


class Registration(Word):
    """学历注册 of a certificate at the national registry."""

    NONE = "none", "未注册"
    ENTERED = "entered", "已注册"
    CANCELLED = "cancelled", "注册已注销"


class ContentState(Word):
    """Whether the content of a valid certificate is what the record would give it today."""

    AGREES = "agrees", "与学籍一致"
    DIFFERS = "differs", "与学籍不一致"


class DegreePaper(Word):
    """The degree certificate of whom the degree was granted to."""

    NONE = "unnumbered", "学位证书未编号"
    NUMBERED = "numbered", "学位证书已编号"
