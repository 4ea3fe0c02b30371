"""Times as the person who reads them has them on the wall."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup

from bot.sandbox.records import User

_TOKEN = re.compile(r"\{(\w+)\}")


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def local(seconds: float, viewer: User) -> datetime:
    """A moment in the viewer's zone."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(_zone(viewer.tz))


def clock(seconds: float, viewer: User) -> Markup:
    """`14:05` as a time element; the whole date is its title."""
    when = local(seconds, viewer)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        when.isoformat(timespec="seconds"), f"{when:%A, %-d %B %Y, %H:%M} ({viewer.tz})", f"{when:%H:%M}"
    )


def day(seconds: float, *, now: float, viewer: User) -> str:
    """Today, Yesterday, or the date."""
    when, today = local(seconds, viewer).date(), local(now, viewer).date()
    near = {today: "Today", today - timedelta(days=1): "Yesterday", today + timedelta(days=1): "Tomorrow"}
    return near.get(when) or f"{when:%A, %-d %B}" + ("" if when.year == today.year else f" {when.year}")


def worded(inside: str, fallback: str, *, now: float, viewer: User) -> Markup:
    """What stands for `!date^seconds^pattern[^link]`; the fallback where it cannot be read."""
    try:
        _, seconds, pattern, *_ = inside.split("^")
        when = local(int(seconds), viewer)
    except (ValueError, OverflowError, OSError):
        return Markup.escape(fallback)
    words = _TOKEN.sub(lambda found: _word(found[1], when, now=now, viewer=viewer), pattern)
    return Markup('<time datetime="{}">{}</time>').format(when.isoformat(timespec="seconds"), words)


def _word(token: str, when: datetime, *, now: float, viewer: User) -> str:
    simple = {
        "date_num": f"{when:%Y-%m-%d}",
        "date": f"{when:%-d %B %Y}",
        "date_short": f"{when:%-d %b %Y}",
        "date_long": f"{when:%A, %-d %B %Y}",
        "time": f"{when:%H:%M}",
        "time_secs": f"{when:%H:%M:%S}",
    }
    if token in simple:
        return simple[token]
    if token == "ago":  # noqa: S105 -- a word of Slack's date format
        return _ago(now - when.timestamp())
    if token.endswith("_pretty"):
        near = day(when.timestamp(), now=now, viewer=viewer)
        if near in ("Today", "Yesterday", "Tomorrow"):
            return near.lower()
        return simple.get(token.removesuffix("_pretty"), simple["date"])
    return "{" + token + "}"


def _ago(seconds: float) -> str:
    size = abs(seconds)
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if size >= length:
            many = int(size // length)
            words = f"{many} {unit}{'s' if many > 1 else ''}"
            return f"{words} ago" if seconds > 0 else f"in {words}"
    return "just now"
