"""A database that is out of reach is told from a query that is wrong."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from storage.database import open_engine, parse_url
from storage.outages import out_of_reach
from storage.transaction import Storage
from tests.databases import PostgresServer


def why(engine: Engine, query: str = "SELECT 1") -> str | None:
    """What is said of a query that fails."""
    with pytest.raises(SQLAlchemyError) as failed, engine.connect() as connection:
        connection.execute(text(query))
    engine.dispose()
    return out_of_reach(failed.value)


def test_a_file_that_cannot_be_opened_is_out_of_reach(tmp_path: Path) -> None:
    assert why(open_engine(parse_url(f"sqlite:///{tmp_path}/no/such.db"))) == "unable to open database file"


def test_a_file_that_is_something_else_is_out_of_reach(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("no database, but long enough to be taken for one" * 99)
    assert why(open_engine(parse_url(f"sqlite:///{tmp_path}/notes.db"))) == "file is not a database"


def test_a_disk_without_room_is_out_of_reach(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "full.db").execute("CREATE TABLE t (x)")
    engine = open_engine(parse_url(f"sqlite:///{tmp_path}/full.db"))
    with engine.connect() as connection:
        connection.execute(text("PRAGMA max_page_count = 2"))
        with pytest.raises(SQLAlchemyError) as failed:
            connection.execute(text("INSERT INTO t VALUES (zeroblob(99999))"))
    engine.dispose()
    assert out_of_reach(failed.value) == "database or disk is full"


def test_a_server_that_does_not_listen_is_out_of_reach() -> None:
    assert "refused" in (why(open_engine(parse_url("postgresql://bot@127.0.0.1:1/incidents"))) or "")


def test_a_database_that_is_not_there_or_shuts_us_out_is_out_of_reach(postgres: PostgresServer) -> None:
    gone = postgres.url.set(database="no_such").render_as_string(hide_password=False)
    assert "no_such" in (why(open_engine(parse_url(gone))) or "")
    ended = why(open_engine(postgres.url), "SELECT pg_terminate_backend(pg_backend_pid())")
    assert "terminating connection" in (ended or "")


def test_a_server_that_was_demoted_is_out_of_reach(postgres: PostgresServer) -> None:
    write = "SET default_transaction_read_only = on; COMMIT; BEGIN; CREATE TABLE t (x int)"
    assert "read-only" in (why(open_engine(postgres.url), write) or "")


def test_a_query_that_is_wrong_or_took_too_long_is_another_matter(storage: Storage) -> None:
    assert why(storage.engine, "SELECT * FROM no_such_table") is None
    if storage.engine.dialect.name == "postgresql":
        assert why(storage.engine, "SET statement_timeout = 1; SELECT pg_sleep(9)") is None
    assert out_of_reach(ValueError("a fault of ours")) is None
