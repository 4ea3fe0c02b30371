"""Days as people write them behind “by”: a date, today, tomorrow, a weekday. Nothing else is guessed at."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from playbooks.lifecycle import RuleBroken

DueDay = date | str
"""A date, or the word for a day that depends on where and when it is said."""

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT: Final = {day[:3]: day for day in _WEEKDAYS} | {"tues": "tuesday", "thur": "thursday", "thurs": "thursday"}
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_LIKE_A_DATE: Final = re.compile(r"\d{1,4}-\d{1,2}(-\d{1,4})?|\d{1,4}/\d{1,2}(/\d{1,4})?|\d{1,2}\.\d{1,2}\.\d{2,4}")


def read_day(word: str) -> DueDay | None:
    """The day that this word means; None where it means none. Raises ValueError for a date written otherwise."""
    said = word.lower()
    if _DATE.fullmatch(said):
        return date.fromisoformat(said)
    if _LIKE_A_DATE.fullmatch(said):
        raise ValueError(word)
    said = _SHORT.get(said, said)
    return said if said in {"today", "tomorrow", *_WEEKDAYS} else None


def day_meant(day: DueDay, today: date) -> date:
    """The date, where it is `today`. Raises RuleBroken for the weekday that it is: today, or in a week?"""
    if isinstance(day, date):
        return day
    if day == "today":
        return today
    if day == "tomorrow":
        return today + timedelta(days=1)
    ahead = (_WEEKDAYS.index(day) - today.weekday()) % 7
    if not ahead:
        in_a_week = today + timedelta(days=7)
        raise RuleBroken(f"Today is {day.capitalize()}. Write “by today”, or “by {in_a_week}” for the one in a week.")
    return today + timedelta(days=ahead)
