"""Fixtures of the runs whose steps reach a service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.connections import Connections
from tests.bot.connections.service import Service, serve
from tests.bot.runs.flags import Flags, connected


@pytest.fixture
def flags() -> Flags:
    """The flags of the service."""
    return Flags()


@pytest.fixture
def service(flags: Flags) -> Iterator[Service]:
    """The service, running."""
    with serve(flags) as running:
        yield running


@pytest.fixture
def connections(service: Service, tmp_path: Path) -> Connections:
    """The connection to it."""
    return connected(service.url, tmp_path)
