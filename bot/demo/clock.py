"""The demo's business clock: real time plus however far the sandbox's clock was moved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx

from bot.errors import WrongUsage

ASK_EVERY_S = 0.1


@contextmanager
def following(base_url: str) -> Iterator[Callable[[], datetime]]:
    """The business time of the sandbox at this address. Raises WrongUsage when there is none."""
    try:
        clock = SandboxClock(base_url)
    except httpx.InvalidURL:
        raise WrongUsage(f"{base_url} is no address; the sandbox says its own when it starts.") from None
    try:
        clock.start()
        yield clock.now
    finally:
        clock.stop()


class SandboxClock:
    """Follows the sandbox's clock, asking it now and then; what it answered last holds meanwhile."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=2, trust_env=False)
        self._offset = timedelta()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="sandbox-clock", daemon=True)

    def now(self) -> datetime:
        """The business time, in UTC."""
        return datetime.now(UTC) + self._offset

    def start(self) -> None:
        """Follow from now on; the first answer is waited for. Raises WrongUsage when none comes."""
        if not self._ask():
            raise WrongUsage(f"No sandbox answers at {self._http.base_url}; start one with `ml-incident sandbox`.")
        self._thread.start()

    def stop(self) -> None:
        """Follow no more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(3)
        self._http.close()

    def _follow(self) -> None:
        while not self._stopped.wait(ASK_EVERY_S):
            self._ask()

    def _ask(self) -> bool:
        try:
            self._offset = timedelta(seconds=self._http.get("/sandbox/clock").json()["offset"])
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
            return False  # the sandbox is being ended, or is busy: the last answer holds
        return True
