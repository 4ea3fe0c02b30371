"""Tells whoever watches the workspace that something in it may have changed."""

from __future__ import annotations

import asyncio


class Changes:
    """A number that grows with every change. One event loop: nothing here is locked."""

    def __init__(self) -> None:
        self.number = 0
        self._watchers: set[asyncio.Event] = set()

    def bump(self) -> None:
        """Something changed."""
        self.number += 1
        for watcher in self._watchers:
            watcher.set()

    async def after(self, number: int, *, timeout_s: float) -> int:
        """Wait for a change later than `number`, or until the time is over; the newest number."""
        if self.number == number:
            changed = asyncio.Event()
            self._watchers.add(changed)
            try:
                await asyncio.wait_for(changed.wait(), timeout_s)
            except TimeoutError:
                pass
            finally:
                self._watchers.discard(changed)
        return self.number
