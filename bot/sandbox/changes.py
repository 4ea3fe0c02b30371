"""Tells whoever watches the workspace that something in it may have changed."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

# What is only looked at, or asked all the time, changes nothing by itself.
QUIET = ("/sandbox/backstage", "/suggest")


class Changes:
    """A number that grows with every change. One event loop: nothing here is locked."""

    def __init__(self) -> None:
        self.number = 0
        self.over = False
        self._watchers: set[asyncio.Event] = set()

    def bump(self) -> None:
        """Something changed."""
        self.number += 1
        for watcher in self._watchers:
            watcher.set()

    def end(self) -> None:
        """There will be no more: whoever waits goes home."""
        self.over = True
        self.bump()

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


class Watched:
    """Middleware: after each request that may have changed something, it says so."""

    def __init__(self, app: ASGIApp, changes: Changes) -> None:
        self._app = app
        self._changes = changes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            if scope["type"] == "http" and _may_change(scope["method"], scope["path"]):
                self._changes.bump()


def _may_change(method: str, path: str) -> bool:
    return path.startswith("/api/") or (method != "GET" and path not in QUIET)
