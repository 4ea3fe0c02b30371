"""Fixtures for reviews."""

from __future__ import annotations

import pytest

from storage.transaction import Storage
from tests.bot.runs.team import Team


@pytest.fixture
def team(storage: Storage) -> Team:
    """A SEV2 incident of a model whose card is filled in, once on each kind of database."""
    return Team(storage)
