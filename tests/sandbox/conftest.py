"""A sandbox workspace per test, and a real Bolt app that is connected to it in each of the two ways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.client import SandboxSlack
from tests.processes import start_sandbox
from tests.sandbox.boltbot import BoltBot, over_http, over_socket


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxSlack]:
    """A fresh sandbox on a free port."""
    with start_sandbox(tmp_path) as slack:
        yield slack


@pytest.fixture
def bot(sandbox: SandboxSlack) -> Iterator[BoltBot]:
    """A Bolt app that the sandbox reaches over signed HTTP."""
    with over_http(sandbox) as connected:
        yield connected


@pytest.fixture(params=["http", "socket"])
def either_bot(request: pytest.FixtureRequest, sandbox: SandboxSlack) -> Iterator[BoltBot]:
    """The same Bolt app over signed HTTP, then over Socket Mode."""
    with (over_http if request.param == "http" else over_socket)(sandbox) as connected:
        yield connected
