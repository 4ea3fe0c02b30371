"""Aliases that moved: what served since when, and whether a move lies shortly before a model went bad."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from playbooks.durations import say_duration

SHORTLY: Final = timedelta(days=7)
"""A move that lies longer before is no answer to “what changed?”."""
SEEN_LATE: Final = timedelta(minutes=10)
"""A move is seen when its registry is read next, so one that was seen a little after may have been made before."""


@dataclass(frozen=True, kw_only=True)
class Stay:
    """An alias pointed at one version, from when that was first seen until it was seen elsewhere."""

    alias: str
    version: str | None
    """None while it pointed nowhere."""
    since: datetime
    until: datetime | None
    source: str


@dataclass(frozen=True, kw_only=True)
class Move:
    """An alias was seen to point elsewhere; one that is seen for the first time has not moved."""

    alias: str
    before: str | None
    after: str | None
    seen_at: datetime
    source: str

    @property
    def text(self) -> str:
        """`champion moved from 7 to 8`"""
        if self.after is None:
            return f"{self.alias} was taken off {self.before}"
        if self.before is None:
            return f"{self.alias} was put on {self.after}"
        return f"{self.alias} moved from {self.before} to {self.after}"


def stays(seen: Iterable[tuple[str, str, str | None, datetime]]) -> list[Stay]:
    """What each alias pointed at, from (source, alias, version, when it was seen there), oldest first."""
    by_alias: dict[tuple[str, str], list[tuple[str | None, datetime]]] = {}
    for source, alias, version, at in seen:
        by_alias.setdefault((alias, source), []).append((version, at))
    found = []
    for (alias, source), places in sorted(by_alias.items()):
        ends = [*(at for _, at in places[1:]), None]
        for (version, since), until in zip(places, ends, strict=True):
            found.append(Stay(alias=alias, version=version, since=since, until=until, source=source))
    return found


def moves(them: Iterable[Stay]) -> Iterator[Move]:
    """Every move between these stays."""
    last: Stay | None = None
    for stay in them:
        if last is not None and (last.alias, last.source) == (stay.alias, stay.source):
            yield Move(
                alias=stay.alias, before=last.version, after=stay.version, seen_at=stay.since, source=stay.source
            )
        last = stay


def trigger(
    them: Iterable[Move], *, serving: str, first_bad_at: datetime | None, declared_at: datetime
) -> tuple[Move, str] | None:
    """The last move of the serving alias, or a regional one, shortly before a model went bad, and how long before.

    What was seen later than the declaration may be the way back, so it is not counted.
    """
    moment = first_bad_at or declared_at
    latest = min(moment + SEEN_LATE, max(moment, declared_at))
    close = [
        move
        for move in them
        if (move.alias == serving or move.alias.startswith(f"{serving}-"))
        and moment - SHORTLY <= move.seen_at <= latest
    ]
    if not close:
        return None
    last = max(close, key=lambda move: move.seen_at)
    what = "the first bad prediction" if first_bad_at else "this was opened"
    if last.seen_at <= moment:
        return last, f"{last.text}, {say_duration(moment - last.seen_at)} before {what}"
    late = say_duration(last.seen_at - moment)
    return last, f"{last.text} at about the time of {what} (seen {late} after it, and a move is seen late)"
