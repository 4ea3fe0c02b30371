"""What the worker has done since it started, for /metrics."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from datetime import datetime

BUCKETS_S = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
"""Upper bounds in seconds for how long effects were owed before they were done; longer ones go into one more bucket."""


class Counts:
    """Counted by the worker's ledger, read by anybody: each number is right, together they may be a moment apart."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        """Kind of effect → how many were done."""
        self.later: Counter[str] = Counter()
        """Kind → how many attempts were put off."""
        self.dead: Counter[str] = Counter()
        """Kind → how many gave up."""
        self.seconds: list[int] = [0] * (len(BUCKETS_S) + 1)
        """How many were done within each of BUCKETS_S and not within the one before; the last one is for the rest."""
        self.seconds_sum = 0.0
        self.last_done_at: datetime | None = None

    def count_done(self, kind: str, *, owed_at: datetime | None, now: datetime) -> None:
        self.done[kind] += 1
        self.last_done_at = now
        if owed_at is not None:
            taken = max(0.0, (now - owed_at).total_seconds())
            self.seconds[bisect_left(BUCKETS_S, taken)] += 1
            self.seconds_sum += taken
