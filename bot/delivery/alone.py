"""On SQLite one process serves: a lock beside the database file, which the system frees however the process ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from sqlalchemy import URL


class AlreadyServing(Exception):
    """Another process serves from the same SQLite file; the text says what to do."""


class Alone:
    """Held while this process serves from an SQLite file; does nothing for PostgreSQL or a database in memory."""

    def __init__(self, url: URL) -> None:
        name = url.database
        on_file = url.get_backend_name() == "sqlite" and name and name != ":memory:" and not name.startswith("file:")
        self._path = Path(f"{name}.serving") if on_file else None
        self._held: int | None = None

    def take(self) -> None:
        """Raises AlreadyServing when another process holds it."""
        if self._path is None or self._held is not None:
            return
        held = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(held)
            database = self._path.name.removesuffix(".serving")
            raise AlreadyServing(
                f"Another ml-incident already serves from {database}. An SQLite file has one serving process: end the "
                "other one first, or set DATABASE_URL to PostgreSQL to run several."
            ) from None
        self._held = held

    def leave(self) -> None:
        """Let another process serve. The file stays: removing it could take the lock from under somebody."""
        if self._held is not None:
            os.close(self._held)
            self._held = None
