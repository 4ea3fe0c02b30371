"""The demo's business clock: real time plus however far the sandbox's clock was moved."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import httpx

ASK_EVERY_S = 0.1


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
        """Follow from now on; the first answer is waited for."""
        self._ask()
        self._thread.start()

    def stop(self) -> None:
        """Follow no more."""
        self._stopped.set()
        self._thread.join(3)
        self._http.close()

    def _follow(self) -> None:
        while not self._stopped.wait(ASK_EVERY_S):
            self._ask()

    def _ask(self) -> None:
        try:
            self._offset = timedelta(seconds=self._http.get("/sandbox/clock").json()["offset"])
        except (httpx.HTTPError, ValueError, KeyError):
            return  # the sandbox is being ended, or is busy: the last answer holds
