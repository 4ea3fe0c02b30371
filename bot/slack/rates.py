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
    "usergroups.list": 2,
    "usergroups.users.list": 2,
    "users.conversations": 2,
    "users.info": 4,
    "users.list": 2,
    "users.lookupByEmail": 3,
}
"""Every method that the worker calls."""

PER_MINUTE = {0: 300, 2: 20, 3: 50, 4: 100}
POSTING = frozenset({"chat.postMessage"})
BURST, INTERVAL_S = 5, 1.05
"""One message a second for each channel, a little less so that jitter on the way is not refused; five at once."""


class Rates:
    """A sliding minute per method, a pace per channel that is posted in, and the pauses that Slack asked for.

    For one thread. With `limited=False` only Slack's own pauses hold.
    """

    def __init__(self, *, limited: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        self._limited = limited
        self._clock = clock
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._posted: dict[str, float] = {}
        """Channel → when it would be at rest again if nothing more were posted."""
        self._paused: dict[str, float] = {}

    def wait(self, method: str, channel: str = "") -> float:
        """Seconds until this call may go; 0 when it may go now."""
        now = self._clock()
        until = max(self._paused.get(method, now), self._paused.get(f"{method} {channel}", now))
        if self._limited:
            until = max(until, self._method_free(method))
            if method in POSTING:
                until = max(until, self._posted.get(channel, now) - (BURST - 1) * INTERVAL_S)
        return max(0.0, until - now)

    def count(self, method: str, channel: str = "") -> None:
        """This call goes now."""
        if not self._limited:
            return
        now = self._clock()
        calls = self._calls[method]
        calls.append(now)
        if len(calls) > _per_minute(method):
            calls.popleft()
        if method in POSTING:
            self._posted[channel] = max(self._posted.get(channel, now), now) + INTERVAL_S

    def pause(self, method: str, seconds: float, channel: str = "") -> None:
        """Slack said 429: nothing of this method, or nothing in this channel, before `seconds` are over."""
        name = f"{method} {channel}" if method in POSTING and channel else method
        self._paused[name] = max(self._paused.get(name, 0.0), self._clock() + seconds)

    def _method_free(self, method: str) -> float:
        calls = self._calls.get(method)
        return calls[0] + 60.0 if calls and len(calls) >= _per_minute(method) else 0.0


def _per_minute(method: str) -> int:
    return PER_MINUTE[TIERS.get(method, 3)]
