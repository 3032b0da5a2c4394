"""When each event of the invented season happens, in Shanghai time; the walk sets the program's
clock to these.
"""

from __future__ import annotations

from datetime import datetime

from graduand.rulebook.calendar import OFFICE_ZONE


def moment(text: str) -> datetime:
    """`07-06 10:20` in the season's year, with its time zone."""
    return datetime.fromisoformat(f"2023-{text.replace(' ', 'T')}:00").replace(tzinfo=OFFICE_ZONE)


OPENING = "06-12 09:05"
PLANS = "06-12 10:30"
POLICY = "06-19 14:00"
STUDENTS = "06-20 09:10"
RESULTS = "06-25 16:40"
CHSI = "06-27 11:15"
PHOTOS = "06-30 15:30"
FIRST_LIST = "07-05 17:00"
APPLY = ("07-06 09:20", "07-07 10:05", "07-10 14:30")
EARLY = "07-06 16:10"
DEFER = "07-07 15:00"
WITHDRAW = "07-08 09:30"
SEND_BACK = "07-10 16:20"
REJECT = "07-11 10:10"
LATE_MARKS = "07-12 18:00"
AGAIN = "07-13 09:15"
ENDORSE = ("07-11 11:00", "07-14 09:30", "07-15 15:20")
APPROVE = ("07-13 16:30", "07-14 16:10", "07-16 15:10")
REOPEN = "07-17 09:30"
ROSTER = "07-17 11:00"
CERTIFY = "07-18 09:40"
VOID = "07-18 15:20"
CERTIFY_AGAIN = "07-19 10:10"
SHIP = "07-24 14:00"
SHIP_LOST = "07-24 16:30"
REGISTERED = "07-26 10:00"
RECEIVE = ("07-27 10:30", "07-28 09:50", "07-30 11:20")
DOUBT = "08-02 09:00"
COLLECT = ("07-31 10:00", "08-03 14:20", "08-12 10:40", "08-25 09:30")
CASES = ("08-28 09:40", "08-28 15:10")
DEGREES = ("08-29 10:00", "08-29 14:30", "08-30 10:20")
LATE_PHOTOS = "09-01 16:00"
SECOND_LIST = "09-03 18:00"
SECOND_APPLY = "09-04 09:30"
SECOND_ENDORSE = "09-05 10:20"
SECOND_APPROVE = "09-05 16:45"
NOW = "09-06 09:30"
