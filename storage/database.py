"""Opening a database: one engine for SQLite or PostgreSQL, with the settings that keep promises under load."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError


class DatabaseUrlBroken(Exception):
    """The database URL cannot be used; the text says why and what is allowed."""


def parse_url(text: str) -> URL:
    """A URL for SQLite or PostgreSQL (psycopg 3). Raises DatabaseUrlBroken."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise DatabaseUrlBroken(
            "DATABASE_URL is not a database URL; write sqlite:///file.db or postgresql+psycopg://user@host/name"
        ) from None
    if url.drivername in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        return url
    raise DatabaseUrlBroken(
        f"DATABASE_URL names {url.drivername}; ml-incident runs on sqlite:///file.db or postgresql+psycopg://user@host/name"
    )


def open_engine(url: URL) -> Engine:
    """An engine whose every transaction on SQLite begins by taking the write lock or waiting for it."""
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_size=12, max_overflow=4, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 10})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        # We say BEGIN ourselves: the driver's own would be deferred, and a deferred reader that turns
        # writer is answered "database is locked" at once, without waiting.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
