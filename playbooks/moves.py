"""Aliases that moved: what served since when, and whether a move lies shortly before a model went bad."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from playbooks.durations import say_duration

SHORTLY: Final = timedelta(days=7)
"""A move that lies longer before is no answer to “what changed?”."""
SEEN_LATE: Final = timedelta(minutes=10)
"""A move is seen when its registry is read next, so one that was seen a little after may have been made before."""
_SAME_MOVE: Final = timedelta(days=1)
"""Within this time two registries mean the same move."""
_MOST_EARLIER: Final = 2


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
    """The last move of the serving alias, or of regional ones, shortly before a model went bad, and how long before.

    What was seen later than the declaration may be the way back, so it is not counted. Where the last move takes an
    earlier one back, or other regions moved before, that is told behind it: which one did it nobody knows yet.
    """
    moment = first_bad_at or declared_at
    latest = min(moment + SEEN_LATE, max(moment, declared_at))
    close = sorted(
        (
            move
            for move in them
            if (move.alias == serving or move.alias.startswith(f"{serving}-"))
            and moment - SHORTLY <= move.seen_at <= latest
        ),
        key=lambda move: move.seen_at,
    )
    close = _once(close)
    if not close:
        return None
    last = close[-1]
    what = "the first bad prediction" if first_bad_at else "this was opened"
    return last, "; ".join([f"{_together(close, last)}{_before(last, moment, what)}", *_earlier(close, last)])


def _once(seen: Sequence[Move]) -> list[Move]:
    """Of two registries that saw the same move the first one was nearer to it; the other is often written by hand."""
    kept: list[Move] = []
    for move in seen:
        same = [one for one in kept if (one.alias, one.before, one.after) == (move.alias, move.before, move.after)]
        if not any(one.source != move.source and move.seen_at - one.seen_at <= _SAME_MOVE for one in same):
            kept.append(move)
    return kept


def _together(close: Sequence[Move], last: Move) -> str:
    """The move in words, with the other aliases that were seen to make the same one at the same time."""
    same = [
        move for move in close if (move.before, move.after, move.seen_at) == (last.before, last.after, last.seen_at)
    ]
    aliases = sorted({move.alias for move in same})
    if len(aliases) == 1:
        return last.text
    names = f"{', '.join(aliases[:-1])} and {aliases[-1]}"
    return last.text.replace(f"{last.alias} was ", f"{names} were ", 1).replace(
        f"{last.alias} moved", f"{names} moved", 1
    )


def _before(move: Move, moment: datetime, what: str) -> str:
    if move.seen_at <= moment:
        return f", {say_duration(moment - move.seen_at)} before {what}"
    late = say_duration(move.seen_at - moment)
    return f" at about the time of {what} (seen {late} after it, and a move is seen late)"


def _earlier(close: Sequence[Move], last: Move) -> list[str]:
    """What explains the last move: the one that it takes back, and those of other aliases; the latest first."""
    found: dict[str, Move] = {}
    for move in close:
        takes_back = move.alias != last.alias or (move.before, move.after) == (last.after, last.before)
        if takes_back and move.seen_at < last.seen_at:
            found[move.alias] = move
    latest = sorted(found.values(), key=lambda move: move.seen_at, reverse=True)[:_MOST_EARLIER]
    return [f"{say_duration(last.seen_at - move.seen_at)} before that {move.text}" for move in latest]
