"""Which failures mean that the database itself cannot be used now, rather than that something is wrong with a query."""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError

_POSTGRESQL: Final = frozenset({"08", "28", "3D", "53", "57", "58"})
"""Classes of SQLSTATE: connection, log-in, no such database, no resources left, shut down, the system around it."""
_READ_ONLY, _CANCELLED = "25006", "57014"
"""A server that was demoted is no use to us; a query that was ended for taking too long is another matter."""
_SQLITE: Final = frozenset(
    {"BUSY", "CANTOPEN", "CORRUPT", "FULL", "IOERR", "LOCKED", "NOLFS", "NOTADB", "PERM", "PROTOCOL", "READONLY"}
)


def out_of_reach(problem: BaseException) -> str | None:
    """Why the database cannot be used, in its own words; None when that is not what this failure says."""
    if not isinstance(problem, DBAPIError):
        return None
    is_it = problem.connection_invalidated or _says_so(problem.orig)
    said = str(problem.orig or problem).strip().splitlines()
    return (said[0] if said else type(problem).__name__) if is_it else None


def _says_so(driver: BaseException | None) -> bool:
    if isinstance(driver, sqlite3.Error):
        name = getattr(driver, "sqlite_errorname", "SQLITE_ERROR")
        return name.split("_")[1] in _SQLITE
    state = getattr(driver, "sqlstate", None)
    if state is None:  # psycopg got no answer to have a state from
        return type(driver).__name__ in {"OperationalError", "ConnectionTimeout"}
    return state == _READ_ONLY or (state[:2] in _POSTGRESQL and state != _CANCELLED)
