"""Whether this process can take requests, and what else an operator wants to see beside that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from storage import outbox, upkeep
from storage.transaction import Storage


class Readiness:
    """Asks the database. Slack and the outbox are told of, but a Slack outage leaves every replica ready."""

    def __init__(self, storage: Storage, *, slack: Callable[[], str | None]) -> None:
        self._storage = storage
        self._slack = slack
        self._needed = upkeep.newest()
        url = storage.engine.url
        self._file = Path(url.database) if storage.engine.dialect.name == "sqlite" and url.database else None
        self._kept_in = self._inode()

    def look(self) -> tuple[bool, dict[str, Any]]:
        """(ready, what is the matter with each part). Blocks."""
        database, owed = self._database()
        problem = self._slack()
        slack = {"up": problem is None} | ({"problem": problem} if problem else {})
        ready = database == "ok"
        return ready, {"ready": ready, "database": database, "slack": slack, "outbox": owed}

    def _inode(self) -> int | None:
        try:
            return self._file.stat().st_ino if self._file else None
        except OSError:
            return None

    def _database(self) -> tuple[str, dict[str, int]]:
        if self._inode() != self._kept_in:
            # SQLite goes on writing to a file that is no longer there, and all of it would be lost.
            return f"{self._file} was moved, deleted or replaced: stop the bot, put the file back, start it again.", {}
        try:
            found = upkeep.current(self._storage.engine)
            if found != self._needed and (problem := upkeep.problem(found)):
                return problem, {}
            with self._storage.reading() as tx:
                return "ok", outbox.depth(tx)
        except SQLAlchemyError as problem:
            return f"The database cannot be read ({type(problem).__name__}).", {}
