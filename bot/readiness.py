"""Whether this process can take requests, and what else an operator wants to see beside that."""

from __future__ import annotations

from collections.abc import Callable
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

    def look(self) -> tuple[bool, dict[str, Any]]:
        """(ready, what is the matter with each part). Blocks."""
        database, owed = self._database()
        problem = self._slack()
        slack = {"up": problem is None} | ({"problem": problem} if problem else {})
        ready = database == "ok"
        return ready, {"ready": ready, "database": database, "slack": slack, "outbox": owed}

    def _database(self) -> tuple[str, dict[str, int]]:
        try:
            found = upkeep.current(self._storage.engine)
            if found != self._needed:
                return schema_problem(found, self._needed), {}
            with self._storage.reading() as tx:
                return "ok", outbox.depth(tx)
        except SQLAlchemyError as problem:
            return f"The database cannot be read ({type(problem).__name__}).", {}


def schema_problem(found: str | None, needed: str) -> str:
    """What to do about a schema of another version."""
    have = f"is at {found}" if found else "has no tables yet"
    return f"The database {have}, and this version needs {needed}: run `ml-incident db upgrade`."
