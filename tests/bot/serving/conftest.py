"""A sandbox and a tiny bot per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.client import SandboxSlack
from storage.database import open_engine, parse_url
from storage.transaction import Storage
from storage.upkeep import upgrade
from tests.bot.serving.tiny import TinyBot, serve_tiny
from tests.databases import sqlite_url
from tests.processes import start_sandbox


@pytest.fixture
def slack(tmp_path: Path) -> Iterator[SandboxSlack]:
    """A fresh sandbox."""
    with start_sandbox(tmp_path) as started:
        yield started


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Storage]:
    """An empty SQLite database."""
    engine = open_engine(parse_url(sqlite_url(tmp_path)))
    upgrade(engine)
    opened = Storage(engine)
    yield opened
    opened.close()


@pytest.fixture(params=["http", "socket"])
def bot(request: pytest.FixtureRequest, slack: SandboxSlack, kept: Storage) -> Iterator[TinyBot]:
    """The tiny bot over signed HTTP, then over Socket Mode."""
    with serve_tiny(slack, kept, over=request.param) as tiny:
        yield tiny


@pytest.fixture
def http_bot(slack: SandboxSlack, kept: Storage) -> Iterator[TinyBot]:
    """The tiny bot over signed HTTP."""
    with serve_tiny(slack, kept) as tiny:
        yield tiny
