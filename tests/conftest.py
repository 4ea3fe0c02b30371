"""Fixtures that every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import open_engine, parse_url
from storage.transaction import Storage
from storage.upkeep import upgrade
from tests.databases import BACKENDS, PostgresServer, postgres_server, sqlite_url

BROWSER = Path(__file__).parent / "browser"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Tests of the browser import what `make test-real` alone installs, so `make test` does not even read them."""
    return True if collection_path == BROWSER and config.getoption("markexpr") == "not real" else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server for all tests of this process."""
    with postgres_server() as server:
        yield server


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty migrated database, once of each kind."""
    if request.param == "sqlite":
        url = sqlite_url(tmp_path)
        engine = open_engine(parse_url(url))
        upgrade(engine)
        engine.dispose()
        yield url
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.make()
    yield url
    server.drop(url)


@pytest.fixture
def storage(database_url: str) -> Iterator[Storage]:
    """An opened storage, once on each kind of database."""
    opened = Storage(open_engine(parse_url(database_url)))
    yield opened
    opened.close()
