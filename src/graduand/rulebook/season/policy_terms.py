"""Words of a batch's policy for which the notice leaves a choice, with their labels."""

from __future__ import annotations

from graduand.rulebook.words import Word


class IncompleteArchive(Word):
    """五.1: what happens to a certificate that is to be shipped while papers of its archive are
    missing.
    """

    WARN = "warn", "提醒"
    BLOCK = "block", "不能寄出（登记过档案到件以后起作用）"


class RegistrationAsked(Word):
    """七.4: from when on a certificate is handed over only after its registration was read back as
    可查询.
    """

    ALWAYS = "always", "一律"
    FROM_ISSUE_DATE = "from_issue_date", "发证日期当日起"
