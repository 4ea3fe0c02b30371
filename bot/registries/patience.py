"""Asking a registry once more where it failed for a passing reason: a few times, and never sooner than it asks for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Final

import httpx

from bot.registries.protocol import RegistryDown

PAUSES_S: Final = [0.2, 1.0]
"""Before a question is asked the second and the third time."""
LONGEST_WAIT_S: Final = 5.0
"""A server that wants to be left alone for longer is asked again at the next reading."""
CALL_SECONDS_IN_ALL: Final = 8.0
"""No question is asked again later than this after its first time, so that a dead server fails within seconds."""
MOST_IN_A_READING: Final = 10
"""Of a server that fails now and then. Waiting because it says how long is not counted: the time for all ends that."""
PASSING_STATUS: Final = frozenset({429, 502, 503, 504})


class Passing(RegistryDown):
    """A failure that may be over in a moment."""

    def __init__(self, sentence: str, *, wait_s: float | None = None, was_slow: bool = False) -> None:
        super().__init__(sentence)
        self.wait_s, self.was_slow = wait_s, was_slow


class Patience:
    """That of one reading, for all of its questions, of which several may be asked at a time."""

    def __init__(self, ends: float) -> None:
        self._ends, self._left = ends, MOST_IN_A_READING
        self._quiet_until = 0.0
        self._lock = Lock()

    def quiet_for(self) -> float:
        """How long the server wants to be left alone by every question, in seconds."""
        return self._quiet_until - time.monotonic()

    def waits_after(self, failure: Passing, *, asked: int, since: float) -> bool:
        """Wait, and say that the question may be asked again; False where it was asked often enough."""
        if asked > len(PAUSES_S) or (failure.was_slow and asked > 1):
            return False
        pause = max(PAUSES_S[asked - 1], failure.wait_s or 0.0)
        again_at = time.monotonic() + pause
        if pause > LONGEST_WAIT_S or again_at > min(since + CALL_SECONDS_IN_ALL, self._ends):
            return False
        with self._lock:
            if failure.wait_s is not None:
                self._quiet_until = max(self._quiet_until, again_at)
            elif self._left:
                self._left -= 1
            else:
                return False
        time.sleep(pause)
        return True


def is_passing(error: Exception) -> bool:
    """Whether a connection broke that had been made: not a name nobody knows, a refused port or a certificate."""
    said = str(error)
    if isinstance(error, httpx.ConnectError):
        return "Connection reset by peer" in said
    # A server that dies ends TLS in the middle; whatever else is wrong with TLS is wrong the next time, too.
    of_tls = "SSL:" in said and "UNEXPECTED_EOF" not in said
    return isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError) and not of_tls


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """The seconds of a Retry-After, which may be a date; None where it is neither."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdecimal():
        return float(said[:9])
    try:
        at = parsedate_to_datetime(said)
    except (ValueError, TypeError, OverflowError):
        return None
    return max((at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)
