"""How fast what can wait is done: a digest to a thousand people must neither meet Slack's limits nor use them up."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.delivery.ledger import Finished
from bot.slack.outcomes import Later

PER_MINUTE = 100
"""Of the several hundred messages that Slack takes: the rest is for incidents, and for a second replica."""
AT_ONCE = 5
LONGEST_DOUBT_S = 10.0
"""After a failure that named no time, the others wait this long at most: it may be about one message alone."""


class Pace:
    """So many a minute, evenly. For one thread. With `limited=False` there is always room."""

    def __init__(self, *, limited: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        self._limited = limited
        self._clock = clock
        self._room = 0.0
        self._at = clock()
        self._paused_until = 0.0

    def room(self) -> int | None:
        """How many may be begun now; None is any number."""
        now = self._clock()
        if now < self._paused_until:
            return 0
        if not self._limited:
            return None
        since = now - max(self._at, self._paused_until)
        self._room, self._at = min(self._room + since * PER_MINUTE / 60, AT_ONCE), now
        return int(self._room)

    def count(self, begun: int) -> None:
        """So many were begun; where nothing waited, no room is saved up."""
        self._room = self._room - begun if begun else 0.0

    def heed(self, finished: Finished) -> None:
        """Where one has to wait, the others wait too, instead of being refused one after the other.

        One of a kind that this version does not know waits alone.
        """
        outcome = finished.outcome
        if finished.claimed.unhurried and finished.effect is not None and isinstance(outcome, Later):
            named = outcome.delay is not None
            seconds = outcome.wait(finished.claimed.attempts).total_seconds()
            self._paused_until = max(
                self._paused_until, self._clock() + (seconds if named else min(seconds, LONGEST_DOUBT_S))
            )
