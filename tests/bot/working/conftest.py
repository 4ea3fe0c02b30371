"""Fixtures for working an incident."""

from __future__ import annotations

import pytest

from storage.transaction import Storage
from tests.bot.working.room import Room


@pytest.fixture
def room(storage: Storage) -> Room:
    """A SEV2 incident with its channel, once on each kind of database."""
    return Room(storage)
