"""How fast the story goes: at reading pace, paused, on to the next scene, or all the rest at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pace:
    """Rests between scenes, which whoever watches can hold or cut short from another thread."""

    def __init__(self, *, slowly: bool) -> None:
        self.paused = False
        self.changed: Callable[[], object] = lambda: None
        """Called when it was paused, held, or goes on."""
        self.ready: Callable[[], bool] = lambda: True
        """Whether the story can go on at all: not while the bot is dead."""
        self.held = False
        self._skipping = not slowly
        self._condition = threading.Condition()
        self._cut = False

    def rest(self, seconds: float) -> None:
        """Wait for so long; paused time does not count."""
        left = seconds
        self._hold()
        with self._condition:
            while (left > 0 or self.paused) and not (self._skipping or self._cut):
                began = time.monotonic()
                self._condition.wait(None if self.paused else left)
                if not self.paused:
                    left -= time.monotonic() - began

    def _hold(self) -> None:
        """Wait until the story can go on."""
        while not self.ready():
            if not self.held:
                self.held = True
                self.changed()
            time.sleep(0.1)
        if self.held:
            self.held = False
            self.changed()

    def begin(self) -> None:
        """A new scene: it takes its time again."""
        with self._condition:
            self._cut = False

    def pause(self) -> None:
        """Hold the story at its next rest; what was being skipped is skipped no longer."""
        with self._condition:
            self._skipping = self._cut = False
        self._set(paused=True)

    def play(self) -> None:
        """Go on."""
        self._set(paused=False)

    def next(self) -> None:
        """Go on to the next scene: what is left of this one takes no time."""
        with self._condition:
            self._cut = True
            self._condition.notify_all()

    def skip(self) -> None:
        """Play the rest without resting."""
        with self._condition:
            self._skipping = True
        self._set(paused=False)

    def _set(self, *, paused: bool) -> None:
        with self._condition:
            self.paused = paused
            self._condition.notify_all()
        self.changed()
