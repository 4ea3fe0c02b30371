"""Slack's rate limits: so many calls a minute for each method, one message a second for each channel, and a few hundred
messages a minute in all."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from bot.sandbox.blockkit import limit
from bot.sandbox.strictness import Method

POST_BURST = 5  # messages that a channel takes at once before it slows down to one a second
POSTS_PER_MINUTE = 300  # in the whole workspace; Slack says "several hundred"
SPECIAL_PER_MINUTE = 600  # auth.test and chat.getPermalink take hundreds a minute


@dataclass(slots=True)
class _Bucket:
    left: float
    filled_at: float


class RateLimits:
    """Token buckets on real time."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def wait_for(self, method: Method, channel: str) -> int | None:
        """Counts a call; the seconds for Retry-After when there is no room for it, None when there is."""
        if method.name == "chat.postMessage":
            in_channel = self._take(f"post {channel}", POST_BURST, limit("rate.post_per_channel"))
            return in_channel or self._take("post", POSTS_PER_MINUTE, POSTS_PER_MINUTE / 60)
        per_minute = SPECIAL_PER_MINUTE if isinstance(method.tier, str) else limit(f"rate.tier{method.tier}")
        return self._take(method.name, per_minute, per_minute / 60)

    def _take(self, key: str, capacity: float, per_second: float) -> int | None:
        now = time.monotonic()
        bucket = self._buckets.setdefault(key, _Bucket(capacity, now))
        bucket.left = min(capacity, bucket.left + (now - bucket.filled_at) * per_second)
        bucket.filled_at = now
        if bucket.left < 1:
            return max(1, math.ceil((1 - bucket.left) / per_second))
        bucket.left -= 1
        return None
