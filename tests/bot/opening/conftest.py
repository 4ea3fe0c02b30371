"""Fixtures for opening incidents."""

from __future__ import annotations

import pytest

from storage.transaction import Storage
from tests.bot.opening.company import fill


@pytest.fixture
def office(storage: Storage) -> Storage:
    """A database with the company in it, once of each kind."""
    fill(storage)
    return storage
