"""Durations as people write them: `30m`, `2h`, `1h30m`, `7d`, `2w`, or ISO 8601 (`PT45M`, `P14D`)."""

import re
from datetime import time, timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_SHORT: Final = re.compile(r"(?:(\d{1,4})w)?(?:(\d{1,5})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?")
_ISO: Final = re.compile(
    r"P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?", re.IGNORECASE
)
_TIME: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def parse_duration(text: str) -> timedelta:
    """Read a duration longer than nothing; raises ValueError with a sentence that shows how to write one."""
    word = text.strip().replace(" ", "")
    found = _SHORT.fullmatch(word.lower()) or _ISO.fullmatch(word)
    if found is None or not any(found.groups()):
        raise ValueError(f"“{text[:40]}” is not a duration; write for example 30m, 2h, 1h30m or 7d")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    duration = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not duration:
        raise ValueError("a duration must be longer than nothing")
    return duration


def say_duration(duration: timedelta) -> str:
    """'2 days 3 hours', at most two units, nothing smaller than a minute; 'less than a minute' below that."""
    minutes = int(abs(duration).total_seconds() // 60)
    parts = [(minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute")]
    said = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return " ".join(said[:2]) or "less than a minute"


def say_every(duration: timedelta) -> str:
    """'every hour', 'every 30 minutes', 'every day'."""
    return f"every {say_duration(duration).removeprefix('1 ')}" if duration else ""


def write_duration(duration: timedelta) -> str:
    """The shortest form that `parse_duration` reads back: 1d12h."""
    seconds = int(duration.total_seconds())
    units = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
    written = ""
    for letter, size in units:
        count, seconds = divmod(seconds, size)
        written += f"{count}{letter}" if count else ""
    return written


def parse_time(text: str) -> time:
    """Read a time of day like 09:00; raises ValueError."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"“{text[:40]}” is not a time of day; write for example 09:00")
    return time(int(found[1]), int(found[2]))


def _read_duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ValueError("a duration is expected; write for example 30m, 2h or 7d")  # noqa: TRY004  (pydantic's)
    return parse_duration(value)


def _read_time(value: object) -> object:
    if isinstance(value, time):
        return value
    if not isinstance(value, str):
        raise ValueError("a time of day is expected; write for example 09:00")  # noqa: TRY004  (pydantic's)
    return parse_time(value)


Duration = Annotated[
    timedelta,
    BeforeValidator(_read_duration),
    PlainSerializer(write_duration),
    WithJsonSchema({"type": "string", "pattern": r"^(P.+|(\d+[wdhms])+)$", "examples": ["30m", "2h", "7d"]}),
]
TimeOfDay = Annotated[
    time,
    BeforeValidator(_read_time),
    WithJsonSchema({"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d$", "examples": ["09:00"]}),
]
