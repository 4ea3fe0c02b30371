"""Between the page and whoever runs the bot: reports come in, wishes go out, and a story may be told."""

from __future__ import annotations

import asyncio
import time

from .changes import Changes
from .fields import Json, NotAllowed

ANSWERED_WITHIN_S = 0.3
GONE_AFTER_S = 3.0
WISHES = ("kill_bot", "start_bot", "registry_down", "registry_up", "pause", "play", "next", "skip")


class Backstage:
    """The last report, the wishes that nobody has taken yet, and the scene that is being played."""

    def __init__(self, changes: Changes) -> None:
        self.report: Json = {}
        self.scene: Json = {}
        self._changes = changes
        self._wishes: list[str] = []
        self._wished = asyncio.Event()
        self._reported = 0.0
        self._past: list[tuple[float, str, str]] = []

    @property
    def manned(self) -> bool:
        """Whether somebody is there who can do what is wished."""
        return time.monotonic() - self._reported < GONE_AFTER_S

    async def exchange(self, report: Json) -> list[str]:
        """Take a report; what the page wishes, waited for a short while."""
        self._reported = time.monotonic()
        if report != self.report:
            self._notice(self.report, report)
            self.report = report
            self._changes.bump()
        if not self._wishes:
            self._wished.clear()
            try:
                await asyncio.wait_for(self._wished.wait(), ANSWERED_WITHIN_S)
            except TimeoutError:
                return []
        taken, self._wishes = self._wishes, []
        return taken

    def wish(self, name: str) -> None:
        """Ask for something. Raises NotAllowed when it is unknown or nobody is there."""
        if name not in WISHES:
            raise NotAllowed(f"nobody can {name} here")
        if not self.manned:
            raise NotAllowed("only `ml-incident demo` can do that: it runs the bot itself")
        self._wishes.append(name)
        self._wished.set()

    def tell(self, scene: Json) -> None:
        """The story goes on with this scene."""
        self.scene = scene
        self._changes.bump()

    def taken_notice(self) -> list[tuple[float, str, str]]:
        """What changed in the reports since this was asked last: when, of what, and how."""
        noticed, self._past = self._past, []
        return noticed

    def _notice(self, before: Json, now: Json) -> None:
        for what in ("bot", "registry"):
            if before.get(what) != now.get(what) and before:
                self._past.append((time.time(), what, str(now.get(what))))
