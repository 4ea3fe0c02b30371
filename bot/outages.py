"""The database out of reach: said once when it goes, with what to do, and once when it is back; a metric in between."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

from sqlalchemy import URL

from storage.outages import out_of_reach

log = logging.getLogger(__name__)

_TO_DO: Final = {
    "sqlite": "See that its folder is there, may be written to, and has room on the disk",
    "postgresql": "See that it runs and can be reached from here",
}


class Outage:
    """What the parts of one process that use the database know of it. Safe to share between threads."""

    def __init__(self, url: URL) -> None:
        self._where = url.render_as_string(hide_password=True)
        self._to_do = _TO_DO[url.get_backend_name()]
        self._since: float | None = None
        self._turn = threading.Lock()

    def explains(self, problem: BaseException) -> bool:
        """Whether this failed because the database is out of reach; the first time, that is said."""
        why = out_of_reach(problem)
        if why is None:
            return False
        with self._turn:
            if self._since is None:
                self._since = time.monotonic()
                log.error(
                    "the database %s cannot be used: %s. %s. Until it is back people are told that nothing happened; "
                    "then the bot goes on by itself with everything that it owes.",
                    self._where,
                    why.rstrip("."),
                    self._to_do,
                )
        return True

    def over(self) -> None:
        """The database was used just now."""
        if self._since is None:
            return
        with self._turn:
            if self._since is not None:
                log.warning("the database is back after %.0f s", time.monotonic() - self._since)
                self._since = None
