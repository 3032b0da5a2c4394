"""The batch's policy of the invented season as TOML: dates and numbers of the notice, people invented."""

from __future__ import annotations

from datetime import date

from tests.oracle.judging import Batch

BATCH = Batch("202307", "2021春", date(2023, 7, 20))

# No `closes` in any round: the notice gives no application deadline of its own. Words and keys that
# the contract leaves open are those of examples/202307.toml.
POLICY = """\
code = "202307"
enrolled_through = "2021春"
issue_date = 2023-07-20
closes_at = 2023-10-12
numbering = "minted"
roster_key = ["centre", "level", "major", "class", "student_no"]
dossier = ["毕业生登记表", "成绩单", "报名登记表"]
self_appraisal_min_chars = 200
exemption_counts_as_hq = {exemption_counts_as_hq}

[school]
code = "51161"
name = "国家开放大学"
type_digit = "8"

[promise]
months = 2
from = "issue_date"
pauses = []

[photo]
width = 480
height = 640
max_bytes = 51200

[degree]
min_average = 75
min_thesis = 80

[contacts]
people = ["文若水"]
phone = "000-60000000"
email = "office@example.com"
address = "虚构市想象路1号"

[progression]
admissions_close = 2023-09-10
weeks_before = 1
weekday = "monday"

[[principals]]
from = 2020-01-01
name = "卫知秋"

[[rounds]]
name = "第一批"
kind = "normal"
opens = 2023-07-06
scores_by = 2023-07-14
review_from = 2023-07-10
review_to = 2023-07-16

[[rounds]]
name = "续读本科"
kind = "early"
opens = 2023-07-06

[[rounds]]
name = "第二批"
kind = "normal"
opens = 2023-09-04
scores_by = 2023-09-15
photo_deadline = 2023-08-30
review_from = 2023-09-04
review_to = 2023-10-12
"""


def policy_text(*, exemption_counts_as_hq: bool = True) -> str:
    """The policy file's text."""
    return POLICY.format(exemption_counts_as_hq="true" if exemption_counts_as_hq else "false")
