"""What the bot asks of a schedule, and how a schedule says that it cannot answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Now:
    """Who is on call, or why nobody can be named."""

    person: str | None = None
    """As a registry would write them: Kim Tanaka <kim@example.com>."""
    source: str = ""
    """What said so, in words for people."""
    until: datetime | None = None
    """UTC, where the schedule knows it."""
    problem: str | None = None
    """A sentence with what to do about it."""
    is_down: bool = False
    """Whether the service would answer no other question either."""


class Schedule(Protocol):
    """A service that knows who is on call. It uses the network, so it is never asked inside a transaction."""

    def on_call(self, ref: str, at: datetime) -> Now:
        """Who is on call at a moment in what the registry names by `ref`. Raises nothing."""
