"""How often Slack lets each method be called, known ahead, so that a burst waits instead of being refused."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable

# Slack's published tiers; 0 stands for "several hundred a minute", which nothing here comes near.
TIERS: dict[str, int] = {
    "auth.test": 0,
    "bookmarks.add": 2,
    "bookmarks.list": 3,
    "chat.getPermalink": 0,
    "chat.postMessage": 0,
    "chat.update": 3,
    "conversations.create": 2,
    "conversations.history": 3,
    "conversations.invite": 3,
    "conversations.open": 3,
    "conversations.replies": 3,
    "conversations.setTopic": 2,
    "files.completeUploadExternal": 4,
    "files.getUploadURLExternal": 4,
    "pins.add": 2,
    "reactions.add": 3,
    "reactions.remove": 2,
    "users.conversations": 2,
    "users.info": 4,
    "users.list": 2,
    "users.lookupByEmail": 3,
}
"""Every method that the worker calls."""

PER_MINUTE = {0: 600, 2: 20, 3: 50, 4: 100}
POSTING = frozenset({"chat.postMessage"})
POSTS, POSTS_SECONDS = 5, 5.0
"""One message a second for each channel, with a burst of five."""


class Rates:
    """Sliding windows, one per method and one per channel that is posted in, and the pauses that Slack asked for.

    For one thread. With `limited=False` only Slack's own pauses hold.
    """

    def __init__(self, *, limited: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        self._limited = limited
        self._clock = clock
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._paused: dict[str, float] = {}

    def wait(self, method: str, channel: str = "") -> float:
        """Seconds until this call may go; 0 when it may go now."""
        now = self._clock()
        until = max(self._paused.get(name, now) for name in _names(method, channel))
        if self._limited:
            until = max(until, *(self._free(name, most, span) for name, most, span in _windows(method, channel)))
        return max(0.0, until - now)

    def count(self, method: str, channel: str = "") -> None:
        """This call goes now."""
        if self._limited:
            now = self._clock()
            for name, most, _ in _windows(method, channel):
                calls = self._calls[name]
                calls.append(now)
                if len(calls) > most:
                    calls.popleft()

    def pause(self, method: str, seconds: float, channel: str = "") -> None:
        """Slack said 429: nothing of this method, or nothing in this channel, before `seconds` are over."""
        name = _names(method, channel)[-1]
        self._paused[name] = max(self._paused.get(name, 0.0), self._clock() + seconds)

    def _free(self, name: str, most: int, span: float) -> float:
        calls = self._calls.get(name)
        return calls[0] + span if calls and len(calls) >= most else 0.0


def _names(method: str, channel: str) -> list[str]:
    return [method, f"{method} {channel}"] if method in POSTING and channel else [method]


def _windows(method: str, channel: str) -> list[tuple[str, int, float]]:
    windows = [(method, PER_MINUTE[TIERS.get(method, 3)], 60.0)]
    if method in POSTING and channel:
        windows.append((f"{method} {channel}", POSTS, POSTS_SECONDS))
    return windows
