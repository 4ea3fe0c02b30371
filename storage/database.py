"""Opening a database: one engine for SQLite or PostgreSQL, with the settings that keep promises under load."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

_ALLOWED = "sqlite:///file.db or postgresql+psycopg://user@host/name"
BUSY_S = 10.0
"""How long SQLite waits for whoever holds the write lock, before it says that the database is locked."""


class DatabaseUrlBroken(Exception):
    """The database URL cannot be used; the text says why and what is allowed."""


def parse_url(text: str) -> URL:
    """A URL for SQLite or PostgreSQL (psycopg 3). Raises DatabaseUrlBroken."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # the second for a port that is no number
        raise DatabaseUrlBroken(f"it is not a database URL; write {_ALLOWED}") from None
    if url.drivername in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "postgresql+psycopg":
        return url
    if url.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise DatabaseUrlBroken(f"it names {url.drivername}; ml-incident runs on {_ALLOWED}")
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise DatabaseUrlBroken("it names no file, and incidents have to be kept in one; write sqlite:///file.db")
    if url.query:
        raise DatabaseUrlBroken("it has options behind the file's name, and SQLite takes none; write sqlite:///file.db")
    return url


def open_engine(url: URL) -> Engine:
    """An engine whose every transaction on SQLite begins by taking the write lock or waiting for it."""
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_size=12, max_overflow=4, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_S})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        # We say BEGIN ourselves: the driver's own would be deferred, and a deferred reader that turns
        # writer is answered "database is locked" at once, without waiting.
        connection.isolation_level = None
        for pragma in (f"busy_timeout={int(BUSY_S * 1000)}", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        _switch_to_wal(connection)

    return engine


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Of two that open a new file at once, one is told that it is locked, whatever busy_timeout says: so try again."""
    until = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as problem:
            if "locked" not in str(problem) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return
