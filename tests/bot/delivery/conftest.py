"""A sandbox for all tests of this folder, a database for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.client import SandboxSlack
from storage.transaction import Storage
from tests.bot.delivery.world import World
from tests.processes import start_sandbox


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxSlack]:
    """One sandbox for the whole run; tests tell their incidents apart by title."""
    folder: Path = tmp_path_factory.mktemp("sandbox")
    with start_sandbox(folder) as slack:
        yield slack


@pytest.fixture
def world(storage: Storage, workspace: SandboxSlack) -> Iterator[World]:
    """A fresh database beside the workspace, without faults."""
    workspace.clear_faults()
    calls = workspace.calls()
    yield World(storage, workspace, since=calls[-1]["n"] if calls else 0)
    workspace.clear_faults()
